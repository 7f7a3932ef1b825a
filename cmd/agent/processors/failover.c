/*
 * failover.c - the live sink of the highest priority; one that fails waits a
 * penalty of 2, 4, 8 ... s (at most maxpenalty) before it is tried again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/sink.h"
#include "base/clock.h"

struct member {
	size_t sink;			/* its place in the group */
	int64_t priority;
	unsigned failures;		/* 0: it is alive */
	int64_t until_ns;		/* its penalty */
};

struct failover {
	int64_t most_ms;
	struct member *v;		/* by priority, the highest first */
	size_t n;
};

static void
configure(void *self, struct context *c, const char *const *sinks, size_t n)
{
	struct failover *f = self;
	int64_t missing = -1, priority;
	char key[512];
	size_t i, k;

	f->most_ms = ctx_int_or(c, "maxpenalty", 30000, 0, INT32_MAX);
	if ((f->v = calloc(n + 1, sizeof(*f->v))) == NULL) {
		ctx_error(c, NULL, "no memory");
		return;
	}
	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "priority.%s", sinks[i]);
		priority = ctx_int_or(c, key, missing, INT32_MIN, INT32_MAX);
		if (priority == missing)
			missing--;
		for (k = 0; k < f->n && f->v[k].priority != priority; k++)
			;
		if (k < f->n) {
			ctx_warn(c, key, "is that of sink '%s' too; '%s' does not run", sinks[f->v[k].sink], sinks[i]);
			continue;
		}
		for (k = f->n++; k > 0 && f->v[k - 1].priority < priority; k--)
			f->v[k] = f->v[k - 1];
		f->v[k] = (struct member){ .sink = i, .priority = priority };
	}
}

static void
penalize(struct failover *f, struct member *m)
{
	int64_t ms;

	if (m->failures < 30)
		m->failures++;
	ms = INT64_C(1000) << m->failures;
	m->until_ns = clock_steady_ns() + (ms < f->most_ms ? ms : f->most_ms) * 1000000;
}

static enum sink_rc
process(void *self, struct sink *const *sinks, size_t n, struct err *e)
{
	struct failover *f = self;
	int64_t now = clock_steady_ns();
	enum sink_rc rc;
	size_t i;

	(void)n;
	/* Whose penalty is over has a try before the living ones, as in Flume: so a better one comes back. */
	for (i = 0; i < f->n; i++) {
		struct member *m = &f->v[i];

		if (m->failures == 0 || m->until_ns > now)
			continue;
		rc = sink_process(sinks[m->sink], e);
		if (rc == SINK_FAILED) {
			penalize(f, m);
			continue;
		}
		if (rc == SINK_READY)
			m->failures = 0;
		return rc;
	}
	for (i = 0; i < f->n; i++) {
		struct member *m = &f->v[i];

		if (m->failures > 0)
			continue;
		if ((rc = sink_process(sinks[m->sink], e)) != SINK_FAILED)
			return rc;
		say(sink_self(sinks[m->sink]), LOG_WARN, "Sink %s failed and has been sent to failover list: %s", sink_name(sinks[m->sink]), e->text);
		penalize(f, m);
	}
	(void)err_set(e, ERR_BUSY, "All sinks failed to process, nothing left to failover to");
	return SINK_FAILED;
}

static void
release(void *self)
{
	struct failover *f = self;

	free(f->v);
}

const struct processor_type processor_failover = {
	.names = { "failover", CLASSES("org.apache.flume.sink.FailoverSinkProcessor") },
	.size = sizeof(struct failover), .configure = configure, .process = process, .release = release,
};
