/*
 * Text in the syntax of java.util.Properties, taken apart (client_config.h).
 *
 * A logical line is a natural one and those behind a backslash at its end,
 * without the white space in front of each.  The name ends at the first '=',
 * ':' or white space that no backslash stands before; \t \n \f \r \uXXXX are
 * what they are in Java, any other \c is c.  Text is UTF-8.
 */
#include "backend/client_config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static bool
blank(int c)
{
	return c == ' ' || c == '\t' || c == '\f';
}

struct text {
	const uint8_t *p, *end;
	unsigned line;			/* natural, of what comes next */
};

/* One natural line without its end; false: there is none. */
static bool
natural_line(struct text *t, struct slice *line)
{
	const uint8_t *p = t->p;

	if (p == t->end)
		return false;
	while (p < t->end && *p != '\n' && *p != '\r')
		p++;
	*line = SLICE_OF(t->p, (size_t)(p - t->p));
	if (p + 1 < t->end && p[0] == '\r' && p[1] == '\n')
		p++;
	t->p = p < t->end ? p + 1 : p;
	t->line++;
	return true;
}

static struct slice
without_indent(struct slice s)
{
	while (s.n > 0 && blank(*s.p)) {
		s.p++;
		s.n--;
	}
	return s;
}

/* Does it end with a backslash that none other stands before? */
static bool
goes_on(struct slice s)
{
	size_t n = 0;

	while (n < s.n && s.p[s.n - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

/* A logical line, and where it began; false: the text is at its end. */
static bool
logical_line(struct text *t, struct buf *out, unsigned *number)
{
	struct slice s;

	buf_clear(out);
	do {
		if (!natural_line(t, &s))
			return false;
		s = without_indent(s);
	} while (s.n == 0 || *s.p == '#' || *s.p == '!');
	*number = t->line;
	while (goes_on(s)) {
		buf_put(out, s.p, s.n - 1);
		if (!natural_line(t, &s))
			return true;
		s = without_indent(s);
	}
	buf_put(out, s.p, s.n);
	return true;
}

static void
put_utf8(struct buf *b, unsigned c)
{
	if (c < 0x80)
		buf_putc(b, (int)c);
	else if (c < 0x800) {
		buf_putc(b, (int)(0xc0 | c >> 6));
		buf_putc(b, (int)(0x80 | (c & 0x3f)));
	} else {
		buf_putc(b, (int)(0xe0 | c >> 12));
		buf_putc(b, (int)(0x80 | (c >> 6 & 0x3f)));
		buf_putc(b, (int)(0x80 | (c & 0x3f)));
	}
}

/* What stands behind a backslash; how many bytes it took, 0: it is wrong. */
static size_t
escape(const uint8_t *p, size_t n, struct buf *out)
{
	static const char from[] = "tnfr", to[] = "\t\n\f\r";
	const char *at;
	unsigned c = 0;
	size_t i;

	if (n == 0)
		return 0;
	if (*p != 'u') {
		at = strchr(from, *p);
		buf_putc(out, at != NULL && *p != '\0' ? to[at - from] : *p);
		return 1;
	}
	if (n < 5)
		return 0;
	for (i = 1; i < 5; i++) {
		int d = hex_digit(p[i]);

		if (d < 0)
			return 0;
		c = c << 4 | (unsigned)d;
	}
	if (c == 0)
		return 0;
	put_utf8(out, c);
	return 5;
}

/* Up to the name's end, or the line's; -1: an escape is wrong, or a NUL is in it. */
static int
take(struct slice *s, bool name, struct buf *out)
{
	size_t k;

	while (s->n > 0 && !(name && (blank(*s->p) || *s->p == '=' || *s->p == ':'))) {
		k = 1;
		if (*s->p == '\\') {
			if ((k = escape(s->p + 1, s->n - 1, out)) == 0)
				return -1;
			k++;
		} else if (*s->p == '\0')
			return -1;
		else
			buf_putc(out, *s->p);
		s->p += k;
		s->n -= k;
	}
	return 0;
}

static int
take_pair(struct slice s, struct buf *name, struct buf *value)
{
	buf_clear(name);
	buf_clear(value);
	if (take(&s, true, name) != 0 || name->n == 0)
		return -1;
	s = without_indent(s);
	if (s.n > 0 && (*s.p == '=' || *s.p == ':'))
		s = without_indent(SLICE_OF(s.p + 1, s.n - 1));
	return take(&s, false, value);
}

int
client_config_text(struct client_config *c, struct slice text, const char *file, struct err *e)
{
	struct buf line = BUF_INIT, name = BUF_INIT, value = BUF_INIT, from = BUF_INIT;
	struct text t = { .p = text.p, .end = text.p + text.n };
	unsigned number;
	int rc = 0;

	while (rc == 0 && logical_line(&t, &line, &number)) {
		buf_clear(&from);
		buf_printf(&from, "%s:%u", file, number);
		if (take_pair(buf_slice(&line), &name, &value) != 0)
			rc = err_set(e, ERR_INVALID, "%s:%u: is not NAME=VALUE", file, number);
		else if (buf_str(&name) == NULL || buf_str(&value) == NULL || buf_str(&from) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory for '%s'", file);
		else {
			/* Java keeps what stands behind a value; nobody means it. */
			while (value.n > 0 && blank(value.p[value.n - 1]))
				value.n--;
			rc = client_config_add(c, buf_str(&name), buf_str(&value), buf_str(&from), e);
		}
	}
	buf_release(&line);
	buf_release(&name);
	buf_release(&value);
	buf_release(&from);
	return rc;
}
