/*
 * build_source.c - the sources of an agent, with their interceptors and selectors (build.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/build.h"
#include "agent/registry.h"

#define PREFIX_MAX	512

static const void *
any_source(const char *type, const char **near)
{
	return find_source(type, near);
}

static const void *
any_interceptor(const char *type, const char **near)
{
	return find_interceptor(type, near);
}

static const void *
any_selector(const char *type, const char **near)
{
	return find_selector(type, near);
}

static void
connect_channels(struct build *b, struct source *s)
{
	struct words names = ctx_words(s->ctx, "channels", " \t\n\r\f");
	int64_t least = INT64_MAX, batch = context_said(s->ctx)->batch;
	struct channel *ch;
	size_t i, j;

	if (names.n == 0 && ctx_str(s->ctx, "channel", NULL) != NULL)
		ctx_error(s->ctx, "channel", "a source has 'channels'");
	else if (names.n == 0)
		ctx_error(s->ctx, "channels", "must be set");
	for (i = 0; i < names.n; i++) {
		for (j = 0; j < s->nchannels && strcmp(s->channels[j]->c.name, names.v[i]) != 0; j++)
			;
		if (j < s->nchannels) {
			ctx_warn(s->ctx, "channels", "'%s' stands there twice", names.v[i]);
			continue;
		}
		if ((ch = build_find_channel(b, names.v[i])) == NULL) {
			ctx_warn(s->ctx, "channels", "there is no channel '%s' that runs", names.v[i]);
			continue;
		}
		if (s->nchannels == CHANNELS_MAX) {
			ctx_error(s->ctx, "channels", "a source has at most %d channels", CHANNELS_MAX);
			break;
		}
		s->channels[s->nchannels++] = ch;
		if (ch->transaction > 0 && ch->transaction < least)
			least = ch->transaction;
		if (ch->transaction > 0 && batch > ch->transaction)
			ctx_error(s->ctx, NULL, "its batch of %lld is more than channel '%s' takes in a transaction (transactionCapacity %lld)",
			    (long long)batch, ch->c.name, (long long)ch->transaction);
	}
	if (names.n > 0 && s->nchannels == 0)
		ctx_error(s->ctx, "channels", "none of them runs");
	s->transaction = least == INT64_MAX ? 1000 : (size_t)least;
}

/* Properties of interceptors that stand in no list: told once for each, not key by key. */
static void
idle_interceptors(struct build *b, const struct source *s, struct words names)
{
	const struct settings *set = &b->conf->s;
	char prefix[PREFIX_MAX];
	const char *name, *told = "";
	size_t i, k, n, len, told_len = 0;

	n = (size_t)snprintf(prefix, sizeof(prefix), "%s.sources.%s.interceptors.", b->agent->name, ctx_name(s->ctx));
	for (i = 0; n < sizeof(prefix) && i < set->n; i++) {
		if (b->conf->read[i] || strncmp(set->v[i].key, prefix, n) != 0)
			continue;
		name = set->v[i].key + n;
		len = strcspn(name, ".");
		for (k = 0; k < names.n && (strncmp(names.v[k], name, len) != 0 || names.v[k][len] != '\0'); k++)
			;
		if (k < names.n)
			continue;
		b->conf->read[i] = true;
		if (len != told_len || strncmp(told, name, len) != 0)
			problem_add(b->problems, false, set->v[i].file, set->v[i].line, set->v[i].key, "does not run: '%.*s' does not stand in %.*s",
			    (int)len, name, (int)n - 1, prefix);
		told = name;
		told_len = len;
	}
}

static void
add_interceptors(struct build *b, struct source *s)
{
	struct words names = ctx_words(s->ctx, "interceptors", " \t\n\r\f");
	const char *rest, *value;
	char prefix[PREFIX_MAX];
	size_t i, k;

	idle_interceptors(b, s, names);

	if (names.n == 0 || (s->interceptors = build_state(b, names.n * sizeof(*s->interceptors))) == NULL)
		return;
	for (i = 0; i < names.n; i++) {
		struct interceptor *at = &s->interceptors[s->ninterceptors];
		struct context *c;

		snprintf(prefix, sizeof(prefix), "interceptors.%s.", names.v[i]);
		c = ctx_below(s->ctx, prefix);
		if ((at->type = build_type(c, "interceptor", any_interceptor)) == NULL || (at->self = build_state(b, at->type->size)) == NULL) {
			/* What is wrong was said; nobody knows its properties. */
			for (k = 0; ctx_each(c, "", &k, &rest, &value);)
				;
			continue;
		}
		at->type->configure(at->self, c);
		s->ninterceptors++;
	}
}

static void
add_selector(struct build *b, struct source *s)
{
	struct context *c = ctx_below(s->ctx, "selector.");
	const char *names[CHANNELS_MAX + 1];
	size_t i;

	if (ctx_str(c, "type", NULL) == NULL)
		s->selector = find_selector("replicating", NULL);
	else
		s->selector = build_type(c, "selector", any_selector);
	if (s->selector == NULL || (s->selector_self = build_state(b, s->selector->size)) == NULL)
		return;
	for (i = 0; i < s->nchannels; i++)
		names[i] = s->channels[i]->c.name;
	names[i] = NULL;
	s->selector->configure(s->selector_self, c, names, s->nchannels);
}

static struct source *
make_source(struct build *b, struct context *ctx)
{
	const struct source_type *type = build_type(ctx, "source", any_source);
	struct source *s;

	if (type == NULL || (s = build_state(b, sizeof(*s))) == NULL) {
		context_free(ctx);
		return NULL;
	}
	pthread_mutex_init(&s->gate, NULL);
	s->type = type;
	s->ctx = ctx;
	s->agent = b->agent;
	s->counters.kind = KIND_SOURCE;
	s->counters.more = type->counters;
	s->self = build_state(b, type->size);
	if (component_init(&s->c, ctx_name(ctx), &type->names, b->log, &s->counters) != 0) {
		(void)err_sys(b->err, "cannot make a source");
		b->failed = true;
	}
	if (s->self != NULL && type->configure != NULL)
		type->configure(s->self, ctx);
	connect_channels(b, s);
	add_interceptors(b, s);
	add_selector(b, s);
	context_unknown(ctx);
	if (b->failed || ctx_bad(ctx)) {
		context_done(ctx);
		source_free(s);
		return NULL;
	}
	return s;
}

int
build_sources(struct build *b)
{
	struct agent *a = b->agent;
	struct context **all;
	struct source *s;
	size_t n, i;

	if ((all = build_contexts(b, "sources", "source", &n)) == NULL)
		return -1;
	if ((a->sources = build_state(b, (n + 1) * sizeof(struct source *))) == NULL)
		n = 0;
	for (i = 0; i < n; i++)
		if ((s = make_source(b, all[i])) != NULL)
			a->sources[a->nsources++] = s;
	free(all);
	return b->failed ? -1 : 0;
}
