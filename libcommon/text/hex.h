/*
 * hex.h - bytes as pairs of hexadecimal digits: written small, read both ways.
 */
#ifndef TEXT_HEX_H
#define TEXT_HEX_H

#include <stdbool.h>

#include "base/buf.h"

/* What a digit stands for, -1: none. */
static inline int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void hex_write(struct slice, struct buf *);		/* appends */
/* Decodes into room for s.n / 2 bytes; false: an odd count, or no digit. */
bool hex_read(struct slice s, uint8_t *to);

#endif
