/*
 * gzip.c - the module of gzip: one RFC 1952 member, its header as Java writes
 * it (no name, no time, an unknown system); read as Java's GZIPInputStream
 * reads it: several members one after the other, bytes that begin no further
 * member are left aside.
 */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/module.h"
#include "codec/compress.h"

#define WINDOW		(15 + 16)	/* 32 KiB, and the gzip format */
#define MEMORY		8		/* zlib's default */
#define OS_UNKNOWN	255
#define OUT_FIRST	((size_t)64 << 10)

struct deflater {
	z_stream z;
	gz_header header;
};

static void *
gzip_new_comp(int level)
{
	struct deflater *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->header.os = OS_UNKNOWN;
	if (deflateInit2(&d->z, level, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(d);
		return NULL;
	}
	return d;
}

static void
gzip_free_comp(void *state)
{
	struct deflater *d = state;

	deflateEnd(&d->z);
	free(d);
}

static int
gzip_compress(void *state, struct slice in, struct buf *out, struct err *e)
{
	struct deflater *d = state;
	size_t bound;

	if (in.n > UINT_MAX / 2)
		return err_set(e, ERR_TOOBIG, "gzip: %zu bytes are too many", in.n);
	if (deflateReset(&d->z) != Z_OK || deflateSetHeader(&d->z, &d->header) != Z_OK)
		return err_set(e, ERR_NOMEM, "gzip: cannot start");
	bound = deflateBound(&d->z, in.n);
	if (buf_room(out, bound) == NULL)
		return err_set(e, ERR_NOMEM, "gzip: no memory");
	d->z.next_in = (Bytef *)(uintptr_t)in.p;
	d->z.avail_in = (uInt)in.n;
	d->z.next_out = out->p + out->n;
	d->z.avail_out = (uInt)bound;
	if (deflate(&d->z, Z_FINISH) != Z_STREAM_END)
		return err_set(e, ERR_NOMEM, "gzip: cannot compress");
	out->n += bound - d->z.avail_out;
	return 0;
}

static void *
gzip_new_dec(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z != NULL && inflateInit2(z, WINDOW) != Z_OK) {
		free(z);
		z = NULL;
	}
	return z;
}

static void
gzip_free_dec(void *state)
{
	inflateEnd(state);
	free(state);
}

/* One step into what room there is; 1 go on, 0 a member ended, or an error. */
static int
step(z_stream *z, size_t start, size_t limit, struct buf *out, struct err *e)
{
	size_t most = limit - (out->n - start), room = buf_more(out, start + OUT_FIRST, most);
	uint8_t beyond;
	int rc;

	if (room == 0 && most > 0)
		return err_set(e, ERR_NOMEM, "gzip: no memory");
	/* At the limit the end of the stream may still come, but no byte. */
	z->next_out = room > 0 ? out->p + out->n : &beyond;
	z->avail_out = room > 0 ? (uInt)(room < UINT_MAX ? room : UINT_MAX) : 1;
	room = z->avail_out;
	rc = inflate(z, Z_NO_FLUSH);
	room -= z->avail_out;
	if (most == 0 && room > 0)
		return err_set(e, ERR_TOOBIG, "gzip: more than %zu bytes come out", limit);
	out->n += room;
	if (rc == Z_STREAM_END)
		return 0;
	if (rc == Z_MEM_ERROR)
		return err_set(e, ERR_NOMEM, "gzip: no memory");
	if (rc != Z_OK)
		return err_set(e, ERR_DAMAGE, "gzip: %s", z->msg != NULL ? z->msg : "the stream stops too early");
	return 1;
}

static int
gzip_decompress(void *state, struct slice in, size_t limit, struct buf *out, struct err *e)
{
	z_stream *z = state;
	size_t start = out->n;
	int rc;

	if (in.n > UINT_MAX)
		return err_set(e, ERR_TOOBIG, "gzip: %zu bytes are too many", in.n);
	z->next_in = (Bytef *)(uintptr_t)in.p;
	z->avail_in = (uInt)in.n;
	do {
		if (inflateReset(z) != Z_OK)
			return err_set(e, ERR_NOMEM, "gzip: cannot start");
		while ((rc = step(z, start, limit, out, e)) == 1)
			;
		if (rc != 0)
			return rc;
	} while (z->avail_in > 2 && z->next_in[0] == 0x1f && z->next_in[1] == 0x8b);
	return 0;
}

extern const struct codec_ops plog_module_gzip;
__attribute__((visibility("default"))) const struct codec_ops plog_module_gzip = {
	.version = MODULE_VERSION, .name = "gzip",
	.new_comp = gzip_new_comp, .free_comp = gzip_free_comp, .compress = gzip_compress,
	.new_dec = gzip_new_dec, .free_dec = gzip_free_dec, .decompress = gzip_decompress,
};
