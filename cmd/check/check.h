/*
 * check.h - plog-check's options, what its operands lead to, and its
 * subcommands: each takes the operands behind its name and returns the exit
 * status.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/partdir.h"
#include "store/store.h"
#include "text/table.h"
#include "tool/opts.h"

#define EXIT_UNREAD	4	/* something could not be read */

struct check_opts {
	struct target target;		/* only its directories are used */
	int32_t *parts;			/* -p */
	size_t nparts;
	int jobs;			/* -j */
	bool verbose, deep;
	bool execute;			/* repair: does it */
	bool digest;			/* reindex: a digest of each closed segment too */
	const char *filter_key;		/* a glob, or NULL */
	int64_t from, to;		/* -o: offsets [from, to) */
	enum table_form form;
};

int check_cmd_dump(struct check_opts *, int n, char *const *operands);
int check_cmd_reindex(struct check_opts *, int n, char *const *operands);
int check_cmd_repair(struct check_opts *, int n, char *const *operands);
int check_cmd_stat(struct check_opts *, int n, char *const *operands);
int check_cmd_verify(struct check_opts *, int n, char *const *operands);

/* What is done with what the operands lead to; each may be NULL. */
struct check_visitor {
	void (*store)(void *, struct store *);
	void (*topic)(void *, struct store *, const char *name);
	/* only: the segment's base when one was named, else -1; file: its name, or NULL. */
	void (*partition)(void *, const struct partdir *, int64_t only, const char *file);
	void (*failed)(void *, const struct err *);	/* an operand leads nowhere, or cannot be read */
	bool finds;			/* topic tells of damage itself */
	void *arg;
};
/*
 * An operand with a `/` is a path: a partition's directory, a file of a
 * segment, a topic's directory, a store or a broker's log.dirs.  Any other is
 * a topic or a glob.  None: all topics.
 */
void check_visit(const struct check_opts *, int n, char *const *operands, const struct check_visitor *);

#endif
