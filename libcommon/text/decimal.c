/*
 * decimal.c - whole numbers as text (decimal.h): two digits at a time from a
 * table, from the back.
 */
#include "text/decimal.h"

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324"
    "25262728293031323334353637383940414243444546474849"
    "50515253545556575859606162636465666768697071727374"
    "75767778798081828384858687888990919293949596979899";

/* Writes u so that its last digit is before end; returns its first. */
static uint8_t *
digits_before(uint8_t *end, uint64_t u)
{
	while (u >= 100) {
		uint64_t q = u / 100;

		end -= 2;
		memcpy(end, pairs + (u - q * 100) * 2, 2);
		u = q;
	}
	if (u >= 10) {
		end -= 2;
		memcpy(end, pairs + u * 2, 2);
	} else
		*--end = (uint8_t)('0' + u);
	return end;
}

uint8_t *
decimal_put(uint8_t *p, int64_t v)
{
	uint8_t d[DECIMAL_MAX], *end = d + sizeof(d), *from;
	uint64_t u = (uint64_t)v;
	size_t n;

	if (v < 0) {
		*p++ = '-';
		u = 0 - u;
	}
	from = digits_before(end, u);
	n = (size_t)(end - from);
	memcpy(p, from, n);
	return p + n;
}

uint8_t *
decimal_put_padded(uint8_t *p, int64_t v, int width)
{
	uint8_t d[DECIMAL_MAX], *end = d + sizeof(d), *from;
	int n;

	from = digits_before(end, (uint64_t)v);
	for (n = (int)(end - from); n < width; n++)
		*p++ = '0';
	memcpy(p, from, (size_t)(end - from));
	return p + (end - from);
}

bool
decimal_read(struct slice s, int64_t *out)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	uint64_t u = 0, most = minus ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	size_t i = minus ? 1 : 0;

	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		unsigned d = s.p[i] - '0';

		if (d > 9 || u > (most - d) / 10)
			return false;
		u = u * 10 + d;
	}
	*out = (int64_t)(minus ? 0 - u : u);
	return true;
}
