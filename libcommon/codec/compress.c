/*
 * compress.c - the table of codecs, and zstd (compress.h).
 */
#include "codec/compress.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/module.h"
#include "base/parse.h"

#define OUT_FIRST	((size_t)64 << 10)	/* the first guess at how much comes out */

static void *
zstd_new_comp(int level)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	if (c != NULL && ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level))) {
		ZSTD_freeCCtx(c);
		c = NULL;
	}
	return c;
}

static void
zstd_free_comp(void *c)
{
	ZSTD_freeCCtx(c);
}

static int
zstd_compress(void *c, struct slice in, struct buf *out, struct err *e)
{
	size_t bound = ZSTD_compressBound(in.n), n;
	uint8_t *p = ZSTD_isError(bound) ? NULL : buf_room(out, bound);

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "zstd: no memory");
	n = ZSTD_compress2(c, p, bound, in.p, in.n);
	if (ZSTD_isError(n))
		return err_set(e, ERR_NOMEM, "zstd: %s", ZSTD_getErrorName(n));
	out->n += n;
	return 0;
}

static void *
zstd_new_dec(void)
{
	return ZSTD_createDCtx();
}

static void
zstd_free_dec(void *d)
{
	ZSTD_freeDCtx(d);
}

/*
 * All at once into the room there is, and again from the start with twice as
 * much when that was too little: no window is kept, so none is allocated from
 * what the frame's header claims, and the input is read less than twice.
 */
static int
zstd_decompress(void *d, struct slice in, size_t limit, struct buf *out, struct err *e)
{
	size_t want = in.n < limit / 8 ? in.n * 4 : limit, n;

	if (in.n == 0)
		return err_set(e, ERR_DAMAGE, "zstd: no frame");
	if (want < OUT_FIRST)
		want = OUT_FIRST;
	if (want < out->cap - out->n)
		want = out->cap - out->n;
	for (;; want = want > limit / 2 ? limit : want * 2) {
		if (want > limit)
			want = limit;
		if (buf_room(out, want) == NULL)
			return err_set(e, ERR_NOMEM, "zstd: no memory");
		n = ZSTD_decompressDCtx(d, out->p + out->n, want, in.p, in.n);
		if (!ZSTD_isError(n))
			break;
		if (ZSTD_getErrorCode(n) != ZSTD_error_dstSize_tooSmall)
			return err_set(e, ERR_DAMAGE, "zstd: %s", ZSTD_getErrorName(n));
		if (want >= limit)
			return err_set(e, ERR_TOOBIG, "zstd: more than %zu bytes come out", limit);
	}
	out->n += n;
	return 0;
}

static const struct codec_ops zstd_ops = {
	.version = MODULE_VERSION, .name = "zstd",
	.new_comp = zstd_new_comp, .free_comp = zstd_free_comp, .compress = zstd_compress,
	.new_dec = zstd_new_dec, .free_dec = zstd_free_dec, .decompress = zstd_decompress,
};

/* Levels are Kafka's, here so that a bad one is told without loading anything. */
static const struct {
	const char *name;
	const struct codec_ops *ops;	/* NULL: in a module of that name */
	int level_default, level_min, level_max;
} codecs[CODEC_COUNT] = {
	[CODEC_NONE] = { .name = "none" },
	[CODEC_GZIP] = { "gzip", NULL, -1, -1, 9 },
	[CODEC_SNAPPY] = { .name = "snappy" },
	[CODEC_LZ4] = { "lz4", NULL, 9, 1, 17 },
	[CODEC_ZSTD] = { "zstd", &zstd_ops, 3, -131072, 22 },
};

const char *
codec_name(int codec)
{
	return codec >= 0 && codec < CODEC_COUNT ? codecs[codec].name : "?";
}

static int
level_check(enum codec c, int64_t level, struct err *e)
{
	if (codecs[c].level_max == 0)
		return err_set(e, ERR_INVALID, "%s has no levels", codecs[c].name);
	if (level < codecs[c].level_min || level > codecs[c].level_max || (c == CODEC_GZIP && level == 0))
		return err_set(e, ERR_INVALID, "%s has levels %s%d to %d, not %lld", codecs[c].name,
		    c == CODEC_GZIP ? "-1 and " : "", c == CODEC_GZIP ? 1 : codecs[c].level_min,
		    codecs[c].level_max, (long long)level);
	return 0;
}

int
codec_parse(const char *s, enum codec *codec, int *level, struct err *e)
{
	static const char *const names[] = { "none", "gzip", "snappy", "lz4", "zstd", "uncompressed", NULL };
	const char *colon = strchr(s, ':'), *near;
	size_t n = colon == NULL ? strlen(s) : (size_t)(colon - s);
	char word[32];
	int64_t v;
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (strlen(names[i]) == n && memcmp(names[i], s, n) == 0)
			break;
	if (names[i] == NULL) {
		(void)snprintf(word, sizeof(word), "%.*s", (int)(n < sizeof(word) ? n : sizeof(word)), s);
		near = nearest_name(word, names);
		return err_set(e, ERR_INVALID, "unknown codec '%s', %s%s%s", word,
		    near != NULL ? "did you mean '" : "known are none, gzip, snappy, lz4, zstd",
		    near != NULL ? near : "", near != NULL ? "'?" : "");
	}
	*codec = i < CODEC_COUNT ? (enum codec)i : CODEC_NONE;
	*level = codecs[*codec].level_default;
	if (colon == NULL)
		return 0;
	if (parse_int(colon + 1, INT_MIN, INT_MAX, &v, e) != 0) {
		(void)err_prefix(e, "level of %s", codecs[*codec].name);
		return -ERR_INVALID;
	}
	*level = (int)v;
	return level_check(*codec, v, e);
}

static const struct codec_ops *
ops_of(int codec, struct err *e)
{
	if (codecs[codec].ops != NULL)
		return codecs[codec].ops;
	return module_load(codecs[codec].name, e);
}

struct compressor {
	enum codec codec;
	const struct codec_ops *ops;
	void *state;
};

int
compressor_new(struct compressor **out, enum codec codec, int level, struct err *e)
{
	const struct codec_ops *ops;
	struct compressor *c;

	*out = NULL;
	if (codec == CODEC_NONE)
		return 0;
	if (codecs[codec].level_max != 0 && level_check(codec, level, e) != 0)
		return -ERR_INVALID;
	if ((ops = ops_of(codec, e)) == NULL)
		return -ERR_ABSENT;
	if ((c = malloc(sizeof(*c))) == NULL)
		return err_set(e, ERR_NOMEM, "%s: no memory", codecs[codec].name);
	*c = (struct compressor){ .codec = codec, .ops = ops, .state = ops->new_comp(level) };
	if (c->state == NULL) {
		free(c);
		return err_set(e, ERR_NOMEM, "%s: no memory", codecs[codec].name);
	}
	*out = c;
	return 0;
}

enum codec
compressor_codec(const struct compressor *c)
{
	return c == NULL ? CODEC_NONE : c->codec;
}

int
compressor_run(struct compressor *c, struct slice in, struct buf *out, struct err *e)
{
	return c->ops->compress(c->state, in, out, e);
}

void
compressor_free(struct compressor *c)
{
	if (c == NULL)
		return;
	c->ops->free_comp(c->state);
	free(c);
}

struct decompressor {
	const struct codec_ops *ops[CODEC_COUNT];
	void *state[CODEC_COUNT];
};

struct decompressor *
decompressor_new(void)
{
	return calloc(1, sizeof(struct decompressor));
}

int
decompressor_run(struct decompressor *d, int codec, struct slice in, size_t limit, struct buf *out, struct err *e)
{
	size_t start = out->n;
	int rc;

	if (codec <= CODEC_NONE || codec >= CODEC_COUNT)
		return err_set(e, ERR_FORMAT, "unknown codec %d", codec);
	if (d->ops[codec] == NULL && (d->ops[codec] = ops_of(codec, e)) == NULL)
		return -ERR_ABSENT;
	if (d->state[codec] == NULL && (d->state[codec] = d->ops[codec]->new_dec()) == NULL)
		return err_set(e, ERR_NOMEM, "%s: no memory", codecs[codec].name);
	rc = d->ops[codec]->decompress(d->state[codec], in, limit, out, e);
	if (rc != 0)
		out->n = start;
	return rc;
}

void
decompressor_free(struct decompressor *d)
{
	int i;

	if (d == NULL)
		return;
	for (i = 0; i < CODEC_COUNT; i++)
		if (d->state[i] != NULL)
			d->ops[i]->free_dec(d->state[i]);
	free(d);
}

const char *
compress_library(void)
{
	return "zstd " ZSTD_VERSION_STRING;
}
