/*
 * scan.h - going over the bytes of a segment from batch to batch, to find its
 * end, to make its indexes anew, to tell a torn tail from damage.
 *
 *	struct scan s = SCAN_INIT;
 *
 *	rc = scan_open(&s, fd, size, &e);	// fd stays the caller's
 *	while (scan_head(&s, at, &head) == BATCH_GOOD)
 *		at += head.size;
 *	scan_close(&s);
 *
 * Reads ahead in pieces of 1 MiB and skips what a batch's header lets it skip.
 * A read that fails is not an end: the verdict is BATCH_SHORT and s.error is
 * the errno; look at it whenever a loop ends.
 */
#ifndef LOG_SCAN_H
#define LOG_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/batch.h"

struct scan {
	int fd;
	int64_t size;			/* nothing at or behind this is looked at */
	uint8_t *buf;
	int64_t at;			/* of buf in the file */
	size_t n;
	int64_t hop;			/* size of the batch whose header was read last */
	int error;			/* errno of a read that failed, else 0 */
};

#define SCAN_INIT	{ .fd = -1, .buf = NULL }

/* -ERR_NOMEM. */
int scan_open(struct scan *, int fd, int64_t size, struct err *);
void scan_close(struct scan *);

/* The header at a position, its sense (batch_head_read), and that the whole batch lies before size (else SHORT). */
enum batch_verdict scan_head(struct scan *, int64_t position, struct batch_head *);
/* As scan_head, and the checksum. */
enum batch_verdict scan_verify(struct scan *, int64_t position, struct batch_head *);

/*
 * The first position >= from where a whole valid batch begins whose base
 * offset could follow: at least expected, and no more beyond it than the
 * bytes since `lost` could have held.  -1: there is none.
 */
int64_t scan_search(struct scan *, int64_t from, int64_t lost, int64_t expected, struct batch_head *);

#endif
