/*
 * snappyraw.h - raw snappy blocks, without xerial's framing, for formats that
 * have a framing of their own (Avro's container files).
 */
#ifndef CODEC_SNAPPYRAW_H
#define CODEC_SNAPPYRAW_H

#include "codec/compress.h"

/* The table of the module snappy: what every codec has, then this. */
struct snappy_ops {
	struct codec_ops codec;
	int (*pack_raw)(struct slice in, struct buf *out, struct err *);
	/* -ERR_TOOBIG: more than limit comes out; -ERR_DAMAGE. */
	int (*unpack_raw)(struct slice in, size_t limit, struct buf *out, struct err *);
};

#endif
