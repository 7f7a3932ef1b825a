/*
 * decimal.h - whole numbers as text and back, without printf.
 */
#ifndef TEXT_DECIMAL_H
#define TEXT_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define DECIMAL_MAX	20		/* "-9223372036854775808" */

/* Writes at p, which has room for DECIMAL_MAX; returns the byte behind. */
uint8_t *decimal_put(uint8_t *p, int64_t);

/* As decimal_put, padded with zeros to at least width digits (0..18); v >= 0. */
uint8_t *decimal_put_padded(uint8_t *p, int64_t v, int width);

/*
 * The whole slice as a number: "-" and digits, nothing else, not beyond
 * int64_t.  Leading zeros are allowed.
 */
bool decimal_read(struct slice, int64_t *);

#endif
