/*
 * build_sink.c - the sinks of an agent, their groups, and who runs them (build.h).
 */
#include <stdlib.h>
#include <string.h>

#include "agent/build.h"
#include "agent/registry.h"

static const void *
any_sink(const char *type, const char **near)
{
	return find_sink(type, near);
}

static const void *
any_processor(const char *type, const char **near)
{
	return find_processor(type, near);
}

static void
connect_channel(struct build *b, struct sink *s)
{
	const char *name = ctx_str(s->ctx, "channel", NULL);
	struct words several = ctx_words(s->ctx, "channels", " \t\n\r\f");
	int64_t batch = context_said(s->ctx)->batch;

	if (name == NULL && several.n == 1) {
		ctx_warn(s->ctx, "channels", "a sink has one 'channel'; '%s' is taken for it", several.v[0]);
		name = several.v[0];
	} else if (several.n > 0)
		ctx_warn(s->ctx, "channels", "a sink has one 'channel'");
	if (name == NULL) {
		ctx_error(s->ctx, "channel", "must be set");
		return;
	}
	if ((s->channel = build_find_channel(b, name)) == NULL) {
		ctx_error(s->ctx, "channel", "there is no channel '%s' that runs", name);
		return;
	}
	if (s->channel->transaction > 0 && batch > s->channel->transaction)
		ctx_error(s->ctx, NULL, "its batch of %lld is more than channel '%s' gives in a transaction (transactionCapacity %lld)",
		    (long long)batch, s->channel->c.name, (long long)s->channel->transaction);
}

static struct sink *
make_sink(struct build *b, struct context *ctx)
{
	const struct sink_type *type = build_type(ctx, "sink", any_sink);
	struct sink *s;

	if (type == NULL || (s = build_state(b, sizeof(*s))) == NULL) {
		context_free(ctx);
		return NULL;
	}
	s->type = type;
	s->ctx = ctx;
	s->counters.kind = KIND_SINK;
	s->counters.more = type->counters;
	s->self = build_state(b, type->size);
	if (component_init(&s->c, ctx_name(ctx), &type->names, b->log, &s->counters) != 0) {
		(void)err_sys(b->err, "cannot make a sink");
		b->failed = true;
	}
	if (s->self != NULL && type->configure != NULL)
		type->configure(s->self, ctx);
	connect_channel(b, s);
	context_unknown(ctx);
	if (b->failed || ctx_bad(ctx)) {
		context_done(ctx);
		sink_free(s);
		return NULL;
	}
	return s;
}

static void
add_member(struct build *b, struct runner *r, struct sink *s)
{
	s->runner = r;
	r->sinks[r->nsinks++] = s;
	if (channel_join(s->channel, r) != 0)
		b->failed = true;
}

static struct runner *
new_runner(struct build *b, const char *name, size_t most)
{
	struct runner *r = build_state(b, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->name = name;
	r->agent = b->agent;
	if ((r->sinks = build_state(b, (most + 1) * sizeof(struct sink *))) == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

/* The sinks that the group names, out of those that no group has yet. */
static void
fill_group(struct build *b, struct runner *r, struct context *ctx, struct words names, struct sink **sinks, size_t n)
{
	size_t i, j;

	for (i = 0; i < names.n; i++) {
		for (j = 0; j < n && (sinks[j] == NULL || strcmp(sinks[j]->c.name, names.v[i]) != 0); j++)
			;
		if (j == n)
			ctx_warn(ctx, "sinks", "there is no sink '%s' that runs and is in no other group", names.v[i]);
		else {
			add_member(b, r, sinks[j]);
			sinks[j] = NULL;
		}
	}
	if (r->nsinks == 0)
		ctx_error(ctx, "sinks", names.n == 0 ? "must be set" : "none of them runs");
}

static struct runner *
make_group(struct build *b, struct context *ctx, struct sink **sinks, size_t n)
{
	struct words names = ctx_words(ctx, "sinks", " \t\n\r\f");
	struct context *below = ctx_below(ctx, "processor.");
	struct runner *r = new_runner(b, ctx_name(ctx), names.n);
	const char **members = build_state(b, (names.n + 1) * sizeof(char *));
	size_t i;

	if (r == NULL || members == NULL) {
		free(members);
		runner_free(r);
		context_free(ctx);
		return NULL;
	}
	r->ctx = ctx;
	fill_group(b, r, ctx, names, sinks, n);
	r->processor = build_type(below, "sink processor", any_processor);
	for (i = 0; i < r->nsinks; i++)
		members[i] = r->sinks[i]->c.name;
	members[i] = NULL;
	if (r->processor != NULL && (r->processor_self = build_state(b, r->processor->size)) != NULL && r->nsinks > 0)
		r->processor->configure(r->processor_self, below, members, r->nsinks);
	free(members);
	context_unknown(ctx);
	if (b->failed || ctx_bad(ctx)) {
		context_done(ctx);
		for (i = 0; i < r->nsinks; i++)
			context_done(r->sinks[i]->ctx);
		runner_free(r);
		return NULL;
	}
	return r;
}

static void
build_groups(struct build *b, struct sink **sinks, size_t n)
{
	struct agent *a = b->agent;
	struct context **all;
	struct runner *r;
	size_t ngroups, i;

	if ((all = build_contexts(b, "sinkgroups", "sink group", &ngroups)) == NULL)
		ngroups = 0;
	if ((a->runners = build_state(b, (ngroups + n + 1) * sizeof(struct runner *))) == NULL)
		ngroups = 0;
	for (i = 0; i < ngroups; i++)
		if ((r = make_group(b, all[i], sinks, n)) != NULL)
			a->runners[a->nrunners++] = r;
	free(all);
}

int
build_sinks(struct build *b)
{
	struct agent *a = b->agent;
	struct context **all;
	struct sink **sinks;
	struct runner *r;
	size_t n, i;

	if ((all = build_contexts(b, "sinks", "sink", &n)) == NULL || (sinks = build_state(b, (n + 1) * sizeof(struct sink *))) == NULL) {
		free(all);
		return -1;
	}
	for (i = 0; i < n; i++)
		sinks[i] = make_sink(b, all[i]);
	build_groups(b, sinks, n);
	for (i = 0; i < n && a->runners != NULL; i++) {
		if (sinks[i] == NULL || (r = new_runner(b, sinks[i]->c.name, 1)) == NULL)
			continue;
		r->processor = find_processor("default", NULL);
		add_member(b, r, sinks[i]);
		sinks[i] = NULL;
		a->runners[a->nrunners++] = r;
	}
	for (i = 0; i < n; i++)
		sink_free(sinks[i]);
	free(sinks);
	free(all);
	return b->failed ? -1 : 0;
}
