/*
 * plainrun.h - how far do bytes go that stand for themselves in a JSON string?
 *
 * Plain are 0x20 to 0x7e without '"' and '\'.  Sixteen bytes at a glance with
 * SSE2, eight with ordinary arithmetic elsewhere.
 */
#ifndef TEXT_PLAINRUN_H
#define TEXT_PLAINRUN_H

#include <stdbool.h>

#include "base/bytes.h"

#ifdef __SSE2__
#include <emmintrin.h>

/* A bit for each of 16 bytes that is not plain. */
static inline unsigned
plain_mask(__m128i v)
{
	/* signed: 0x80 to 0xff are below 0x20 too */
	__m128i low = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
	__m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
	__m128i back = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	__m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, quote), _mm_or_si128(back, del)));
}
#endif

static inline bool
plain_byte(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/*
 * Are all eight bytes plain?  Each term has the top bit of a byte that is
 * below 0x20, 0x7f or beyond, or equal to a quote or a backslash; a borrow
 * can only make a byte look bad beside one that is.
 */
static inline bool
plain_eight(const uint8_t *p)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t v, quote, back;

	memcpy(&v, p, 8);
	quote = v ^ ones * '"';
	back = v ^ ones * '\\';
	return (((v - ones * 0x20) | (v + ones) | v | (quote - ones) | (back - ones)) & tops) == 0;
}

/* Length of the plain run at p. */
static inline size_t
plain_run(const uint8_t *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= n; i += 16) {
		unsigned bad = plain_mask(_mm_loadu_si128((const __m128i *)(const void *)(p + i)));

		if (bad != 0)
			return i + (size_t)__builtin_ctz(bad);
	}
#endif
	while (i + 8 <= n && plain_eight(p + i))
		i += 8;
	while (i < n && plain_byte(p[i]))
		i++;
	return i;
}

/*
 * As plain_run, and copies the run to to, which has room for n bytes:
 * what lies behind the run may be written over.
 */
static inline size_t
plain_copy(uint8_t *to, const uint8_t *p, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= n; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		unsigned bad = plain_mask(v);

		_mm_storeu_si128((__m128i *)(void *)(to + i), v);
		if (bad != 0)
			return i + (size_t)__builtin_ctz(bad);
	}
#endif
	for (; i + 8 <= n && plain_eight(p + i); i += 8)
		memcpy(to + i, p + i, 8);
	for (; i < n && plain_byte(p[i]); i++)
		to[i] = p[i];
	return i;
}

#endif
