/*
 * taildir_position.c - the position file (taildir_position.h).
 */
#include "agent/sources/taildir_position.h"

#include <stdlib.h>
#include <string.h>

#include "text/jsoncursor.h"

int
positions_add(struct positions *p, const struct position *what)
{
	size_t cap = p->cap == 0 ? 16 : p->cap * 2;
	struct position *v;
	char *path = strdup(what->path);

	if (path == NULL)
		return -1;
	if (p->n == p->cap) {
		if ((v = reallocarray(p->v, cap, sizeof(*v))) == NULL) {
			free(path);
			return -1;
		}
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n] = *what;
	p->v[p->n++].path = path;
	return 0;
}

void
positions_release(struct positions *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(p->v[i].path);
	free(p->v);
	*p = (struct positions)POSITIONS_INIT;
}

/* One object; the path is allocated.  -1: something is missing. */
static int
entry(struct jsoncursor *c, struct position *p)
{
	unsigned have = 0;
	struct slice name, s;
	bool first = true;

	*p = (struct position){ .path = NULL };
	while (jsoncursor_member(c, &first, &name)) {
		if (slice_eq(name, slice_str("inode"))) {
			p->inode = (uint64_t)jsoncursor_integer(c);
			have |= 1;
		} else if (slice_eq(name, slice_str("pos"))) {
			p->pos = jsoncursor_integer(c);
			have |= 2;
		} else if (slice_eq(name, slice_str("file")) && p->path == NULL) {
			s = jsoncursor_string(c);
			if (!c->bad && memchr(s.p, '\0', s.n) == NULL)
				p->path = strndup((const char *)s.p, s.n);
		} else if (slice_eq(name, slice_str("n"))) {
			p->print_n = (uint32_t)jsoncursor_integer(c);
			have |= 4;
		} else if (slice_eq(name, slice_str("crc32c"))) {
			p->print = (uint32_t)jsoncursor_integer(c);
			have |= 8;
		} else
			jsoncursor_pass(c);
	}
	p->printed = (have & 12) == 12 && p->print_n <= PRINT_BYTES && (int64_t)p->print_n <= p->pos;
	return c->bad || (have & 3) != 3 || p->pos < 0 || (int64_t)p->inode < 0 ? -1 : 0;
}

int
positions_parse(struct positions *out, struct slice text, struct err *e)
{
	struct jsoncursor c = JSONCURSOR_OF(text);
	struct position p = { .path = NULL };
	bool first = true;
	int rc = 0;

	while (rc == 0 && jsoncursor_element(&c, &first)) {
		if (entry(&c, &p) != 0 || p.path == NULL)
			rc = err_set(e, ERR_DAMAGE, "entry %zu is no inode, pos and file", out->n + 1);
		else if (p.printed = false, positions_add(out, &p) != 0)
			rc = err_set(e, ERR_NOMEM, "no memory for the position file");
		free(p.path);
		p.path = NULL;
	}
	if (rc == 0 && !jsoncursor_end(&c))
		rc = err_set(e, ERR_DAMAGE, "no array of JSON, at byte %zu", c.at);
	jsoncursor_release(&c);
	return rc;
}

void
positions_parse_prints(struct positions *out, struct slice text)
{
	struct jsoncursor c = JSONCURSOR_OF(text);
	struct position p;
	bool first = true;
	size_t i;
	int rc = 0;

	while (rc == 0 && jsoncursor_element(&c, &first)) {
		rc = entry(&c, &p);
		for (i = 0; rc == 0 && p.printed && i < out->n; i++)
			if (out->v[i].inode == p.inode && out->v[i].pos == p.pos) {
				out->v[i].printed = true;
				out->v[i].print_n = p.print_n;
				out->v[i].print = p.print;
			}
		free(p.path);
	}
	jsoncursor_release(&c);
}

/* As Gson writes a string. */
static void
gson(struct buf *out, const char *s)
{
	static const char shorts[] = "\"\"\\\\\tt\bb\nn\rr\ff";
	const char *at;

	buf_putc(out, '"');
	for (; *s != '\0'; s++) {
		uint8_t ch = (uint8_t)*s;

		for (at = shorts; *at != '\0' && *at != *s; at += 2)
			;
		if (*at != '\0')
			buf_printf(out, "\\%c", at[1]);
		else if (ch < 0x20 || strchr("<>&='", *s) != NULL)
			buf_printf(out, "\\u%04x", ch);
		else if (ch == 0xe2 && (uint8_t)s[1] == 0x80 && ((uint8_t)s[2] | 1) == 0xa9) {
			buf_printf(out, "\\u20%02x", (uint8_t)s[2] - 0x80);
			s += 2;
		} else
			buf_putc(out, ch);
	}
	buf_putc(out, '"');
}

/* A Flume leaves the file empty when there is nothing to say. */
void
positions_print(const struct positions *p, struct buf *out)
{
	size_t i;

	if (p->n == 0)
		return;
	for (i = 0; i < p->n; i++) {
		buf_printf(out, "%s{\"inode\":%llu,\"pos\":%lld,\"file\":", i == 0 ? "[" : ",", (unsigned long long)p->v[i].inode, (long long)p->v[i].pos);
		gson(out, p->v[i].path);
		buf_putc(out, '}');
	}
	buf_putc(out, ']');
}

void
positions_print_prints(const struct positions *p, struct buf *out)
{
	size_t i;

	buf_putc(out, '[');
	for (i = 0; i < p->n; i++)
		if (p->v[i].printed)
			buf_printf(out, "%s\n{\"inode\":%llu,\"pos\":%lld,\"n\":%u,\"crc32c\":%u}", out->n == 1 ? "" : ",",
			    (unsigned long long)p->v[i].inode, (long long)p->v[i].pos, p->v[i].print_n, p->v[i].print);
	buf_puts(out, "\n]\n");
}
