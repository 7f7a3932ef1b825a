/*
 * settings.c - reads Java properties (settings.h).
 */
#include "agent/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"


struct reader {
	const uint8_t *p, *end;
	unsigned line;
	const char *file;
	struct err *e;
};

static bool
is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\f';
}

/* Over the end of a line: LF, CR LF or CR. */
static void
next_line(struct reader *r)
{
	if (r->p < r->end && *r->p == '\r')
		r->p += r->p + 1 < r->end && r->p[1] == '\n' ? 2 : 1;
	else if (r->p < r->end)
		r->p++;
	r->line++;
}

static void
skip_blanks(struct reader *r)
{
	while (r->p < r->end && is_blank(*r->p))
		r->p++;
}

static bool
at_line_end(const struct reader *r)
{
	return r->p == r->end || *r->p == '\n' || *r->p == '\r';
}

/* Behind a backslash at the end of a line: the next one goes on, without its leading blanks. */
static void
join(struct reader *r)
{
	next_line(r);
	skip_blanks(r);
}

static int
hex4(struct reader *r, uint32_t *out)
{
	int i, d;

	for (*out = 0, i = 0; i < 4; i++) {
		if (r->p == r->end || (d = hex_digit(*r->p)) < 0)
			return err_set(r->e, ERR_INVALID, "%s:%u: malformed \\uxxxx encoding", r->file, r->line);
		*out = *out << 4 | (uint32_t)d;
		r->p++;
	}
	return 0;
}

static void
put_utf8(struct buf *b, uint32_t c)
{
	uint8_t text[4];

	buf_put(b, text, (size_t)(utf8_put(text, c) - text));
}

/* The digits behind \u; two halves of a pair make one character, half of one U+FFFD. */
static int
unicode(struct reader *r, struct buf *out)
{
	uint32_t c, low;
	int rc;

	if ((rc = hex4(r, &c)) != 0)
		return rc;
	if (c >= 0xd800 && c < 0xdc00 && r->end - r->p >= 6 && r->p[0] == '\\' && r->p[1] == 'u') {
		struct reader again = *r;

		again.p += 2;
		if ((rc = hex4(&again, &low)) != 0)
			return rc;
		if (low >= 0xdc00 && low < 0xe000) {
			*r = again;
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		}
	}
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	if (c == 0)
		return err_set(r->e, ERR_INVALID, "%s:%u: no key or value may hold a NUL", r->file, r->line);
	put_utf8(out, c);
	return 0;
}

/* What stands behind a backslash. */
static int
escape(struct reader *r, struct buf *out)
{
	static const char from[] = "tnrf", to[] = "\t\n\r\f";
	const char *at;
	int c;

	if (r->p == r->end)
		return 0;
	if (*r->p == '\n' || *r->p == '\r') {
		join(r);
		return 0;
	}
	c = *r->p++;
	if (c == 'u')
		return unicode(r, out);
	at = strchr(from, c);
	buf_putc(out, c != '\0' && at != NULL ? to[at - from] : c);
	return 0;
}

/* A key, up to its separator; or a value, up to the end of its line. */
static int
read_part(struct reader *r, bool key, struct buf *out)
{
	int rc = 0;

	buf_clear(out);
	while (rc == 0 && !at_line_end(r)) {
		int c = *r->p;

		if (c == '\0')
			return err_set(r->e, ERR_INVALID, "%s:%u: no key or value may hold a NUL", r->file, r->line);
		if (key && (is_blank(c) || c == '=' || c == ':'))
			break;
		r->p++;
		if (c == '\\')
			rc = escape(r, out);
		else
			buf_putc(out, c);
	}
	return rc;
}

/* Blanks, also across joined lines. */
static void
skip_joined_blanks(struct reader *r)
{
	skip_blanks(r);
	while (r->end - r->p >= 2 && r->p[0] == '\\' && (r->p[1] == '\n' || r->p[1] == '\r')) {
		r->p++;
		join(r);
	}
}

/* Blanks, one = or :, blanks. */
static void
skip_separator(struct reader *r)
{
	skip_joined_blanks(r);
	if (r->p < r->end && (*r->p == '=' || *r->p == ':'))
		r->p++;
	skip_joined_blanks(r);
}

/* Java's trim: everything up to U+0020 counts as a blank. */
static const char *
trimmed(struct buf *b)
{
	char *s = (char *)(uintptr_t)buf_str(b), *end;

	if (s == NULL)
		return NULL;
	while (*s != '\0' && (unsigned char)*s <= ' ')
		s++;
	for (end = s + strlen(s); end > s && (unsigned char)end[-1] <= ' '; end--)
		;
	*end = '\0';
	return s;
}

static const char *
keep(struct settings *s, const char *text)
{
	return (const char *)arena_copy(s->text, text, strlen(text) + 1);
}

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for the configuration");
}

int
settings_put(struct settings *s, const char *key, const char *value, const char *file, unsigned line, struct err *e)
{
	struct setting one = { .line = line };
	long i = settings_find(s, key);

	if (s->text == NULL && ((s->text = arena_new(0)) == NULL || (s->index = map_new()) == NULL))
		return no_memory(e);
	one.file = s->n > 0 && strcmp(s->v[s->n - 1].file, file) == 0 ? s->v[s->n - 1].file : keep(s, file);
	if ((one.key = keep(s, key)) == NULL || (one.value = keep(s, value)) == NULL || one.file == NULL)
		return no_memory(e);
	if (i >= 0) {
		if (strcmp(s->v[i].file, file) == 0)
			one.before = s->v[i].line;
		s->v[i] = one;
		return 0;
	}
	if (s->n == s->cap) {
		size_t cap = s->cap == 0 ? 64 : s->cap * 2;
		struct setting *v = reallocarray(s->v, cap, sizeof(*v));

		if (v == NULL)
			return no_memory(e);
		s->v = v;
		s->cap = cap;
	}
	if (map_put(s->index, slice_str(key), (void *)(uintptr_t)(s->n + 1), NULL) != 0)
		return no_memory(e);
	s->v[s->n++] = one;
	return 0;
}

int
settings_parse(struct settings *s, struct slice text, const char *file, struct err *e)
{
	struct reader r = { .p = text.p, .end = text.p + text.n, .line = 1, .file = file, .e = e };
	struct buf key = BUF_INIT, value = BUF_INIT;
	const char *k, *v;
	unsigned line;
	int rc = 0;

	if (text.n > SETTINGS_BYTES_MAX)
		return err_set(e, ERR_TOOBIG, "%s: is larger than %u MiB", file, SETTINGS_BYTES_MAX >> 20);
	while (rc == 0 && r.p < r.end) {
		skip_blanks(&r);
		if (at_line_end(&r)) {
			next_line(&r);
			continue;
		}
		if (*r.p == '#' || *r.p == '!') {
			while (!at_line_end(&r))
				r.p++;
			continue;
		}
		line = r.line;
		if ((rc = read_part(&r, true, &key)) != 0)
			break;
		skip_separator(&r);
		if ((rc = read_part(&r, false, &value)) != 0)
			break;
		if ((k = trimmed(&key)) == NULL || (v = trimmed(&value)) == NULL)
			rc = no_memory(e);
		else
			rc = settings_put(s, k, v, file, line, e);
	}
	buf_release(&key);
	buf_release(&value);
	return rc;
}

long
settings_find(const struct settings *s, const char *key)
{
	void *at = s->index == NULL ? NULL : map_find(s->index, slice_str(key));

	return at == NULL ? -1 : (long)(uintptr_t)at - 1;
}

void
settings_release(struct settings *s)
{
	free(s->v);
	map_free(s->index, NULL);
	arena_unref(s->text);
	*s = (struct settings)SETTINGS_INIT;
}
