/*
 * lines.h - input cut into records by a delimiter, without copying them.
 *
 *	struct lines in = LINES_INIT;
 *
 *	lines_open(&in, fd, delim, max);
 *	for (;;) {
 *		rc = lines_next(&in, &rec);
 *		if (rc == LINES_RECORD)	use(rec);	// until the next call
 *		if (rc == LINES_DRY)	rc = lines_fill(&in);	// see below
 *		...
 *	}
 *	lines_close(&in);
 *
 * lines_next never blocks: it answers from what was read.  LINES_DRY asks for
 * lines_fill, which does one read(2) (blocking as the descriptor is) into a
 * buffer of at least 1 MiB.  So the caller knows when input ran dry (poll
 * before lines_fill) and can send out what it gathered.
 *
 * A record ends before the delimiter (1 or more bytes), a last one without is
 * one; an empty record is one.  A record longer than max is LINES_LONG: once,
 * with as much as fits; the rest of it is thrown away.
 */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum lines_rc {
	LINES_RECORD,		/* a record */
	LINES_DRY,		/* nothing whole is here: lines_fill */
	LINES_END,		/* end of input, nothing left */
	LINES_LONG,		/* a record beyond max; its first max bytes */
};

struct lines {
	int fd;			/* the caller's; -1: closed */
	uint8_t delim[256];	/* lines_open refuses longer ones with -1 */
	size_t delim_len;
	size_t max;		/* of a record, without its delimiter */
	uint8_t *buf;
	size_t cap, at, end;	/* unread bytes are [at, end) */
	size_t seen;		/* of those, how many hold no delimiter */
	bool eof, skipping;
	uint64_t number;	/* of the record last returned, from 1 */
	uint64_t bytes;		/* read from fd in all */
};

#define LINES_INIT	{ .fd = -1, .buf = NULL }

int lines_open(struct lines *, int fd, struct slice delim, size_t max);	/* 0, or -1: ENOMEM, EINVAL */
enum lines_rc lines_next(struct lines *, struct slice *);
/*
 * Whole records that are here, at most n, without a look at what comes next
 * (then lines_next says); 0 when there is none, or one too long.
 */
size_t lines_take(struct lines *, struct slice *, size_t n);
/* The last n of them were not used: they come again.  v: where they are. */
void lines_back(struct lines *, const struct slice *v, size_t n);
/* Bytes read, 0 at the end of input, -1 with errno (EAGAIN, EINTR are the caller's to handle). */
ssize_t lines_fill(struct lines *);
/* From now on lines_next takes what is here as the end of input (a signal came). */
void lines_finish(struct lines *);
void lines_close(struct lines *);	/* frees the buffer; fd stays open */

#endif
