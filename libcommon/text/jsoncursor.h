/*
 * jsoncursor.h - goes over JSON once, from the front, and takes what it is asked for.
 *
 *	struct jsoncursor c = JSONCURSOR_OF(text);
 *	struct slice name;
 *	bool first = true;
 *
 *	while (jsoncursor_member(&c, &first, &name))
 *		if (slice_eq(name, slice_str("pos")))
 *			pos = jsoncursor_integer(&c);
 *		else
 *			jsoncursor_pass(&c);
 *	good = jsoncursor_end(&c);
 *	jsoncursor_release(&c);
 *
 * No tree is made, and depth is bounded.  What is not JSON, or not what was
 * asked for, sets bad; from then on every call gives nothing, so look at bad (or
 * jsoncursor_end) once.  Text must be UTF-8.  A name or string lives until the
 * next one is taken.
 */
#ifndef TEXT_JSONCURSOR_H
#define TEXT_JSONCURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define JSONCURSOR_DEPTH	64

struct jsoncursor {
	struct slice s;
	size_t at;
	int depth;
	bool bad;
	struct buf scratch;		/* of a string with escapes */
};
#define JSONCURSOR_OF(text)	{ .s = (text), .at = 0, .depth = 0, .bad = false, .scratch = BUF_INIT }

/* The first character of what comes next; -1: nothing, or bad. */
int jsoncursor_peek(struct jsoncursor *);
/* Another element of an array: the cursor is at it.  first: true before the first call.  False: the end, or bad. */
bool jsoncursor_element(struct jsoncursor *, bool *first);
/* Another member of an object: its name, the cursor is at its value. */
bool jsoncursor_member(struct jsoncursor *, bool *first, struct slice *name);
struct slice jsoncursor_string(struct jsoncursor *);
struct slice jsoncursor_number(struct jsoncursor *);	/* as it is written */
int64_t jsoncursor_integer(struct jsoncursor *);
/* true, false or null, when it is that. */
bool jsoncursor_word(struct jsoncursor *, const char *word);
void jsoncursor_pass(struct jsoncursor *);		/* over any value */
/* Nothing but blanks is left, and nothing was bad. */
bool jsoncursor_end(struct jsoncursor *);
void jsoncursor_release(struct jsoncursor *);

#endif
