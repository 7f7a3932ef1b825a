/*
 * batch_clean.h - a batch without some of its records, as Kafka's cleaner
 * leaves it.
 *
 * Base offset, last offset delta, producer, epoch, codec and the kind of its
 * timestamps stay; each record keeps its offset and its time.  Base timestamp
 * becomes the first record's that stays, or the delete horizon; the largest
 * timestamp is made anew, but for LogAppendTime.
 *
 * Source: Kafka MemoryRecords.filterTo, KIP-534.
 */
#ifndef CODEC_BATCH_CLEAN_H
#define CODEC_BATCH_CLEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codec/batch.h"
#include "codec/compress.h"

enum batch_left {
	BATCH_LEFT_WHOLE,		/* out is the bytes given */
	BATCH_LEFT_SOME,
	BATCH_LEFT_NONE,		/* out is the empty batch, to be kept or not; also of one that was empty */
};

struct batch_cleaner {
	struct batch_iter it;
	struct buf kept;		/* of each record that stays: where it is, its time */
	struct buf out, packed;
	struct compressor *comp[CODEC_COUNT];
};
#define BATCH_CLEANER_INIT	{ .it = BATCH_ITER_INIT }

#define BATCH_CLEAN_AT_ONCE	64

/* Which of n records, at most BATCH_CLEAN_AT_ONCE, stay?  Asked of one batch's records in their order. */
typedef void batch_keep_fn(void *arg, const struct batch_head *, const struct record *, size_t n, bool *stay);

struct batch_clean_how {
	size_t limit;			/* of a batch's plain bytes */
	batch_keep_fn *keep;
	void *arg;
	int64_t horizon;		/* for a batch that has none and in which a tombstone stays; -1: none is set */
	bool always;			/* the horizon is for this batch without a tombstone too (a transaction's marker) */
};

/*
 * bytes: one whole verified batch.  *out lives until the next call.  0,
 * batch_open's errors, -ERR_NOMEM.
 */
int batch_clean(struct batch_cleaner *, struct slice bytes, const struct batch_clean_how *, enum batch_left *,
    struct slice *out, struct err *);
void batch_cleaner_release(struct batch_cleaner *);

#endif
