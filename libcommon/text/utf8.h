/*
 * utf8.h - is this UTF-8, and how long is its next character?
 *
 * The Unicode standard's table 3-7: no overlong forms, no surrogates, nothing
 * beyond U+10FFFF.  Noncharacters (U+FFFE ...) are valid.
 */
#ifndef TEXT_UTF8_H
#define TEXT_UTF8_H

#include <stdbool.h>

#include "base/bytes.h"

/* Bytes of the character at p: 1 to 4; 0 when the n >= 1 bytes do not begin with one. */
static inline size_t
utf8_char(const uint8_t *p, size_t n)
{
	uint8_t c = p[0], low = 0x80, high = 0xbf;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4 || n < 2)
		return 0;
	if (c < 0xe0)
		return (p[1] & 0xc0) == 0x80 ? 2 : 0;
	if (c < 0xf0) {
		if (c == 0xe0)
			low = 0xa0;
		else if (c == 0xed)
			high = 0x9f;
		return n >= 3 && p[1] >= low && p[1] <= high && (p[2] & 0xc0) == 0x80 ? 3 : 0;
	}
	if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		high = 0x8f;
	return n >= 4 && p[1] >= low && p[1] <= high && (p[2] & 0xc0) == 0x80 && (p[3] & 0xc0) == 0x80 ? 4 : 0;
}

/* Writes U+c (not a surrogate, at most 10FFFF); returns the byte behind. */
static inline uint8_t *
utf8_put(uint8_t *p, uint32_t c)
{
	if (c < 0x80) {
		*p++ = (uint8_t)c;
		return p;
	}
	if (c < 0x800)
		*p++ = (uint8_t)(0xc0 | c >> 6);
	else {
		if (c < 0x10000)
			*p++ = (uint8_t)(0xe0 | c >> 12);
		else {
			*p++ = (uint8_t)(0xf0 | c >> 18);
			*p++ = (uint8_t)(0x80 | (c >> 12 & 63));
		}
		*p++ = (uint8_t)(0x80 | (c >> 6 & 63));
	}
	*p++ = (uint8_t)(0x80 | (c & 63));
	return p;
}

static inline bool
utf8_valid(struct slice s)
{
	size_t i = 0, k;

	while (i < s.n) {
		if ((k = utf8_char(s.p + i, s.n - i)) == 0)
			return false;
		i += k;
	}
	return true;
}

/* U+0080 to U+009F, the control characters beyond ASCII: at p, of two bytes. */
static inline bool
utf8_c1(const uint8_t *p, size_t n)
{
	return n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
}

#endif
