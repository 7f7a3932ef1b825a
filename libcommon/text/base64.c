/*
 * base64.c - RFC 4648 base64 (base64.h).
 */
#include "text/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What a digit stands for, from ' ' on. */
#define NO 64
static const uint8_t values[96] = {
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
	NO,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
};

static inline uint32_t
digit_value(uint8_t c)
{
	return c >= 32 && c < 128 ? values[c - 32] : NO;
}

void
base64_write(struct slice s, struct buf *out)
{
	uint8_t *o = buf_room(out, base64_size(s.n));
	size_t i;

	if (o == NULL)
		return;
	for (i = 0; i + 3 <= s.n; i += 3) {
		uint32_t v = (uint32_t)s.p[i] << 16 | (uint32_t)s.p[i + 1] << 8 | s.p[i + 2];

		*o++ = digits[v >> 18];
		*o++ = digits[v >> 12 & 63];
		*o++ = digits[v >> 6 & 63];
		*o++ = digits[v & 63];
	}
	if (i < s.n) {
		bool two = i + 2 == s.n;
		uint32_t v = (uint32_t)s.p[i] << 16 | (two ? (uint32_t)s.p[i + 1] << 8 : 0);

		*o++ = digits[v >> 18];
		*o++ = digits[v >> 12 & 63];
		*o++ = two ? digits[v >> 6 & 63] : '=';
		*o++ = '=';
	}
	out->n = (size_t)(o - out->p);
}

bool
base64_read(struct slice s, uint8_t *to, size_t *n)
{
	uint8_t *o = to;
	size_t i, pad;

	*n = 0;
	if (s.n % 4 != 0)
		return false;
	if (s.n == 0)
		return true;
	pad = s.p[s.n - 1] != '=' ? 0 : s.p[s.n - 2] != '=' ? 1 : 2;
	for (i = 0; i < s.n; i += 4) {
		size_t gone = i + 4 == s.n ? pad : 0;
		uint32_t a = digit_value(s.p[i]), b = digit_value(s.p[i + 1]);
		uint32_t c = gone == 2 ? 0 : digit_value(s.p[i + 2]);
		uint32_t d = gone >= 1 ? 0 : digit_value(s.p[i + 3]);
		uint32_t v = a << 18 | b << 12 | c << 6 | d;

		if ((a | b | c | d) > 63 || (v & ((1u << 8 * gone) - 1)) != 0)
			return false;
		*o++ = (uint8_t)(v >> 16);
		if (gone < 2)
			*o++ = (uint8_t)(v >> 8);
		if (gone < 1)
			*o++ = (uint8_t)v;
	}
	*n = (size_t)(o - to);
	return true;
}
