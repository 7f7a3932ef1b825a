/*
 * context.c - the properties of one component (context.h).
 */
#include "agent/context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/conf.h"
#include "agent/context_in.h"
#include "base/parse.h"

#define KEY_MAX		1024

static struct context *
root_of(struct context *c)
{
	while (c->above != NULL)
		c = c->above;
	return c;
}

/* Remembers that the key was asked for: it is one of those that a misspelt one may have meant. */
static void
asked(struct context *c, const char *key)
{
	struct context *root = root_of(c);
	char full[KEY_MAX];
	size_t i;

	snprintf(full, sizeof(full), "%s%s", c->prefix + strlen(root->prefix), key);
	for (i = 0; i < root->nasked; i++)
		if (strcmp(root->asked[i], full) == 0)
			return;
	if (root->nasked + 1 >= root->cap_asked) {
		size_t cap = root->cap_asked == 0 ? 32 : root->cap_asked * 2;
		const char **v = reallocarray(root->asked, cap, sizeof(*v));

		if (v == NULL)
			return;
		root->asked = v;
		root->cap_asked = cap;
	}
	if ((root->asked[root->nasked] = context_keep(c, full)) != NULL)
		root->nasked++;
	root->asked[root->nasked] = NULL;
}

const char *
context_keep(struct context *c, const char *text)
{
	return (const char *)arena_copy(root_of(c)->text, text, strlen(text) + 1);
}

static long
find(const struct context *c, const char *key)
{
	char full[KEY_MAX];
	int n = snprintf(full, sizeof(full), "%s%s", c->prefix, key);

	return n < 0 || (size_t)n >= sizeof(full) ? -1 : settings_find(&c->conf->s, full);
}

void
context_place(const struct context *c, const char *key, const char **file, unsigned *line)
{
	long i = key == NULL ? -1 : find(c, key);
	size_t j, n = strlen(c->prefix);

	if (i < 0)
		i = find(c, "type");
	for (j = 0; i < 0 && j < c->conf->s.n; j++)
		if (strncmp(c->conf->s.v[j].key, c->prefix, n) == 0)
			i = (long)j;
	*file = i < 0 ? NULL : c->conf->s.v[i].file;
	*line = i < 0 ? 0 : c->conf->s.v[i].line;
}

static void __attribute__((format(printf, 4, 0)))
tell(struct context *c, bool error, const char *key, const char *fmt, va_list ap)
{
	char full[KEY_MAX];
	const char *file;
	unsigned line;
	size_t n;

	if (error)
		root_of(c)->said.errors++;
	if (root_of(c)->problems == NULL)
		return;
	n = strlen(c->prefix);
	snprintf(full, sizeof(full), "%.*s%s", (int)(key != NULL || n == 0 ? n : n - 1), c->prefix, key != NULL ? key : "");
	context_place(c, key, &file, &line);
	problem_vadd(root_of(c)->problems, error, file, line, full, fmt, ap);
}

void
ctx_error(struct context *c, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(c, true, key, fmt, ap);
	va_end(ap);
}

void
ctx_warn(struct context *c, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(c, false, key, fmt, ap);
	va_end(ap);
}

void
ctx_err(struct context *c, const char *key, const struct err *e)
{
	ctx_error(c, key, "%s", e->text);
}

bool
ctx_bad(const struct context *c)
{
	while (c->above != NULL)
		c = c->above;
	return c->said.errors > 0;
}

const char *
ctx_name(const struct context *c)
{
	return c->name;
}

const char *
ctx_str(struct context *c, const char *key, const char *otherwise)
{
	long i = find(c, key);

	asked(c, key);
	if (i < 0)
		return otherwise;
	c->conf->read[i] = true;
	return *c->conf->s.v[i].value == '\0' ? otherwise : c->conf->s.v[i].value;
}

const char *
ctx_need(struct context *c, const char *key)
{
	const char *v = ctx_str(c, key, NULL);

	if (v == NULL)
		ctx_error(c, key, "must be set");
	return v == NULL ? "" : v;
}

static bool
number(const char *v, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	return parse_int(v, min, max, out, e) == 0;
}

int64_t
ctx_int(struct context *c, const char *key, int64_t otherwise, int64_t min, int64_t max)
{
	const char *v = ctx_str(c, key, NULL);
	struct err e = ERR_INIT;
	int64_t n = otherwise;

	if (v != NULL && !number(v, min, max, &n, &e)) {
		ctx_error(c, key, "%s", e.text);
		return otherwise;
	}
	return n;
}

int64_t
ctx_need_int(struct context *c, const char *key, int64_t min, int64_t max)
{
	if (ctx_str(c, key, NULL) == NULL) {
		ctx_error(c, key, "must be set");
		return min;
	}
	return ctx_int(c, key, min, min, max);
}

int64_t
ctx_int_or(struct context *c, const char *key, int64_t otherwise, int64_t min, int64_t max)
{
	const char *v = ctx_str(c, key, NULL);
	struct err e = ERR_INIT;
	int64_t n = otherwise;

	if (v != NULL && !number(v, min, max, &n, &e)) {
		ctx_warn(c, key, "%s; %lld, the default, is taken", e.text, (long long)otherwise);
		return otherwise;
	}
	return n;
}

bool
ctx_bool(struct context *c, const char *key, bool otherwise)
{
	const char *v = ctx_str(c, key, NULL);

	if (v == NULL)
		return otherwise;
	if (strcasecmp(v, "true") == 0)
		return true;
	if (strcasecmp(v, "false") != 0)
		ctx_warn(c, key, "is neither true nor false, so it is false: %s", v);
	return false;
}

int
ctx_choice(struct context *c, const char *key, int otherwise, const char *const *words)
{
	const char *v = ctx_str(c, key, NULL), *near;
	char all[512] = "";
	size_t n = 0;
	int i;

	if (v == NULL)
		return otherwise;
	for (i = 0; words[i] != NULL; i++) {
		if (strcasecmp(words[i], v) == 0)
			return i;
		if (n < sizeof(all))
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
	}
	near = nearest_name(v, words);
	if (near != NULL)
		ctx_error(c, key, "is not %s: %s; did you mean '%s'?", all, v, near);
	else
		ctx_error(c, key, "is not %s: %s", all, v);
	return otherwise;
}

struct words
ctx_split(struct context *c, const char *value, const char *separators)
{
	struct words w = { .v = NULL, .n = 0 };
	size_t n = value == NULL ? 0 : strlen(value);
	const char **v = arena_alloc(root_of(c)->text, (n / 2 + 2) * sizeof(*v));
	char *at = (char *)(uintptr_t)(value == NULL ? context_keep(c, "") : context_keep(c, value));

	if (v == NULL || at == NULL) {
		ctx_error(c, NULL, "no memory");
		return w;
	}
	for (at += strspn(at, separators); *at != '\0'; at += strspn(at, separators)) {
		v[w.n++] = at;
		at += strcspn(at, separators);
		if (*at != '\0')
			*at++ = '\0';
	}
	v[w.n] = NULL;
	w.v = v;
	return w;
}

struct words
ctx_words(struct context *c, const char *key, const char *separators)
{
	return ctx_split(c, ctx_str(c, key, NULL), separators);
}

bool
ctx_each(struct context *c, const char *prefix, size_t *at, const char **rest, const char **value)
{
	const struct settings *s = &c->conf->s;
	size_t n = strlen(c->prefix), m = strlen(prefix);

	for (; *at < s->n; ++*at) {
		const struct setting *one = &s->v[*at];

		if (strncmp(one->key, c->prefix, n) != 0 || strncmp(one->key + n, prefix, m) != 0 || one->key[n + m] == '\0')
			continue;
		c->conf->read[*at] = true;
		if (*one->value == '\0')
			continue;
		*rest = one->key + n + m;
		*value = one->value;
		++*at;
		return true;
	}
	return false;
}

struct context *
ctx_below(struct context *c, const char *prefix)
{
	struct context *b = calloc(1, sizeof(*b));
	char full[KEY_MAX];

	snprintf(full, sizeof(full), "%s%s", c->prefix, prefix);
	if (b == NULL || (b->prefix = context_keep(c, full)) == NULL) {
		ctx_error(c, NULL, "no memory");
		free(b);
		return c;
	}
	b->conf = c->conf;
	b->name = c->name;
	b->what = c->what;
	b->above = c;
	b->next = c->below;
	c->below = b;
	return b;
}

void
ctx_ignored(struct context *c, const char *key, const char *why)
{
	if (ctx_str(c, key, NULL) != NULL)
		ctx_warn(c, key, "means nothing here%s%s", why == NULL ? "" : ": ", why == NULL ? "" : why);
}

void
ctx_refused(struct context *c, const char *key, const char *instead)
{
	if (ctx_str(c, key, NULL) != NULL)
		ctx_error(c, key, "cannot be done here: %s", instead);
}

void
ctx_batch(struct context *c, int64_t events)
{
	root_of(c)->said.batch = events;
}

void
ctx_capacity(struct context *c, int64_t events, int64_t in_one_transaction)
{
	root_of(c)->said.capacity = events;
	root_of(c)->said.transaction = in_one_transaction;
}

void
ctx_listens(struct context *c, const char *key, const char *address)
{
	if (*address != '\0' && strcmp(address, "localhost") != 0 && strncmp(address, "127.", 4) != 0 && strcmp(address, "::1") != 0)
		ctx_warn(c, key, "listens on %s, which is not a loopback address, without TLS: anybody who reaches it can write", address);
}

void
ctx_owns(struct context *c, const char *key, const char *path, bool error, const char *why)
{
	struct conf *conf = c->conf;
	const char *prefix = root_of(c)->prefix;
	struct conf_owned *v, *o;
	size_t i;

	for (i = 0; i < conf->nowned; i++) {
		o = &conf->owned[i];
		if (strcmp(o->path, path) != 0 || strcmp(o->by, prefix) == 0)
			continue;
		if (error)
			ctx_error(c, key, "%s is that of %.*s already: %s", path, (int)strlen(o->by) - 1, o->by, why);
		else
			ctx_warn(c, key, "%s is that of %.*s already: %s", path, (int)strlen(o->by) - 1, o->by, why);
		return;
	}
	if ((v = reallocarray(conf->owned, conf->nowned + 1, sizeof(*v))) == NULL)
		return;
	conf->owned = v;
	v[conf->nowned] = (struct conf_owned){ .path = strdup(path), .by = strdup(prefix) };
	if (v[conf->nowned].path != NULL && v[conf->nowned].by != NULL)
		conf->nowned++;
	else {
		free(v[conf->nowned].path);
		free(v[conf->nowned].by);
	}
}

void
ctx_runs_programs(struct context *c)
{
	root_of(c)->said.runs_programs = true;
}

const char *
ctx_define(const struct context *c, const char *name)
{
	return conf_define(c->conf, name);
}

const char *
ctx_store(const struct context *c)
{
	return c->conf->opts->store;
}
