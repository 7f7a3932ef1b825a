/*
 * exec_lines.c - lines of a command (exec_lines.h).
 */
#include "agent/sources/exec_lines.h"

#include <string.h>

#include "text/utf8.h"

#define LINE_MOST	(16u << 20)	/* of one line in memory; a longer one is cut */

int
exec_lines_open(struct exec_lines *l, const char *charset, struct err *e)
{
	*l = (struct exec_lines){ .after_cr = false };
	return charset_open(&l->set, charset, e);
}

void
exec_lines_clear(struct exec_lines *l)
{
	buf_clear(&l->part);
	l->after_cr = false;
}

void
exec_lines_close(struct exec_lines *l)
{
	charset_close(l->set);
	buf_release(&l->part);
	buf_release(&l->text);
	l->set = NULL;
}

/* A line whose bytes are no valid UTF-8, or in another set. */
static int
add_converted(struct exec_lines *l, struct slice s, struct batch *b)
{
	buf_clear(&l->text);
	charset_put(l->set, &l->text, s);
	return l->text.failed || batch_add(b, l->text.p, l->text.n) == NULL ? -1 : 0;
}

/* Where the line at p ends, at a CR or LF; NULL: not here. */
static const uint8_t *
line_end(const uint8_t *p, const uint8_t *end, bool crs)
{
	const uint8_t *nl = memchr(p, '\n', (size_t)(end - p)), *cr;

	if (!crs)
		return nl;
	cr = memchr(p, '\r', (size_t)((nl == NULL ? end : nl) - p));
	return cr != NULL ? cr : nl;
}

/* Whole lines of plain UTF-8 from p on, copied at one go; how many bytes they are. */
static ssize_t
plain_lines(const uint8_t *p, size_t n, struct batch *b)
{
	const uint8_t *last = memrchr(p, '\n', n), *at, *nl, *end;
	struct arena *a = batch_arena(b);

	if (last == NULL)
		return 0;
	n = (size_t)(last + 1 - p);
	if (a == NULL || (at = arena_copy(a, p, n)) == NULL)
		return -1;
	for (end = at + n; at < end; at = nl + 1) {
		nl = memchr(at, '\n', (size_t)(end - at));
		if (batch_add_kept(b, at, (size_t)(nl - at)) == NULL)
			return -1;
	}
	return (ssize_t)n;
}

static int
end_part(struct exec_lines *l, struct batch *b)
{
	int rc = l->part.failed ? -1 : add_converted(l, buf_slice(&l->part), b);

	buf_clear(&l->part);
	return rc;
}

int
exec_lines_cut(struct exec_lines *l, const uint8_t *p, size_t n, struct batch *b)
{
	const uint8_t *end = p + n, *stop;
	bool crs, plain;
	ssize_t k;

	if (n == 0)
		return l->part.n > 0 ? end_part(l, b) : 0;
	if (b->hint < n + n / 4)
		b->hint = n + n / 4;
	if (l->after_cr && *p == '\n')
		p++;
	l->after_cr = false;
	crs = memchr(p, '\r', (size_t)(end - p)) != NULL;
	/* a character may be cut at either end: then the slow way finds it whole */
	plain = !crs && l->set == NULL && (all_ascii(p, (size_t)(end - p)) || utf8_valid(SLICE_OF(p, end - p)));
	while (p < end) {
		if (l->part.n == 0 && plain) {
			if ((k = plain_lines(p, (size_t)(end - p), b)) < 0)
				return -1;
			p += k;
		}
		if (p == end)
			break;
		stop = line_end(p, end, crs);
		buf_put(&l->part, p, (size_t)((stop == NULL ? end : stop) - p));
		if (stop == NULL && l->part.n < LINE_MOST)
			break;
		if (end_part(l, b) != 0)
			return -1;
		if (stop == NULL)
			break;
		p = stop + 1;
		if (*stop == '\r') {
			if (p < end && *p == '\n')
				p++;
			else
				l->after_cr = p == end;
		}
	}
	return l->part.failed ? -1 : 0;
}
