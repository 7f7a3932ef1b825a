/*
 * repair.h - a damaged partition made whole: wrong bytes are set aside, what
 * is valid stays where it is.
 *
 *	struct repair_report r = REPAIR_REPORT_INIT;
 *
 *	rc = partdir_repair(&dir, &opts, &r, &e);
 *	for (i = 0; i < r.n; i++)
 *		show(&r.v[i]);
 *	repair_report_release(&r);
 *
 * What is wrong is what verify.h says.  What always holds:
 *  - no byte of a log is taken out before a synced copy of it and a note are
 *    in quarantine/;
 *  - every valid batch keeps its bytes and its offset (but for a base offset
 *    or an epoch with one wrong bit, where the digest tells the right one);
 *  - the next offset never moves back: not below what the end state, the
 *    recovery point, the log's start or an epoch says that was reached;
 *  - before offsets go, `gaps` has word of them.
 *
 * Order, each step of which may be done twice.  Holding the maintenance byte:
 * the small files; then, holding the writer's byte for as long as an append
 * would, the end of the log: a torn tail is cut, and an active segment with
 * damage in it is closed.  Closed segments without the writer's byte: copies
 * to quarantine/, word in `gaps`, a new file with the rest, swapped in as a
 * compacted one is (swap.h).  So a death at any instant leaves a partition
 * that all others read and write by the usual rules, and repairing it again
 * goes on.  Writers and readers may be at work meanwhile.
 */
#ifndef LOG_REPAIR_H
#define LOG_REPAIR_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/appender.h"
#include "log/partdir.h"

struct repair_opts {
	bool execute;			/* else only the report is made, and nothing is written or locked */
	struct log_config conf;		/* of the topic */
	int64_t lock_timeout_ms;
};

enum repair_kind {
	REPAIR_CUT,			/* a torn tail */
	REPAIR_ASIDE,			/* bytes, or a file, to quarantine/ */
	REPAIR_MEND,			/* base offset and epoch of a batch put right by the digest */
	REPAIR_GAP,			/* word of offsets that are missing */
	REPAIR_END,			/* the next offset is kept up */
	REPAIR_RENEW,			/* a file made anew: an index, a checkpoint */
	REPAIR_REMOVE,			/* a leftover */
	REPAIR_LEAVE,			/* nothing can be done here */
};

struct repair_action {
	enum repair_kind kind;
	char path[400];
	int64_t position, bytes;	/* in the file; -1, -1: none */
	int64_t from, next;		/* offsets [from, next); -1, -1: none */
	char why[240];
};

struct repair_report {
	struct repair_action *v;
	size_t n, cap;
	size_t left;			/* how many of them are REPAIR_LEAVE */
	bool nomem;
};
#define REPAIR_REPORT_INIT	{ .v = NULL }

const char *repair_word(enum repair_kind);	/* "set aside" ... */

/* -ERR_READONLY (a broker's), -ERR_NOENT, -ERR_BUSY, -ERR_SYS, -ERR_NOMEM; then the report has what was to be done. */
int partdir_repair(const struct partdir *, const struct repair_opts *, struct repair_report *, struct err *);
void repair_report_release(struct repair_report *);

#endif
