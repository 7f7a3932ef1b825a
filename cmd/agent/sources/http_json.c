/*
 * http_json.c - events out of JSON (http_json.h).
 */
#include "agent/sources/http_json.h"

#include <string.h>

#include "text/jsoncursor.h"

struct reading {
	struct jsoncursor c;
	struct batch *b;
	struct charset *cs;
	bool mark;
	struct buf body, packed;
};

/* A value as text: a string, a number, true or false; NULL: null.  What is neither is bad. */
static struct slice
scalar(struct jsoncursor *c)
{
	switch (jsoncursor_peek(c)) {
	case '"':
		return jsoncursor_string(c);
	case 't':
		c->bad = !jsoncursor_word(c, "true");
		return slice_str("true");
	case 'f':
		c->bad = !jsoncursor_word(c, "false");
		return slice_str("false");
	case 'n':
		c->bad = !jsoncursor_word(c, "null");
		return SLICE_NULL;
	default:
		return jsoncursor_number(c);
	}
}

/* The object of headers; a name twice is bad, as in Flume. */
static int
headers(struct reading *r, struct event *ev)
{
	struct slice name, value;
	struct buf kept = BUF_INIT;
	bool first = true;
	int rc = 0;

	if (jsoncursor_word(&r->c, "null"))
		return 0;
	while (rc == 0 && jsoncursor_member(&r->c, &first, &name)) {
		buf_clear(&kept);
		buf_put(&kept, name.p, name.n);		/* the value takes its place */
		name = SLICE_OF(kept.n == 0 ? (const uint8_t *)"" : kept.p, kept.n);
		value = scalar(&r->c);
		if (r->c.bad || event_get(ev, name).p != NULL)
			r->c.bad = true;
		else if (value.p != NULL && (kept.failed || event_set(r->b, ev, name, value) != 0))
			rc = -ERR_NOMEM;
	}
	buf_release(&kept);
	return rc;
}

static int
body(struct reading *r)
{
	struct slice s = scalar(&r->c);

	buf_clear(&r->body);
	if (s.p != NULL)
		buf_put(&r->body, s.p, s.n);
	return r->body.failed ? -ERR_NOMEM : 0;
}

static int
finish(struct reading *r, struct event *ev)
{
	struct slice s = r->body.n == 0 ? SLICE_OF("", 0) : buf_slice(&r->body);
	uint8_t *p;

	if (r->cs != NULL && s.n > 0) {
		buf_clear(&r->packed);
		if (r->mark)
			buf_put(&r->packed, "\xfe\xff", 2);
		if (charset_encode(r->cs, s, &r->packed) != 0)
			return -ERR_NOMEM;
		s = buf_slice(&r->packed);
	}
	if (s.n > EVENT_BODY_MAX || (p = arena_copy(r->b->arena, s.p, s.n)) == NULL)
		return -ERR_NOMEM;
	ev->body = p;
	ev->len = (uint32_t)s.n;
	event_from_map(ev);
	return 0;
}

static int
one(struct reading *r)
{
	struct event *ev = batch_add(r->b, "", 0);
	struct slice name;
	bool first = true, has_headers = false, has_body = false;
	int rc = ev == NULL ? -ERR_NOMEM : 0;

	buf_clear(&r->body);
	while (rc == 0 && jsoncursor_member(&r->c, &first, &name)) {
		if (slice_eq(name, slice_str("headers")) && !has_headers) {
			has_headers = true;
			rc = headers(r, ev);
		} else if (slice_eq(name, slice_str("body")) && !has_body) {
			has_body = true;
			rc = body(r);
		} else
			jsoncursor_pass(&r->c);
	}
	return rc != 0 || r->c.bad ? rc : finish(r, ev);
}

int
http_json_events(struct batch *b, struct slice text, struct charset *cs, bool mark, struct err *e)
{
	struct reading r = { .c = JSONCURSOR_OF(text), .b = b, .cs = cs, .mark = mark, .body = BUF_INIT, .packed = BUF_INIT };
	bool first = true;
	int rc = 0;

	b->hint = text.n + text.n / 2;
	while (rc == 0 && jsoncursor_element(&r.c, &first)) {
		if (jsoncursor_word(&r.c, "null"))
			rc = err_set(e, ERR_FORMAT, "element %zu is null", b->n + 1);
		else if ((rc = one(&r)) == -ERR_NOMEM)
			(void)err_set(e, ERR_NOMEM, "no memory for events");
	}
	if (rc == 0 && !jsoncursor_end(&r.c))
		rc = err_set(e, ERR_INVALID, "Request has invalid JSON Syntax: not an array of {\"headers\":{...},\"body\":\"...\"}, at byte %zu", r.c.at);
	jsoncursor_release(&r.c);
	buf_release(&r.body);
	buf_release(&r.packed);
	return rc;
}
