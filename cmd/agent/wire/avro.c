/*
 * avro.c - lists and events in Avro's binary encoding (avro.h).
 */
#include "agent/wire/avro.h"

size_t
avro_skip_map(struct rd *r)
{
	uint64_t left = 0;
	bool ended = false;
	size_t n;

	for (n = 0; avro_next(r, &left, &ended); n++) {
		(void)rd_avro_bytes(r);
		(void)rd_avro_bytes(r);
	}
	return n;
}

bool
avro_event_get(struct rd *r, struct avro_event *ev)
{
	const uint8_t *start = r->p;

	ev->count = avro_skip_map(r);
	ev->headers = SLICE_OF(start, (size_t)(r->p - start));
	ev->body = rd_avro_bytes(r);
	return !r->bad;
}

bool
avro_header_next(struct avro_list *l, struct slice *name, struct slice *value)
{
	if (!avro_next(&l->r, &l->left, &l->ended))
		return false;
	*name = rd_avro_bytes(&l->r);
	*value = rd_avro_bytes(&l->r);
	return !l->r.bad;
}
