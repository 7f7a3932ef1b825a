/*
 * defaults.c - store.properties: what new topics take, under Kafka's broker
 * names (topic.h).
 *
 * People may edit it, so what cannot be read is their mistake and is said
 * with its line; nothing new is made until it is put right.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/parse.h"
#include "store/config_table.h"
#include "store/inside.h"
#include "store/properties.h"

#define WHAT	"store.properties"

struct defaults {
	struct config *config;
	int32_t partitions;
	int rank[64];			/* by row of config_table: the unit that gave the value */
};

static int
unknown(const char *name, struct err *e)
{
	const struct config_def *d = config_find(name);
	const char *near = nearest_name(name, config_broker_names);

	if (d != NULL && d->broker != NULL)
		return err_set(e, ERR_INVALID, "unknown default '%s': for all new topics it is '%s'", name, d->broker);
	if (d != NULL)
		return err_set(e, ERR_INVALID, "'%s' is a topic's own, it has no default in the store", name);
	if (near != NULL)
		return err_set(e, ERR_INVALID, "unknown default '%s', did you mean '%s'?", name, near);
	return err_set(e, ERR_INVALID, "unknown default '%s'", name);
}

static int
take_partitions(const char *value, int32_t *partitions, struct err *e)
{
	int64_t n;

	if (parse_int(value, 1, TOPIC_PARTITIONS_MAX, &n, NULL) != 0)
		return err_set(e, ERR_INVALID, "num.partitions cannot be '%.100s': it must be 1 to %d", value, TOPIC_PARTITIONS_MAX);
	*partitions = (int32_t)n;
	return 0;
}

/* The value in milliseconds of one given in hours; -1 stays. */
static int
in_ms(const struct config_unit *u, const char *value, char *out, size_t size, struct err *e)
{
	int64_t n;

	if (parse_int(value, -1, INT64_MAX / u->factor, &n, NULL) != 0)
		return err_set(e, ERR_INVALID, "%s cannot be '%.100s': it must be a number, at least -1", u->broker, value);
	snprintf(out, size, "%lld", (long long)(n == -1 ? -1 : n * u->factor));
	return 0;
}

/* One broker name and its value; of the same default in several units the finest counts. */
static int
take(struct defaults *d, const char *name, const char *value, struct err *e)
{
	const struct config_def *def;
	char ms[32];
	int rank = 0, rc;
	size_t i;

	if (strcmp(name, "num.partitions") == 0)
		return take_partitions(value, &d->partitions, e);
	for (i = 0; i < config_units_n; i++)
		if (strcmp(config_units[i].broker, name) == 0) {
			if ((rc = in_ms(&config_units[i], value, ms, sizeof(ms), e)) != 0)
				return rc;
			name = config_units[i].ms;
			value = ms;
			rank = config_units[i].rank;
		}
	if ((def = config_find_broker(name)) == NULL)
		return unknown(name, e);
	if (config_is_set(d->config, def->name) && d->rank[def - config_table] < rank)
		return 0;
	d->rank[def - config_table] = rank;
	if ((rc = config_set(d->config, def->name, value, e)) == -ERR_INVALID && strcmp(def->name, name) != 0)
		(void)err_prefix(e, "%s", name);
	return rc;
}

static int
take_all(const struct properties *p, struct config *c, int32_t *partitions, struct err *e)
{
	struct defaults d = { .config = c, .partitions = 1 };
	struct err why = ERR_INIT;
	size_t i;
	int rc;

	for (i = 0; i < p->n; i++)
		if ((rc = take(&d, p->v[i].name, p->v[i].value, &why)) != 0)
			return err_set(e, why.code, WHAT " line %u: %s", p->v[i].line, why.text);
	*partitions = d.partitions;
	return 0;
}

static int
read_file(const struct store *st, struct properties *p, struct err *e)
{
	int rc = properties_read(p, st->fd, STORE_PROPERTIES, WHAT, e);

	return rc == -ERR_NOENT ? 0 : rc;
}

int
store_defaults_read(struct store *st, struct config *c, int32_t *partitions, struct err *e)
{
	struct properties p = PROPERTIES_INIT;
	int rc;

	*partitions = 1;
	if (st->broker != NULL)
		return 0;
	if ((rc = read_file(st, &p, e)) == 0)
		rc = take_all(&p, c, partitions, e);
	properties_release(&p);
	return rc;
}

/* The name of "name=value" in a buffer, its value; false: there is no '='. */
static bool
split(const char *pair, char *name, size_t size, const char **value)
{
	const char *eq = strchr(pair, '=');

	if (eq == NULL || (size_t)(eq - pair) >= size)
		return false;
	memcpy(name, pair, (size_t)(eq - pair));
	name[eq - pair] = '\0';
	*value = eq + 1;
	return true;
}

/*
 * What the pair becomes in the file: checked, in Kafka's form.  An empty
 * value takes the default away.
 */
static int
put_pair(struct buf *b, const char *name, const char *value, struct err *e)
{
	struct defaults d = { .config = config_new(), .partitions = 1 };
	char number[16];
	int rc;

	if (d.config == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the store's defaults");
	if (*value == '\0' && (config_broker_name(name) != NULL))
		rc = 0;
	else if ((rc = take(&d, name, value, e)) == 0) {
		const struct config_def *def = config_find_broker(name);

		snprintf(number, sizeof(number), "%d", d.partitions);
		properties_put(b, name, strcmp(name, "num.partitions") == 0 ? number :
		    def != NULL ? config_get(d.config, def->name) : value);
	}
	config_free(d.config);
	return rc;
}

/* The last pair that names it, or NULL. */
static const char *
given(const char *const *pairs, size_t n, const char *name)
{
	char other[128];
	const char *value;

	while (n-- > 0)
		if (split(pairs[n], other, sizeof(other), &value) && strcmp(other, name) == 0)
			return value;
	return NULL;
}

static int
merge(const struct properties *p, const char *const *pairs, size_t n, struct buf *b, struct err *e)
{
	const char *value;
	char name[128];
	size_t i;
	int rc;

	for (i = 0; i < p->n; i++)
		if (given(pairs, n, p->v[i].name) == NULL)
			properties_put(b, p->v[i].name, p->v[i].value);
	for (i = 0; i < n; i++) {
		if (!split(pairs[i], name, sizeof(name), &value))
			return err_set(e, ERR_INVALID, "'%s' is not NAME=VALUE", pairs[i]);
		if (given(pairs, n, name) == value && (rc = put_pair(b, name, value, e)) != 0)
			return rc;
	}
	if (b->failed)
		return err_set(e, ERR_NOMEM, "no memory for the store's defaults");
	return 0;
}

int
store_defaults_set(struct store *st, const char *const *pairs, size_t n, struct err *e)
{
	struct properties p = PROPERTIES_INIT;
	struct buf b = BUF_INIT;
	struct topics_lock lock;
	int rc;

	if ((rc = topics_lock(&lock, st, TOPICS_LOCK_MS, e)) != 0)
		return rc;
	if ((rc = read_file(st, &p, e)) == 0 && (rc = merge(&p, pairs, n, &b, e)) == 0)
		rc = file_replace(st->fd, STORE_PROPERTIES, b.p != NULL ? b.p : (const uint8_t *)"", b.n, e);
	topics_unlock(&lock);
	properties_release(&p);
	buf_release(&b);
	return rc;
}
