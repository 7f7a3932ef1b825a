/*
 * avro_file.h - Avro's container files: what stands around the data.
 *
 *	"Obj" 1, metadata map<bytes> (avro.schema, avro.codec ...), 16 bytes of sync
 *	then blocks: long count, long size, so many bytes, the sync again
 *
 * The bytes of a block are its data one behind the other, packed by the codec:
 * null (as they are), deflate (RFC 1951), snappy (a raw block, then the
 * big-endian CRC-32 of the plain bytes), zstandard.
 *
 * Written:	avro_file_header_put, then for each block avro_file_block_put
 * Read:	avro_file_header_get at the start, then avro_file_block_get on and on
 *
 * The readers work on what has been read of the file so far, and say when
 * that is not enough.  Source: the Avro 1.11 specification.
 */
#ifndef AGENT_WIRE_AVRO_FILE_H
#define AGENT_WIRE_AVRO_FILE_H

#include "agent/wire/avro.h"
#include "base/err.h"

#define AVRO_SYNC	16
#define AVRO_HEADER_MAX	((size_t)16 << 20)	/* a schema is in it */
#define AVRO_BLOCK_MAX	((size_t)128 << 20)	/* packed, and again plain */

struct avro_file_header {
	struct slice meta;		/* the pairs, for avro_file_meta */
	struct slice schema;		/* JSON; NULL: none */
	struct slice codec;		/* NULL: none, which means null */
	uint8_t sync[AVRO_SYNC];
	size_t size;			/* the first block begins there */
};

/* 1; 0: read more; -ERR_FORMAT: no container file; -ERR_TOOBIG; slices point into p. */
int avro_file_header_get(struct avro_file_header *, const uint8_t *p, size_t n, struct err *);
/* The value of a metadata key; NULL: none. */
struct slice avro_file_meta(const struct avro_file_header *, const char *key);

struct avro_file_block {
	int64_t count;			/* of data */
	struct slice packed;
	size_t size;			/* the next block begins there */
};

/* 1; 0: read more (n == 0: the end, if the file ends here); -ERR_DAMAGE: wrong bytes; -ERR_TOOBIG. */
int avro_file_block_get(struct avro_file_block *, const uint8_t sync[AVRO_SYNC], const uint8_t *p, size_t n, struct err *);

/* pairs: further metadata, name and value by turns, NULL ends them; NULL: none. */
void avro_file_header_put(struct buf *out, const char *schema, const char *codec, const char *const *pairs,
    const uint8_t sync[AVRO_SYNC]);
void avro_file_block_put(struct buf *out, int64_t count, struct slice packed, const uint8_t sync[AVRO_SYNC]);

/* A codec's state; made for one thread. */
struct avro_codec;

/* -ERR_INVALID: no such codec, with the ones there are; -ERR_ABSENT: built without it.  level: deflate's, -1 for its own. */
int avro_codec_new(struct avro_codec **, struct slice name, int level, struct err *);
void avro_codec_free(struct avro_codec *);
/* Appends the packed bytes, or the plain ones (at most AVRO_BLOCK_MAX). */
int avro_codec_pack(struct avro_codec *, struct slice plain, struct buf *out, struct err *);
int avro_codec_unpack(struct avro_codec *, struct slice packed, struct buf *out, struct err *);

#endif
