/*
 * null.c - takes events and throws them away.
 */
#include "agent/sink.h"

struct null {
	size_t batch;
	int64_t every, seen;
	struct take take;
};

static void
configure(void *self, struct context *c)
{
	struct null *n = self;

	n->batch = (size_t)ctx_int(c, "batchSize", 100, 1, INT32_MAX);
	n->every = ctx_int(c, "logEveryNEvents", 10000, 1, INT32_MAX);
	ctx_batch(c, (int64_t)n->batch);
}

static enum sink_rc
process(void *self, struct sink *sk, struct err *e)
{
	struct null *n = self;
	ssize_t got = sink_take(sk, &n->take, n->batch, e);

	if (got <= 0)
		return got < 0 ? SINK_FAILED : SINK_IDLE;
	if ((n->seen + got) / n->every != n->seen / n->every)
		say(sink_self(sk), LOG_INFO, "Null sink %s successful processed %lld events.", sink_name(sk),
		    (long long)((n->seen + got) / n->every * n->every));
	n->seen += got;
	return sink_commit(sk, &n->take, e);
}

static void
release(void *self)
{
	struct null *n = self;

	take_release(&n->take);
}

const struct sink_type sink_null = {
	.names = { "null", CLASSES("org.apache.flume.sink.NullSink") },
	.size = sizeof(struct null), .configure = configure, .process = process, .release = release,
};
