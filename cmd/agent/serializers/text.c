/*
 * text.c - bodies, a newline behind each; and the same with headers before.
 */
#include <string.h>

#include "agent/component.h"

struct text {
	bool newline;
};

static void
configure(void *self, struct context *c)
{
	struct text *t = self;

	t->newline = ctx_bool(c, "appendNewline", true);
}

static int
put(void *self, const struct event *v, size_t n, struct buf *out, struct err *e)
{
	const struct text *t = self;
	size_t i, sum = 0;
	uint8_t *p;

	for (i = 0; i < n; i++)
		sum += v[i].len + 1;
	if ((p = buf_room(out, sum)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to write events");
	for (i = 0; i < n; i++) {
		memcpy(p, v[i].body, v[i].len);
		p += v[i].len;
		if (t->newline)
			*p++ = '\n';
	}
	out->n = (size_t)(p - out->p);
	return 0;
}

static int
put_with_headers(void *self, const struct event *v, size_t n, struct buf *out, struct err *e)
{
	const struct text *t = self;
	size_t i;

	for (i = 0; i < n; i++) {
		event_print_headers(out, &v[i]);
		buf_putc(out, ' ');
		buf_put(out, v[i].body, v[i].len);
		if (t->newline)
			buf_putc(out, '\n');
	}
	return out->failed ? err_set(e, ERR_NOMEM, "no memory to write events") : 0;
}

const struct serializer_type serializer_text = {
	.names = { "text", CLASSES("org.apache.flume.serialization.BodyTextEventSerializer") },
	.size = sizeof(struct text), .configure = configure, .put = put,
};

const struct serializer_type serializer_header_and_text = {
	.names = { "header_and_text", CLASSES("org.apache.flume.serialization.HeaderAndBodyTextEventSerializer") },
	.size = sizeof(struct text), .configure = configure, .put = put_with_headers,
};
