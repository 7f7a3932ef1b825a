/*
 * Builders: every way to add a record gives the same bytes, what went in comes
 * out, and a batch is never larger than it may be.
 */
#include <stdlib.h>

#include "codec/batch.h"
#include "codec/compress.h"
#include "unit/check.h"

#define T	1700000000000LL
#define MANY	3000

static uint8_t text[70000];
static uint32_t seed = 1;

static uint32_t
draw(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 4) * n >> 28);
}

/* Lengths around where a number takes another byte, and some between. */
static size_t
length(void)
{
	static const size_t edges[] = { 0, 1, 50, 57, 58, 63, 64, 65, 100, 127, 128, 8150, 8181, 8191, 8192, 8200, 66000 };

	return draw(3) > 0 ? draw(200) : edges[draw(sizeof(edges) / sizeof(edges[0]))] + draw(3);
}

static struct slice
some(bool may_be_null)
{
	return may_be_null && draw(4) == 0 ? SLICE_NULL : SLICE_OF(text, length());
}

static struct record
random_record(struct buf *headers)
{
	static const int64_t spread[] = { 0, 1, 63, 64, 8191, 8192, 100000, 86400000LL * 365 };
	struct record rec = RECORD_INIT;
	struct header h;
	uint32_t i, n = draw(8) == 0 ? draw(4) : 0;

	rec.timestamp = T + (draw(2) ? 1 : -1) * spread[draw(8)];
	rec.value = some(true);
	rec.key = draw(3) == 0 ? some(true) : SLICE_NULL;
	buf_clear(headers);
	for (i = 0; i < n; i++) {
		h = (struct header){ .name = SLICE_OF(text, draw(20)), .value = some(true) };
		headers_add(headers, &h);
	}
	rec.header_count = (int32_t)n;
	rec.headers = buf_slice(headers);
	return rec;
}

static void
same_record(const struct record *got, const struct record *want, int i)
{
	CHECK(got->timestamp == want->timestamp && slice_eq(got->key, want->key) && slice_eq(got->value, want->value) &&
	    got->header_count == want->header_count && (want->header_count == 0 || slice_eq(got->headers, want->headers)),
	    "record %d differs", i);
}

/* Random records: the size that record_size says, and each back as it was. */
static void
there_and_back(void)
{
	const struct batch_how how = BATCH_HOW_PLAIN;
	static struct record recs[MANY];
	static struct buf headers[MANY];
	struct batch_iter it = BATCH_ITER_INIT;
	struct batch_builder b;
	struct slice bytes;
	struct record rec;
	struct err e = ERR_INIT;
	size_t before;
	int i;

	batch_builder_init(&b, (size_t)1 << 30, BATCH_RECORDS_MAX);
	for (i = 0; i < MANY; i++) {
		recs[i] = random_record(&headers[i]);
		before = i == 0 ? BATCH_HEAD : b.b.n;
		CHECK_INT(batch_builder_add(&b, &recs[i]), 0);
		CHECK_INT(b.b.n - before, record_size(&recs[i], recs[i].timestamp - recs[0].timestamp, i));
	}
	CHECK_INT(batch_seal(&b, &how, &bytes, &e), 0);
	CHECK_INT(batch_open(&it, bytes, SIZE_MAX, &e), 0);
	for (i = 0; i < MANY && batch_next(&it, &rec, &e) == 1; i++) {
		same_record(&rec, &recs[i], i);
		CHECK_INT(rec.offset, i);
	}
	CHECK_INT(i, MANY);
	CHECK_INT(batch_next(&it, &rec, &e), 0);
	for (i = 0; i < MANY; i++)
		buf_release(&headers[i]);
	batch_iter_release(&it);
	batch_builder_release(&b);
}

/* Many at a time is the same as one after the other, until the batch is full. */
static void
values_at_once(struct record like, size_t limit, int32_t max_records)
{
	static struct slice values[MANY];
	struct batch_builder one, many;
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < MANY; i++)
		values[i] = SLICE_OF(text, length());
	batch_builder_init(&one, limit, max_records);
	batch_builder_init(&many, limit, max_records);
	for (i = 0; i < MANY && rc == 0; i++) {
		like.value = values[i];
		rc = batch_builder_add(&one, &like);
	}
	while (n < MANY) {
		n += batch_builder_add_values(&many, &like, values + n, MANY - n);
		if (n == MANY)
			break;
		like.value = values[n];
		if (batch_builder_add(&many, &like) != 0)
			break;
		n++;
	}
	CHECK_INT(many.count, one.count);
	CHECK_TRUE(one.b.n == many.b.n && one.max_timestamp == many.max_timestamp);
	if (one.count > 0 && one.b.n == many.b.n)
		CHECK_TRUE(memcmp(one.b.p + BATCH_HEAD, many.b.p + BATCH_HEAD, one.b.n - BATCH_HEAD) == 0);
	batch_builder_release(&one);
	batch_builder_release(&many);
}

static void
limits(void)
{
	const struct batch_how how = BATCH_HOW_PLAIN;
	struct record rec = RECORD_INIT;
	struct batch_builder b;
	struct slice bytes;
	int i;

	/* One byte in the smallest batch: 69 bytes, one less is too few. */
	rec.value = slice_str("x");
	rec.timestamp = T;
	batch_builder_init(&b, 68, BATCH_RECORDS_MAX);
	CHECK_INT(batch_builder_add(&b, &rec), -ERR_TOOBIG);
	CHECK_INT(batch_seal(&b, &how, &bytes, NULL), 0);
	CHECK_INT(bytes.n, 0);
	batch_builder_release(&b);
	batch_builder_init(&b, 76, BATCH_RECORDS_MAX);
	CHECK_INT(batch_builder_add(&b, &rec), 0);
	CHECK_INT(batch_builder_add(&b, &rec), BATCH_FULL);
	rec.value = SLICE_OF(text, 100);
	CHECK_INT(batch_builder_add(&b, &rec), BATCH_FULL);
	CHECK_INT(batch_seal(&b, &how, &bytes, NULL), 0);
	CHECK_INT(bytes.n, 69);
	CHECK_INT(batch_builder_add(&b, &rec), -ERR_INVALID);
	batch_builder_clear(&b);
	CHECK_INT(batch_builder_add(&b, &rec), -ERR_TOOBIG);
	rec.value = slice_str("y");
	CHECK_INT(batch_builder_add(&b, &rec), 0);
	rec.timestamp = -2;
	CHECK_INT(batch_builder_add(&b, &rec), -ERR_INVALID);
	batch_builder_release(&b);
	/* A target below the limit ends a batch that has a record; alone, one may be larger. */
	rec.timestamp = T;
	rec.value = SLICE_OF(text, 1000);
	batch_builder_init(&b, 2000, BATCH_RECORDS_MAX);
	b.target = 500;
	CHECK_INT(batch_builder_add(&b, &rec), 0);
	CHECK_INT(batch_builder_add(&b, &rec), BATCH_FULL);
	batch_builder_clear(&b);
	rec.value = slice_str("z");
	for (i = 0; batch_builder_add(&b, &rec) == 0; i++)
		;
	CHECK_TRUE(b.b.n <= 500 && b.b.n > 490 && i == b.count);
	batch_builder_release(&b);
	batch_builder_init(&b, 1 << 20, 3);
	for (i = 0; batch_builder_add(&b, &rec) == 0; i++)
		;
	CHECK_INT(i, 3);
	batch_builder_release(&b);
}

/* What does not compress stays plain where it would pass the limit. */
static void
never_larger(void)
{
	struct batch_how how = BATCH_HOW_PLAIN;
	struct record rec = RECORD_INIT;
	struct batch_iter it = BATCH_ITER_INIT;
	struct batch_builder b;
	struct slice bytes;
	struct err e = ERR_INIT;
	uint8_t noise[500];
	size_t i;

	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)draw(256);
	CHECK_INT(compressor_new(&how.comp, CODEC_ZSTD, 3, &e), 0);
	rec.value = SLICE_OF(noise, sizeof(noise));
	rec.timestamp = T;
	batch_builder_init(&b, BATCH_HEAD + record_size(&rec, 0, 0), BATCH_RECORDS_MAX);
	CHECK_INT(batch_builder_add(&b, &rec), 0);
	CHECK_INT(batch_seal(&b, &how, &bytes, &e), 0);
	CHECK_INT(bytes.n, b.limit);
	CHECK_INT(batch_open(&it, bytes, SIZE_MAX, &e), 0);
	CHECK_INT(batch_codec(&it.head), CODEC_NONE);
	CHECK_TRUE(batch_next(&it, &rec, &e) == 1 && slice_eq(rec.value, SLICE_OF(noise, sizeof(noise))));
	batch_builder_clear(&b);
	rec = (struct record)RECORD_INIT;
	rec.value = SLICE_OF(text, 400);
	CHECK_INT(batch_builder_add(&b, &rec), 0);
	CHECK_INT(batch_seal(&b, &how, &bytes, &e), 0);
	CHECK_TRUE(bytes.n < 200);
	CHECK_INT(batch_open(&it, bytes, 399, &e), -ERR_TOOBIG);
	CHECK_INT(batch_open(&it, bytes, 1000, &e), 0);
	CHECK_INT(it.head.base_timestamp, TIMESTAMP_NONE);
	compressor_free(how.comp);
	batch_iter_release(&it);
	batch_builder_release(&b);
}

int
main(void)
{
	struct header h = { .name = slice_str("h"), .value = SLICE_NULL };
	struct record like = RECORD_INIT;
	struct buf headers = BUF_INIT;
	int round;

	memset(text, 'x', sizeof(text));
	there_and_back();
	headers_add(&headers, &h);
	for (round = 0; round < 40; round++) {
		like.timestamp = T;
		like.key = round % 3 == 0 ? slice_str("key") : SLICE_NULL;
		like.header_count = round % 4 == 0;
		like.headers = buf_slice(&headers);
		values_at_once(like, round % 2 ? 1 << 30 : 1000 + draw(2000000), round % 5 == 0 ? 100 : BATCH_RECORDS_MAX);
	}
	buf_release(&headers);
	limits();
	never_larger();
	return check_done();
}
