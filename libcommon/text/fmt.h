/*
 * fmt.h - a format string, compiled once, run for every record, both ways.
 *
 * plog-format(7) has the language: %v %k %V %K %t %p %o %T %h %H %%, escapes,
 * modifiers in braces.  Nothing is added behind a record.  An error shows the
 * string with a mark under the place (text/caret.h), so put words in front,
 * not behind:
 *
 *	unknown conversion '%q'
 *	    %o %q
 *	       ^
 *
 * Writing
 *
 *	rc = fmt_compile(&f, "%p:%o %k=%v\\n", FMT_WRITE, &e);
 *	rc = fmt_write(f, &where, &rec, &out, &e);	// appends to the buffer
 *
 * Reading
 *
 *	rc = fmt_compile(&f, "%k\\t%v\\n", FMT_READ, &e);	// refuses what cannot be read back
 *	struct fmt_input in = FMT_INPUT_INIT;		// once, keeps its buffers
 *	rc = fmt_read(f, bytes, at_end, &used, &in, &e);
 *	...
 *	fmt_input_release(&in);
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
/*
 * 0, or -ERR_RANGE: a number does not fit the width that a modifier gives it
 * (%K{i8} of a key of 300 bytes), and nothing is appended.  Memory that ran
 * out is in the buffer's failed, as always.
 */
int fmt_write(const struct fmt *, const struct where *, const struct record *, struct buf *, struct err *);

struct fmt_input {			/* what one record of input said; fmt_read and json_read set it anew */
	struct record rec;		/* points into the bytes given, or into the buffers below */
	int32_t partition;		/* -1: not said */
	bool has_timestamp;		/* rec.timestamp was said (TIMESTAMP_NONE too) */
	struct buf scratch;		/* decoded hex, base64, JSON */
	struct buf headers;		/* encoded */
};
#define FMT_INPUT_INIT	{ .rec = RECORD_INIT, .partition = -1, .has_timestamp = false, .scratch = BUF_INIT, .headers = BUF_INIT }

void fmt_input_clear(struct fmt_input *);	/* nothing said; memory kept */
void fmt_input_release(struct fmt_input *);

/*
 * Takes one record from the front of the bytes: 1 and *used; 0: more bytes
 * are needed (never at_end); -ERR_INVALID: no match, the text says at which
 * byte of the record and why; -ERR_NOMEM.  The bytes behind the record may be
 * looked at, and how many more are wanted is not known: who grows them sets
 * the bound.
 */
int fmt_read(const struct fmt *, struct slice, bool at_end, size_t *used, struct fmt_input *, struct err *);

#endif
