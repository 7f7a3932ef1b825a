/*
 * kafka_event.c - see kafka_event.h.
 */
#include "agent/kafka_event.h"

#include <stdlib.h>

#include "agent/wire/avro.h"

void
kafka_map_read(struct kafka_map *m, struct context *c)
{
	const char *name, *value;
	struct kafka_names *v;
	size_t at = 0;

	while (ctx_each(c, "header.", &at, &name, &value)) {
		if ((v = reallocarray(m->v, m->n + 1, sizeof(*v))) == NULL) {
			ctx_error(c, NULL, "no memory");
			return;
		}
		m->v = v;
		v[m->n++] = (struct kafka_names){ .flume = name, .kafka = value };
	}
}

void
kafka_map_release(struct kafka_map *m)
{
	free(m->v);
	*m = (struct kafka_map){ .v = NULL };
}

struct event *
kafka_plain_event(struct batch *b, struct slice value)
{
	return batch_add(b, value.p == NULL ? (const uint8_t *)"" : value.p, value.n);
}

struct event *
kafka_avro_event(struct batch *b, struct slice value, bool *bad)
{
	struct rd r = value.p == NULL ? RD_OF((const uint8_t *)"", 0) : RD_OF(value.p, value.n);
	struct slice name, text;
	struct avro_event datum;
	struct avro_list h;
	struct event *ev;

	*bad = value.p == NULL || !avro_event_get(&r, &datum);
	if (*bad || (ev = kafka_plain_event(b, datum.body)) == NULL)
		return NULL;
	for (h = avro_headers(&datum); avro_header_next(&h, &name, &text);)
		if (event_set(b, ev, name, text) != 0)
			return NULL;
	return ev;
}

/* Headers in the order in which Flume writes them: that of a new Java map of them. */
int
kafka_avro_put(struct buf *out, const struct event *ev)
{
	uint16_t few[64], *order = ev->nheaders <= 64 ? few : calloc(ev->nheaders, sizeof(*order)), i;
	struct event copy = *ev;

	if (order == NULL)
		return -1;
	copy.table = 0;
	event_order(&copy, order);
	if (ev->nheaders > 0)
		avro_put_long(out, ev->nheaders);
	for (i = 0; i < ev->nheaders; i++) {
		avro_put_bytes(out, ev->headers[order[i]].name);
		avro_put_bytes(out, ev->headers[order[i]].value);
	}
	avro_put_long(out, 0);
	avro_put_bytes(out, event_body(ev));
	if (order != few)
		free(order);
	return out->failed ? -1 : 0;
}
