/*
 * jsonpart.h - the pieces of JSON that a record is made of, read directly.
 *
 * Both readers of whole records stand on these: json_read for lines of the
 * usual forms, fmt_read for {json} and %h.  A piece is at the front of
 * the bytes from *at on; blanks may stand between its tokens, not before it.
 * 1 and *at moved behind it; 0: the bytes stop inside (or right behind) what
 * may be one; -1: it is none.  Anything decoded goes to the end of scratch
 * (look at scratch->failed at the end).
 */
#ifndef TEXT_JSONPART_H
#define TEXT_JSONPART_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct jsonbytes {			/* bytes that a string, a base64 object or null stands for */
	const uint8_t *p;		/* in the source; NULL: see below */
	size_t at, n;			/* p NULL and not null: n bytes at scratch->p + at */
	bool null;
};

static inline void
jsonpart_blanks(struct slice s, size_t *at)
{
	while (*at < s.n && s.p[*at] <= ' ' && (s.p[*at] == ' ' || s.p[*at] == '\t' || s.p[*at] == '\n' || s.p[*at] == '\r'))
		++*at;
}

/* Where the bytes are, until scratch grows. */
struct slice jsonbytes_slice(const struct jsonbytes *, const struct buf *scratch);

/* A string. */
int jsonpart_string(struct slice, size_t *at, struct buf *scratch, struct jsonbytes *);
/* A string, {"base64":"..."} of one member, or null. */
int jsonpart_bytes(struct slice, size_t *at, struct buf *scratch, struct jsonbytes *);
/* An array of [name, value]; appends them encoded to headers, and counts them. */
int jsonpart_headers(struct slice, size_t *at, struct buf *scratch, struct buf *headers, int32_t *count);

#endif
