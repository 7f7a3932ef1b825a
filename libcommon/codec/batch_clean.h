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
	BATCH_LEFT_NONE,		/* out is the empty batch, to be kept or not */
};

struct batch_cleaner {
	struct batch_iter it;
	struct buf keep;		/* a byte a record: does it stay */
	struct buf out, packed;
	struct compressor *comp[CODEC_COUNT];
};
#define BATCH_CLEANER_INIT	{ .it = BATCH_ITER_INIT }

/* Does this record stay? */
typedef bool batch_keep_fn(void *arg, const struct batch_head *, const struct record *);

/*
 * bytes: one whole verified batch; limit: of its plain bytes.  horizon: what a
 * batch gets in which a tombstone stays and that has none yet; -1: none is
 * set.  *out lives until the next call.  0, batch_open's errors, -ERR_NOMEM.
 */
int batch_clean(struct batch_cleaner *, struct slice bytes, size_t limit, batch_keep_fn *, void *arg, int64_t horizon,
    enum batch_left *, struct slice *out, struct err *);
void batch_cleaner_release(struct batch_cleaner *);

#endif
