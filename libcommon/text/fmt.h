/*
 * fmt.h - a format string, compiled once, run for every record, both ways.
 *
 * plog-format(7) has the language: %v %k %V %K %t %p %o %T %h %H %%, escapes,
 * modifiers in braces.  Nothing is added behind a record.  An error shows the
 * string with a caret:
 *
 *	%o %q
 *	   ^ unknown conversion 'q'
 *
 * Writing
 *
 *	rc = fmt_compile(&f, "%p:%o %k=%v\\n", FMT_WRITE, &e);
 *	fmt_write(f, &where, &rec, &out);	// appends to the buffer
 *
 * Reading
 *
 *	rc = fmt_compile(&f, "%k\\t%v\\n", FMT_READ, &e);	// refuses what cannot be read back
 *	rc = fmt_read(f, bytes, at_end, &used, &in, &e);
 *
 * A compiled format is read-only: it may be shared.
 */
#ifndef TEXT_FMT_H
#define TEXT_FMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "codec/record.h"

enum fmt_use { FMT_WRITE, FMT_READ };

struct where {				/* a record's place, beside its offset */
	const char *topic;
	int32_t partition;
};

struct fmt;

/* -ERR_INVALID with the string and a caret; -ERR_NOMEM. */
int fmt_compile(struct fmt **, const char *, enum fmt_use, struct err *);
void fmt_free(struct fmt *);		/* NULL is fine */
void fmt_write(const struct fmt *, const struct where *, const struct record *, struct buf *);

struct fmt_input {			/* what one record of input said */
	struct record rec;		/* points into the bytes given, or into scratch */
	int32_t partition;		/* -1: not said */
	bool has_timestamp;
	struct buf scratch;		/* decoded hex, base64, JSON; released by the caller */
};
#define FMT_INPUT_INIT	{ .rec = RECORD_INIT, .partition = -1, .has_timestamp = false, .scratch = BUF_INIT }

/*
 * Takes one record from the front of the bytes: 1 and *used; 0: more bytes
 * are needed (never at_end); -ERR_INVALID: no match, the text says at which
 * byte of the record and why.
 */
int fmt_read(const struct fmt *, struct slice, bool at_end, size_t *used, struct fmt_input *, struct err *);

#endif
