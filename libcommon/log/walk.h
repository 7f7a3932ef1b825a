/*
 * walk.h - going over the last segment of a log whose end nobody vouches for.
 *
 *	struct walk w = WALK_INIT;
 *
 *	w.base = ...; w.point = ...; w.epoch_max = ...;
 *	rc = walk_open(&w, dirfd, fd, size, interval, &e);
 *	rc = walk_run(&w);			// errno of a read that failed, or 0
 *	rc = walk_write_indexes(&w, dirfd, &e);
 *	walk_close(&w);
 *
 * Below the recovery point headers are believed, and where the indexes lead to
 * a batch there, all before it is passed over.  From the point on checksums
 * are verified.  A header that was believed and led to what is no batch may be
 * the one that is wrong: what follows is looked for from there on.  The indexes of the whole segment are made on the way.
 */
#ifndef LOG_WALK_H
#define LOG_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "log/offindex.h"
#include "log/scan.h"

struct walk {
	/* set by the caller */
	int64_t base, point;		/* of the segment; recovery point */
	int32_t epoch_max;		/* largest that was ever begun, -1: not known */
	int64_t log_end;		/* the offset behind the last batch, says the end state of a file that is as it was left; -1 */
	/* the result */
	int64_t end, next_offset;	/* behind the last batch */
	int64_t first_timestamp, append_time;	/* of the first batch; largest LogAppendTime; -1 */
	int32_t epoch;			/* largest, -1: none */
	bool damaged;			/* bytes that stay and are no batch, or a batch out of place */
	struct index_state index;
	/* inside */
	int64_t believed;		/* where the last batch is, if its header alone was looked at; -1 */
	struct scan scan;
	int64_t interval;
	struct buf offsets, times;	/* both indexes, encoded */
};

#define WALK_INIT { .epoch_max = -1, .log_end = -1, .believed = -1, .scan = SCAN_INIT, .offsets = BUF_INIT, .times = BUF_INIT }

int walk_open(struct walk *, int dirfd, int fd, int64_t size, int64_t interval, struct err *);
/* To the end of the segment, or to a torn tail: then end < scan.size. */
int walk_run(struct walk *);
int walk_write_indexes(struct walk *, int dirfd, struct err *);
void walk_close(struct walk *);

#endif
