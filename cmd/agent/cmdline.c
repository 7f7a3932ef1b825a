/*
 * cmdline.c - a command line as commons-cli takes it, which Flume's is parsed
 * with: --name V, --name=V, -n V, -n=V, -nV, long names with one dash, and
 * any beginning of a long name that only one has.
 */
#include <string.h>

#include "agent/options.h"
#include "base/parse.h"
#include "tool/msg.h"

#define FLAGS_MAX	64

static _Noreturn void
unknown(const struct cmdline *c, const char *arg, const char *word)
{
	const char *words[FLAGS_MAX + 1], *near;
	size_t n = 0;
	const struct flag *f;

	for (f = c->flags; f->name != NULL && n < FLAGS_MAX; f++)
		words[n++] = f->name;
	words[n] = NULL;
	near = strlen(word) > 1 ? nearest_name(word, words) : NULL;
	if (near != NULL)
		die_usage("unknown option '%s', did you mean '--%s'?", arg, near);
	die_usage("unknown option '%s'", arg);
}

/* The flag whose long name is word, or the only one that begins so.  NULL: none. */
static const struct flag *
by_name(const struct cmdline *c, const char *arg, const char *word, size_t n)
{
	const struct flag *f, *found = NULL;

	for (f = c->flags; f->name != NULL; f++)
		if (strncmp(f->name, word, n) == 0 && f->name[n] == '\0')
			return f;
	for (f = c->flags; f->name != NULL; f++) {
		if (strncmp(f->name, word, n) != 0)
			continue;
		if (found != NULL)
			die_usage("option '%s' is the beginning of '--%s' and of '--%s'", arg, found->name, f->name);
		found = f;
	}
	return found;
}

static const struct flag *
by_letter(const struct cmdline *c, char letter)
{
	const struct flag *f;

	for (f = c->flags; f->name != NULL; f++)
		if (f->letter == letter && letter != '\0')
			return f;
	return NULL;
}

/* value: what stands attached, or NULL. */
static int
taken(struct cmdline *c, const struct flag *f, const char *arg, const char *value)
{
	c->name = arg;
	c->value = value;
	if (!f->value && value != NULL)
		die_usage("option '--%s' takes no value", f->name);
	if (f->value && value == NULL) {
		if (c->at == c->argc)
			die_usage("option '%s' needs a value", arg);
		c->value = c->argv[c->at++];
	}
	return f->is;
}

int
cmdline_next(struct cmdline *c)
{
	const struct flag *f;
	const char *arg, *word, *eq;
	size_t n;

	if (c->at == c->argc)
		return CMDLINE_END;
	arg = c->argv[c->at++];
	if (arg[0] != '-' || arg[1] == '\0') {
		c->value = arg;
		return CMDLINE_OPERAND;
	}
	word = arg + (arg[1] == '-' ? 2 : 1);
	eq = strchr(word, '=');
	n = eq == NULL ? strlen(word) : (size_t)(eq - word);
	if (n == 0)
		unknown(c, arg, word);
	if (arg[1] != '-' && (f = by_letter(c, word[0])) != NULL && (n == 1 || word[0] == 'D' || word[0] == 'X'))
		return taken(c, f, arg, n > 1 || (f->value && word[0] == 'X') ? word + 1 : eq == NULL ? NULL : eq + 1);
	if ((arg[1] == '-' || n > 1) && (f = by_name(c, arg, word, n)) != NULL)
		return taken(c, f, arg, eq == NULL ? NULL : eq + 1);
	if (arg[1] != '-' && (f = by_letter(c, word[0])) != NULL && f->value)
		return taken(c, f, arg, word + 1);
	unknown(c, arg, word);
}
