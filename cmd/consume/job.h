/*
 * job.h - a batch that was given to the command, until it is done: tried,
 * tried again, split, or sent to the dead letters.
 *
 *	job_start(&j, w, items...)	// runs it the first time
 *	...command_look(&j.command, ...)
 *	job_step(&j, now)		// what came of it, and what is next
 *
 * Records that succeeded, or that are stored as dead letters, are marked
 * done; what is not marked is not committed.
 */
#ifndef CONSUME_JOB_H
#define CONSUME_JOB_H

#include "consume/command.h"
#include "consume/environ.h"
#include "consume/stock.h"

#define SPLITS_MAX	32

enum job_state {
	JOB_FREE,
	JOB_RUNNING,
	JOB_WAITING,			/* to be tried again */
	JOB_DONE,			/* what came of it is in the marks of its items */
};

struct job {
	enum job_state state;
	struct item **v;
	size_t n, cap;
	struct lane *lane;
	struct owned *part;
	struct { size_t from, to; } todo[SPLITS_MAX];	/* a stack: the last is in hand */
	unsigned ntodo;
	int64_t attempt;		/* of what is in hand, from 1 on */
	int64_t again_ns;
	struct command command;
	struct buf input;
};

/* What all jobs of a run share. */
struct work {
	struct holding g;
	struct stock stock;
	struct job *jobs;
	unsigned njobs, busy;		/* busy: not JOB_FREE */
	struct environment env;
	struct command_how how;
	struct outlet out, err;
	struct pollfd *fds;
	bool dry;			/* the fetcher had nothing at the last look */
	bool said;			/* that -j is more than the order allows */
	char told[400];			/* last, of the topic of dead letters */
	bool stopping;			/* nothing new is begun */
	int64_t stop_by_ns;
	int status;			/* of the end */
};

void job_add(struct job *, struct item *);
void job_start(struct work *, struct job *);
/* Its command ended, or it is time to try again. */
void job_step(struct work *, struct job *, int64_t now_ns);
/* It shall end: what waits to be tried again is not, what runs may end by itself. */
void job_cancel(struct job *);
/* Nothing new is begun any more; the exit status is this, unless an earlier failure set another. */
void work_stop(struct work *, int status);

/* deadletter.c: stores the items of [from, to) of the job.  0, or -1: said. */
int dead_letter(struct work *, const struct job *, size_t from, size_t to);

#endif
