/*
 * line.c - the deserializer LINE: each line of text is the body of an event.
 *
 * A line ends with a newline; a CR in front of it is part of the line.  The
 * last one need not end.  What is longer than maxLineLength characters (of UTF-16,
 * as Java counts) goes on as the next event, as in Flume.  Text of UTF-8 that
 * stays UTF-8 is not copied: the bodies lie where the file was read to.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/charset.h"
#include "agent/component.h"
#include "base/io.h"
#include "text/utf8.h"

#define READ_FIRST	65536
#define READ_MOST	((size_t)1 << 20)
#define LEAST		512
#define UNIT_BYTES	4		/* at most, of a character */

struct line_in {
	const char *in_name, *out_name;
	enum charset_policy policy;
	int64_t longest;		/* maxLineLength */
	struct charset *in, *out;	/* NULL: UTF-8 */
	int fd;
	int64_t at;			/* of the next line */
	size_t chunk;			/* bytes that a batch takes, a guess */
	struct buf text, body;
};

static void
configure(void *self, struct context *c)
{
	struct line_in *l = self;
	struct charset *cs;
	struct err e = ERR_INIT;

	l->fd = -1;
	l->longest = ctx_int(c, "maxLineLength", 2048, 2, INT32_MAX);
	l->out_name = ctx_str(c, "outputCharset", "UTF-8");
	if (charset_open(&cs, l->out_name, &e) != 0)
		ctx_err(c, "outputCharset", &e);
	charset_close(cs);
}

static void
text(void *self, const struct deserializer_text *t)
{
	struct line_in *l = self;

	l->in_name = t->charset;
	l->policy = (enum charset_policy)t->policy;
	if (t->longest > 0)
		l->longest = t->longest;
}

static void
close_file(void *self)
{
	struct line_in *l = self;

	charset_close(l->in);
	charset_close(l->out);
	l->in = l->out = NULL;
	buf_release(&l->text);
	buf_release(&l->body);
	l->fd = -1;
}

static int
open_file(void *self, int fd, int64_t at, struct err *e)
{
	struct line_in *l = self;
	uint8_t mark[UNIT_BYTES];
	ssize_t n;
	int rc;

	l->fd = fd;
	l->at = at;
	l->chunk = READ_FIRST;
	if ((rc = charset_open(&l->in, l->in_name, e)) != 0 || (rc = charset_open(&l->out, l->out_name, e)) != 0) {
		close_file(l);
		return rc;
	}
	if (charset_unit(l->in) > 1 && (n = pread_full(fd, mark, sizeof(mark), 0)) > 0) {
		n = (ssize_t)charset_mark(l->in, SLICE_OF(mark, (size_t)n));
		l->at = l->at == 0 ? n : l->at;
	}
	return 0;
}

/* The newline at or behind from: its place, or n. */
static size_t
newline(const struct line_in *l, const uint8_t *p, size_t n, size_t from)
{
	size_t unit = (size_t)charset_unit(l->in), i, k, low = charset_little(l->in) ? 0 : unit - 1;
	const uint8_t *at;

	if (unit == 1)
		return (at = memchr(p + from, '\n', n - from)) == NULL ? n : (size_t)(at - p);
	for (i = from - from % unit; i + unit <= n; i += unit) {
		for (k = 0; k < unit && p[i + k] == (k == low ? '\n' : 0); k++)
			;
		if (k == unit)
			return i;
	}
	return n;
}

/* Of n bytes of text, those that the longest line has; bad bytes end it. */
static size_t
within(const uint8_t *p, size_t n, size_t units, bool *bad)
{
	size_t i = 0, k;

	*bad = false;
	if (n <= units && all_ascii(p, n))
		return n;
	while (i < n && units > 0) {
		if ((k = utf8_char(p + i, n - i)) == 0) {
			*bad = true;
			break;
		}
		if ((k == 4 ? 2u : 1u) > units)
			break;
		units -= k == 4 ? 2 : 1;
		i += k;
	}
	return i;
}

/* A line of n bytes (its newline not among them) as text, as much as it may have.  Bytes used; -code. */
static ssize_t
decode(struct line_in *l, struct batch *b, const uint8_t *p, size_t n, struct err *e)
{
	size_t used, units = (size_t)l->longest;
	struct slice body;
	bool bad;
	int rc;

	if (l->in == NULL && l->out == NULL) {
		used = within(p, n, units, &bad);
		if (!bad) {
			if (batch_add_kept(b, p, used) == NULL)
				return err_set(e, ERR_NOMEM, "no memory for events");
			return (ssize_t)used;
		}
	}
	buf_clear(&l->text);
	buf_clear(&l->body);
	if ((rc = charset_decode(l->in, SLICE_OF(p, n), l->policy, units, &l->text, &used, e)) != 0)
		return rc;
	body = buf_slice(&l->text);
	if (l->out != NULL) {
		if (charset_encode(l->out, body, &l->body) != 0)
			return err_set(e, ERR_NOMEM, "no memory for text");
		body = buf_slice(&l->body);
	}
	if (l->text.failed || batch_add(b, body.n == 0 ? (const uint8_t *)"" : body.p, body.n) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for events");
	return (ssize_t)used;
}

/* Lines out of n bytes at p, which lie in the arena; the last one need not end.  Bytes used; -code. */
static ssize_t
lines(struct line_in *l, struct batch *b, size_t max, const uint8_t *p, size_t n, bool end, struct err *e)
{
	size_t unit = (size_t)charset_unit(l->in), used = 0, nl, len, room = (size_t)l->longest * UNIT_BYTES;
	ssize_t k;

	while (used < n && b->n < max) {
		nl = newline(l, p, n, used);
		len = nl - used;
		if (nl == n && !end && len <= room)
			break;
		if ((k = decode(l, b, p + used, len, e)) < 0)
			return k;
		used += (size_t)k;
		if ((size_t)k == len && nl < n)
			used += unit;
	}
	return (ssize_t)used;
}

static ssize_t
read_events(void *self, struct batch *b, size_t max, struct err *e)
{
	struct line_in *l = self;
	size_t chunk = l->chunk, before = b->n, have;
	int64_t from = l->at;
	ssize_t got, used;
	struct arena *a;
	uint8_t *p;

	max += b->n;
	b->hint = chunk + chunk / 4;
	while (b->n < max) {
		if ((a = batch_arena(b)) == NULL || (p = arena_room(a, chunk, &have)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for lines");
		if ((got = pread_full(l->fd, p, chunk, (off_t)l->at)) < 0)
			return err_sys(e, "cannot read lines");
		if (got == 0)
			break;
		arena_keep(a, (size_t)got);
		if ((used = lines(l, b, max, p, (size_t)got, (size_t)got < chunk, e)) < 0)
			return used;
		l->at += used;
		if (used == 0)
			chunk *= 4;
	}
	l->chunk = (size_t)(l->at - from);
	l->chunk += l->chunk / 4 + LEAST;
	if (l->chunk > READ_MOST)
		l->chunk = READ_MOST;
	return (ssize_t)(b->n - before);
}

static int64_t
tell(void *self)
{
	struct line_in *l = self;

	return l->at;
}

const struct deserializer_type deserializer_line = {
	.names = { "LINE", CLASSES("org.apache.flume.serialization.LineDeserializer$Builder", "org.apache.flume.serialization.LineDeserializer") },
	.size = sizeof(struct line_in), .configure = configure, .text = text, .open = open_file, .read = read_events, .tell = tell,
	.close = close_file,
};
