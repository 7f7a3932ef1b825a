/*
 * lz4.c - the module of lz4: one LZ4 frame of independent 64 KiB blocks
 * without checksums and content size, which is what Kafka writes and the only
 * linkage that it reads.
 *
 * Read as Kafka reads: no dictionary, a block's checksum counts, the content's
 * size and checksum do not (the batch has one), what follows the first frame
 * is left aside.
 */
#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

#include "base/module.h"
#include "codec/compress.h"

#define MAGIC		"\x04\x22\x4d\x18"
#define HEADER_MIN	7		/* magic, FLG, BD, checksum */
#define FLG_DICTIONARY	0x01
#define FLG_CONTENT_SIZE	0x08
#define FLG_BLOCK_SUM	0x10
#define BLOCK_SIZE	0x7fffffffu	/* the bit above: stored as it is */
#define LEVEL_FAST	9		/* Kafka's default level is the fast compressor, every other the high one */
#define HIGH_MIN	3		/* below, liblz4 is fast */
#define OUT_FIRST	((size_t)64 << 10)

struct packer {
	LZ4F_cctx *cctx;
	LZ4F_preferences_t how;
};

static void *
lz4_new_comp(int level)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if (LZ4F_isError(LZ4F_createCompressionContext(&p->cctx, LZ4F_VERSION))) {
		free(p);
		return NULL;
	}
	p->how.frameInfo.blockSizeID = LZ4F_max64KB;
	p->how.frameInfo.blockMode = LZ4F_blockIndependent;
	p->how.compressionLevel = level == LEVEL_FAST ? 0 : level < HIGH_MIN ? HIGH_MIN : level;
	p->how.autoFlush = 1;
	return p;
}

static void
lz4_free_comp(void *state)
{
	struct packer *p = state;

	LZ4F_freeCompressionContext(p->cctx);
	free(p);
}

static int
lz4_compress(void *state, struct slice in, struct buf *out, struct err *e)
{
	struct packer *p = state;
	size_t bound = LZ4F_HEADER_SIZE_MAX + LZ4F_compressBound(in.n, &p->how), at, n;
	uint8_t *to = buf_room(out, bound);

	if (to == NULL)
		return err_set(e, ERR_NOMEM, "lz4: no memory");
	n = LZ4F_compressBegin(p->cctx, to, bound, &p->how);
	at = n;
	if (!LZ4F_isError(n)) {
		n = LZ4F_compressUpdate(p->cctx, to + at, bound - at, in.p, in.n, NULL);
		at += n;
	}
	if (!LZ4F_isError(n)) {
		n = LZ4F_compressEnd(p->cctx, to + at, bound - at, NULL);
		at += n;
	}
	if (LZ4F_isError(n))
		return err_set(e, ERR_NOMEM, "lz4: %s", LZ4F_getErrorName(n));
	out->n += at;
	return 0;
}

static void *
lz4_new_dec(void)
{
	LZ4F_dctx *d;

	return LZ4F_isError(LZ4F_createDecompressionContext(&d, LZ4F_VERSION)) ? NULL : d;
}

static void
lz4_free_dec(void *d)
{
	LZ4F_freeDecompressionContext(d);
}

/*
 * How many bytes of the frame are header and blocks, without the end mark: the
 * content's size and checksum are judged behind it, so it is never shown to
 * the library.  0: there is no whole frame.
 */
static size_t
blocks_end(struct slice in)
{
	size_t at = HEADER_MIN + (in.p[4] & FLG_CONTENT_SIZE ? 8 : 0), sum = in.p[4] & FLG_BLOCK_SUM ? 4 : 0;
	uint32_t size;

	for (; at <= in.n && in.n - at >= 4; at += 4 + (size & BLOCK_SIZE) + sum) {
		size = (uint32_t)in.p[at] | (uint32_t)in.p[at + 1] << 8 | (uint32_t)in.p[at + 2] << 16 |
		    (uint32_t)in.p[at + 3] << 24;
		if (size == 0)
			return at;
	}
	return 0;
}

static int
lz4_decompress(void *d, struct slice in, size_t limit, struct buf *out, struct err *e)
{
	size_t start = out->n, at = 0, end, room, most, from, to, rc;
	uint8_t beyond;

	if (in.n < HEADER_MIN || memcmp(in.p, MAGIC, 4) != 0)
		return err_set(e, ERR_DAMAGE, "lz4: no frame");
	if (in.p[4] & FLG_DICTIONARY)
		return err_set(e, ERR_DAMAGE, "lz4: the frame needs a dictionary");
	if ((end = blocks_end(in)) == 0)
		return err_set(e, ERR_DAMAGE, "lz4: the frame stops too early");
	LZ4F_resetDecompressionContext(d);
	do {
		most = limit - (out->n - start);
		room = buf_more(out, start + OUT_FIRST, most);
		if (room == 0 && most > 0)
			return err_set(e, ERR_NOMEM, "lz4: no memory");
		/* At the limit one byte of room shows whether more would come. */
		to = room > 0 ? room : 1;
		from = end - at;
		rc = LZ4F_decompress(d, room > 0 ? out->p + out->n : &beyond, &to, in.p + at, &from, NULL);
		if (LZ4F_isError(rc))
			return err_set(e, ERR_DAMAGE, "lz4: %s", LZ4F_getErrorName(rc));
		if (room == 0 && to > 0)
			return err_set(e, ERR_TOOBIG, "lz4: more than %zu bytes come out", limit);
		out->n += to;
		at += from;
	} while (to > 0 || from > 0);
	return at == end ? 0 : err_set(e, ERR_DAMAGE, "lz4: the frame is damaged");
}

extern const struct codec_ops plog_module_lz4;
__attribute__((visibility("default"))) const struct codec_ops plog_module_lz4 = {
	.version = MODULE_VERSION, .name = "lz4",
	.new_comp = lz4_new_comp, .free_comp = lz4_free_comp, .compress = lz4_compress,
	.new_dec = lz4_new_dec, .free_dec = lz4_free_dec, .decompress = lz4_decompress,
};
