/*
 * Any bytes as a compressed stream of any codec: never more out than the
 * limit, no memory beyond it; and any bytes compressed come back.  The first
 * byte chooses the codec.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/compress.h"

#define LIMIT	((size_t)1 << 16)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
round_trip(struct decompressor *dec, enum codec codec, int level, struct slice in)
{
	struct buf packed = BUF_INIT, plain = BUF_INIT;
	struct compressor *c;

	if (compressor_new(&c, codec, level, NULL) != 0)
		return;
	if (compressor_run(c, in, &packed, NULL) != 0 ||
	    decompressor_run(dec, codec, buf_slice(&packed), in.n, &plain, NULL) != 0 ||
	    plain.n != in.n || memcmp(plain.p, in.p, in.n) != 0)
		abort();
	compressor_free(c);
	buf_release(&packed);
	buf_release(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct decompressor *dec;
	struct buf plain = BUF_INIT;
	enum codec codec;
	int level, which;
	uint8_t *copy;

	if (n < 2 || (copy = malloc(n - 1)) == NULL)
		return 0;
	which = 1 + data[0] % 4;
	memcpy(copy, data + 1, n - 1);
	dec = decompressor_new();
	if (dec != NULL && codec_parse(codec_name(which), &codec, &level, NULL) == 0) {
		decompressor_run(dec, which, SLICE_OF(copy, n - 1), LIMIT, &plain, NULL);
		if (plain.n > LIMIT || plain.cap > 4 * LIMIT)
			abort();
		round_trip(dec, codec, level, SLICE_OF(copy, n - 1));
	}
	buf_release(&plain);
	decompressor_free(dec);
	free(copy);
	return 0;
}
