/*
 * snappy.c - the module of snappy, in the framing of xerial's snappy-java:
 *
 *	82 'S' 'N' 'A' 'P' 'P' 'Y' 00, version 1, compatible with 1 (big-endian, 4 bytes each)
 *	then chunks: length (big-endian, 4 bytes), a raw snappy block of at most 32 KiB plain
 *
 * without checksums and end mark.  A reader bears a further header between
 * chunks, and takes input without the header for one raw block.
 */
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "base/module.h"
#include "codec/snappyraw.h"

#define MAGIC		"\202SNAPPY"	/* with its NUL */
#define MAGIC_LEN	8
#define HEADER_LEN	16
#define VERSION		1
#define BLOCK		((size_t)32 << 10)
#define RATIO_MAX	32		/* a copy of 64 bytes takes 3: no block grows more than 22 times */

/* Snappy keeps nothing between calls; a state that is not NULL says that it was made. */
static void *
snappy_new_comp(int level)
{
	(void)level;
	return malloc(1);
}

static void *
snappy_new_dec(void)
{
	return malloc(1);
}

static int
pack_block(struct slice block, struct buf *out, struct err *e)
{
	size_t packed = snappy_max_compressed_length(block.n);
	uint8_t *p = buf_room(out, packed);

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "snappy: no memory");
	if (snappy_compress((const char *)block.p, block.n, (char *)p, &packed) != SNAPPY_OK)
		return err_set(e, ERR_NOMEM, "snappy: cannot compress");
	out->n += packed;
	return 0;
}

static int
snappy_pack(void *state, struct slice in, struct buf *out, struct err *e)
{
	size_t at, n, head;
	uint8_t *p;
	int rc;

	(void)state;
	buf_put(out, MAGIC, MAGIC_LEN);
	if ((p = buf_room(out, HEADER_LEN - MAGIC_LEN)) != NULL) {
		put_be32(p, VERSION);
		put_be32(p + 4, VERSION);
		out->n += HEADER_LEN - MAGIC_LEN;
	}
	for (at = 0; at < in.n; at += n) {
		n = in.n - at < BLOCK ? in.n - at : BLOCK;
		if (buf_room(out, 4) == NULL)
			break;
		head = out->n;
		out->n += 4;
		if ((rc = pack_block(SLICE_OF(in.p + at, n), out, e)) != 0)
			return rc;
		put_be32(out->p + head, (uint32_t)(out->n - head - 4));
	}
	return out->failed ? err_set(e, ERR_NOMEM, "snappy: no memory") : 0;
}

static int
unpack_block(struct slice block, size_t left, struct buf *out, struct err *e)
{
	size_t n;
	uint8_t *p;

	if (snappy_uncompressed_length((const char *)block.p, block.n, &n) != SNAPPY_OK || n / RATIO_MAX > block.n)
		return err_set(e, ERR_DAMAGE, "snappy: a block's length is wrong");
	if (n > left)
		return err_set(e, ERR_TOOBIG, "snappy: more bytes come out than are taken");
	if ((p = buf_room(out, n)) == NULL)
		return err_set(e, ERR_NOMEM, "snappy: no memory");
	if (snappy_uncompress((const char *)block.p, block.n, (char *)p, &n) != SNAPPY_OK)
		return err_set(e, ERR_DAMAGE, "snappy: a block is damaged");
	out->n += n;
	return 0;
}

static int
snappy_unpack(void *state, struct slice in, size_t limit, struct buf *out, struct err *e)
{
	size_t start = out->n;
	struct rd r = RD_OF(in.p, in.n);
	const uint8_t *p;
	uint32_t n;
	int rc;

	(void)state;
	if (in.n < HEADER_LEN || memcmp(in.p, MAGIC, MAGIC_LEN) != 0)
		return unpack_block(in, limit, out, e);
	while (rd_left(&r) > 0) {
		if (rd_left(&r) >= HEADER_LEN && memcmp(r.p, MAGIC, MAGIC_LEN) == 0) {
			(void)rd_bytes(&r, MAGIC_LEN + 4);
			if (rd_be32(&r) > VERSION)
				return err_set(e, ERR_FORMAT, "snappy: framing of a later version");
			continue;
		}
		n = rd_be32(&r);
		if ((p = rd_bytes(&r, n)) == NULL)
			return err_set(e, ERR_DAMAGE, "snappy: the stream stops too early");
		rc = unpack_block(SLICE_OF(p, n), limit - (out->n - start), out, e);
		if (rc != 0)
			return rc;
	}
	return 0;
}

extern const struct snappy_ops plog_module_snappy;
__attribute__((visibility("default"))) const struct snappy_ops plog_module_snappy = {
	.codec = {
		.version = MODULE_VERSION, .name = "snappy",
		.new_comp = snappy_new_comp, .free_comp = free, .compress = snappy_pack,
		.new_dec = snappy_new_dec, .free_dec = free, .decompress = snappy_unpack,
	},
	.pack_raw = pack_block, .unpack_raw = unpack_block,
};
