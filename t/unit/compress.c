/*
 * The codecs: round trips, limits, streams that are cut or wrong, and what
 * Kafka's readers take although the libraries would not.
 */
#include <stdlib.h>

#include "codec/compress.h"
#include "unit/check.h"
#include "unit/hexin.h"

#define BIG	((size_t)300000)	/* several blocks of every format */

static bool here[CODEC_COUNT];
static uint8_t *text;		/* BIG bytes that compress by about half */

static int
pack(enum codec codec, int level, struct slice in, struct buf *out)
{
	struct compressor *c;
	struct err e = ERR_INIT;
	int rc = compressor_new(&c, codec, level, &e);

	if (rc != 0)
		return rc;
	CHECK_INT(compressor_codec(c), codec);
	rc = compressor_run(c, in, out, &e);
	compressor_free(c);
	return rc;
}

static void
round_trip(enum codec codec, int level, struct decompressor *dec, size_t n)
{
	struct buf packed = BUF_INIT, plain = BUF_INIT;
	struct err e = ERR_INIT;
	size_t cut;
	int rc;

	CHECK(pack(codec, level, SLICE_OF(text, n), &packed) == 0, "%s:%d of %zu", codec_name(codec), level, n);
	/* What is in the buffer already stays. */
	buf_puts(&plain, "++");
	rc = decompressor_run(dec, codec, buf_slice(&packed), n, &plain, &e);
	CHECK(rc == 0, "%s:%d of %zu: %s", codec_name(codec), level, n, e.text);
	CHECK(plain.n == n + 2 && memcmp(plain.p + 2, text, n) == 0, "%s:%d of %zu differs", codec_name(codec), level, n);
	if (n > 0) {
		rc = decompressor_run(dec, codec, buf_slice(&packed), n - 1, &plain, &e);
		CHECK(rc == -ERR_TOOBIG, "%s of %zu beyond its limit: %d %s", codec_name(codec), n, rc, e.text);
		CHECK_INT(plain.n, n + 2);
	}
	/* Cut anywhere it is damage; xerial's framing has no end, so between its chunks it is shorter. */
	for (cut = 0; cut < packed.n; cut += 1 + packed.n / 50) {
		buf_clear(&plain);
		rc = decompressor_run(dec, codec, SLICE_OF(packed.p, cut), n, &plain, &e);
		CHECK(rc == -ERR_DAMAGE || (codec == CODEC_SNAPPY && rc == 0 && plain.n < n) || (n == 0 && rc == 0),
		    "%s of %zu cut at %zu: %d", codec_name(codec), n, cut, rc);
	}
	buf_release(&packed);
	buf_release(&plain);
}

static void
round_trips(void)
{
	static const size_t sizes[] = { 1, 34, 1000, 32768, 32769, 65536, 65537, 131072, BIG };
	static const struct {
		enum codec codec;
		int level;
	} levels[] = {
		{ CODEC_GZIP, -1 }, { CODEC_GZIP, 1 }, { CODEC_GZIP, 9 }, { CODEC_SNAPPY, 0 }, { CODEC_LZ4, 9 }, { CODEC_LZ4, 1 },
		{ CODEC_LZ4, 12 }, { CODEC_LZ4, 17 }, { CODEC_ZSTD, 3 }, { CODEC_ZSTD, 1 }, { CODEC_ZSTD, -5 }, { CODEC_ZSTD, 19 },
	};
	struct decompressor *dec = decompressor_new();
	size_t i, j;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		for (j = 0; here[levels[i].codec] && j < sizeof(sizes) / sizeof(sizes[0]); j++)
			round_trip(levels[i].codec, levels[i].level, dec, sizes[j]);
	decompressor_free(dec);
	decompressor_free(NULL);
	compressor_free(NULL);
}

/* 64 MiB of zeros in a few kilobytes stop at the limit, and memory with them. */
static void
bombs(void)
{
	const size_t n = (size_t)64 << 20, limit = (size_t)1 << 20;
	uint8_t *zeros = calloc(1, n);
	struct decompressor *dec = decompressor_new();
	struct buf packed = BUF_INIT, plain = BUF_INIT;
	int c;

	for (c = CODEC_GZIP; zeros != NULL && c < CODEC_COUNT; c++) {
		if (!here[c])
			continue;
		buf_clear(&packed);
		buf_release(&plain);
		CHECK_INT(pack((enum codec)c, c == CODEC_GZIP ? 1 : c == CODEC_LZ4 ? 9 : c == CODEC_ZSTD ? 1 : 0, SLICE_OF(zeros, n), &packed), 0);
		CHECK_INT(decompressor_run(dec, c, buf_slice(&packed), limit, &plain, NULL), -ERR_TOOBIG);
		CHECK(plain.cap <= 2 * limit && plain.n == 0, "%s took %zu bytes", codec_name(c), plain.cap);
	}
	decompressor_free(dec);
	buf_release(&packed);
	buf_release(&plain);
	free(zeros);
}

/* Streams by hand: what comes out, or NULL for damage. */
static const struct {
	int codec;
	const char *hex, *want;
} by_hand[] = {
	/* a member, two members, one and what is none */
	{ CODEC_GZIP, "1f8b08000000000000ff 4b4c4a0600 c2412435 03000000", "abc" },
	{ CODEC_GZIP, "1f8b08000000000000ff 4b4c4a0600 c2412435 03000000 1f8b08000000000000ff 4b4c4a0600 c2412435 03000000", "abcabc" },
	{ CODEC_GZIP, "1f8b08000000000000ff 4b4c4a0600 c2412435 03000000 00000000", "abc" },
	{ CODEC_GZIP, "1f8b08000000000000ff 4b4c4a0600 c2412436 03000000", NULL },
	{ CODEC_GZIP, "1f8b08000000000000ff 4b4c4a0600 c2412435 04000000", NULL },
	{ CODEC_GZIP, "789c", NULL },
	/* xerial: no chunk, a chunk, a further header, a raw block without framing */
	{ CODEC_SNAPPY, "82534e4150505900 00000001 00000001", "" },
	{ CODEC_SNAPPY, "82534e4150505900 00000001 00000001 00000005 0308616263", "abc" },
	{ CODEC_SNAPPY, "82534e4150505900 00000001 00000001 00000005 0308616263"
	    "82534e4150505900 00000001 00000001 00000005 0308616263", "abcabc" },
	{ CODEC_SNAPPY, "0308616263", "abc" },
	{ CODEC_SNAPPY, "82534e4150505900 00000001 00000001 00000006 0308616263", NULL },
	{ CODEC_SNAPPY, "82534e4150505900 00000001 00000001 80000005 0308616263", NULL },
	{ CODEC_SNAPPY, "82534e4150505900 00000001 00000001 00000005 ffffffff0f", NULL },
	{ CODEC_SNAPPY, "82534e4150505900 00000001 00000001 00000005 0408616263", NULL },
	{ CODEC_SNAPPY, "", NULL },
	/* lz4: stored block; 4 MiB blocks announced; content size and checksum right and wrong; a block's checksum */
	{ CODEC_LZ4, "04224d18 60 40 82 03000080 616263 00000000", "abc" },
	{ CODEC_LZ4, "04224d18 60 40 82 03000080 616263 00000000 616263", "abc" },
	{ CODEC_LZ4, "04224d18 60 40 82 03000080 616263 01000080 64 00000000", "abcd" },
	{ CODEC_LZ4, "04224d18 60 70 73 03000080 616263 00000000", "abc" },
	{ CODEC_LZ4, "04224d18 40 40 c0 03000080 616263 00000000", "abc" },		/* linked blocks */
	{ CODEC_LZ4, "04224d18 64 40 a7 03000080 616263 00000000 fe53d132", "abc" },
	{ CODEC_LZ4, "04224d18 64 40 a7 03000080 616263 00000000 00000000", "abc" },
	{ CODEC_LZ4, "04224d18 60 40 83 03000080 616263 00000000", NULL },		/* header checksum */
	{ CODEC_LZ4, "04224d18 61 40 82 00000000 03000080 616263 00000000", NULL },	/* dictionary */
	{ CODEC_LZ4, "04224d18 62 40 82 03000080 616263 00000000", NULL },		/* reserved bit */
	{ CODEC_LZ4, "04224d18 60 40 82 03000080 616263", NULL },
	{ CODEC_LZ4, "04224d18 60 40 82 03000000 616263 00000000", NULL },
	{ CODEC_LZ4, "184d2204", NULL }, { CODEC_LZ4, "502a4d18 00000000 00000000", NULL },
	/* zstd: two frames; a skippable one before */
	{ CODEC_ZSTD, "28b52ffd 2003 190000 616263", "abc" },
	{ CODEC_ZSTD, "28b52ffd 2003 190000 616263 28b52ffd 2003 190000 616263", "abcabc" },
	{ CODEC_ZSTD, "502a4d18 01000000 00 28b52ffd 2003 190000 616263", "abc" },
	{ CODEC_ZSTD, "28b52ffd 2004 190000 616263", NULL }, { CODEC_ZSTD, "28b52ffd", NULL }, { CODEC_ZSTD, "ff", NULL },
};

static void
streams(void)
{
	struct decompressor *dec = decompressor_new();
	struct buf plain = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t in[256];
	size_t i, n;
	int rc;

	for (i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
		if (!here[by_hand[i].codec])
			continue;
		n = hexin(by_hand[i].hex, in, sizeof(in));
		buf_clear(&plain);
		rc = decompressor_run(dec, by_hand[i].codec, SLICE_OF(in, n), 1000, &plain, &e);
		if (by_hand[i].want == NULL)
			CHECK(rc == -ERR_DAMAGE && plain.n == 0, "%s %s: %d", codec_name(by_hand[i].codec), by_hand[i].hex, rc);
		else
			CHECK(rc == 0 && strcmp(buf_str(&plain), by_hand[i].want) == 0, "%s %s: %d %s (%s)",
			    codec_name(by_hand[i].codec), by_hand[i].hex, rc, buf_str(&plain), e.text);
	}
	CHECK_INT(decompressor_run(dec, 5, SLICE_OF(in, 1), 10, &plain, &e), -ERR_FORMAT);
	CHECK_INT(decompressor_run(dec, 0, SLICE_OF(in, 1), 10, &plain, &e), -ERR_FORMAT);
	decompressor_free(dec);
	buf_release(&plain);
}

/* Beyond one block the frame must still say: independent blocks, 64 KiB, no checksums, no size. */
static void
lz4_header(void)
{
	static const int levels[] = { 9, 1, 3, 17 };
	struct buf packed = BUF_INIT;
	size_t i;

	for (i = 0; here[CODEC_LZ4] && i < 4; i++) {
		buf_clear(&packed);
		CHECK_INT(pack(CODEC_LZ4, levels[i], SLICE_OF(text, BIG), &packed), 0);
		CHECK_BYTES(packed.p, 7, "\x04\x22\x4d\x18\x60\x40\x82", 7);
	}
	buf_release(&packed);
}

static void
names(void)
{
	static const struct {
		const char *s;
		int codec, level;	/* codec -1: refused */
	} cases[] = {
		{ "none", 0, 0 }, { "uncompressed", 0, 0 }, { "gzip", 1, -1 }, { "gzip:9", 1, 9 }, { "gzip:-1", 1, -1 },
		{ "snappy", 2, 0 }, { "lz4", 3, 9 }, { "lz4:17", 3, 17 }, { "zstd", 4, 3 }, { "zstd:22", 4, 22 },
		{ "zstd:-131072", 4, -131072 }, { "gzip:0", -1, 0 }, { "gzip:10", -1, 0 }, { "snappy:1", -1, 0 },
		{ "lz4:0", -1, 0 }, { "lz4:18", -1, 0 }, { "zstd:23", -1, 0 }, { "zstd:", -1, 0 }, { "zstd:x", -1, 0 },
		{ "none:1", -1, 0 }, { "", -1, 0 }, { "ZSTD", -1, 0 }, { "zst", -1, 0 }, { "a codec with a name much too long to keep", -1, 0 },
	};
	struct err e = ERR_INIT;
	enum codec codec = CODEC_NONE;
	struct compressor *c;
	size_t i;
	int level, rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rc = codec_parse(cases[i].s, &codec, &level, &e);
		if (cases[i].codec == -1)
			CHECK(rc == -ERR_INVALID, "'%s' is taken", cases[i].s);
		else
			CHECK(rc == 0 && (int)codec == cases[i].codec && level == cases[i].level, "'%s': %d %d %d %s",
			    cases[i].s, rc, codec, level, e.text);
	}
	CHECK_INT(codec_parse("zst", &codec, &level, &e), -ERR_INVALID);
	CHECK_STR(e.text, "unknown codec 'zst', did you mean 'zstd'?");
	CHECK_INT(codec_parse("brotli", &codec, &level, &e), -ERR_INVALID);
	CHECK_STR(e.text, "unknown codec 'brotli', known are none, gzip, snappy, lz4, zstd");
	CHECK_INT(codec_parse("zstd:99", &codec, &level, &e), -ERR_INVALID);
	CHECK_STR(e.text, "zstd has levels -131072 to 22, not 99");
	CHECK_STR(codec_name(4), "zstd");
	CHECK_STR(codec_name(5), "?");
	CHECK_STR(codec_name(-1), "?");
	CHECK_INT(compressor_new(&c, CODEC_NONE, 0, &e), 0);
	CHECK_TRUE(c == NULL && compressor_codec(c) == CODEC_NONE);
	CHECK_INT(compressor_new(&c, CODEC_ZSTD, 23, &e), -ERR_INVALID);
}

int
main(void)
{
	struct compressor *c;
	struct err e = ERR_INIT;
	uint32_t r = 1;
	size_t i;
	int k, level;
	enum codec codec;

	if ((text = malloc(BIG)) == NULL)
		return 1;
	for (i = 0; i < BIG; i++)
		text[i] = "abcdefgh01234567"[(r = r * 1664525 + 1013904223) >> 28];
	for (k = CODEC_GZIP; k < CODEC_COUNT; k++) {
		CHECK_INT(codec_parse(codec_name(k), &codec, &level, &e), 0);
		here[k] = compressor_new(&c, codec, level, &e) == 0;
		compressor_free(c);
		if (!here[k])
			CHECK(e.code == ERR_ABSENT, "%s: %s", codec_name(k), e.text);
	}
	CHECK_TRUE(here[CODEC_ZSTD]);
	round_trips();
	bombs();
	streams();
	lz4_header();
	names();
	free(text);
	return check_done();
}
