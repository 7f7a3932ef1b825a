/*
 * verify_in.h - what the rooms of verify.h share: verify.c (the log),
 * verify_index.c (what stands beside a segment), verify_part.c (beside all of
 * them).  Nobody else includes it.
 */
#ifndef LOG_VERIFY_IN_H
#define LOG_VERIFY_IN_H

#include "base/buf.h"
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

/* Is [from, next) known to be missing?  Asks the files again when what was read does not say so. */
bool part_gap_known(const struct verify_part *, int64_t from, int64_t next);
/* Is this the leader epoch of the offset?  Asks the file again likewise. */
bool part_epoch_right(const struct verify_part *, int32_t epoch, int64_t offset);

#endif
