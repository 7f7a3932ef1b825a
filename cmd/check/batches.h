/*
 * batches.h - the batches of one segment as they lie, right or wrong, for
 * what shows them.
 *
 *	rc = batches_open(&b, &dir, base, &e);
 *	while ((rc = batches_next(&b, &e)) == 1)
 *		use(&b.head, b.bytes, b.at, b.valid);	// until the next call
 *	batches_close(&b);
 */
#ifndef CHECK_BATCHES_H
#define CHECK_BATCHES_H

#include <stdbool.h>
#include <stdint.h>

#include "codec/batch.h"
#include "log/partdir.h"
#include "log/segment.h"

struct batches {
	char path[320];			/* label/BASE.log */
	int fd;
	int64_t size;			/* of the file when it was opened */
	int64_t at, next;		/* where this batch is, and the one behind it */
	int64_t passed;			/* bytes before it that are no batch */
	struct batch_head head;
	struct slice bytes;
	bool valid;			/* the checksum is right */
	struct buf b;
	int64_t b_at;
};

/* -ERR_SYS, -ERR_NOENT. */
int batches_open(struct batches *, int dirfd, const char *label, int64_t base, struct err *);
/* 1, or 0 at the end: then passed is what lies behind the last one.  -ERR_SYS, -ERR_NOMEM. */
int batches_next(struct batches *, struct err *);
void batches_close(struct batches *);

#endif
