/*
 * caret.h - an error in a string somebody typed, with a mark under the place.
 */
#ifndef TEXT_CARET_H
#define TEXT_CARET_H

#include "base/bytes.h"
#include "base/err.h"

/*
 * -ERR_INVALID with
 *
 *	unknown conversion '%q'
 *	    %o %q
 *	       ^
 *
 * The mark stands under byte at (s.n: behind the end).  Control characters
 * are shown as \xHH; of a long string only what is near the place.
 */
int caret_err(struct err *, struct slice s, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
