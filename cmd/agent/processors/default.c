/*
 * default.c - the sink processor of a single sink.
 */
#include "agent/sink.h"

static void
configure(void *self, struct context *c, const char *const *sinks, size_t n)
{
	(void)self;
	(void)sinks;
	if (n > 1)
		ctx_error(c, "sinks", "the default processor runs exactly one sink, not %zu; use failover or load_balance", n);
}

static enum sink_rc
process(void *self, struct sink *const *sinks, size_t n, struct err *e)
{
	(void)self;
	(void)n;
	return sink_process(sinks[0], e);
}

const struct processor_type processor_default = {
	.names = { "default", CLASSES("org.apache.flume.sink.DefaultSinkProcessor") },
	.configure = configure, .process = process,
};
