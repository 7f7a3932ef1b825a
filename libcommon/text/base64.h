/*
 * base64.h - RFC 4648 section 4: the usual alphabet, padded with '='.
 */
#ifndef TEXT_BASE64_H
#define TEXT_BASE64_H

#include <stdbool.h>

#include "base/buf.h"

static inline size_t base64_size(size_t n) { return (n + 2) / 3 * 4; }	/* of n bytes encoded */
static inline size_t base64_decoded_max(size_t n) { return n / 4 * 3; }

static inline bool
base64_digit(uint8_t c)			/* '=' too */
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '+' || c == '/' || c == '=';
}

/* Appends. */
void base64_write(struct slice, struct buf *);

/*
 * Decodes into room for base64_decoded_max(s.n) bytes; *n is how many there
 * are.  Strict: padding is there and unused bits are zero, so that one string
 * of bytes has one form.  to may be the slice's own start.
 */
bool base64_read(struct slice s, uint8_t *to, size_t *n);

#endif
