/*
 * static.c - a header that is always the same.
 */
#include "agent/component.h"

struct constant {
	struct slice name, value;
	bool preserve;
};

static void
configure(void *self, struct context *c)
{
	struct constant *s = self;

	s->name = slice_str(ctx_str(c, "key", "key"));
	s->value = slice_str(ctx_str(c, "value", "value"));
	s->preserve = ctx_bool(c, "preserveExisting", true);
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	const struct constant *s = self;

	return batch_stamp(b, from, s->name, s->value, s->preserve) == 0 ? 0 : err_set(e, ERR_NOMEM, "no memory for headers");
}

const struct interceptor_type interceptor_static = {
	.names = { "static", CLASSES("org.apache.flume.interceptor.StaticInterceptor") },
	.size = sizeof(struct constant), .configure = configure, .intercept = intercept,
};
