/*
 * batch.h - the record batch, magic 2: what a segment stores, an index points
 * at and one checksum covers.
 *
 * plog-store(5) has the bytes.  A batch is a header of 61 bytes and the
 * records, plain or as one compressed stream.  The checksum (CRC-32C) covers
 * byte 21 to the end, so base offset and leader epoch are set at append
 * without touching it.
 *
 * Judging bytes
 *
 *	batch_head_read		the header's fields, and whether enough bytes are there
 *	batch_verify		the checksum and the header's own sense
 *
 * Taking one apart
 *
 *	struct batch_iter it = BATCH_ITER_INIT;		// once; keeps its buffers
 *
 *	rc = batch_open(&it, bytes, limit, &e);		// verified bytes
 *	while ((rc = batch_next(&it, &rec, &e)) == 1)
 *		use(&rec);			// until the next batch_open on it
 *	batch_iter_release(&it);
 *
 * Control batches and empty ones open as any other; whether to deliver their
 * records is the caller's to decide (batch_is_control).  LogAppendTime and
 * the delete horizon are already worked in: rec.timestamp is the record's.
 *
 * Source: Kafka's RecordBatch v2 (KIP-98), delete horizon (KIP-534).
 */
#ifndef CODEC_BATCH_H
#define CODEC_BATCH_H

#include "base/buf.h"
#include "base/err.h"
#include "codec/record.h"

#define BATCH_HEAD		61
#define BATCH_LOG_OVERHEAD	12	/* base offset and length */
#define BATCH_PEEK		17	/* enough for size and magic */

#define BATCH_CODEC_MASK	0x07
#define BATCH_LOG_APPEND_TIME	0x08
#define BATCH_TRANSACTIONAL	0x10
#define BATCH_CONTROL		0x20
#define BATCH_DELETE_HORIZON	0x40

struct batch_head {
	int64_t base_offset;
	int64_t size;			/* of the whole batch: batchLength + 12 */
	int32_t leader_epoch;
	int8_t magic;
	uint32_t crc;
	int16_t attributes;
	int32_t last_offset_delta;
	int64_t base_timestamp;		/* or the delete horizon */
	int64_t max_timestamp;
	int64_t producer_id;
	int16_t producer_epoch;
	int32_t base_sequence;
	int32_t count;
};

static inline int64_t batch_last_offset(const struct batch_head *h) { return h->base_offset + h->last_offset_delta; }
static inline int batch_codec(const struct batch_head *h) { return h->attributes & BATCH_CODEC_MASK; }
static inline bool batch_is_control(const struct batch_head *h) { return h->attributes & BATCH_CONTROL; }
static inline bool batch_is_transactional(const struct batch_head *h) { return h->attributes & BATCH_TRANSACTIONAL; }

enum batch_verdict {
	BATCH_GOOD,
	BATCH_SHORT,		/* the bytes stop too early; head->size says how many are needed, once BATCH_PEEK are there (else 0) */
	BATCH_WRONG,		/* the length, the checksum, the offsets or the counts make no sense */
	BATCH_OLD,		/* magic 0 or 1: a message set of Kafka before 0.11 */
};

/*
 * Reads the header.  GOOD needs only BATCH_HEAD bytes, not the whole batch:
 * fields are sane (length >= 49, magic 2, last_offset_delta >= 0, count >= 0,
 * no overflow of the last offset), nothing is said about the checksum.
 */
enum batch_verdict batch_head_read(struct slice bytes, struct batch_head *);
/* As batch_head_read, all bytes must be there (SHORT), and the checksum must match. */
enum batch_verdict batch_verify(struct slice bytes, struct batch_head *);

struct decompressor;			/* codec/compress.h */

struct batch_iter {
	struct batch_head head;
	struct rd rd;			/* over the plain records */
	int32_t left;			/* records not yet taken */
	int64_t last_delta;		/* of the record last taken */
	struct buf plain;		/* decompressed records, reused */
	struct decompressor *dec;	/* made when first needed */
};

#define BATCH_ITER_INIT	{ .plain = BUF_INIT, .dec = NULL }

/*
 * bytes: one whole verified batch, which must live as long as its records are
 * used.  limit: the most decompressed bytes to accept.  0, or -ERR_DAMAGE
 * (does not decompress, records do not fit), -ERR_TOOBIG (beyond limit),
 * -ERR_FORMAT (codec 5 to 7), -ERR_ABSENT (codec's module), -ERR_NOMEM.
 */
int batch_open(struct batch_iter *, struct slice bytes, size_t limit, struct err *);
/* 1 and the next record; 0 no more; -ERR_DAMAGE: its bytes are wrong. */
int batch_next(struct batch_iter *, struct record *, struct err *);
/*
 * The short way for who wants the values alone: appends them, each with delim
 * behind, while the records have no headers, a value and at most a short key;
 * batch_next goes on with the first that is not so.  It stops when it has
 * appended `most` bytes or the value that passes them.  How many, *bytes of
 * them; -1: the buffer's memory failed.
 */
int32_t batch_next_values(struct batch_iter *, uint8_t delim, size_t most, struct buf *out, uint64_t *bytes);
void batch_iter_release(struct batch_iter *);

#define BATCH_MARKER_ABORT	0
#define BATCH_MARKER_COMMIT	1
/* What a whole verified control batch says: one of those, another number of Kafka's, or -1: it is empty or makes no sense. */
int batch_marker(struct batch_iter *, struct slice bytes);

/*
 * Making one
 *
 *	struct batch_builder b;
 *
 *	batch_builder_init(&b, limit, max_records);
 *	rc = batch_builder_add(&b, &rec);	// 0, BATCH_FULL (seal, clear, add again), -ERR_TOOBIG, -ERR_NOMEM
 *	batch_seal(&b, &how, &bytes, &e);
 *	...write bytes (patch first)...
 *	batch_builder_clear(&b);
 *	batch_builder_release(&b);
 *
 * batch_builder_add encodes at once, so the record's bytes may go.  A builder without
 * records is sealed to an empty slice.  With compression the limit counts the
 * plain bytes, and a batch that compression would make larger than the limit
 * stays plain: none is ever larger.  -ERR_TOOBIG is for a record whose batch of
 * it alone would be beyond the limit, -ERR_INVALID for a timestamp below -1 and
 * for a sealed builder.  The slice of batch_seal belongs to the builder and
 * lives until batch_builder_clear.
 */
#define BATCH_FULL		1
#define BATCH_RECORDS_MAX	8192	/* last offset delta of at most two bytes */
#define BATCH_BYTES		(1 << 20)

struct compressor;

struct batch_builder {
	struct buf b;			/* head space, then records */
	struct buf packed;		/* the sealed batch, when compressed */
	size_t limit;			/* of a batch, in bytes; at most what its length field holds */
	size_t target;			/* with a record in it a batch is full here; the caller may set it below limit */
	size_t first;			/* bytes to begin with, then twice as many and so on; 0: for the target at once */
	int32_t max_records;
	int32_t count;
	int64_t first_timestamp, max_timestamp;
	bool sealed;
};

struct batch_how {			/* for batch_seal */
	struct compressor *comp;	/* NULL: plain */
	int16_t attributes;		/* beyond the codec, such as BATCH_TRANSACTIONAL */
	int64_t producer_id;		/* -1, -1, -1 without idempotence */
	int16_t producer_epoch;
	int32_t base_sequence;
};

#define BATCH_HOW_PLAIN	{ .comp = NULL, .attributes = 0, .producer_id = -1, .producer_epoch = -1, .base_sequence = -1 }

void batch_builder_init(struct batch_builder *, size_t limit, int32_t max_records);
int batch_builder_add(struct batch_builder *, const struct record *);
/*
 * The short way for records that differ in their value alone: adds as many of
 * the n values, each not NULL, to a builder with a record in it as fit into
 * what is there, and says how many; batch_builder_add says why not the next.
 */
size_t batch_builder_add_values(struct batch_builder *, const struct record *like, const struct slice *values, size_t n);
/* 0, or -ERR_NOMEM; bytes.n is 0 when there is no record. */
int batch_seal(struct batch_builder *, const struct batch_how *, struct slice *, struct err *);
void batch_builder_clear(struct batch_builder *);
void batch_builder_release(struct batch_builder *);

/* In the bytes of a whole batch; the checksum stays right. */
void batch_patch_offset(void *batch, int64_t base_offset, int32_t leader_epoch);
/* LogAppendTime: sets the attribute and the largest timestamp, makes the checksum anew. */
void batch_patch_append_time(void *batch, size_t n, int64_t ms);
/* Writes head (crc is computed) over the first BATCH_HEAD of the n bytes of a whole batch. */
void batch_head_write(void *batch, size_t n, struct batch_head *);

#endif
