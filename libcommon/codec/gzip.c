/*
 * gzip.c - the module of gzip: one RFC 1952 member, its header as Java writes
 * it (no name, no time, an unknown system); read as Java's GZIPInputStream
 * reads it: several members one after the other, bytes that begin no further
 * member are left aside.  And zlib's streams (zstream.h).
 */
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/module.h"
#include "codec/zstream.h"

#define WINDOW		(15 + 16)	/* 32 KiB, and the gzip format */
#define MEMORY		8		/* zlib's default */
#define OS_UNKNOWN	255
#define OUT_FIRST	((size_t)64 << 10)
#define OUT_MOST	((size_t)1 << 30)	/* of one step */

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

static void *
stream_deflater(int level, bool bare)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z != NULL && deflateInit2(z, level, Z_DEFLATED, bare ? -MAX_WBITS : MAX_WBITS, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		z = NULL;
	}
	return z;
}

static int
stream_deflate(void *state, struct slice in, enum zstream_end end, struct buf *out, struct err *e)
{
	static const int flush[] = { Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH };
	z_stream *z = state;
	size_t room;
	int rc;

	if (in.n > UINT_MAX / 2)
		return err_set(e, ERR_TOOBIG, "deflate: %zu bytes are too many", in.n);
	z->next_in = (Bytef *)(uintptr_t)in.p;
	z->avail_in = (uInt)in.n;
	do {
		room = buf_more(out, OUT_FIRST, OUT_MOST);
		if (room == 0)
			return err_set(e, ERR_NOMEM, "deflate: no memory");
		z->next_out = out->p + out->n;
		z->avail_out = (uInt)room;
		rc = deflate(z, flush[end]);
		out->n += room - z->avail_out;
	} while (rc == Z_OK && z->avail_out == 0);
	if (end == ZSTREAM_FINISH ? rc != Z_STREAM_END || deflateReset(z) != Z_OK : rc != Z_OK && rc != Z_BUF_ERROR)
		return err_set(e, ERR_NOMEM, "deflate: cannot compress");
	return 0;
}

static void *
stream_inflater(bool bare)
{
	z_stream *z = calloc(1, sizeof(*z));

	if (z != NULL && inflateInit2(z, bare ? -MAX_WBITS : MAX_WBITS) != Z_OK) {
		free(z);
		z = NULL;
	}
	return z;
}

static int
stream_inflate(void *state, struct slice *in, size_t most, struct buf *out, struct err *e)
{
	z_stream *z = state;
	size_t room, start = out->n, n = in->n < UINT_MAX ? in->n : UINT_MAX;
	int rc = Z_OK;

	z->next_in = (Bytef *)(uintptr_t)in->p;
	z->avail_in = (uInt)n;
	while (rc == Z_OK && out->n - start < most) {
		room = buf_more(out, OUT_FIRST, most - (out->n - start));
		if (room == 0)
			return err_set(e, ERR_NOMEM, "deflate: no memory");
		room = room < UINT_MAX ? room : UINT_MAX;
		z->next_out = out->p + out->n;
		z->avail_out = (uInt)room;
		rc = inflate(z, Z_SYNC_FLUSH);
		out->n += room - z->avail_out;
		if (z->avail_in == 0 && z->avail_out > 0)
			break;
	}
	in->p += n - z->avail_in;
	in->n -= n - z->avail_in;
	if (rc == Z_STREAM_END)
		return inflateReset(z) == Z_OK ? 1 : err_set(e, ERR_NOMEM, "deflate: cannot start");
	if (rc == Z_MEM_ERROR)
		return err_set(e, ERR_NOMEM, "deflate: no memory");
	/* Z_BUF_ERROR: nothing to do without more input. */
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return err_set(e, ERR_DAMAGE, "deflate: %s", z->msg != NULL ? z->msg : "a dictionary is asked for");
	return 0;
}

static void
stream_free_deflater(void *state)
{
	if (state != NULL)
		deflateEnd(state);
	free(state);
}

static void
stream_free_inflater(void *state)
{
	if (state != NULL)
		inflateEnd(state);
	free(state);
}

extern const struct gzip_ops plog_module_gzip;
__attribute__((visibility("default"))) const struct gzip_ops plog_module_gzip = {
	.codec = {
		.version = MODULE_VERSION, .name = "gzip",
		.new_comp = gzip_new_comp, .free_comp = gzip_free_comp, .compress = gzip_compress,
		.new_dec = gzip_new_dec, .free_dec = gzip_free_dec, .decompress = gzip_decompress,
	},
	.stream = {
		.deflater = stream_deflater, .deflate = stream_deflate, .free_deflater = stream_free_deflater,
		.inflater = stream_inflater, .inflate = stream_inflate, .free_inflater = stream_free_inflater,
	},
};
