/*
 * avro_codec.c - the codecs of Avro's container files (avro_file.h).
 */
#include <stdlib.h>

#include "agent/wire/avro_file.h"
#include "base/module.h"
#include "codec/hash.h"
#include "codec/snappyraw.h"
#include "codec/zstream.h"

enum kind { PLAIN, DEFLATE, SNAPPY, ZSTANDARD };
#define KINDS	4
static const char *const names[KINDS] = { "null", "deflate", "snappy", "zstandard" };

struct avro_codec {
	enum kind kind;
	int level;
	const struct gzip_ops *zlib;
	const struct snappy_ops *snappy;
	void *in, *out;			/* zlib's streams, made when first needed */
	struct compressor *comp;
	struct decompressor *dec;
};

int
avro_codec_new(struct avro_codec **to, struct slice name, int level, struct err *e)
{
	struct avro_codec *c;
	int k = 0;

	if (name.p == NULL)
		name = slice_str("null");
	while (k < KINDS && !slice_eq(name, slice_str(names[k])))
		k++;
	if (k == KINDS)
		return err_set(e, ERR_INVALID, "the codec '%.*s' is not among null, deflate, snappy and zstandard",
		    name.n < 40 ? (int)name.n : 40, (const char *)name.p);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for an Avro codec");
	c->kind = (enum kind)k;
	c->level = level;
	*to = c;
	if (c->kind == DEFLATE)
		c->zlib = module_load("gzip", e);
	else if (c->kind == SNAPPY)
		c->snappy = module_load("snappy", e);
	if ((c->kind == DEFLATE && c->zlib == NULL) || (c->kind == SNAPPY && c->snappy == NULL)) {
		avro_codec_free(c);
		*to = NULL;
		return -ERR_ABSENT;
	}
	return 0;
}

void
avro_codec_free(struct avro_codec *c)
{
	if (c == NULL)
		return;
	if (c->in != NULL)
		c->zlib->stream.free_inflater(c->in);
	if (c->out != NULL)
		c->zlib->stream.free_deflater(c->out);
	compressor_free(c->comp);
	decompressor_free(c->dec);
	free(c);
}

static int
deflate_pack(struct avro_codec *c, struct slice plain, struct buf *out, struct err *e)
{
	if (c->out == NULL && (c->out = c->zlib->stream.deflater(c->level, true)) == NULL)
		return err_set(e, ERR_NOMEM, "deflate: no memory");
	return c->zlib->stream.deflate(c->out, plain, ZSTREAM_FINISH, out, e);
}

static int
deflate_unpack(struct avro_codec *c, struct slice packed, struct buf *out, struct err *e)
{
	size_t start = out->n;
	int rc;

	if (c->in == NULL && (c->in = c->zlib->stream.inflater(true)) == NULL)
		return err_set(e, ERR_NOMEM, "deflate: no memory");
	rc = c->zlib->stream.inflate(c->in, &packed, AVRO_BLOCK_MAX + 1, out, e);
	if (rc == 1)
		return 0;
	/* What is left in the state belongs to this block. */
	c->zlib->stream.free_inflater(c->in);
	c->in = NULL;
	if (rc < 0)
		return rc;
	if (out->n - start > AVRO_BLOCK_MAX)
		return err_set(e, ERR_TOOBIG, "a block of more than %zu bytes when unpacked", AVRO_BLOCK_MAX);
	return err_set(e, ERR_DAMAGE, "deflate: a block stops too early");
}

static int
snappy_pack(struct avro_codec *c, struct slice plain, struct buf *out, struct err *e)
{
	uint8_t *p;
	int rc = c->snappy->pack_raw(plain, out, e);

	if (rc != 0)
		return rc;
	if ((p = buf_room(out, 4)) == NULL)
		return err_set(e, ERR_NOMEM, "snappy: no memory");
	put_be32(p, crc32_zlib(plain.p, plain.n));
	out->n += 4;
	return 0;
}

static int
snappy_unpack(struct avro_codec *c, struct slice packed, struct buf *out, struct err *e)
{
	size_t start = out->n;
	int rc;

	if (packed.n < 4)
		return err_set(e, ERR_DAMAGE, "snappy: a block stops too early");
	packed.n -= 4;
	rc = c->snappy->unpack_raw(packed, AVRO_BLOCK_MAX, out, e);
	if (rc == 0 && crc32_zlib(out->p + start, out->n - start) != get_be32(packed.p + packed.n))
		rc = err_set(e, ERR_DAMAGE, "snappy: a block's checksum is wrong");
	return rc;
}

int
avro_codec_pack(struct avro_codec *c, struct slice plain, struct buf *out, struct err *e)
{
	int rc;

	switch (c->kind) {
	case DEFLATE:
		return deflate_pack(c, plain, out, e);
	case SNAPPY:
		return snappy_pack(c, plain, out, e);
	case ZSTANDARD:
		if (c->comp == NULL && (rc = compressor_new(&c->comp, CODEC_ZSTD, c->level < 0 ? 3 : c->level, e)) != 0)
			return rc;
		return compressor_run(c->comp, plain, out, e);
	case PLAIN:
		break;
	}
	buf_put(out, plain.p, plain.n);
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a block") : 0;
}

int
avro_codec_unpack(struct avro_codec *c, struct slice packed, struct buf *out, struct err *e)
{
	switch (c->kind) {
	case DEFLATE:
		return deflate_unpack(c, packed, out, e);
	case SNAPPY:
		return snappy_unpack(c, packed, out, e);
	case ZSTANDARD:
		if (c->dec == NULL && (c->dec = decompressor_new()) == NULL)
			return err_set(e, ERR_NOMEM, "zstandard: no memory");
		return decompressor_run(c->dec, CODEC_ZSTD, packed, AVRO_BLOCK_MAX, out, e);
	case PLAIN:
		break;
	}
	buf_put(out, packed.p, packed.n);
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a block") : 0;
}
