/*
 * search_replace.c - replaces what a pattern finds in the body (agent/replacing.h).
 */
#include <strings.h>

#include "agent/component.h"
#include "agent/replacing.h"

static void
configure(void *self, struct context *c)
{
	const char *charset = ctx_str(c, "charset", "UTF-8"), *pattern = ctx_need(c, "searchPattern");

	replacing_read(self, c, "searchPattern", pattern, "replaceString", ctx_str(c, "replaceString", ""));
	if (strcasecmp(charset, "UTF-8") != 0 && strcasecmp(charset, "US-ASCII") != 0)
		ctx_error(c, "charset", "only UTF-8 is searched: %s", charset);
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	struct replacing *r = self;
	uint8_t *p;
	size_t i;

	for (i = from; i < b->n; i++) {
		struct event *ev = &b->v[i];

		if (ev->dropped || !replacing_run(r, event_body(ev)))
			continue;
		if (r->out.failed || r->out.n > EVENT_BODY_MAX || (p = arena_copy(b->arena, r->out.p, r->out.n)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for a body");
		ev->body = p;
		ev->len = (uint32_t)r->out.n;
	}
	return 0;
}

static void
release(void *self)
{
	replacing_release(self);
}

const struct interceptor_type interceptor_search_replace = {
	.names = { "search_replace", CLASSES("org.apache.flume.interceptor.SearchAndReplaceInterceptor") },
	.size = sizeof(struct replacing), .configure = configure, .intercept = intercept, .release = release,
};
