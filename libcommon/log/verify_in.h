/*
 * verify_in.h - what the rooms of verify.h share: verify.c (the log),
 * verify_batch.c (a batch), verify_tail.c (what is none), verify_index.c (what
 * stands beside a segment), verify_part.c (beside all of them).  Nobody else
 * includes it.
 */
#ifndef LOG_VERIFY_IN_H
#define LOG_VERIFY_IN_H

#include "base/buf.h"
#include "log/digest.h"
#include "log/verify.h"

struct entries {			/* one index file, held in memory */
	const char *suffix;
	struct buf b;
	size_t width, at, n;		/* bytes of an entry; the next one; how many count */
	bool there, told;		/* something was said about it: no more */
};

struct beside {				/* the files of one segment */
	const struct verify_part *part;
	struct findings *out;
	int64_t base;
	struct entries index, time, txn;
	int64_t max_timestamp;		/* of the batches so far */
	int64_t last_time;		/* of the time index entry taken last */
};

/* Reads them: before the size of the log is looked at, so that no entry is ahead of it. */
int beside_read(struct beside *, const struct verify_part *, int64_t base, struct findings *, struct err *);
/* A batch at a position; base_offset is where it counts from. */
void beside_batch(struct beside *, const struct batch_head *, int64_t base_offset, int64_t position);
/* Bytes before the position, offsets below the offset, are damage: entries that lead there are passed over. */
void beside_skip(struct beside *, int64_t position, int64_t offset);
/* The whole segment was gone over; closed: another follows. */
void beside_end(struct beside *, int64_t log_size, bool closed);
void beside_release(struct beside *);

struct verify_walk {			/* through one segment */
	const struct verify_part *part;
	struct findings *out;
	struct verify_seen *seen;
	struct batch_iter *it;
	struct beside beside;
	struct digest digest;
	char file[SEGMENT_NAME_MAX];
	int fd;
	int64_t size;			/* of the log when it was looked at last */
	int64_t base, at, expect;	/* of the segment; where the next batch begins; its offset */
	int64_t next_base;		/* of the segment that follows; -1: none does */
	int64_t log_end;		/* the offset behind the last batch of the last segment, says the end state; -1: nobody says it */
	int64_t counted;		/* so many bytes were appended whole, says the end state; 0: it says nothing */
	int32_t epoch;			/* of the batch before */
	struct buf b;			/* the window */
	int64_t b_at;			/* where it is in the file */
};

void verify_found(struct verify_walk *, enum finding_kind, int64_t position, int64_t from, int64_t next, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
/*
 * Bytes from position on, want of them if the file has so many; what was given
 * before may be gone.  0, -ERR_NOMEM, or 1: a read failed (said).
 */
int verify_window(struct verify_walk *, int64_t position, size_t want, struct slice *, struct err *);
/* Bytes that are not as they should be; NULL: of no batch. */
void verify_range_add(struct verify_walk *, const struct verify_range *);
/* A batch with a right checksum at w->at: 0, 1 (a read failed), -ERR_NOMEM. */
int verify_take(struct verify_walk *, struct slice bytes, const struct batch_head *, struct err *);
/* No batch at w->at.  0: go on; 1: the end, or a read failed; -ERR_NOMEM.  looks is 0 at first. */
int verify_pass(struct verify_walk *, enum batch_verdict, int *looks, struct err *);

/* Is [from, next) known to be missing?  Asks the files again when what was read does not say so. */
bool part_gap_known(const struct verify_part *, int64_t from, int64_t next);
/* Is this the leader epoch of the offset?  Asks the file again likewise. */
bool part_epoch_right(const struct verify_part *, int32_t epoch, int64_t offset);

#endif
