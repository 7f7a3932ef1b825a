/*
 * Batches: Kafka's golden bytes both ways, and what must not be taken.
 */
#include <stdlib.h>

#include "codec/batch.h"
#include "codec/compress.h"
#include "codec/hash.h"
#include "unit/check.h"
#include "unit/golden.h"
#include "unit/hexin.h"

#define MAX	(1 << 20)

struct expect {
	int64_t offset, timestamp;
	const char *key, *value;	/* NULL: NULL */
	size_t key_n, value_n;
	int headers;
};

#define E(o, t, k, kn, v, vn, h) { .offset = o, .timestamp = t, .key = k, .key_n = kn, .value = v, .value_n = vn, .headers = h }

static const struct expect recs_a[] = {
	E(0, T, "k1", 2, "v1", 2, 0), E(1, T + 5, NULL, 0, "", 0, 2), E(2, T + 3, "k1", 2, NULL, 0, 0),
};
static const struct expect recs_b[] = {
	E(0, T + 100, "k1", 2, "v1", 2, 0), E(1, T + 100, NULL, 0, "", 0, 2), E(2, T + 100, "k1", 2, NULL, 0, 0),
};
static const struct expect recs_h[] = { E(2, T + 3, "k1", 2, NULL, 0, 0) };
static const struct expect recs_i[] = {
	E(0, T, "a", 1, "1", 1, 0), E(1, T - 10, "b", 1, "2", 1, 0), E(2, T + 20, "c", 1, NULL, 0, 0),
};
static const struct expect recs_j[] = { E(0, T, NULL, 0, "x", 1, 0) };
static const struct expect recs_k[] = { E(5, T, "\0\0\0\1", 4, "\0\0\0\0\0\0", 6, 0) };

static const struct gold {
	const char *name, *hex;
	size_t size;
	const struct expect *recs;
	int count;
	const char *module;
} golds[] = {
	{ "A", gold_a, 95, recs_a, 3, NULL }, { "B", gold_b, 95, recs_b, 3, NULL },
	{ "C", gold_c, 114, recs_a, 3, "gzip" }, { "D", gold_d, 117, recs_a, 3, "snappy" },
	{ "E", gold_e, 110, recs_a, 3, "lz4" }, { "F", gold_f, 107, recs_a, 3, NULL },
	{ "G", gold_g, 61, NULL, 0, NULL }, { "H", gold_h, 73, recs_h, 1, NULL },
	{ "I", gold_i, 87, recs_i, 3, NULL }, { "I cleaned", gold_i_once, 84, recs_i + 1, 2, NULL },
	{ "I cleaned twice", gold_i_twice, 73, recs_i + 1, 1, NULL }, { "I cleaned to nothing", gold_i_empty, 61, NULL, 0, NULL },
	{ "J", gold_j, 69, recs_j, 1, NULL }, { "K", gold_k, 78, recs_k, 1, NULL },
};

static struct slice
slice_of(const char *s, size_t n)
{
	return s == NULL ? SLICE_NULL : SLICE_OF(s, n);
}

static void
check_record(const char *name, const struct record *rec, const struct expect *want)
{
	CHECK(rec->offset == want->offset, "%s: offset %lld", name, (long long)rec->offset);
	CHECK(rec->timestamp == want->timestamp, "%s: timestamp %lld", name, (long long)rec->timestamp);
	CHECK(slice_eq(rec->key, slice_of(want->key, want->key_n)), "%s: key", name);
	CHECK(slice_eq(rec->value, slice_of(want->value, want->value_n)), "%s: value", name);
	CHECK(rec->header_count == want->headers, "%s: %d headers", name, rec->header_count);
}

static void
check_headers(const struct record *rec)
{
	struct rd r = headers_rd(rec);
	struct header h;

	CHECK_INT(header_next(&r, &h), 1);
	CHECK_TRUE(slice_eq(h.name, slice_str("h")) && slice_eq(h.value, slice_str("x")));
	CHECK_INT(header_next(&r, &h), 1);
	CHECK_TRUE(slice_eq(h.name, slice_str("n")) && h.value.p == NULL);
	CHECK_INT(header_next(&r, &h), 0);
}

/* The compressed ones are left out where their module is not built. */
static bool
have(int codec)
{
	struct compressor *c = NULL;
	int level, rc;
	enum codec which;

	if (codec_parse(codec_name(codec), &which, &level, NULL) != 0)
		return false;
	rc = compressor_new(&c, which, level, NULL);
	compressor_free(c);
	return rc == 0;
}

static void
decode_golden(const struct gold *g)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct batch_head h;
	struct record rec;
	struct err e = ERR_INIT;
	uint8_t bytes[256];
	size_t n = hexin(g->hex, bytes, sizeof(bytes));
	int i = 0, rc;

	CHECK(n == g->size, "%s: %zu bytes", g->name, n);
	CHECK(batch_verify(SLICE_OF(bytes, n), &h) == BATCH_GOOD, "%s: not good", g->name);
	CHECK(h.count == g->count, "%s: count %d", g->name, h.count);
	rc = batch_open(&it, SLICE_OF(bytes, n), MAX, &e);
	if (g->module != NULL && rc == -ERR_ABSENT) {
		printf("no %s module\n", g->module);
		batch_iter_release(&it);
		return;
	}
	CHECK(rc == 0, "%s: open %d %s", g->name, rc, e.text);
	while (rc == 0 && (rc = batch_next(&it, &rec, &e)) == 1) {
		if (i < g->count) {
			check_record(g->name, &rec, &g->recs[i]);
			CHECK_INT(rec.timestamp_type, h.attributes & 8 ? TIMESTAMP_LOG_APPEND : TIMESTAMP_CREATE);
			if (rec.header_count == 2)
				check_headers(&rec);
		}
		i++;
		rc = 0;
	}
	CHECK(rc == 0 && i == g->count, "%s: %d records, %d %s", g->name, i, rc, e.text);
	batch_iter_release(&it);
}

static struct record
record_of(const struct expect *x, struct buf *headers)
{
	struct record rec = RECORD_INIT;
	struct header h = { .name = slice_str("h"), .value = slice_str("x") };

	rec.timestamp = x->timestamp;
	rec.key = slice_of(x->key, x->key_n);
	rec.value = slice_of(x->value, x->value_n);
	rec.header_count = x->headers;
	if (x->headers == 2) {
		buf_clear(headers);
		headers_add(headers, &h);
		h = (struct header){ .name = slice_str("n"), .value = SLICE_NULL };
		headers_add(headers, &h);
		rec.headers = buf_slice(headers);
	}
	return rec;
}

static void
build(struct batch_builder *b, const struct expect *recs, int count)
{
	struct buf headers = BUF_INIT;
	struct record rec;
	int i;

	for (i = 0; i < count; i++) {
		rec = record_of(&recs[i], &headers);
		CHECK_INT(batch_builder_add(b, &rec), 0);
	}
	buf_release(&headers);
}

/* exact: also the compressed bytes are Kafka's. */
static void
encode_golden(const char *hex, const struct expect *recs, int count, int codec, bool exact)
{
	struct batch_builder b;
	struct batch_how how = BATCH_HOW_PLAIN;
	struct batch_iter it = BATCH_ITER_INIT;
	struct slice got;
	struct record rec;
	struct err e = ERR_INIT;
	enum codec which;
	uint8_t want[256];
	size_t n = hexin(hex, want, sizeof(want));
	int i, level;

	batch_builder_init(&b, MAX, BATCH_RECORDS_MAX);
	build(&b, recs, count);
	CHECK_INT(codec_parse(codec_name(codec), &which, &level, &e), 0);
	CHECK_INT(compressor_new(&how.comp, which, level, &e), 0);
	CHECK_INT(batch_seal(&b, &how, &got, &e), 0);
	if (exact)
		CHECK_BYTES(got.p, got.n, want, n);
	CHECK_INT(batch_open(&it, got, MAX, &e), 0);
	for (i = 0; i < count && batch_next(&it, &rec, &e) == 1; i++)
		check_record(codec_name(codec), &rec, &recs[i]);
	CHECK_INT(i, count);
	CHECK_INT(batch_next(&it, &rec, &e), 0);
	batch_iter_release(&it);
	compressor_free(how.comp);
	batch_builder_release(&b);
}

static void
encode_all(void)
{
	encode_golden(gold_a, recs_a, 3, CODEC_NONE, true);
	encode_golden(gold_i, recs_i, 3, CODEC_NONE, true);
	encode_golden(gold_j, recs_j, 1, CODEC_NONE, true);
	if (have(CODEC_GZIP))
		encode_golden(gold_c, recs_a, 3, CODEC_GZIP, true);
	if (have(CODEC_SNAPPY))
		encode_golden(gold_d, recs_a, 3, CODEC_SNAPPY, true);
	if (have(CODEC_LZ4))
		encode_golden(gold_e, recs_a, 3, CODEC_LZ4, true);
	encode_golden(gold_f, recs_a, 3, CODEC_ZSTD, false);
}

static void
patches(void)
{
	uint8_t a[256], b[256];
	size_t n = hexin(gold_a, a, sizeof(a)), m = hexin(gold_b, b, sizeof(b));
	struct batch_head h;

	batch_patch_append_time(a, n, T + 100);
	CHECK_BYTES(a, n, b, m);
	batch_patch_offset(a, 77, 3);
	CHECK_INT(batch_verify(SLICE_OF(a, n), &h), BATCH_GOOD);
	CHECK_INT(h.base_offset, 77);
	CHECK_INT(h.leader_epoch, 3);
	CHECK_INT(batch_last_offset(&h), 79);
	/* The header written from its own fields is the same header. */
	memcpy(b, a, n);
	memset(b, 0, BATCH_HEAD);
	batch_head_write(b, n, &h);
	CHECK_BYTES(b, n, a, n);
}

/* Bytes of A cut anywhere are short, with any bit of what is summed flipped they are wrong. */
static void
judging(void)
{
	uint8_t a[256];
	size_t n = hexin(gold_a, a, sizeof(a)), i;
	struct batch_head h;

	for (i = 0; i < n; i++) {
		CHECK(batch_verify(SLICE_OF(a, i), &h) == BATCH_SHORT, "cut at %zu", i);
		CHECK(h.size == (i < BATCH_PEEK ? 0 : (int64_t)n), "size of cut at %zu", i);
	}
	for (i = 17 * 8; i < n * 8; i++) {
		a[i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(batch_verify(SLICE_OF(a, n), &h) == BATCH_WRONG, "bit %zu flipped", i);
		a[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	CHECK_INT(batch_head_read(SLICE_OF(a, BATCH_HEAD), &h), BATCH_GOOD);
}

static void
heads(void)
{
	static const struct {
		const char *name;
		int at, n;
		const char *hex;
		enum batch_verdict want;
	} cases[] = {
		{ "magic 0", 16, 1, "00", BATCH_OLD }, { "magic 1", 16, 1, "01", BATCH_OLD },
		{ "magic 3", 16, 1, "03", BATCH_WRONG }, { "magic -1", 16, 1, "ff", BATCH_WRONG },
		{ "length 48", 8, 4, "00000030", BATCH_WRONG }, { "length 0", 8, 4, "00000000", BATCH_WRONG },
		{ "length negative", 8, 4, "80000000", BATCH_WRONG }, { "length largest", 8, 4, "7fffffff", BATCH_GOOD },
		{ "base offset negative", 0, 1, "ff", BATCH_WRONG }, { "offsets overflow", 0, 8, "7fffffffffffffff", BATCH_WRONG },
		{ "last delta negative", 23, 4, "ffffffff", BATCH_WRONG }, { "count negative", 57, 4, "ffffffff", BATCH_WRONG },
		{ "more records than offsets", 57, 4, "00000004", BATCH_WRONG }, { "fewer records", 57, 4, "00000001", BATCH_GOOD },
		{ "upper attributes", 21, 2, "ff80", BATCH_GOOD }, { "codec 7", 21, 2, "0007", BATCH_GOOD },
	};
	uint8_t a[256], zero[BATCH_HEAD] = { 0 };
	struct batch_head h;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = hexin(gold_a, a, sizeof(a));

		(void)hexin(cases[i].hex, a + cases[i].at, (size_t)cases[i].n);
		CHECK(batch_head_read(SLICE_OF(a, n), &h) == cases[i].want, "%s", cases[i].name);
	}
	CHECK_INT(batch_head_read(SLICE_OF(zero, sizeof(zero)), &h), BATCH_WRONG);
}

/* Wrong records under a right checksum: head fields of A with count and last delta given. */
static void
wrong_records(void)
{
	static const struct {
		const char *name;
		int count, last;
		const char *records;
		int want;		/* of the call that fails */
	} cases[] = {
		{ "right", 1, 0, "0e 00 00 00 01 02 78 00", 0 },
		{ "bytes left", 1, 0, "0e 00 00 00 01 02 78 00 00", ERR_DAMAGE },
		{ "records missing", 2, 1, "0e 00 00 00 01 02 78 00", ERR_DAMAGE },
		{ "none, but bytes", 0, 0, "00", ERR_DAMAGE },
		{ "length beyond the end", 1, 0, "10 00 00 00 01 02 78 00", ERR_DAMAGE },
		{ "length too short", 1, 0, "0c 00 00 00 01 02 78 00", ERR_DAMAGE },
		{ "length negative", 1, 0, "0d 00 00 00 01 02 78 00", ERR_DAMAGE },
		{ "length leaves a byte", 1, 0, "10 00 00 00 01 02 78 00 00", ERR_DAMAGE },
		{ "key length -2", 1, 0, "0e 00 00 00 03 02 78 00", ERR_DAMAGE },
		{ "value length beyond", 1, 0, "0e 00 00 00 01 04 78 00", ERR_DAMAGE },
		{ "header count -1", 1, 0, "0e 00 00 00 01 02 78 01", ERR_DAMAGE },
		{ "header count without headers", 1, 0, "0e 00 00 00 01 02 78 02", ERR_DAMAGE },
		{ "header with NULL name", 1, 0, "12 00 00 00 01 02 78 02 01 00", ERR_DAMAGE },
		{ "header with empty name", 1, 0, "12 00 00 00 01 02 78 02 00 01", 0 },
		{ "a header too many", 1, 0, "16 00 00 00 01 02 78 02 00 01 00 01", ERR_DAMAGE },
		{ "offset beyond the last", 1, 0, "0e 00 00 02 01 02 78 00", ERR_DAMAGE },
		{ "offset negative", 1, 0, "0e 00 00 01 01 02 78 00", ERR_DAMAGE },
		{ "offset twice", 2, 5, "0e 00 00 02 01 02 78 00 0e 00 00 02 01 02 78 00", ERR_DAMAGE },
		{ "offset falling", 2, 5, "0e 00 00 04 01 02 78 00 0e 00 00 02 01 02 78 00", ERR_DAMAGE },
		{ "offsets with gaps", 2, 5, "0e 00 00 02 01 02 78 00 0e 00 00 08 01 02 78 00", 0 },
		{ "a varint of 6 bytes", 1, 0, "18 00 00 8080808080 00 01 02 78 00", ERR_DAMAGE },
		{ "record attributes", 1, 0, "0e ff 00 00 01 02 78 00", 0 },
		{ "timestamp delta of 10 bytes", 1, 0, "20 00 ffffffffffffffffff01 00 01 02 78 00", 0 },
		{ "timestamp delta of 11 bytes", 1, 0, "22 00 ffffffffffffffffffff01 00 01 02 78 00", ERR_DAMAGE },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct batch_iter it = BATCH_ITER_INIT;
		struct batch_head h;
		struct record rec;
		struct err e = ERR_INIT;
		uint8_t a[256];
		size_t n;
		int rc;

		hexin(gold_a, a, sizeof(a));
		batch_head_read(SLICE_OF(a, BATCH_HEAD), &h);
		n = BATCH_HEAD + hexin(cases[i].records, a + BATCH_HEAD, sizeof(a) - BATCH_HEAD);
		h.count = cases[i].count;
		h.last_offset_delta = cases[i].last;
		batch_head_write(a, n, &h);
		CHECK(batch_verify(SLICE_OF(a, n), &h) == BATCH_GOOD, "%s: verdict", cases[i].name);
		rc = batch_open(&it, SLICE_OF(a, n), MAX, &e);
		while (rc == 0 && (rc = batch_next(&it, &rec, &e)) == 1)
			rc = 0;
		if (rc == 0 && it.left > 0)
			rc = batch_next(&it, &rec, &e);
		CHECK(rc == -cases[i].want, "%s: %d %s", cases[i].name, rc, e.text);
		if (rc != 0)
			CHECK(batch_next(&it, &rec, &e) == rc || it.left == 0, "%s: twice", cases[i].name);
		batch_iter_release(&it);
	}
}

/* A batch at the end of all offsets: what comes behind it must have one. */
static void
last_offsets(void)
{
	struct batch_head h;
	uint8_t a[256];
	size_t n = hexin(gold_a, a, sizeof(a));

	put_be64(a, INT64_MAX - 3);
	CHECK(batch_verify(SLICE_OF(a, n), &h) == BATCH_GOOD && batch_last_offset(&h) == INT64_MAX - 1, "the last one");
	put_be64(a, INT64_MAX - 2);
	CHECK(batch_verify(SLICE_OF(a, n), &h) == BATCH_WRONG, "one more");
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(golds) / sizeof(golds[0]); i++)
		decode_golden(&golds[i]);
	encode_all();
	patches();
	judging();
	heads();
	wrong_records();
	last_offsets();
	return check_done();
}
