/*
 * context_look.c - contexts as the agent makes, compares and checks them (conf.h).
 */
#include <stdlib.h>
#include <string.h>

#include "agent/conf.h"
#include "agent/context.h"
#include "agent/context_in.h"
#include "base/parse.h"

struct context *
context_new(struct conf *conf, struct problems *problems, const char *prefix, const char *name, const char *what)
{
	struct context *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->text = arena_new(1024)) == NULL) {
		free(c);
		return NULL;
	}
	c->conf = conf;
	conf_ref(conf);
	c->problems = problems;
	c->prefix = context_keep(c, prefix);
	c->name = context_keep(c, name);
	c->what = what;
	return c;
}

static void
free_below(struct context *c)
{
	struct context *b, *next;

	for (b = c->below; b != NULL; b = next) {
		next = b->next;
		free_below(b);
		free(b);
	}
}

void
context_free(struct context *c)
{
	if (c == NULL)
		return;
	free_below(c);
	free(c->asked);
	arena_unref(c->text);
	conf_unref(c->conf);
	free(c);
}

void
context_done(struct context *c)
{
	c->problems = NULL;
}

const struct context_said *
context_said(const struct context *c)
{
	return &c->said;
}

bool
context_empty(const struct context *c)
{
	size_t i, n = strlen(c->prefix);

	for (i = 0; i < c->conf->s.n; i++)
		if (strncmp(c->conf->s.v[i].key, c->prefix, n) == 0)
			return false;
	return true;
}

static const char *
near_of(const struct context *c, const char *key)
{
	static const char *const none[] = { NULL };

	return nearest_name(key, c->asked == NULL ? none : c->asked);
}

void
context_unknown(struct context *c)
{
	const struct settings *s = &c->conf->s;
	size_t i, n = strlen(c->prefix);
	const char *key, *near;

	for (i = 0; i < s->n; i++) {
		if (c->conf->read[i] || strncmp(s->v[i].key, c->prefix, n) != 0)
			continue;
		c->conf->read[i] = true;
		key = s->v[i].key + n;
		if ((near = near_of(c, key)) != NULL)
			ctx_warn(c, key, "this %s knows no such property, did you mean '%s'?", c->what, near);
		else
			ctx_warn(c, key, "this %s knows no such property", c->what);
	}
}

static size_t
count(const struct context *c)
{
	size_t i, k = 0, n = strlen(c->prefix);

	for (i = 0; i < c->conf->s.n; i++)
		k += strncmp(c->conf->s.v[i].key, c->prefix, n) == 0;
	return k;
}

bool
context_equal(const struct context *a, const struct context *b)
{
	const struct settings *s = &a->conf->s, *t = &b->conf->s;
	size_t i, n = strlen(a->prefix);
	long j;

	if (strcmp(a->prefix, b->prefix) != 0 || count(a) != count(b))
		return false;
	for (i = 0; i < s->n; i++) {
		if (strncmp(s->v[i].key, a->prefix, n) != 0)
			continue;
		if ((j = settings_find(t, s->v[i].key)) < 0 || strcmp(s->v[i].value, t->v[j].value) != 0)
			return false;
	}
	return true;
}
