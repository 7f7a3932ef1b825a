/*
 * netcat_conn.c - lines of a connection into events, and their answers (netcat_conn.h).
 */
#include "agent/sources/netcat_conn.h"

#include <string.h>

/* Characters of UTF-8: bytes that do not continue one. */
static size_t
characters(const uint8_t *p, size_t n)
{
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		k += (p[i] & 0xc0) != 0x80;
	return k;
}

static bool
too_long(const struct netcat_rules *r, const uint8_t *p, size_t n)
{
	/* No character has more than four bytes: what has no end of bytes that begin none is too long, too. */
	return n >= r->max_line && (n / 4 >= r->max_line || characters(p, n) >= r->max_line);
}

static void
put_oks(struct buf *out, size_t n)
{
	uint8_t *p = buf_room(out, n * 3);
	size_t i;

	for (i = 0; p != NULL && i < n; i++)
		memcpy(p + i * 3, "OK\n", 3);
	if (p != NULL)
		out->n += n * 3;
}

/* Puts all events of the batch; those for which there was no room are answered FAILED, and are lost. */
static int
put_all(struct netcat_conn *c, struct source *src, const struct netcat_rules *r, struct batch *b)
{
	struct err why = ERR_INIT;
	enum put_rc rc;
	size_t done;

	while (b->n > 0) {
		rc = source_put_some(src, b, &done, &why);
		if (r->ack)
			put_oks(&c->out, done);
		if (rc == PUT_OK)
			continue;
		if (rc == PUT_STOPPED)
			(void)err_set(&why, ERR_INTR, "the source is being stopped");
		buf_printf(&c->out, "FAILED: %s\n", why.text);
		source_count(src, EVENT_LOST, 1);
		batch_skip(b, 1);
	}
	batch_clear(b);
	return c->out.failed ? -1 : 0;
}

static void
refuse(struct netcat_conn *c, struct source *src, const struct netcat_rules *r)
{
	buf_printf(&c->out, "FAILED: Event exceeds the maximum length (%zu chars, including newline)\n", r->max_line);
	c->closing = true;
	source_count(src, EVENT_LOST, 1);
}

/* The bytes in UTF-8, in the batch's arena. */
static const uint8_t *
convert(struct netcat_rules *r, struct batch *b, const uint8_t *p, size_t *n)
{
	struct arena *a = batch_arena(b);

	if (a == NULL)
		return NULL;
	if (r->set == NULL)
		return arena_copy(a, p, *n);
	buf_clear(&r->text);
	charset_put(r->set, &r->text, SLICE_OF(p, *n));
	*n = r->text.n;
	return r->text.failed ? NULL : arena_copy(a, r->text.p, r->text.n);
}

/* The first line of the chunk ends one that had begun; *used bytes of the chunk.  -1: no memory. */
static int
finish_part(struct netcat_conn *c, struct source *src, struct netcat_rules *r, struct batch *b, const uint8_t *p, size_t n, size_t *used)
{
	const uint8_t *nl = memchr(p, '\n', n);
	size_t len = nl == NULL ? n : (size_t)(nl - p);
	const uint8_t *body;

	*used = nl == NULL ? n : len + 1;
	buf_put(&c->part, p, len);
	if (c->part.failed)
		return -1;
	if (too_long(r, c->part.p, c->part.n)) {
		refuse(c, src, r);
		return 0;
	}
	if (nl == NULL)
		return 0;
	len = c->part.n;
	if ((body = convert(r, b, c->part.p, &len)) == NULL || batch_add_kept(b, body, len) == NULL)
		return -1;
	buf_clear(&c->part);
	return 0;
}

/* All whole lines at p, copied at one go; what is left begins the next. */
static int
whole_lines(struct netcat_conn *c, struct source *src, struct netcat_rules *r, struct batch *b, const uint8_t *p, size_t n)
{
	const uint8_t *last = memrchr(p, '\n', n), *nl;
	size_t whole = last == NULL ? 0 : (size_t)(last + 1 - p), len = whole;
	const uint8_t *at, *end;
	bool bad = false;

	if (last != NULL) {
		if ((at = convert(r, b, p, &len)) == NULL)
			return -1;
		for (end = at + len; at < end && !bad; at = nl + 1) {
			nl = memchr(at, '\n', (size_t)(end - at));
			if (too_long(r, at, (size_t)(nl - at)))
				bad = true;
			else if (batch_add_kept(b, at, (size_t)(nl - at)) == NULL)
				return -1;
		}
		n -= whole;
		p = last + 1;
	}
	if (!bad) {
		buf_put(&c->part, p, n);
		bad = too_long(r, c->part.p, c->part.n);
	}
	if (c->part.failed || put_all(c, src, r, b) != 0)
		return -1;
	if (bad)
		refuse(c, src, r);
	return 0;
}

int
netcat_lines(struct netcat_conn *c, struct source *src, struct netcat_rules *r, const uint8_t *p, size_t n)
{
	struct batch b = BATCH_INIT;
	size_t used = 0;
	int rc = 0;

	b.hint = n + n / 4;
	if (c->part.n > 0)
		rc = finish_part(c, src, r, &b, p, n, &used);
	if (rc == 0 && !c->closing && (b.n > 0 || used < n))
		rc = whole_lines(c, src, r, &b, p + used, n - used);
	batch_clear(&b);
	return rc;
}

void
netcat_conn_release(struct netcat_conn *c)
{
	buf_release(&c->part);
	buf_release(&c->out);
}
