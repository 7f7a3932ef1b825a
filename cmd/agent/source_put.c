/*
 * source_put.c - a batch on its way from a source into the channels: interceptors,
 * selector, a transaction for each channel.
 *
 * Required channels first, one after the other; the first that fails ends it.
 * The batch remembers which ones have it, or how much of it, so a second try
 * does not give them the events twice (Flume does).  Then the optional ones,
 * whose failure is only said.
 */
#include <string.h>

#include "agent/inside.h"

struct routes {			/* of the events of a batch */
	struct way all;			/* uniform: of every event; else of one or another */
	const struct way *each;
	bool uniform;
};

static enum put_rc
no_memory(struct err *e)
{
	(void)err_set(e, ERR_NOMEM, "no memory for a batch");
	return PUT_FAILED;
}

/* The new events of the batch through all interceptors. */
static enum put_rc
intercept(struct source *s, struct batch *b, struct err *e)
{
	size_t i, from = b->intercepted;
	int64_t dropped = 0;
	int rc = 0;

	if (from == b->n)
		return PUT_OK;
	source_count(s, EVENT_RECEIVED, (int64_t)(b->n - from));
	if (s->ninterceptors > 0) {
		pthread_mutex_lock(&s->gate);
		for (i = 0; i < s->ninterceptors && rc == 0; i++)
			rc = s->interceptors[i].type->intercept(s->interceptors[i].self, b, from, e);
		pthread_mutex_unlock(&s->gate);
		if (rc != 0) {
			source_count(s, GENERIC_PROCESSING_FAIL, 1);
			return PUT_FAILED;
		}
		for (i = from; i < b->n; i++)
			dropped += b->v[i].dropped;
		if (dropped > 0)
			source_count(s, EVENT_FILTERED, dropped);
	}
	b->intercepted = b->n;
	return PUT_OK;
}

/*
 * A way for each event that has none.  One that is put again keeps its way: a
 * selector that takes channels in turn, or by chance, would say another one, and
 * channels that have their part of the batch (done, ahead) would get a second one.
 */
static int
route_each(struct source *s, struct batch *b)
{
	struct way *ways;
	int64_t lost = 0;

	if (b->routed == b->n)
		return 0;
	if ((ways = arena_alloc(b->arena, b->n * sizeof(*ways))) == NULL)
		return -1;
	if (b->routed > 0)
		memcpy(ways, b->ways, b->routed * sizeof(*ways));
	b->ways = ways;
	pthread_mutex_lock(&s->gate);
	for (; b->routed < b->n; b->routed++) {
		ways = &b->ways[b->routed];
		*ways = (struct way){ 0 };
		if (b->v[b->routed].dropped)
			continue;
		s->selector->route(s->selector_self, &b->v[b->routed], &ways->required, &ways->optional);
		lost += (ways->required | ways->optional) == 0;
	}
	pthread_mutex_unlock(&s->gate);
	if (lost > 0)
		source_count(s, EVENT_UNROUTED, lost);
	return 0;
}

static enum put_rc
route(struct source *s, struct batch *b, struct routes *r, struct err *e)
{
	size_t i;

	r->uniform = s->selector->uniform;
	r->all = (struct way){ 0 };
	if (r->uniform) {
		pthread_mutex_lock(&s->gate);
		s->selector->route(s->selector_self, b->n > 0 ? &b->v[0] : NULL, &r->all.required, &r->all.optional);
		pthread_mutex_unlock(&s->gate);
		return PUT_OK;
	}
	if (route_each(s, b) != 0)
		return no_memory(e);
	r->each = b->ways;
	for (i = 0; i < b->n; i++) {
		r->all.required |= r->each[i].required;
		r->all.optional |= r->each[i].optional;
	}
	return PUT_OK;
}

static bool
goes(const struct batch *b, size_t i, const struct way *each, bool optional, uint64_t bit)
{
	return !b->v[i].dropped && (each == NULL || ((optional ? each[i].optional : each[i].required) & bit) != 0);
}

/* The events of [from, to) that go the way of bit (each NULL: all do), as a span; copied only where some do not. */
static int
gather(const struct batch *b, size_t from, size_t to, const struct way *each, bool optional, uint64_t bit, struct span *out)
{
	struct event *v;
	size_t i, k = 0;

	for (i = from; i < to; i++)
		k += goes(b, i, each, optional, bit);
	*out = (struct span){ .arena = b->arena, .v = b->v + from, .n = k };
	if (k == to - from || k == 0)
		return 0;
	if ((v = arena_alloc(b->arena, k * sizeof(*v))) == NULL)
		return -1;
	for (i = from, k = 0; i < to; i++)
		if (goes(b, i, each, optional, bit))
			v[k++] = b->v[i];
	out->v = v;
	return 0;
}

static enum put_rc
refused(struct source *s, ssize_t rc)
{
	if (rc == -ERR_INTR)
		return PUT_STOPPED;
	source_count(s, CHANNEL_WRITE_FAIL, 1);
	return rc == -ERR_BUSY ? PUT_FULL : PUT_FAILED;
}

static void
put_optional(struct source *s, struct batch *b, size_t from, size_t to, const struct routes *r)
{
	struct err e = ERR_INIT;
	struct span span;
	uint64_t bit;
	size_t i;

	for (i = 0; i < s->nchannels; i++) {
		bit = UINT64_C(1) << i;
		if ((r->all.optional & bit) == 0)
			continue;
		if (gather(b, from, to, r->each, true, bit, &span) != 0)
			(void)err_set(&e, ERR_NOMEM, "no memory");
		else if (span.n == 0 || channel_put(s->channels[i], &span, span.n, &s->c.stopping, &e) >= 0)
			continue;
		say(&s->c, LOG_ERROR, "Unable to put batch on optional channel: %s: %s", s->channels[i]->c.name, e.text);
	}
}

enum put_rc
source_put(struct source *s, struct batch *b, struct err *e)
{
	struct routes r = { 0 };
	enum put_rc prc;
	struct span span;
	uint64_t bit;
	ssize_t rc;
	size_t i;

	if (b->n == 0)
		return PUT_OK;
	if ((prc = intercept(s, b, e)) != PUT_OK || (prc = route(s, b, &r, e)) != PUT_OK)
		return prc;
	for (i = 0; i < s->nchannels; i++) {
		bit = UINT64_C(1) << i;
		if ((r.all.required & bit) == 0 || (b->done & bit) != 0)
			continue;
		if (gather(b, 0, b->n, r.each, false, bit, &span) != 0)
			return no_memory(e);
		if (span.n > 0 && (rc = channel_put(s->channels[i], &span, span.n, &s->c.stopping, e)) < 0)
			return refused(s, rc);
		b->done |= bit;
	}
	if (r.all.optional != 0)
		put_optional(s, b, 0, b->n, &r);
	source_count(s, EVENT_ACCEPTED, (int64_t)b->n);
	batch_clear(b);
	return PUT_OK;
}

/* From `from`: how many events (dropped ones between them included) go the same way. */
static size_t
run_length(const struct batch *b, size_t from, const struct routes *r)
{
	size_t i, first = from;

	if (r->uniform)
		return b->n - from;
	while (first < b->n && b->v[first].dropped)
		first++;
	for (i = first; i < b->n; i++)
		if (!b->v[i].dropped && (r->each[i].required != r->each[first].required || r->each[i].optional != r->each[first].optional))
			break;
	return i - from;
}

/* In a run, how many from its front hold k events that were not dropped, with the dropped ones behind the last. */
static size_t
front_of(const struct batch *b, size_t from, size_t to, size_t k)
{
	size_t i;

	for (i = from; i < to; i++)
		if (!b->v[i].dropped && k-- == 0)
			break;
	return i - from;
}

/* How many of [from, to) were not dropped, at most `most`. */
static size_t
living(const struct batch *b, size_t from, size_t to, size_t most)
{
	size_t i, k = 0;

	for (i = from; i < to && i < b->n && k < most; i++)
		k += !b->v[i].dropped;
	return k;
}

/*
 * As many of a run as each of its required channels has room for.  A channel
 * that took more than one behind it could take is ahead, and gets nothing
 * until the others have what it has.
 */
static enum put_rc
put_run(struct source *s, struct batch *b, size_t from, size_t to, struct routes *r, size_t *took, struct err *e)
{
	size_t i, first = from;
	uint64_t required;
	struct span span;
	ssize_t rc;

	while (first < to && b->v[first].dropped)
		first++;
	*took = first - from;
	if (first == to)
		return PUT_OK;
	required = r->uniform ? r->all.required : r->each[first].required;
	if (gather(b, first, to, NULL, false, 0, &span) != 0)
		return no_memory(e);
	if (span.n > s->transaction)
		span.n = s->transaction;
	for (i = 0; i < s->nchannels; i++) {
		if ((required >> i & 1) == 0)
			continue;
		if (b->ahead != NULL && b->ahead[i] > b->skipped + first) {
			span.n = living(b, first, b->ahead[i] - b->skipped, span.n);
			continue;
		}
		rc = channel_put(s->channels[i], &span, 1, &s->c.stopping, e);
		if (rc < 0)
			return refused(s, rc);
		span.n = (size_t)rc;
		if (b->ahead != NULL)
			b->ahead[i] = b->skipped + first + front_of(b, first, to, span.n);
	}
	*took = first + front_of(b, first, to, span.n) - from;
	return PUT_OK;
}

/* Channels of a source that has several need not take the same number of events. */
static int
count_ahead(const struct source *s, struct batch *b)
{
	if (s->nchannels == 1 || b->ahead != NULL)
		return 0;
	if ((b->ahead = arena_alloc(b->arena, s->nchannels * sizeof(*b->ahead))) == NULL)
		return -1;
	memset(b->ahead, 0, s->nchannels * sizeof(*b->ahead));
	return 0;
}

enum put_rc
source_put_some(struct source *s, struct batch *b, size_t *done, struct err *e)
{
	struct routes r = { 0 };
	enum put_rc prc;
	size_t took, n;

	*done = 0;
	if (b->n == 0)
		return PUT_OK;
	if ((prc = intercept(s, b, e)) != PUT_OK || (prc = route(s, b, &r, e)) != PUT_OK)
		return prc;
	if (count_ahead(s, b) != 0)
		return no_memory(e);
	do {
		n = run_length(b, *done, &r);
		prc = put_run(s, b, *done, *done + n, &r, &took, e);
		if (r.all.optional != 0)
			put_optional(s, b, *done, *done + took, &r);
		*done += took;
	} while (prc == PUT_OK && took == n && *done < b->n);
	source_count(s, EVENT_ACCEPTED, (int64_t)*done);
	batch_skip(b, *done);
	if (b->n == 0)
		batch_clear(b);
	return prc;
}
