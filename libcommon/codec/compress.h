/*
 * compress.h - the table of codecs: one compressed stream a batch, in the
 * framing that Kafka gives each (gzip member, xerial snappy, LZ4 frame with
 * independent blocks, zstd frame).
 *
 * zstd is linked; gzip, snappy and lz4 are modules, loaded when first met.
 * A compressor and a decompressor keep their state between batches: one for
 * each thread.  Decompression never writes beyond the limit it is given and
 * never allocates from a length that the input claims.
 *
 * Source: kafka-format 4; RFC 1952, xerial snappy-java, LZ4 frame format, RFC 8878.
 */
#ifndef CODEC_COMPRESS_H
#define CODEC_COMPRESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum codec {
	CODEC_NONE = 0,
	CODEC_GZIP = 1,
	CODEC_SNAPPY = 2,
	CODEC_LZ4 = 3,
	CODEC_ZSTD = 4,
};
#define CODEC_COUNT	5

/* What one codec does; a module exports one of these (base/module.h). */
struct codec_ops {
	int version;			/* MODULE_VERSION */
	const char *name;		/* Kafka's: "gzip" ... */
	void *(*new_comp)(int level);	/* NULL: no memory */
	void (*free_comp)(void *);
	/* Appends the stream of in to out. */
	int (*compress)(void *, struct slice in, struct buf *out, struct err *);
	void *(*new_dec)(void);
	void (*free_dec)(void *);
	/* Appends the plain bytes to out, at most limit of them (-ERR_TOOBIG); -ERR_DAMAGE. */
	int (*decompress)(void *, struct slice in, size_t limit, struct buf *out, struct err *);
};

/* "none" ... "zstd" for a codec number, "?" for another. */
const char *codec_name(int codec);
/*
 * "zstd", "zstd:3", "none", also Kafka's "uncompressed"; without a level,
 * Kafka's default one.  -ERR_INVALID names the nearest codec or the range.
 */
int codec_parse(const char *, enum codec *, int *level, struct err *);

struct compressor;
/* *out is NULL for CODEC_NONE.  -ERR_ABSENT, -ERR_NOMEM, -ERR_INVALID (level). */
int compressor_new(struct compressor **out, enum codec, int level, struct err *);
enum codec compressor_codec(const struct compressor *);
int compressor_run(struct compressor *, struct slice in, struct buf *out, struct err *);
void compressor_free(struct compressor *);

struct decompressor;			/* any codec; state is made as codecs are met */
struct decompressor *decompressor_new(void);
int decompressor_run(struct decompressor *, int codec, struct slice in, size_t limit, struct buf *out, struct err *);
void decompressor_free(struct decompressor *);

/* Libraries for --version: "zstd 1.5.4", NULL-terminated; static text. */
const char *compress_library(void);

#endif
