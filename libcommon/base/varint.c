/*
 * varint.c - the longer forms of the numbers of varint.h.
 */
#include "base/varint.h"

/* Base 128, low group first, at most max bytes, of which the last may hold only the bits of mask. */
static uint64_t
groups(struct rd *r, int max, uint8_t mask)
{
	uint64_t u = 0;
	int i;

	for (i = 0; i < max && !r->bad && r->p < r->end; i++) {
		uint8_t c = *r->p++;

		u |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c < 0x80) {
			if (i == max - 1 && (c & ~mask) != 0)
				break;
			return u;
		}
	}
	r->bad = true;
	return 0;
}

int32_t
rd_varint_slow(struct rd *r)
{
	uint32_t u = (uint32_t)groups(r, VARINT_MAX, 0x0f);

	return (int32_t)(u >> 1) ^ -(int32_t)(u & 1);
}

int64_t
rd_varlong_slow(struct rd *r)
{
	uint64_t u = groups(r, VARLONG_MAX, 0x01);

	return (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
}
