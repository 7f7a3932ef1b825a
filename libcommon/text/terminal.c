/*
 * terminal.c - control characters made visible (terminal.h).
 */
#include "text/terminal.h"

#include "text/hex.h"
#include "text/utf8.h"

/* Bytes that may stand as they are at p; 0: the one there is escaped. */
static size_t
fit(const uint8_t *p, size_t n, bool blanks)
{
	if (*p < 0x20)
		return blanks && (*p == '\n' || *p == '\t');
	if (*p < 0x7f)
		return 1;
	if (*p == 0x7f || utf8_c1(p, n))
		return 0;
	return utf8_char(p, n);
}

static void
escape(struct slice s, bool blanks, struct buf *out)
{
	size_t i = 0, from = 0, k, end;

	while (i < s.n) {
		if ((k = fit(s.p + i, s.n - i, blanks)) != 0) {
			i += k;
			continue;
		}
		buf_put(out, s.p + from, i - from);
		for (end = i + (utf8_c1(s.p + i, s.n - i) ? 2 : 1); i < end; i++) {
			buf_put(out, "\\x", 2);
			hex_write(SLICE_OF(s.p + i, 1), out);
		}
		from = i;
	}
	if (i > from)
		buf_put(out, s.p + from, i - from);
}

void
terminal_escape(struct slice s, struct buf *out)
{
	escape(s, true, out);
}

void
terminal_line(struct slice s, struct buf *out)
{
	escape(s, false, out);
}

size_t
terminal_width(struct slice s)
{
	size_t i = 0, width = 0, k;

	while (i < s.n) {
		if ((k = fit(s.p + i, s.n - i, false)) != 0) {
			i += k;
			width++;
		} else if (utf8_c1(s.p + i, s.n - i)) {
			i += 2;
			width += 8;
		} else {
			i++;
			width += 4;
		}
	}
	return width;
}
