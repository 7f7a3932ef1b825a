/*
 * copy.h - the batches of a partition, as they are, into segments of another
 * directory: a topic on its way to a broker, or back.
 *
 *	struct copied c = COPIED_INIT;
 *
 *	rc = log_copy(&dir, log_start, dirfd, COPY_AS_NEW, &c, &e);
 *	...
 *	copied_release(&c);
 *
 * Read as any reader reads: beside writers and maintenance, up to the end that
 * is there when it begins, every checksum looked at; damage ends it.  Segments
 * begin where those of the source do.  What lies before the log start is left
 * out, but for the batch that it is in.
 */
#ifndef LOG_COPY_H
#define LOG_COPY_H

#include <stdint.h>

#include "base/err.h"
#include "log/partdir.h"
#include "log/segment.h"

enum copy_epochs {
	COPY_AS_IS,			/* leader epochs stay, for a store */
	COPY_AS_NEW,			/* all become 0, the epoch in which a broker takes a new topic up */
};

struct copied {
	int64_t start, end;		/* log start and log end offset */
	struct segment_list segments;	/* written and synced, the directory not */
	struct epoch_list epochs;	/* of the batches */
	int64_t missing;		/* up to here offsets are missing; 0: none are */
	int64_t first_timestamp;	/* largest one of the last segment's first batch, -1: it is empty */
	int64_t append_time;		/* the largest LogAppendTime, -1: none */
	int64_t left;			/* bytes behind the last whole batch: a torn tail, or one that is being written */
};
#define COPIED_INIT	{ .segments = SEGMENT_LIST_INIT, .epochs = { .v = NULL }, .first_timestamp = -1, .append_time = -1 }

/* log_start: as in reader_opts.  to: an empty directory.  The errors of a reader; -ERR_SYS, -ERR_NOMEM. */
int log_copy(const struct partdir *, int64_t log_start, int to, enum copy_epochs, struct copied *, struct err *);
void copied_release(struct copied *);

/*
 * A partition of a store, made of another one's batches (COPY_AS_IS): d is made
 * as partdir_create makes one, everything in it synced, the holder not.  interval: of the
 * indexes.  *left as in struct copied.  On failure what is there of it
 * stays.  -ERR_EXIST beside the errors of log_copy.
 */
int partdir_create_copy(const struct partdir *d, mode_t dir_mode, const struct partdir *from, int64_t log_start,
    int64_t interval, int64_t *left, struct err *);

#endif
