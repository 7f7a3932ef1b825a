/*
 * regex_filter.c - keeps the events whose body matches, or drops them.
 */
#include "agent/component.h"
#include "agent/pattern.h"

struct filter {
	struct pattern pattern;
	bool exclude;
};

static void
configure(void *self, struct context *c)
{
	struct filter *f = self;

	pattern_read(&f->pattern, c, "regex", ctx_str(c, "regex", ".*"));
	f->exclude = ctx_bool(c, "excludeEvents", false);
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	struct filter *f = self;
	size_t i;

	(void)e;
	for (i = from; i < b->n; i++)
		if (!b->v[i].dropped && pattern_found(&f->pattern, event_body(&b->v[i])) == f->exclude)
			b->v[i].dropped = true;
	return 0;
}

static void
release(void *self)
{
	struct filter *f = self;

	pattern_release(&f->pattern);
}

const struct interceptor_type interceptor_regex_filter = {
	.names = { "regex_filter", CLASSES("org.apache.flume.interceptor.RegexFilteringInterceptor") },
	.size = sizeof(struct filter), .configure = configure, .intercept = intercept, .release = release,
};
