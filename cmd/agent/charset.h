/*
 * charset.h - text in the character set that a configuration names, to and
 * from UTF-8, as Java decodes and encodes it; by iconv(3) of the C library.
 *
 *	struct charset *cs;
 *
 *	rc = charset_open(&cs, "ISO-8859-1", &e);		// -ERR_INVALID: no such character set
 *	charset_put(cs, &text, bytes);
 *	charset_close(cs);
 *
 * Names are Java's and IANA's, in any case.  A charset is one thread's; NULL
 * is UTF-8, which takes no converter.  What is wrong in UTF-8 becomes one U+FFFD
 * for each piece that could have begun a character.
 */
#ifndef AGENT_CHARSET_H
#define AGENT_CHARSET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum charset_policy { CHARSET_FAIL, CHARSET_REPLACE, CHARSET_IGNORE };

struct charset;

bool charset_known(const char *name);
/* *out is NULL for UTF-8. */
int charset_open(struct charset **out, const char *name, struct err *);
void charset_close(struct charset *);		/* NULL is fine */
/* Appends all of the bytes as UTF-8, what is wrong replaced. */
void charset_put(struct charset *, struct buf *, struct slice);
/*
 * Appends as UTF-8 what bytes say, at most `units` of UTF-16 (Java's
 * characters; never half of one); *used: bytes that were taken.  -ERR_DAMAGE:
 * wrong bytes at *used, with CHARSET_FAIL; what stands before them was appended.
 */
int charset_decode(struct charset *, struct slice bytes, enum charset_policy, size_t units, struct buf *out, size_t *used, struct err *);
/* Appends UTF-8 in that character set; '?' for what it does not have, as Java. */
int charset_encode(struct charset *, struct slice text, struct buf *out);
/* Are the bytes text of that character set? */
bool charset_fits(struct charset *, struct slice bytes);

/* Bytes of a code unit: 1, 2 (UTF-16) or 4 (UTF-32); a newline is that many bytes, and aligned. */
int charset_unit(const struct charset *);
/* The most significant byte of a unit is its last. */
bool charset_little(const struct charset *);
/* UTF-16 and UTF-32 say by their first bytes which way round they are: bytes of such a mark (0: none). */
size_t charset_mark(struct charset *, struct slice start);

/* Appends s with U+FFFD in the place of what is not UTF-8. */
void utf8_repair(struct slice s, struct buf *out);
/* All bytes are plain ASCII, which most sets have in common. */
bool all_ascii(const uint8_t *, size_t);

#endif
