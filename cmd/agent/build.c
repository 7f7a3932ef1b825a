/*
 * build.c - an agent out of a configuration (build.h): its lists, its channels,
 * and what is left over.
 */
#include "agent/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/registry.h"
#include "agent/resolve.h"
#include "base/parse.h"

#define PREFIX_MAX	1024

void *
build_state(struct build *b, size_t size)
{
	void *p = calloc(1, size == 0 ? 1 : size);

	if (p == NULL) {
		(void)err_set(b->err, ERR_NOMEM, "no memory for an agent");
		b->failed = true;
	}
	return p;
}

struct context **
build_contexts(struct build *b, const char *list, const char *what, size_t *n)
{
	char prefix[PREFIX_MAX];
	struct context *top, **all;
	struct words names;
	size_t i, j;

	*n = 0;
	snprintf(prefix, sizeof(prefix), "%s.", b->agent->name);
	if ((top = context_new(b->conf, b->problems, prefix, b->agent->name, "agent")) == NULL) {
		b->failed = true;
		return NULL;
	}
	names = ctx_words(top, list, " \t\n\r\f");
	if ((all = build_state(b, (names.n + 1) * sizeof(struct context *))) == NULL)
		names.n = 0;
	for (i = 0; i < names.n; i++) {
		for (j = 0; j < i && strcmp(names.v[i], names.v[j]) != 0; j++)
			;
		if (j < i) {
			ctx_warn(top, list, "'%s' stands there twice", names.v[i]);
			continue;
		}
		snprintf(prefix, sizeof(prefix), "%s.%s.%s.", b->agent->name, list, names.v[i]);
		if ((all[*n] = context_new(b->conf, b->problems, prefix, names.v[i], what)) == NULL) {
			b->failed = true;
			break;
		}
		if (context_empty(all[*n])) {
			ctx_error(top, list, "%s '%s' has no properties", what, names.v[i]);
			context_free(all[*n]);
			all[*n] = NULL;
			continue;
		}
		++*n;
	}
	context_free(top);
	return all;
}

const void *
build_type(struct context *c, const char *what, const void *(*find)(const char *, const char **))
{
	const char *type = ctx_str(c, "type", NULL), *near = NULL, *instead;
	const void *found;

	if (type == NULL) {
		ctx_error(c, "type", "must be set");
		return NULL;
	}
	if ((found = find(type, &near)) != NULL)
		return found;
	if ((instead = instead_of(what, type)) != NULL)
		ctx_error(c, "type", "%s is %s %s of Flume that is not here: %s", type, *what == 'i' ? "an" : "a", what, instead);
	else if (near != NULL)
		ctx_error(c, "type", "there is no %s type '%s', did you mean '%s'?", what, type, near);
	else if (strchr(type, '.') != NULL)
		ctx_error(c, "type", "there is no %s type '%s', and classes of one's own cannot be loaded", what, type);
	else
		ctx_error(c, "type", "there is no %s type '%s'", what, type);
	return NULL;
}

struct channel *
build_find_channel(struct build *b, const char *name)
{
	size_t i;

	for (i = 0; i < b->agent->nchannels; i++)
		if (strcmp(b->agent->channels[i]->c.name, name) == 0)
			return b->agent->channels[i];
	return NULL;
}

static const void *
any_channel(const char *type, const char **near)
{
	return find_channel(type, near);
}

static struct channel *
make_channel(struct build *b, struct context *ctx)
{
	const struct channel_type *type = build_type(ctx, "channel", any_channel);
	struct channel *ch;

	if (type == NULL || (ch = build_state(b, sizeof(*ch))) == NULL) {
		context_unknown(ctx);
		context_free(ctx);
		return NULL;
	}
	pthread_mutex_init(&ch->lock, NULL);
	ch->type = type;
	ch->ctx = ctx;
	ch->counters.kind = KIND_CHANNEL;
	ch->counters.more = type->counters;
	ch->self = build_state(b, type->size);
	if (component_init(&ch->c, ctx_name(ctx), &type->names, b->log, &ch->counters) != 0) {
		(void)err_sys(b->err, "cannot make a channel");
		b->failed = true;
	}
	if (ch->self != NULL && type->configure != NULL)
		type->configure(ch->self, ctx);
	context_unknown(ctx);
	ch->transaction = context_said(ctx)->transaction;
	if (b->failed || ctx_bad(ctx)) {
		context_done(ctx);
		channel_free(ch);
		return NULL;
	}
	return ch;
}

int
build_channels(struct build *b)
{
	struct agent *a = b->agent;
	struct context **all;
	struct channel *ch;
	size_t n, i;

	if ((all = build_contexts(b, "channels", "channel", &n)) == NULL)
		return -1;
	if ((a->channels = build_state(b, (n + 1) * sizeof(struct channel *))) == NULL)
		n = 0;
	for (i = 0; i < n; i++)
		if ((ch = make_channel(b, all[i])) != NULL)
			a->channels[a->nchannels++] = ch;
	free(all);
	return b->failed ? -1 : 0;
}

/* Config filters did their work when the values were resolved; here they are looked at. */
static void
check_filters(struct build *b)
{
	struct context **all;
	const char *type;
	size_t n, i;

	if ((all = build_contexts(b, "configfilters", "config filter", &n)) == NULL)
		return;
	for (i = 0; i < n; i++) {
		type = ctx_str(all[i], "type", NULL);
		if (type == NULL)
			ctx_error(all[i], "type", "must be set");
		else if (filter_kind(type) == FILTER_UNKNOWN)
			ctx_error(all[i], "type", "is neither env nor external: %s%s%s", type, instead_of("config filter", type) == NULL ? "" : "; ",
			    instead_of("config filter", type) == NULL ? "" : instead_of("config filter", type));
		else if (filter_kind(type) == FILTER_EXTERNAL) {
			(void)ctx_need(all[i], "command");
			(void)ctx_str(all[i], "charset", NULL);
			b->agent->runs_programs = true;
		}
		context_unknown(all[i]);
		context_free(all[i]);
	}
	free(all);
}

/* Channels that nobody is connected to are left out. */
static void
drop_unused(struct build *b)
{
	struct agent *a = b->agent;
	size_t i, j, k;

	for (i = 0; i < a->nchannels; i++) {
		struct channel *ch = a->channels[i];
		bool used = ch->nrunners > 0;

		for (j = 0; j < a->nsources && !used; j++)
			for (k = 0; k < a->sources[j]->nchannels && !used; k++)
				used = a->sources[j]->channels[k] == ch;
		if (used)
			continue;
		ctx_warn(ch->ctx, NULL, "no source and no sink uses this channel; it is left out");
		context_done(ch->ctx);
		channel_free(ch);
		memmove(&a->channels[i], &a->channels[i + 1], (--a->nchannels - i) * sizeof(struct channel *));
		i--;
	}
}

/* Is the name in the agent's list of that kind?  Then what keeps it from running was said. */
static bool
is_listed(const struct build *b, const char *kind, const char *name, size_t n)
{
	static const char blanks[] = " \t\n\r\f";
	char list[PREFIX_MAX];
	const char *p;
	size_t len;
	long i;

	snprintf(list, sizeof(list), "%s.%s", b->agent->name, kind);
	if ((i = settings_find(&b->conf->s, list)) < 0)
		return false;
	for (p = b->conf->s.v[i].value; *(p += strspn(p, blanks)) != '\0'; p += len)
		if ((len = strcspn(p, blanks)) == n && memcmp(p, name, n) == 0)
			return true;
	return false;
}

/* Of the agent's settings those that belong to no component that its lists name. */
static void
leftovers(struct build *b)
{
	static const char *const kinds[] = { "sources", "channels", "sinks", "sinkgroups", "configfilters", NULL };
	const struct settings *s = &b->conf->s;
	size_t i, n = strlen(b->agent->name), len;
	char said[PREFIX_MAX] = "", kind[64];
	const char *key, *dot, *end, *near;

	for (i = 0; i < s->n; i++) {
		if (b->conf->read[i])
			continue;
		if (strchr(s->v[i].key, '.') == NULL)
			problem_add(b->problems, false, s->v[i].file, s->v[i].line, s->v[i].key, "means nothing: it belongs to no agent, and no ${%s} uses it",
			    s->v[i].key);
		if (strncmp(s->v[i].key, b->agent->name, n) != 0 || s->v[i].key[n] != '.')
			continue;
		b->conf->read[i] = true;
		key = s->v[i].key + n + 1;
		dot = strchr(key, '.');
		len = dot == NULL ? strlen(key) : (size_t)(dot - key);
		snprintf(kind, sizeof(kind), "%.*s", (int)(len < 60 ? len : 60), key);
		near = nearest_name(kind, kinds);
		if (dot == NULL || near == NULL || strcmp(near, kind) != 0 || (end = strchr(dot + 1, '.')) == NULL) {
			if (near != NULL && strcmp(near, kind) != 0)
				problem_add(b->problems, false, s->v[i].file, s->v[i].line, s->v[i].key,
				    "an agent has no '%s', did you mean '%s'?", kind, near);
			else
				problem_add(b->problems, false, s->v[i].file, s->v[i].line, s->v[i].key, "means nothing: an agent has "
				    "sources, channels, sinks, sinkgroups and configfilters");
			continue;
		}
		/* once for each component */
		if (strncmp(said, s->v[i].key, (size_t)(end - s->v[i].key)) == 0 && said[end - s->v[i].key] == '\0')
			continue;
		snprintf(said, sizeof(said), "%.*s", (int)(end - s->v[i].key), s->v[i].key);
		if (!is_listed(b, kind, dot + 1, (size_t)(end - dot - 1)))
			problem_add(b->problems, false, s->v[i].file, s->v[i].line, said, "does not run: '%.*s' does not stand in %s.%s",
			    (int)(end - dot - 1), dot + 1, b->agent->name, kind);
	}
}

/* The names before ".sources", ".channels" ... in the files. */
static int
no_such_agent(struct conf *conf, struct err *e)
{
	struct buf names = BUF_INIT;
	const char *words[33] = { NULL }, *key, *dot, *near;
	size_t i, j, n = 0;

	for (i = 0; i < conf->s.n && n < 32; i++) {
		key = conf->s.v[i].key;
		dot = strchr(key, '.');
		if (dot == NULL || dot == key || (strncmp(dot, ".sources", 8) != 0 && strncmp(dot, ".channels", 9) != 0 && strncmp(dot, ".sinks", 6) != 0))
			continue;
		for (j = 0; j < n && (strncmp(words[j], key, (size_t)(dot - key)) != 0 || words[j][dot - key] != '\0'); j++)
			;
		if (j == n && (words[n] = strndup(key, (size_t)(dot - key))) != NULL)
			buf_printf(&names, "%s'%s'", n == 0 ? "" : ", ", words[n]), n++;
	}
	near = nearest_name(conf->opts->agent, words);
	if (n == 0)
		(void)err_set(e, ERR_NOENT, "no agent is configured in %s", conf->opts->files[0]);
	else
		(void)err_set(e, ERR_NOENT, "there is no agent '%s'%s%s%s, only %s", conf->opts->agent, near == NULL ? "" : " (did you mean '",
		    near == NULL ? "" : near, near == NULL ? "" : "'?)", buf_str(&names));
	for (j = 0; j < n; j++)
		free((void *)(uintptr_t)words[j]);
	buf_release(&names);
	return -ERR_NOENT;
}

static bool
is_there(const struct conf *conf, const char *agent)
{
	size_t i, n = strlen(agent);

	for (i = 0; i < conf->s.n; i++)
		if (strncmp(conf->s.v[i].key, agent, n) == 0 && conf->s.v[i].key[n] == '.')
			return true;
	return false;
}

static void
all_said(struct agent *a)
{
	size_t i, k;

	for (i = 0; i < a->nchannels; i++)
		context_done(a->channels[i]->ctx);
	for (i = 0; i < a->nsources; i++) {
		context_done(a->sources[i]->ctx);
		a->runs_programs = a->runs_programs || context_said(a->sources[i]->ctx)->runs_programs;
	}
	for (i = 0; i < a->nrunners; i++) {
		if (a->runners[i]->ctx != NULL)
			context_done(a->runners[i]->ctx);
		for (k = 0; k < a->runners[i]->nsinks; k++)
			context_done(a->runners[i]->sinks[k]->ctx);
	}
}

struct agent *
agent_build(struct conf *conf, struct log *log, struct problems *problems, struct err *e)
{
	struct agent *a;
	struct build b = { .conf = conf, .log = log, .problems = problems, .err = e };

	if (!is_there(conf, conf->opts->agent)) {
		(void)no_such_agent(conf, e);
		return NULL;
	}
	if ((a = b.agent = build_state(&b, sizeof(*a))) == NULL)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->name = conf->opts->agent;
	a->log = log;
	a->conf = conf;
	conf_ref(conf);
	if (build_channels(&b) != 0 || build_sources(&b) != 0 || build_sinks(&b) != 0) {
		agent_free(a);
		return NULL;
	}
	check_filters(&b);
	drop_unused(&b);
	if (a->nchannels == 0)
		problem_add(problems, true, conf->opts->files[0], 0, a->name, "no channel is left to run");
	else if (a->nsources == 0 && a->nrunners == 0)
		problem_add(problems, true, conf->opts->files[0], 0, a->name, "no source and no sink is left to run");
	leftovers(&b);
	problems_sort(problems);
	all_said(a);
	return a;
}

void
agent_free(struct agent *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->nsources; i++)
		source_free(a->sources[i]);
	for (i = 0; i < a->nrunners; i++)
		runner_free(a->runners[i]);
	for (i = 0; i < a->nchannels; i++)
		channel_free(a->channels[i]);
	free(a->sources);
	free(a->runners);
	free(a->channels);
	conf_unref(a->conf);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
	free(a);
}
