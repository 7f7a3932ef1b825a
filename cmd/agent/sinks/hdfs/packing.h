/*
 * packing.h - Hadoop's compression codecs: what CompressedStream files and
 * compressed SequenceFiles hold, so that Hadoop's own codecs read it.
 *
 *	gzip .gz, bzip2 .bz2, zstd .zst	streams as their tools make them, one after the other
 *	deflate .deflate		zlib streams (RFC 1950), one after the other
 *	lz4 .lz4, snappy .snappy	Hadoop's blocks: plain length, then chunks of length and bytes (big-endian, 4)
 *
 * packing_run makes one whole piece of what it is given; pieces put one behind
 * the other are a file.  The libraries are the ones of codec/compress.h.
 *
 * Source: Hadoop 3.4 BlockCompressorStream, Lz4Codec, SnappyCodec, DefaultCodec.
 */
#ifndef AGENT_SINKS_HDFS_PACKING_H
#define AGENT_SINKS_HDFS_PACKING_H

#include "base/buf.h"
#include "base/err.h"

struct packing;

struct packing_codec {
	const char *name;		/* "gzip": what a configuration says, in any case */
	const char *java;		/* "org.apache.hadoop.io.compress.GzipCodec" */
	const char *suffix;		/* ".gz" */
};

/*
 * The codec of that name, simple class name or class name; NULL with
 * -ERR_INVALID: none that is known, or (lzo) one that is not had here.
 */
const struct packing_codec *packing_find(const char *name, struct err *);

/* -ERR_ABSENT: the library is not there; -ERR_NOMEM. */
int packing_new(struct packing **, const struct packing_codec *, struct err *);
/* Appends what in is compressed; nothing for no bytes.  One thread at a time. */
int packing_run(struct packing *, struct slice in, struct buf *out, struct err *);
void packing_free(struct packing *);	/* NULL is fine */

#endif
