/*
 * zstream.h - zlib's streams, for protocols and files that have no gzip
 * member: the zlib format (RFC 1950) and the bare one (RFC 1951).
 *
 *	const struct gzip_ops *z = module_load("gzip", &e);
 *	void *d = z->stream.deflater(6, false);
 *
 *	z->stream.deflate(d, in, ZSTREAM_FLUSH, &out, &e);	// the peer can read all of it now
 *	z->stream.free_deflater(d);
 *
 * One state for each direction of a connection; a state is one thread's at a
 * time.
 */
#ifndef CODEC_ZSTREAM_H
#define CODEC_ZSTREAM_H

#include "codec/compress.h"

enum zstream_end {
	ZSTREAM_MORE,		/* more follows: what comes out when is zlib's choice */
	ZSTREAM_FLUSH,		/* up to a byte boundary, the stream goes on (00 00 ff ff) */
	ZSTREAM_FINISH,		/* the stream ends here; the next call starts a new one */
};

struct zstream_ops {
	void *(*deflater)(int level, bool bare);	/* NULL: no memory, or no such level (-1 to 9) */
	int (*deflate)(void *, struct slice in, enum zstream_end, struct buf *out, struct err *);
	void (*free_deflater)(void *);
	void *(*inflater)(bool bare);
	/*
	 * Appends what in gives to out, but at most most bytes; in is moved on
	 * behind what was used.  1: the stream has ended (the next call starts
	 * a new one); 0: all of in is used, or most is reached, when more may
	 * come out without further input; -ERR_DAMAGE.
	 */
	int (*inflate)(void *, struct slice *in, size_t most, struct buf *out, struct err *);
	void (*free_inflater)(void *);
};

/* The table of the module gzip: what every codec has, then this. */
struct gzip_ops {
	struct codec_ops codec;
	struct zstream_ops stream;
};

#endif
