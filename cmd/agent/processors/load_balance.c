/*
 * load_balance.c - the sinks in turn, or by chance; the next one where one
 * fails.  With backoff, one that failed is left out for a time that doubles.
 */
#include <stdlib.h>

#include "agent/sink.h"
#include "base/clock.h"

#define FAILURES_MAX	16
#define FORGET_NS	(3600LL * 1000000000)	/* a failure so long after the last one is the first */

struct member {
	unsigned failures;
	int64_t until_ns;		/* it is left out */
};

struct balance {
	bool by_chance, backoff;
	int64_t most_ms;
	uint64_t seed;
	size_t next;
	struct member *v;
	size_t *order;
};

static void
configure(void *self, struct context *c, const char *const *sinks, size_t n)
{
	static const char *const selectors[] = { "round_robin", "random", NULL };
	struct balance *b = self;

	(void)sinks;
	b->by_chance = ctx_choice(c, "selector", 0, selectors) == 1;
	b->backoff = ctx_bool(c, "backoff", false);
	b->most_ms = ctx_int_or(c, "selector.maxTimeOut", 30000, 0, INT32_MAX);
	b->seed = (uint64_t)clock_steady_ns() | 1;
	b->v = calloc(n, sizeof(*b->v));
	b->order = calloc(n, sizeof(*b->order));
	if (b->v == NULL || b->order == NULL)
		ctx_error(c, NULL, "no memory");
	if (n < 2)
		ctx_error(c, NULL, "a load balancing group has two sinks or more");
}

/* Those that are not left out, in the order in which they are tried. */
static size_t
arrange(struct balance *b, size_t n)
{
	int64_t now = clock_steady_ns();
	size_t i, k, other, live = 0;

	for (i = 0; i < n; i++) {
		k = (b->next + i) % n;
		if (!b->backoff || b->v[k].until_ns <= now)
			b->order[live++] = k;
	}
	for (i = live; b->by_chance && i > 1; i--) {
		b->seed ^= b->seed << 13;
		b->seed ^= b->seed >> 7;
		b->seed ^= b->seed << 17;
		other = (size_t)(b->seed % i);
		k = b->order[i - 1];
		b->order[i - 1] = b->order[other];
		b->order[other] = k;
	}
	return live;
}

static void
leave_out(struct balance *b, struct member *m)
{
	int64_t now = clock_steady_ns(), ms;

	if (m->failures > 0 && now < m->until_ns + FORGET_NS)
		m->failures += m->failures < FAILURES_MAX;
	else
		m->failures = 1;
	ms = INT64_C(1000) << m->failures;
	m->until_ns = now + (ms < b->most_ms ? ms : b->most_ms) * 1000000;
}

static enum sink_rc
process(void *self, struct sink *const *sinks, size_t n, struct err *e)
{
	struct balance *b = self;
	size_t i, k, live = arrange(b, n);
	enum sink_rc rc;

	for (i = 0; i < live; i++) {
		k = b->order[i];
		if ((rc = sink_process(sinks[k], e)) != SINK_FAILED) {
			/* an empty channel does not use up a turn */
			if (rc == SINK_READY)
				b->next = (k + 1) % n;
			return rc;
		}
		say(sink_self(sinks[k]), LOG_WARN, "Sink failed to consume event. Attempting next sink if available: %s", e->text);
		if (b->backoff)
			leave_out(b, &b->v[k]);
	}
	(void)err_set(e, ERR_BUSY, "All configured sinks have failed");
	return SINK_FAILED;
}

static void
release(void *self)
{
	struct balance *b = self;

	free(b->v);
	free(b->order);
}

const struct processor_type processor_load_balance = {
	.names = { "load_balance", CLASSES("org.apache.flume.sink.LoadBalancingSinkProcessor") },
	.size = sizeof(struct balance), .configure = configure, .process = process, .release = release,
};
