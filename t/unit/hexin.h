/*
 * hexin.h - golden bytes as they are printed: hex digits, everything else between them is left out.
 */
#ifndef UNIT_HEXIN_H
#define UNIT_HEXIN_H

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

#endif
