/*
 * resolve.c - ${...} in values (resolve.h).
 */
#include "agent/resolve.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX	32	/* of ${ in ${, and of values that lead to others */
#define VALUE_MAX	(1u << 20)

struct walk {
	struct conf *conf;
	struct problems *problems;
	const struct setting *of;	/* whose value is resolved, for messages */
	bool environment;		/* plain names may be variables of the environment */
	bool too_deep;
};

static void expand(struct walk *, struct slice, struct buf *, int depth);

static const char *
setting(struct walk *w, const char *key)
{
	long i = settings_find(&w->conf->s, key);

	if (i < 0)
		return NULL;
	w->conf->read[i] = true;
	return w->conf->s.v[i].value;
}

/* A setting below "AGENT.configfilters.NAME.", resolved; NULL: not set. */
static const char *
filter_setting(struct walk *w, const char *filter, const char *key, struct buf *b, int depth)
{
	struct buf full = BUF_INIT;
	const char *v;

	buf_printf(&full, "%s.configfilters.%s.%s", w->conf->opts->agent, filter, key);
	v = full.failed ? NULL : setting(w, buf_str(&full));
	buf_release(&full);
	if (v == NULL)
		return NULL;
	expand(w, slice_str(v), b, depth + 1);
	return buf_str(b);
}

/* name is f['key'], f["key"] or f[key], with a filter f that the agent lists. */
static bool
is_filter(struct walk *w, const char *name, char filter[128], char key[256])
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	size_t n = strcspn(name, "["), k;
	const char *at = name + n, *list;
	struct buf full = BUF_INIT;
	char quote = 0;
	bool listed;

	if (*at++ != '[' || n == 0 || n > 127)
		return false;
	if (*at == '\'' || *at == '"')
		quote = *at++;
	k = strspn(at, word);
	if (k == 0 || k > 255 || (quote != 0 ? at[k] != quote || strcmp(at + k + 1, "]") != 0 : strcmp(at + k, "]") != 0))
		return false;
	memcpy(filter, name, n);
	filter[n] = '\0';
	memcpy(key, at, k);
	key[k] = '\0';
	buf_printf(&full, "%s.configfilters", w->conf->opts->agent);
	list = full.failed ? NULL : setting(w, buf_str(&full));
	buf_release(&full);
	for (listed = false; list != NULL && !listed; list += k) {
		list += strspn(list, " \t");
		if ((k = strcspn(list, " \t")) == 0)
			break;
		listed = k == n && memcmp(list, filter, n) == 0;
	}
	return listed;
}

static bool
from_filter(struct walk *w, const char *filter, const char *key, struct buf *out, int depth)
{
	struct buf type = BUF_INIT, command = BUF_INIT, charset = BUF_INIT;
	struct filter_ask ask = { .conf = w->conf, .name = filter, .key = key };
	struct err e = ERR_INIT;
	bool got;

	ask.type = filter_setting(w, filter, "type", &type, depth);
	ask.command = filter_setting(w, filter, "command", &command, depth);
	(void)filter_setting(w, filter, "charset", &charset, depth);
	got = filter_value(&ask, out, &e);
	if (!got)
		problem_add(w->problems, false, w->of->file, w->of->line, w->of->key, "${%s['%s']}: %s; it stays as it is", filter, key, e.text);
	buf_release(&type);
	buf_release(&command);
	buf_release(&charset);
	return got;
}

/* What the name stands for, appended; false: nothing. */
static bool
lookup(struct walk *w, const char *name, struct buf *out, int depth)
{
	char filter[128], key[256];
	const char *v;

	if (strncmp(name, "env:", 4) == 0)
		v = getenv(name + 4);
	else if (strncmp(name, "sys:", 4) == 0)
		v = conf_define(w->conf, name + 4);
	else if ((v = setting(w, name)) == NULL && w->environment)
		v = getenv(name);
	if (v == NULL)
		return is_filter(w, name, filter, key) && from_filter(w, filter, key, out, depth);
	expand(w, slice_str(v), out, depth + 1);
	return true;
}

/* The end of the ${ that begins at p: its }, or NULL. */
static const uint8_t *
closing(const uint8_t *p, const uint8_t *end)
{
	int open = 0;

	for (; p < end; p++) {
		if (end - p >= 2 && p[0] == '$' && p[1] == '{') {
			open++;
			p++;
		} else if (*p == '}' && --open == 0)
			return p;
	}
	return NULL;
}

/* The variable whose name is [p, end), or its default, or itself. */
static void
variable(struct walk *w, const uint8_t *p, const uint8_t *end, struct buf *out, int depth)
{
	struct buf name = BUF_INIT;
	const char *text;
	char *otherwise;

	expand(w, SLICE_OF(p, end - p), &name, depth + 1);
	text = buf_str(&name);
	if (text == NULL) {
		out->failed = true;
		return;
	}
	otherwise = strstr((char *)(uintptr_t)text, ":-");
	if (otherwise != NULL) {
		*otherwise = '\0';
		otherwise += 2;
	}
	if (!lookup(w, text, out, depth)) {
		if (otherwise != NULL)
			buf_puts(out, otherwise);
		else {
			buf_printf(out, "${%s}", text);
			if (strchr(text, '[') == NULL && !w->too_deep)
				problem_add(w->problems, false, w->of->file, w->of->line, w->of->key, "${%s} stands for nothing, and stays as it is", text);
		}
	}
	buf_release(&name);
}

static void
expand(struct walk *w, struct slice s, struct buf *out, int depth)
{
	const uint8_t *p = s.p, *end = s.p + s.n, *stop;

	if (depth > DEPTH_MAX || out->n > VALUE_MAX) {
		w->too_deep = true;
		return;
	}
	while (p < end && !out->failed) {
		const uint8_t *dollar = memchr(p, '$', (size_t)(end - p));

		if (dollar == NULL)
			dollar = end;
		buf_put(out, p, (size_t)(dollar - p));
		p = dollar;
		if (end - p >= 3 && p[1] == '$' && p[2] == '{' && (stop = closing(p + 1, end)) != NULL) {
			buf_put(out, p + 1, (size_t)(stop - p));
			p = stop + 1;
		} else if (end - p >= 2 && p[1] == '{' && (stop = closing(p, end)) != NULL) {
			variable(w, p + 2, stop, out, depth);
			p = stop + 1;
		} else if (p < end)
			buf_putc(out, *p++);
	}
}

int
resolve(struct conf *c, struct problems *problems, struct err *e)
{
	const char *class = conf_define(c, "propertiesImplementation");
	struct walk w = { .conf = c, .problems = problems, .environment = class != NULL && strstr(class, "EnvVarResolverProperties") != NULL };
	struct settings *s = &c->s;
	struct buf b = BUF_INIT;
	const char **done = calloc(s->n + 1, sizeof(*done));
	size_t i;
	int rc = done == NULL ? err_set(e, ERR_NOMEM, "no memory for the configuration") : 0;

	for (i = 0; rc == 0 && i < s->n; i++) {
		if (strchr(s->v[i].value, '$') == NULL)
			continue;
		w.of = &s->v[i];
		w.too_deep = false;
		buf_clear(&b);
		expand(&w, slice_str(s->v[i].value), &b, 0);
		if (w.too_deep)
			problem_add(problems, false, s->v[i].file, s->v[i].line, s->v[i].key, "refers to itself, and stays as it is");
		else if (b.failed || buf_str(&b) == NULL ||
		    (done[i] = (const char *)arena_copy(s->text, buf_str(&b), b.n + 1)) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory for the configuration");
	}
	/* only now, so that every value was resolved from what the files say */
	for (i = 0; rc == 0 && i < s->n; i++)
		if (done[i] != NULL)
			s->v[i].value = done[i];
	free(done);
	buf_release(&b);
	return rc;
}
