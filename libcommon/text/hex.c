/*
 * hex.c - bytes as hexadecimal digits (hex.h).
 */
#include "text/hex.h"

void
hex_write(struct slice s, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t *o = buf_room(out, s.n * 2);
	size_t i;

	if (o == NULL)
		return;
	for (i = 0; i < s.n; i++) {
		*o++ = digits[s.p[i] >> 4];
		*o++ = digits[s.p[i] & 15];
	}
	out->n += s.n * 2;
}

bool
hex_read(struct slice s, uint8_t *to)
{
	size_t i;

	if (s.n % 2 != 0)
		return false;
	for (i = 0; i < s.n; i += 2) {
		int a = hex_digit(s.p[i]), b = hex_digit(s.p[i + 1]);

		if (a < 0 || b < 0)
			return false;
		*to++ = (uint8_t)(a << 4 | b);
	}
	return true;
}
