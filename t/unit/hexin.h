/*
 * hexin.h - golden bytes as they are printed: hex digits, everything else between them is left out.
 */
#ifndef UNIT_HEXIN_H
#define UNIT_HEXIN_H

#include "base/buf.h"
#include "base/bytes.h"

__attribute__((unused)) static size_t
hexin(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;
	int d;

	for (; *text != '\0'; text++) {
		if ((d = hex_digit((uint8_t)*text)) == -1 || n / 2 == max)
			continue;
		out[n / 2] = (uint8_t)(n % 2 == 0 ? d : out[n / 2] << 4 | d);
		n++;
	}
	return n / 2;
}

/* The same behind what is in a buffer. */
__attribute__((unused)) static void
hex_in(struct buf *b, const char *text)
{
	size_t n = strlen(text) / 2;

	if (buf_room(b, n) != NULL)
		b->n += hexin(text, b->p + b->n, n);
}

#endif
