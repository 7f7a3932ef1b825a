/*
 * timestamp.c - the time, in ms since 1970, in a header.
 */
#include <stdio.h>

#include "agent/component.h"
#include "base/clock.h"

struct timestamp {
	struct slice header;
	bool preserve;
};

static void
configure(void *self, struct context *c)
{
	struct timestamp *t = self;

	t->header = slice_str(ctx_str(c, "headerName", ctx_str(c, "header", "timestamp")));
	t->preserve = ctx_bool(c, "preserveExisting", false);
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	const struct timestamp *t = self;
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)clock_wall_ms());

	return batch_stamp(b, from, t->header, SLICE_OF(text, n), t->preserve) == 0 ? 0 : err_set(e, ERR_NOMEM, "no memory for headers");
}

const struct interceptor_type interceptor_timestamp = {
	.names = { "timestamp", CLASSES("org.apache.flume.interceptor.TimestampInterceptor") },
	.size = sizeof(struct timestamp), .configure = configure, .intercept = intercept,
};
