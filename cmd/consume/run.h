/*
 * run.h - one run of plog-consume: what its ways of reading share.
 */
#ifndef CONSUME_RUN_H
#define CONSUME_RUN_H

#include <signal.h>

#include "consume/filter.h"
#include "consume/options.h"
#include "consume/print.h"
#include "consume/selection.h"
#include "tool/progress.h"

struct run {
	const struct options *o;
	struct backend *be;
	const volatile sig_atomic_t *stop;
	struct filter *filter;
	struct printer out;
	struct selection sel;
	struct progress progress;
	uint64_t delivered, bytes;	/* records and bytes of values that passed */
	uint64_t offsets;		/* gone by, for progress */
	bool damaged;			/* something was passed over: the status is 1 */
};

/* What a fetcher of this run is opened with; notices go to stderr. */
struct fetcher_opts run_fetcher_opts(struct run *, bool follow);
/* Closes it; damage that it passed over makes the status 1. */
void run_fetcher_close(struct run *, struct fetcher *);
#define RECORDS		64		/* taken from a fetcher at a time */
/* Prints those of the records that pass: 1 go on, 0 the limit of -n is reached, or an error. */
int run_deliver(struct run *, const struct where *, const struct record *, int n, struct err *);
/* The short way: prints values that come next in the chunk, about PRINT_GATHER bytes of them.  How many, 0: the rest goes
 * record by record, or an error. */
int run_values(struct run *, struct fetcher *, const struct chunk *, struct err *);

/* Each returns an exit status; messages were given. */
int read_batches(struct run *);		/* batch by batch, fair; the usual way, and -f */
int read_merged(struct run *);		/* --sort=time, and the first part of --tail */
int read_count(struct run *);		/* --count */
int read_group(struct run *);		/* -g */
int read_commands(struct run *);	/* -- COMMAND, also with -g; 126 and 127 as the shell's */

/* How many records of [from, to) of one part pass.  0, or -1: said. */
int run_count(struct run *, const struct part *, int64_t from, int64_t to, uint64_t *n);

#endif
