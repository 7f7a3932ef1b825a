/*
 * regex.h - regular expressions (PCRE2) over bytes, for --grep.
 *
 * The library is a module (base/module.h), loaded when a pattern is given:
 *
 *	const struct regex_ops *re = regex_load(&e);	// NULL: -ERR_ABSENT in e
 *	struct regex *r;
 *
 *	rc = re->compile(&r, "^ERROR", &e);
 *	rc = re->match(r, value, &e);			// 1 matches, 0 does not
 *	re->free(r);
 *
 * A pattern is bytes and matches bytes: `.` is one byte, nothing is assumed
 * about UTF-8; `.` does not match a newline, `$` matches at the end and before
 * a last newline, `^` at the start only - (?s) (?m) (?i) in the pattern change
 * that.  It is compiled to machine code where the library can, and
 * interpreted with the same result where it cannot.
 */
#ifndef TEXT_REGEX_H
#define TEXT_REGEX_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/module.h"

struct regex;

struct regex_ops {
	int version;			/* MODULE_VERSION */
	/* 0, -ERR_INVALID with a mark under the place (text/caret.h), -ERR_NOMEM. */
	int (*compile)(struct regex **, const char *pattern, struct err *);
	/*
	 * 1 and 0; NULL bytes never match.  -ERR_RANGE: the pattern tries more
	 * ways than the library's limit (catastrophic backtracking).  Not from
	 * two threads at once with one regex.
	 */
	int (*match)(struct regex *, struct slice, struct err *);
	void (*free)(struct regex *);	/* NULL is fine */
	/*
	 * As compile, over text in UTF-8, as Java's: `.` is one character; bytes
	 * that are no UTF-8 match nothing, and separate what stands around them.
	 */
	int (*compile_text)(struct regex **, const char *pattern, struct err *);
	/*
	 * The first match at or behind `from`: at gets the start and the end of
	 * the whole and of each group, n pairs at most, REGEX_UNSET both where a
	 * group took no part.  The number of pairs; 0: no match; as match else.
	 */
	int (*find)(struct regex *, struct slice, size_t from, size_t (*at)[2], size_t n, struct err *);
	unsigned (*groups)(const struct regex *);	/* in the pattern */
};

#define REGEX_UNSET	((size_t)-1)

static inline const struct regex_ops *
regex_load(struct err *e)
{
	return module_load("regex", e);
}

#endif
