/*
 * event.c - batches, and the headers of an event (event.h).
 */
#include <string.h>

#include "agent/event.h"

#define FIRST_EVENTS	4	/* descriptors of a batch at first; they double */

struct arena *
batch_arena(struct batch *b)
{
	if (b->arena == NULL)
		b->arena = arena_new(b->hint);
	return b->arena;
}

static int
more_events(struct batch *b)
{
	size_t cap = b->cap == 0 ? (b->hint > 0 ? b->hint / 128 + FIRST_EVENTS : FIRST_EVENTS) : b->cap * 2;
	struct event *v;

	if (batch_arena(b) == NULL || (v = arena_alloc(b->arena, cap * sizeof(*v))) == NULL)
		return -1;
	if (b->n > 0)
		memcpy(v, b->v, b->n * sizeof(*v));
	b->v = v;
	b->cap = cap;
	return 0;
}

struct event *
batch_add_kept(struct batch *b, const uint8_t *body, size_t n)
{
	struct event *ev;

	if (n > EVENT_BODY_MAX || (b->n == b->cap && more_events(b) != 0))
		return NULL;
	ev = &b->v[b->n++];
	*ev = (struct event){ .body = body, .len = (uint32_t)n };
	return ev;
}

struct event *
batch_add(struct batch *b, const void *body, size_t n)
{
	uint8_t *p;

	if (n > EVENT_BODY_MAX || (b->n == b->cap && more_events(b) != 0) || (p = arena_copy(b->arena, body, n)) == NULL)
		return NULL;
	return batch_add_kept(b, p, n);
}

void
batch_skip(struct batch *b, size_t n)
{
	b->v += n;
	b->n -= n;
	b->cap -= n;
	b->skipped += n;
	b->intercepted = b->intercepted > n ? b->intercepted - n : 0;
	if (b->ways != NULL)
		b->ways += b->routed > n ? n : b->routed;
	b->routed = b->routed > n ? b->routed - n : 0;
}

void
batch_clear(struct batch *b)
{
	arena_unref(b->arena);
	*b = (struct batch){ .hint = b->hint };
}

static size_t
header_index(const struct event *ev, struct slice name)
{
	size_t i;

	for (i = 0; i < ev->nheaders; i++)
		if (ev->headers[i].name.n == name.n && memcmp(ev->headers[i].name.p, name.p, name.n) == 0)
			break;
	return i;
}

struct slice
event_get(const struct event *ev, struct slice name)
{
	size_t i = header_index(ev, name);

	return i < ev->nheaders ? ev->headers[i].value : SLICE_NULL;
}

/*
 * Headers are few, and set while the batch is young, but they may be shared by
 * events that were made alike: so they are copied, never changed in place.
 */
int
event_set_kept(struct batch *b, struct event *ev, struct slice name, struct slice value)
{
	size_t i = header_index(ev, name), n = ev->nheaders + (i == ev->nheaders ? 1u : 0u);
	struct header *h;

	if (n > EVENT_HEADERS_MAX || batch_arena(b) == NULL || (h = arena_alloc(b->arena, n * sizeof(*h))) == NULL)
		return -1;
	if (ev->nheaders > 0)
		memcpy(h, ev->headers, ev->nheaders * sizeof(*h));
	h[i] = (struct header){ .name = i == ev->nheaders ? name : h[i].name, .value = value };
	ev->headers = h;
	ev->nheaders = (uint16_t)n;
	return 0;
}

int
event_set(struct batch *b, struct event *ev, struct slice name, struct slice value)
{
	struct arena *a = batch_arena(b);
	uint8_t *n, *v;

	if (a == NULL || (n = arena_copy(a, name.p, name.n)) == NULL || (v = arena_copy(a, value.p, value.n)) == NULL)
		return -1;
	return event_set_kept(b, ev, SLICE_OF(n, name.n), SLICE_OF(v, value.n));
}

int
batch_stamp(struct batch *b, size_t from, struct slice name, struct slice value, bool preserve)
{
	const struct header *before = NULL, *after = NULL;
	uint16_t nbefore = 0, nafter = 0;
	uint8_t *n, *v;
	size_t i;

	if (from == b->n)
		return 0;
	if ((n = arena_copy(b->arena, name.p, name.n)) == NULL || (v = arena_copy(b->arena, value.p, value.n)) == NULL)
		return -1;
	for (i = from; i < b->n; i++) {
		struct event *ev = &b->v[i];

		if (ev->dropped)
			continue;
		if (after != NULL && ev->headers == before && ev->nheaders == nbefore) {
			ev->headers = after;
			ev->nheaders = nafter;
			continue;
		}
		if (preserve && event_get(ev, name).p != NULL)
			continue;
		before = ev->headers;
		nbefore = ev->nheaders;
		if (event_set_kept(b, ev, SLICE_OF(n, name.n), SLICE_OF(v, value.n)) != 0)
			return -1;
		after = ev->headers;
		nafter = ev->nheaders;
	}
	return 0;
}

void
event_remove(struct batch *b, struct event *ev, struct slice name)
{
	size_t i = header_index(ev, name);
	struct header *h;

	if (i == ev->nheaders)
		return;
	/* Without memory for the shorter list the header stays: more than was asked is lost by neither way. */
	if (i + 1 < ev->nheaders) {
		if ((h = arena_alloc(b->arena, (ev->nheaders - 1u) * sizeof(*h))) == NULL)
			return;
		memcpy(h, ev->headers, i * sizeof(*h));
		memcpy(h + i, ev->headers + i + 1, (ev->nheaders - i - 1) * sizeof(*h));
		ev->headers = h;
	}
	ev->nheaders--;
}
