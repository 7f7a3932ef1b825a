/*
 * record.h - one record, as every part of plog passes it on.
 *
 * A record borrows its bytes: who fills one in says how long they live (a
 * reader's until its next batch, a line's until the next line).  Headers stay
 * as Kafka encodes them behind the count - keyLen key valueLen value, varints
 * - so that they pass through untouched and unallocated; header_next takes
 * them apart, headers_add makes them.
 *
 * Source: Kafka record batch, magic 2 (KIP-98, KIP-82).
 */
#ifndef CODEC_RECORD_H
#define CODEC_RECORD_H

#include "base/buf.h"
#include "base/bytes.h"

#define TIMESTAMP_NONE	(-1)

enum timestamp_type {
	TIMESTAMP_CREATE = 0,		/* "CreateTime" */
	TIMESTAMP_LOG_APPEND = 1,	/* "LogAppendTime" */
};

struct record {
	int64_t offset;			/* -1 before it was appended */
	int64_t timestamp;		/* ms since 1970 UTC, or TIMESTAMP_NONE */
	enum timestamp_type timestamp_type;
	struct slice key;		/* p == NULL: no key */
	struct slice value;		/* p == NULL: a tombstone */
	int32_t header_count;
	struct slice headers;		/* header_count encoded headers, nothing else */
};

#define RECORD_INIT	{ .offset = -1, .timestamp = TIMESTAMP_NONE }

struct header {
	struct slice name;		/* never NULL, may be empty */
	struct slice value;		/* may be NULL */
};

/*
 *	struct rd r = headers_rd(&rec);
 *	while (header_next(&r, &h) == 1) ...
 * 1 and a header; 0 no more; -1 the bytes are wrong (never for a record that
 * batch_next gave).
 */
struct rd headers_rd(const struct record *);
int header_next(struct rd *, struct header *);

/* Appends one encoded header to the buffer; the caller counts. */
void headers_add(struct buf *, const struct header *);

/* Bytes of the record as it is encoded, with the deltas given (kafka-format 2.3). */
size_t record_size(const struct record *, int64_t ts_delta, int32_t offset_delta);

#endif
