/*
 * packing.c - Hadoop's framing around the codecs of libcommon (packing.h).
 *
 * lz4, snappy and deflate are made from what Kafka's framing of them holds:
 * raw LZ4 blocks out of a frame of independent ones, raw snappy blocks out of
 * xerial's chunks, and a raw deflate stream out of a gzip member.
 */
#include "agent/sinks/hdfs/packing.h"

#include <stdlib.h>
#include <strings.h>

#include "base/module.h"
#include "base/parse.h"
#include "codec/compress.h"

#define JAVA		"org.apache.hadoop.io.compress."
#define PIECE_MAX	((size_t)512 << 20)	/* plain bytes of a piece; Java's lengths are int */
#define XERIAL_HEADER	16
#define LZ4_HEADER	7
#define LZ4_STORED	0x80000000u
#define GZIP_HEADER	10
#define GZIP_TRAILER	8
#define ADLER		65521

enum how { HOW_GZIP, HOW_BZIP2, HOW_ZSTD, HOW_DEFLATE, HOW_LZ4, HOW_SNAPPY };

static const struct {
	struct packing_codec codec;
	enum how how;
	enum codec base;		/* whose library; CODEC_NONE: a module of its own */
	const char *level;
} codecs[] = {
	{ { "gzip", JAVA "GzipCodec", ".gz" }, HOW_GZIP, CODEC_GZIP, "gzip" },
	{ { "bzip2", JAVA "BZip2Codec", ".bz2" }, HOW_BZIP2, CODEC_NONE, NULL },
	{ { "zstd", JAVA "ZStandardCodec", ".zst" }, HOW_ZSTD, CODEC_ZSTD, "zstd" },
	{ { "deflate", JAVA "DeflateCodec", ".deflate" }, HOW_DEFLATE, CODEC_GZIP, "gzip" },
	{ { "default", JAVA "DefaultCodec", ".deflate" }, HOW_DEFLATE, CODEC_GZIP, "gzip" },
	{ { "lz4", JAVA "Lz4Codec", ".lz4" }, HOW_LZ4, CODEC_LZ4, "lz4" },
	{ { "snappy", JAVA "SnappyCodec", ".snappy" }, HOW_SNAPPY, CODEC_SNAPPY, "snappy" },
};
#define CODECS	(sizeof(codecs) / sizeof(codecs[0]))

struct packing {
	size_t which;
	struct compressor *comp;
	const struct codec_ops *ops;	/* bzip2 */
	void *state;
	struct buf inner;
};

const struct packing_codec *
packing_find(const char *name, struct err *e)
{
	static const char *const words[] = { "gzip", "bzip2", "zstd", "deflate", "lz4", "snappy", NULL };
	const char *simple = strncasecmp(name, JAVA, strlen(JAVA)) == 0 ? name + strlen(JAVA) : name, *near;
	size_t i, n = strlen(simple);

	if (n > 5 && strcasecmp(simple + n - 5, "codec") == 0)
		n -= 5;
	for (i = 0; i < CODECS; i++) {
		const char *java = codecs[i].codec.java + strlen(JAVA);

		if ((strlen(codecs[i].codec.name) == n && strncasecmp(simple, codecs[i].codec.name, n) == 0) ||
		    (strlen(java) - 5 == n && strncasecmp(simple, java, n) == 0))
			return &codecs[i].codec;
	}
	if (strcasestr(name, "lzo") != NULL)
		err_set(e, ERR_INVALID, "lzo is not had here (its library is under the GPL): use gzip, zstd, lz4, snappy or bzip2");
	else if ((near = nearest_name(name, words)) != NULL)
		err_set(e, ERR_INVALID, "unknown codec '%s', did you mean '%s'?", name, near);
	else
		err_set(e, ERR_INVALID, "unknown codec '%s', known are gzip, bzip2, zstd, deflate, lz4, snappy", name);
	return NULL;
}

int
packing_new(struct packing **out, const struct packing_codec *codec, struct err *e)
{
	struct packing *p = calloc(1, sizeof(*p));
	enum codec c;
	int level, rc;

	*out = NULL;
	if (p == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a codec");
	while (&codecs[p->which].codec != codec)
		p->which++;
	if (codecs[p->which].how == HOW_BZIP2) {
		rc = (p->ops = module_load("bzip2", e)) == NULL ? -ERR_ABSENT : 0;
		if (rc == 0 && (p->state = p->ops->new_comp(9)) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory for a codec");
	} else if ((rc = codec_parse(codecs[p->which].level, &c, &level, e)) == 0) {
		rc = compressor_new(&p->comp, c, level, e);
	}
	if (rc != 0) {
		packing_free(p);
		return rc;
	}
	*out = p;
	return 0;
}

void
packing_free(struct packing *p)
{
	if (p == NULL)
		return;
	if (p->state != NULL)
		p->ops->free_comp(p->state);
	compressor_free(p->comp);
	buf_release(&p->inner);
	free(p);
}

static void
put_length(struct buf *out, size_t n)
{
	uint8_t *p = buf_room(out, 4);

	if (p == NULL)
		return;
	put_be32(p, (uint32_t)n);
	out->n += 4;
}

/* Bytes that LZ4 found not worth packing, as a block of one run of literals. */
static void
put_literals(struct buf *out, const uint8_t *p, size_t n)
{
	size_t left = n >= 15 ? n - 15 : 0;

	put_length(out, 1 + (n >= 15 ? left / 255 + 1 : 0) + n);
	buf_putc(out, (int)((n >= 15 ? 15 : n) << 4));
	if (n >= 15) {
		for (; left >= 255; left -= 255)
			buf_putc(out, 255);
		buf_putc(out, (int)left);
	}
	buf_put(out, p, n);
}

static void
from_lz4_frame(const struct buf *frame, size_t plain, struct buf *out)
{
	size_t at = LZ4_HEADER;
	uint32_t size;

	put_length(out, plain);
	while (frame->n - at >= 4) {
		size = (uint32_t)frame->p[at] | (uint32_t)frame->p[at + 1] << 8 | (uint32_t)frame->p[at + 2] << 16 |
		    (uint32_t)frame->p[at + 3] << 24;
		at += 4;
		if (size == 0)
			break;
		if (size & LZ4_STORED) {
			size &= ~LZ4_STORED;
			put_literals(out, frame->p + at, size);
		} else {
			put_length(out, size);
			buf_put(out, frame->p + at, size);
		}
		at += size;
	}
}

static uint32_t
adler32(struct slice in)
{
	uint32_t a = 1, b = 0;
	size_t i = 0, stop;

	while (i < in.n) {
		/* so many sums stay below 2^32 */
		for (stop = in.n - i < 5552 ? in.n : i + 5552; i < stop; i++) {
			a += in.p[i];
			b += a;
		}
		a %= ADLER;
		b %= ADLER;
	}
	return b << 16 | a;
}

static void
from_gzip_member(const struct buf *member, struct slice plain, struct buf *out)
{
	buf_put(out, "\x78\x9c", 2);	/* deflate, a window of 32 KiB, the default level */
	buf_put(out, member->p + GZIP_HEADER, member->n - GZIP_HEADER - GZIP_TRAILER);
	put_length(out, adler32(plain));
}

int
packing_run(struct packing *p, struct slice in, struct buf *out, struct err *e)
{
	enum how how = codecs[p->which].how;
	int rc;

	if (in.n == 0)
		return 0;
	if (in.n > PIECE_MAX)
		return err_set(e, ERR_TOOBIG, "%zu bytes are too many for one piece of %s", in.n, codecs[p->which].codec.name);
	if (how == HOW_GZIP || how == HOW_ZSTD)
		return compressor_run(p->comp, in, out, e);
	if (how == HOW_BZIP2)
		return p->ops->compress(p->state, in, out, e);
	buf_clear(&p->inner);
	if ((rc = compressor_run(p->comp, in, &p->inner, e)) != 0)
		return rc;
	if (how == HOW_LZ4) {
		from_lz4_frame(&p->inner, in.n, out);
	} else if (how == HOW_SNAPPY) {
		put_length(out, in.n);
		buf_put(out, p->inner.p + XERIAL_HEADER, p->inner.n - XERIAL_HEADER);
	} else {
		from_gzip_member(&p->inner, in, out);
	}
	return out->failed ? err_set(e, ERR_NOMEM, "no memory to compress") : 0;
}
