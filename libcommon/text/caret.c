/*
 * caret.c - a mark under the place of an error (caret.h).
 */
#include "text/caret.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "text/terminal.h"

#define NEAR	60			/* bytes shown before the place, and behind it */

/* The nearest place at or before at where a character begins. */
static size_t
character(struct slice s, size_t at)
{
	while (at > 0 && at < s.n && (s.p[at] & 0xc0) == 0x80)
		at--;
	return at;
}

int
caret_err(struct err *e, struct slice s, size_t at, const char *fmt, ...)
{
	struct buf show = BUF_INIT;
	struct slice before, behind;
	char why[ERR_TEXT_MAX / 2];
	const char *text;
	size_t from, to, width;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	from = at > NEAR ? character(s, at - NEAR) : 0;
	to = s.n - at > NEAR ? character(s, at + NEAR) : s.n;
	before = SLICE_OF(s.p + from, at - from);
	behind = SLICE_OF(s.p + at, to - at);
	buf_puts(&show, from > 0 ? "..." : "");
	terminal_line(before, &show);
	terminal_line(behind, &show);
	buf_puts(&show, to < s.n ? "..." : "");
	width = terminal_width(before) + (from > 0 ? 3 : 0);
	text = buf_str(&show);
	rc = err_set(e, ERR_INVALID, "%s\n    %s\n    %*s^", why, text == NULL ? "" : text, (int)width, "");
	buf_release(&show);
	return rc;
}
