/*
 * charset.h - text in some character set into UTF-8, as Java decodes and
 * encodes it: what makes no sense becomes U+FFFD.
 */
#ifndef AGENT_CHARSET_H
#define AGENT_CHARSET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct charset;

bool charset_known(const char *name);
/* *out is NULL for UTF-8. */
int charset_open(struct charset **out, const char *name, struct err *);
void charset_close(struct charset *);		/* NULL is fine */
/* Appends the bytes as UTF-8; cs NULL: they are UTF-8, and repaired. */
void charset_put(struct charset *cs, struct buf *, struct slice);
/* All bytes are plain ASCII, which most sets have in common. */
bool all_ascii(const uint8_t *, size_t);

#endif
