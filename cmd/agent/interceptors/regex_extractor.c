/*
 * regex_extractor.c - groups of a pattern's first match become headers.
 *
 * The n-th group goes through the n-th serializer into that one's header.  A
 * group that took no part sets none, and a date that cannot be read leaves the
 * header out (Flume sets a null that later sinks fail on, or refuses the batch).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/component.h"
#include "agent/datepattern.h"
#include "agent/pattern.h"

#define GROUPS	32

struct extractor {
	struct pattern pattern;
	size_t n;
	struct {
		const char *header, *date;	/* date: the pattern of one that becomes ms; NULL: as it is */
	} to[GROUPS];
};

static void
serializer(struct extractor *x, struct context *c, const char *name)
{
	static const char through[] = "org.apache.flume.interceptor.RegexExtractorInterceptorPassThroughSerializer";
	static const char millis[] = "org.apache.flume.interceptor.RegexExtractorInterceptorMillisSerializer";
	struct err e = ERR_INIT;
	struct context *below;
	const char *type;
	char prefix[256];

	snprintf(prefix, sizeof(prefix), "serializers.%s.", name);
	below = ctx_below(c, prefix);
	type = ctx_str(below, "type", "default");
	x->to[x->n].header = ctx_need(below, "name");
	if (strcmp(type, millis) == 0) {
		x->to[x->n].date = ctx_need(below, "pattern");
		if (datepattern_check(x->to[x->n].date, &e) != 0)
			ctx_err(below, "pattern", &e);
	} else if (strcmp(type, "default") != 0 && strcmp(type, "DEFAULT") != 0 && strcmp(type, through) != 0)
		ctx_error(below, "type", "is neither default nor %s: %s", millis, type);
	x->n++;
}

static void
configure(void *self, struct context *c)
{
	struct extractor *x = self;
	struct words names = ctx_words(c, "serializers", " \t\n\r\f");
	size_t i;

	pattern_read(&x->pattern, c, "regex", ctx_need(c, "regex"));
	if (names.n == 0)
		ctx_error(c, "serializers", "must be set");
	for (i = 0; i < names.n && i < GROUPS - 1; i++)
		serializer(x, c, names.v[i]);
	if (names.n > GROUPS - 1)
		ctx_error(c, "serializers", "are more than %d", GROUPS - 1);
	if (pattern_groups(&x->pattern) < x->n && !ctx_bad(c))
		ctx_warn(c, "serializers", "are more than the regex has groups");
}

static int
set_header(struct extractor *x, struct batch *b, struct event *ev, size_t i, struct slice group)
{
	char text[24];
	int64_t ms;

	if (x->to[i].date == NULL)
		return event_set(b, ev, slice_str(x->to[i].header), group);
	if (datepattern_read(x->to[i].date, group, &ms, NULL) != 0)
		return 0;
	snprintf(text, sizeof(text), "%lld", (long long)ms);
	return event_set(b, ev, slice_str(x->to[i].header), slice_str(text));
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	struct extractor *x = self;
	size_t at[GROUPS][2], i, k, n;

	for (i = from; i < b->n; i++) {
		struct event *ev = &b->v[i];

		if (ev->dropped)
			continue;
		n = (size_t)pattern_find(&x->pattern, event_body(ev), 0, at, GROUPS);
		for (k = 1; k < n && k <= x->n; k++)
			if (at[k][0] != REGEX_UNSET &&
			    set_header(x, b, ev, k - 1, SLICE_OF(ev->body + at[k][0], at[k][1] - at[k][0])) != 0)
				return err_set(e, ERR_NOMEM, "no memory for headers");
	}
	return 0;
}

static void
release(void *self)
{
	struct extractor *x = self;

	pattern_release(&x->pattern);
}

const struct interceptor_type interceptor_regex_extractor = {
	.names = { "regex_extractor", CLASSES("org.apache.flume.interceptor.RegexExtractorInterceptor") },
	.size = sizeof(struct extractor), .configure = configure, .intercept = intercept, .release = release,
};
