/*
 * reader.h - one partition, batch by batch, without a lock and against
 * writers, retention and compaction.
 *
 *	rc = reader_open(&rd, &dir, &opts, &e);
 *	rc = reader_seek(rd, offset, &e);
 *	while ((rc = reader_next(rd, &b, &e)) == 1)
 *		...batch_open(&it, b.bytes...)...	// until the next call on rd
 *	reader_close(rd);
 *
 * reader_next answers 1 a good batch (checksum, base offset, epoch and place
 * checked), 0 not yet (the end as it is now; call again when the partition
 * changed: log/follow.h), or an error.  An incomplete batch is "not yet" and
 * nothing of it is kept: each look reads again from the end of the last whole
 * batch.  Damage is said only when a second read gives the same bytes and a
 * valid batch or a later segment lies behind.
 *
 * Batches whose last offset lies below the position are passed over.  A batch
 * may begin before the position: the caller skips records below
 * reader_position as it was before the call.
 *
 * Memory: one buffer of the larger of 1 MiB and the batch in hand, at most
 * max_batch.  Descriptors: two while reading, none after reader_park.
 */
#ifndef LOG_READER_H
#define LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/batch.h"
#include "log/partdir.h"

struct reader_opts {
	size_t max_batch;		/* larger ones are -ERR_TOOBIG; 0: 2^31-1 */
	size_t buffer;			/* read size; 0: 1 MiB */
	int64_t log_start;		/* of a broker's checkpoint; -1: the partition's own file, or the first segment */
	bool read_committed;		/* leave out aborted records, stop at the last stable offset */
};

struct log_batch {
	struct batch_head head;
	struct slice bytes;		/* the whole batch, until the next call on the reader */
	int64_t segment;		/* base of its segment */
	int64_t position;		/* in the segment */
	bool deliver;			/* false: a control batch, an aborted or an empty one: nothing for a consumer */
};

struct log_damage {			/* after -ERR_DAMAGE of reader_next */
	int64_t segment;		/* base offset of the segment */
	int64_t from, to;		/* bytes [from, to) of it; to is where the next good batch is, or the end */
	int64_t first_offset, next_offset;	/* offsets that are missing: [first, next) */
	char what[128];			/* "checksum does not match" ... */
};

struct log_bounds {
	int64_t start, end;		/* log start offset; log end offset */
	int64_t stable;			/* last stable offset; == end without read_committed or transactions */
	int64_t segments, bytes;	/* of the .log files */
};

struct reader;

/* -ERR_NOENT, -ERR_SYS, -ERR_NOMEM.  Positioned nowhere: seek first. */
int reader_open(struct reader **, const struct partdir *, const struct reader_opts *, struct err *);
void reader_close(struct reader *);		/* NULL is fine */

/* The log as it is now.  O(segments), and a scan behind the last index entry. */
int reader_bounds(struct reader *, struct log_bounds *, struct err *);

/*
 * Next is the first batch that ends at or behind offset.  -ERR_GONE: below
 * the log start ("offset N is gone, the log starts at M"); -ERR_RANGE: behind
 * the end.
 */
int reader_seek(struct reader *, int64_t offset, struct err *);
/* The first offset whose record's timestamp is >= ms: 1, or 0 and the log end when there is none. */
int reader_find_time(struct reader *, int64_t ms, int64_t *offset, struct err *);

int reader_next(struct reader *, struct log_batch *, struct err *);
int64_t reader_position(const struct reader *);	/* offset that comes next */

/* Behind -ERR_DAMAGE: what it was; reader_skip_damage puts the position behind it. */
void reader_damage(const struct reader *, struct log_damage *);
int reader_skip_damage(struct reader *, struct err *);

/* Gives the descriptors and the buffer back; position and all else stay, the next call opens again. */
void reader_park(struct reader *);

#endif
