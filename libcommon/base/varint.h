/*
 * varint.h - Kafka's signed variable-length numbers: zigzag, then base 128,
 * low group first (protobuf's sint32 and sint64).
 *
 * A varint has at most 5 bytes, a varlong at most 10; longer ones, and ones
 * whose last byte holds bits beyond the width, are bad.
 */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/bytes.h"

#define VARINT_MAX	5
#define VARLONG_MAX	10

static inline uint32_t zigzag32(int32_t v) { return ((uint32_t)v << 1) ^ (uint32_t)(v >> 31); }
static inline uint64_t zigzag64(int64_t v) { return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63); }

/* Bytes that varint_put or varlong_put would write. */
static inline size_t
varlong_size(int64_t v)
{
	uint64_t u = zigzag64(v) | 1;

	return (size_t)(64 - __builtin_clzll(u) + 6) / 7;
}
static inline size_t varint_size(int32_t v) { return varlong_size(v); }

/* Write at p, which has room; return the byte behind. */
static inline uint8_t *
varulong_put(uint8_t *p, uint64_t u)
{
	while (u >= 0x80) {
		*p++ = (uint8_t)(u | 0x80);
		u >>= 7;
	}
	*p++ = (uint8_t)u;
	return p;
}
static inline uint8_t *varint_put(uint8_t *p, int32_t v) { return varulong_put(p, zigzag32(v)); }
static inline uint8_t *varlong_put(uint8_t *p, int64_t v) { return varulong_put(p, zigzag64(v)); }

int32_t rd_varint_slow(struct rd *);
int64_t rd_varlong_slow(struct rd *);

/* One and two bytes here, which is what almost all are; the rest in varint.c. */
static inline int32_t
rd_varint(struct rd *r)
{
	if (!r->bad && rd_left(r) >= 2) {
		uint32_t u = r->p[0];

		if (u < 0x80) {
			r->p++;
			return (int32_t)(u >> 1) ^ -(int32_t)(u & 1);
		}
		if (r->p[1] < 0x80) {
			u = (u & 0x7f) | (uint32_t)r->p[1] << 7;
			r->p += 2;
			return (int32_t)(u >> 1) ^ -(int32_t)(u & 1);
		}
	}
	return rd_varint_slow(r);
}

static inline int64_t
rd_varlong(struct rd *r)
{
	if (!r->bad && rd_left(r) >= 2 && (r->p[0] < 0x80 || r->p[1] < 0x80))
		return rd_varint(r);
	return rd_varlong_slow(r);
}

/* A varint length, then so many bytes; -1 is NULL; anything below is bad. */
static inline struct slice
rd_vslice(struct rd *r)
{
	int32_t n = rd_varint(r);
	const uint8_t *p = NULL;

	if (n >= 0)
		p = rd_bytes(r, (size_t)n);
	else if (n != -1)
		r->bad = true;
	return p == NULL ? SLICE_NULL : SLICE_OF(p, (size_t)n);
}

#endif
