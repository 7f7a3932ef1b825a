/*
 * hex.h - bytes as pairs of hexadecimal digits: written small, read both ways.
 */
#ifndef TEXT_HEX_H
#define TEXT_HEX_H

#include <stdbool.h>

#include "base/buf.h"

void hex_write(struct slice, struct buf *);		/* appends */
/* Decodes into room for s.n / 2 bytes; false: an odd count, or no digit. */
bool hex_read(struct slice s, uint8_t *to);

#endif
