/*
 * config.c - the configs of a topic, checked as they are set (config.h).
 */
#include "store/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "store/config_table.h"

#define VALUE_MAX	4096

struct config {
	char **value;			/* one for each row of config_table; NULL: not set */
};

struct config *
config_new(void)
{
	struct config *c = calloc(1, sizeof(*c));

	if (c != NULL && (c->value = calloc(config_table_n, sizeof(*c->value))) == NULL) {
		free(c);
		c = NULL;
	}
	return c;
}

void
config_free(struct config *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < config_table_n; i++)
		free(c->value[i]);
	free(c->value);
	free(c);
}

int
config_merge(struct config *c, const struct config *from, struct err *e)
{
	size_t i;

	for (i = 0; i < config_table_n; i++) {
		char *copy;

		if (from->value[i] == NULL)
			continue;
		if ((copy = strdup(from->value[i])) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for a topic's configs");
		free(c->value[i]);
		c->value[i] = copy;
	}
	return 0;
}

struct config *
config_copy(const struct config *from)
{
	struct config *c = config_new();

	if (c != NULL && config_merge(c, from, NULL) != 0) {
		config_free(c);
		c = NULL;
	}
	return c;
}

static int
unknown(const char *name, struct err *e)
{
	const char *const *broker = config_broker_name_list();
	const char *topic = config_broker_name(name), *near = nearest_name(name, config_table_names);

	if (topic != NULL && strcmp(topic, name) != 0)
		return err_set(e, ERR_INVALID, "unknown config '%s': for a topic it is '%s'", name, topic);
	if (near == NULL)
		near = nearest_name(name, broker) != NULL ? config_broker_name(nearest_name(name, broker)) : NULL;
	if (near != NULL)
		return err_set(e, ERR_INVALID, "unknown config '%s', did you mean '%s'?", name, near);
	return err_set(e, ERR_INVALID, "unknown config '%s'", name);
}

/* A number in plain digits, or with its unit; kept in plain digits. */
static bool
number_value(const struct config_def *d, const char *v, struct buf *out)
{
	char *end;
	int64_t n;
	long long plain;

	errno = 0;
	plain = strtoll(v, &end, 10);
	if (end != v && *end == '\0' && *v != ' ' && *v != '+' && errno == 0)
		n = plain;
	else if (d->kind == CONFIG_COUNT ||
	    (d->kind == CONFIG_BYTES ? parse_size(v, 0, INT64_MAX, &n, NULL) : parse_duration(v, &n, NULL)) != 0)
		return false;
	buf_printf(out, "%lld", (long long)n);
	return n >= d->min && n <= d->max;
}

static bool
ratio_value(const char *v, struct buf *out)
{
	char *end;
	double r;

	if (*v == '\0' || v[strspn(v, "0123456789.eE-")] != '\0')
		return false;
	errno = 0;
	r = strtod(v, &end);
	buf_puts(out, v);
	return *end == '\0' && errno == 0 && r >= 0 && r <= 1;
}

static bool
one_word(const struct config_def *d, const char *w, size_t n)
{
	size_t i;

	for (i = 0; d->words[i] != NULL; i++)
		if (strlen(d->words[i]) == n && strncmp(d->words[i], w, n) == 0)
			return true;
	return false;
}

/* "delete, compact" is kept as "delete,compact". */
static bool
words_value(const struct config_def *d, const char *v, struct buf *out)
{
	size_t n;

	for (;; v += n + 1) {
		v += strspn(v, " ");
		n = strcspn(v, ", ");
		if (n == 0 && *v == '\0')
			return out->n == 0;	/* the empty list, or a comma at the end */
		if (!one_word(d, v, n))
			return false;
		if (out->n > 0)
			buf_putc(out, ',');
		buf_put(out, v, n);
		n += strspn(v + n, " ");
		if (v[n] == '\0')
			return true;
		if (v[n] != ',')
			return false;
	}
}

static bool
value_in_form(const struct config_def *d, const char *v, struct buf *out)
{
	switch (d->kind) {
	case CONFIG_COUNT:
	case CONFIG_BYTES:
	case CONFIG_MS:
		return number_value(d, v, out);
	case CONFIG_BOOL:
		buf_puts(out, strcasecmp(v, "true") == 0 ? "true" : "false");
		return strcasecmp(v, "true") == 0 || strcasecmp(v, "false") == 0;
	case CONFIG_RATIO:
		return ratio_value(v, out);
	case CONFIG_WORD:
		if (strcmp(d->name, "compression.type") == 0 && strcmp(v, "none") == 0)
			v = "uncompressed";
		buf_puts(out, v);
		return one_word(d, v, strlen(v));
	case CONFIG_WORDS:
		return words_value(d, v, out);
	case CONFIG_TEXT:
		buf_puts(out, v);
		return strcmp(v, "*") == 0 || v[strspn(v, "0123456789:,")] == '\0';
	}
	return false;
}

int
config_set(struct config *c, const char *name, const char *value, struct err *e)
{
	const struct config_def *d = config_find(name);
	struct buf b = BUF_INIT;
	char must[200], *copy = NULL;
	bool ok;

	if (d == NULL)
		return unknown(name, e);
	ok = strlen(value) <= VALUE_MAX && value_in_form(d, value, &b);
	if (ok && !b.failed)
		copy = strdup(b.n == 0 ? "" : buf_str(&b));
	buf_release(&b);
	if (!ok) {
		config_describe(name, must, sizeof(must));
		return err_set(e, ERR_INVALID, "%s cannot be '%.100s': it must be %s", name, value, must);
	}
	if (copy == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a topic's configs");
	free(c->value[d - config_table]);
	c->value[d - config_table] = copy;
	return 0;
}

int
config_set_pair(struct config *c, const char *pair, struct err *e)
{
	const char *eq = strchr(pair, '=');
	char name[128];

	if (eq == NULL)
		return err_set(e, ERR_INVALID, "'%s' is not NAME=VALUE", pair);
	if ((size_t)(eq - pair) >= sizeof(name))
		return err_set(e, ERR_INVALID, "unknown config '%.64s...'", pair);
	memcpy(name, pair, (size_t)(eq - pair));
	name[eq - pair] = '\0';
	return config_set(c, name, eq + 1, e);
}

int
config_unset(struct config *c, const char *name, struct err *e)
{
	const struct config_def *d = config_find(name);

	if (d == NULL)
		return unknown(name, e);
	free(c->value[d - config_table]);
	c->value[d - config_table] = NULL;
	return 0;
}

int
config_check(const struct config *c, struct err *e)
{
	if (config_number(c, "min.compaction.lag.ms") <= config_number(c, "max.compaction.lag.ms"))
		return 0;
	return err_set(e, ERR_INVALID, "min.compaction.lag.ms (%s) is above max.compaction.lag.ms (%s)",
	    config_get(c, "min.compaction.lag.ms"), config_get(c, "max.compaction.lag.ms"));
}

bool
config_is_set(const struct config *c, const char *name)
{
	const struct config_def *d = config_find(name);

	return d != NULL && c->value[d - config_table] != NULL;
}

const char *
config_get(const struct config *c, const char *name)
{
	const struct config_def *d = config_find(name);

	if (d == NULL)
		return NULL;
	return c->value[d - config_table] != NULL ? c->value[d - config_table] : d->def;
}

bool
config_next(const struct config *c, size_t *at, const char **name, const char **value)
{
	for (; *at < config_table_n; (*at)++)
		if (c->value[*at] != NULL) {
			*name = config_table[*at].name;
			*value = c->value[(*at)++];
			return true;
		}
	return false;
}
