/*
 * Any bytes as a batch: no read outside of them, no memory beyond the limit;
 * and once more with length, magic and checksum made right, so that what is
 * behind the checksum is met too.  What decodes is encoded and decoded again.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/batch.h"
#include "codec/hash.h"

#define LIMIT	(1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
same(const struct record *a, const struct record *b)
{
	if (a->timestamp != b->timestamp || !slice_eq(a->key, b->key) || !slice_eq(a->value, b->value) || a->header_count != b->header_count ||
	    a->headers.n != b->headers.n || (a->headers.n != 0 && memcmp(a->headers.p, b->headers.p, a->headers.n) != 0))
		abort();
}

/* The records taken from it, into a builder; the builder's batch, and both side by side. */
static void
round_trip(struct slice bytes)
{
	static const struct batch_how how = BATCH_HOW_PLAIN;
	struct batch_iter one = BATCH_ITER_INIT, two = BATCH_ITER_INIT;
	struct batch_builder b;
	struct record rec, again;
	struct batch_head head;
	struct slice made;

	batch_builder_init(&b, 2 * LIMIT, BATCH_RECORDS_MAX);
	if (batch_open(&one, bytes, LIMIT, NULL) == 0) {
		while (batch_next(&one, &rec, NULL) == 1)
			if (rec.timestamp < 0 || batch_builder_add(&b, &rec) != 0)
				goto done;
		if (b.count == 0 || batch_seal(&b, &how, &made, NULL) != 0)
			goto done;
		if (batch_verify(made, &head) != BATCH_GOOD || batch_open(&two, made, 2 * LIMIT, NULL) != 0 ||
		    batch_open(&one, bytes, LIMIT, NULL) != 0)
			abort();
		while (batch_next(&two, &again, NULL) == 1) {
			if (batch_next(&one, &rec, NULL) != 1)
				abort();
			same(&rec, &again);
		}
	}
done:
	batch_iter_release(&one);
	batch_iter_release(&two);
	batch_builder_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct batch_head head;
	struct slice bytes;
	uint8_t *copy;

	batch_head_read(SLICE_OF(data, n), &head);
	if (batch_verify(SLICE_OF(data, n), &head) == BATCH_GOOD)
		round_trip(SLICE_OF(data, head.size));
	if (n < BATCH_HEAD)
		return 0;
	copy = malloc(n);
	if (copy == NULL)
		return 0;
	memcpy(copy, data, n);
	put_be32(copy + 8, (uint32_t)(n - 12));
	copy[16] = 2;
	put_be32(copy + 17, crc32c(copy + 21, n - 21));
	bytes = SLICE_OF(copy, n);
	if (batch_verify(bytes, &head) == BATCH_GOOD)
		round_trip(bytes);
	free(copy);
	return 0;
}
