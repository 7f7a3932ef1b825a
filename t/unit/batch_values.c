/*
 * batch_next_values gives the bytes that batch_next would, for batches of any
 * mix of records and any size of the pieces.
 */
#include <stdlib.h>

#include "codec/batch.h"
#include "unit/check.h"

static uint64_t seed = 42;

static uint32_t
below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* Mostly plain records; now and then a header, a NULL, a long key. */
static void
fill(struct batch_builder *b, uint8_t *noise, uint32_t odd)
{
	struct buf headers = BUF_INIT;
	struct header h = { .name = slice_str("n"), .value = slice_str("v") };
	int n = (int)below(300);

	headers_add(&headers, &h);
	while (n-- > 0) {
		struct record r = RECORD_INIT;

		r.timestamp = 1700000000000 + below(100000);
		r.value = SLICE_OF(noise + below(1000), below(8) ? below(200) : below(3000));
		if (below(3) == 0)
			r.key = SLICE_OF(noise, below(odd ? 300 : 60));
		if (odd && below(odd) == 0) {
			r.headers = buf_slice(&headers);
			r.header_count = 1;
		}
		if (odd && below(odd) == 0)
			r.value = SLICE_NULL;
		CHECK_INT(batch_builder_add(b, &r), 0);
	}
	buf_release(&headers);
}

/* All values by the short way where it goes, record by record where not. */
static void
gather(struct slice bytes, size_t most, struct buf *out, uint64_t *short_way)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct record r;
	uint64_t n, before;
	int32_t got;

	CHECK_INT(batch_open(&it, bytes, 1 << 24, NULL), 0);
	for (;;) {
		before = out->n;
		while (most > 0 && (got = batch_next_values(&it, '\n', most, out, &n)) > 0) {
			CHECK_INT(out->n - before, n + (uint64_t)got);
			before = out->n;
			*short_way += (uint64_t)got;
		}
		if (batch_next(&it, &r, NULL) != 1)
			break;
		buf_put(out, r.value.p, r.value.n);
		buf_putc(out, '\n');
	}
	CHECK_INT(it.left, 0);
	batch_iter_release(&it);
}

int
main(void)
{
	struct batch_how how = BATCH_HOW_PLAIN;
	struct buf want = BUF_INIT, got = BUF_INIT;
	static uint8_t noise[8192];
	uint64_t taken = 0, none = 0;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)below(256);
	for (int i = 0; i < 400; i++) {
		struct batch_builder b;
		struct slice bytes;

		batch_builder_init(&b, BATCH_BYTES, BATCH_RECORDS_MAX);
		fill(&b, noise, i % 4 == 0 ? 0 : 1 + (uint32_t)i % 20);
		CHECK_INT(batch_seal(&b, &how, &bytes, NULL), 0);
		buf_clear(&want);
		buf_clear(&got);
		if (bytes.n > 0) {
			uint8_t *exact = malloc(bytes.n);	/* so that a sanitizer sees a byte too far */

			memcpy(exact, bytes.p, bytes.n);
			gather(SLICE_OF(exact, bytes.n), 0, &want, &none);
			gather(SLICE_OF(exact, bytes.n), 1 + below(5000), &got, &taken);
			CHECK_BYTES(got.p, got.n, want.p, want.n);
			free(exact);
		}
		batch_builder_release(&b);
	}
	CHECK(taken > 5000, "only %llu records went the short way", (unsigned long long)taken);
	buf_release(&want);
	buf_release(&got);
	return check_done();
}
