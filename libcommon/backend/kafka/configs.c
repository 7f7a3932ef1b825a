/*
 * The configs of a topic of a cluster: seen and changed (kafka.h).
 */
#include "backend/kafka/kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

/* The topic's configs; the event must be destroyed, which they live in. */
static rd_kafka_event_t *
ask(struct kafka *k, const char *topic, const rd_kafka_ConfigEntry_t ***entries, size_t *n, struct err *e)
{
	const rd_kafka_ConfigResource_t **got;
	rd_kafka_ConfigResource_t *r;
	rd_kafka_AdminOptions_t *o;
	rd_kafka_event_t *ev;
	rd_kafka_queue_t *q;
	char what[NAME_MAX_LEN + 64];
	size_t count = 0;

	snprintf(what, sizeof(what), "cannot see the configs of topic '%s'", topic);
	if (talk_handle(k, e) == NULL)
		return NULL;
	r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	q = rd_kafka_queue_new(k->rk);
	o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_DescribeConfigs(k->rk, &r, 1, o, q);
	ev = talk_answer(k, q, what, e);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_ConfigResource_destroy(r);
	if (ev == NULL)
		return NULL;
	got = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(ev), &count);
	if (count == 1 && rd_kafka_ConfigResource_error(got[0]) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		*entries = rd_kafka_ConfigResource_configs(got[0], n);
		return ev;
	}
	if (count == 1)
		talk_failed(k, rd_kafka_ConfigResource_error(got[0]), rd_kafka_ConfigResource_error_string(got[0]), e, "%s", what);
	else
		err_set(e, ERR_REMOTE, "%s: an empty answer", what);
	rd_kafka_event_destroy(ev);
	return NULL;
}

struct change {
	const char *const *set;		/* "name=value" */
	size_t nset;
	const char *const *unset;	/* names */
	size_t nunset;
};

static bool
is_own(const rd_kafka_ConfigEntry_t *c)
{
	return rd_kafka_ConfigEntry_source(c) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int
admin_configs(struct kafka *k, const char *topic, char ***configs, size_t *count, struct err *e)
{
	const rd_kafka_ConfigEntry_t **v;
	struct err own = ERR_INIT;
	rd_kafka_event_t *ev;
	const char *value;
	size_t n, i;

	*configs = NULL;
	*count = 0;
	if ((ev = ask(k, topic, &v, &n, e != NULL ? e : &own)) == NULL)
		return -(int)(e != NULL ? e->code : own.code);
	if ((*configs = calloc(n + 1, sizeof(**configs))) == NULL) {
		rd_kafka_event_destroy(ev);
		return err_set(e, ERR_NOMEM, "no memory for the configs of topic '%s'", topic);
	}
	for (i = 0; i < n; i++) {
		value = rd_kafka_ConfigEntry_value(v[i]);
		if (is_own(v[i]) && asprintf(&(*configs)[*count], "%s=%s", rd_kafka_ConfigEntry_name(v[i]),
		    value != NULL ? value : "") != -1)
			++*count;
	}
	rd_kafka_event_destroy(ev);
	if (*count > 0)
		qsort(*configs, *count, sizeof(**configs), by_name);
	return 0;
}

static bool
name_of(const char *pair, const char *name)
{
	size_t n = strlen(name);

	return strncmp(pair, name, n) == 0 && (pair[n] == '=' || pair[n] == '\0');
}

static bool
named(const char *const *pairs, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (name_of(pairs[i], name))
			return true;
	return false;
}

/* A name that no topic has, before the broker says so in more words. */
static int
check_names(const rd_kafka_ConfigEntry_t **v, size_t n, const char *const *pairs, size_t npairs, struct err *e)
{
	const char **names = calloc(n + 1, sizeof(*names)), *near;
	char name[NAME_MAX_LEN + 1];
	size_t i, k;
	int rc = 0;

	if (names == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the configs of a topic");
	for (i = 0; i < n; i++)
		names[i] = rd_kafka_ConfigEntry_name(v[i]);
	for (k = 0; rc == 0 && k < npairs; k++) {
		for (i = 0; i < n && !name_of(pairs[k], names[i]); i++)
			;
		if (i < n)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(pairs[k], "="), pairs[k]);
		near = nearest_name(name, names);
		rc = err_set(e, ERR_INVALID, "unknown config '%s'%s%s%s", name, near != NULL ? ", did you mean '" : "",
		    near != NULL ? near : "", near != NULL ? "'?" : "");
	}
	free(names);
	return rc;
}

/* Is pairs[i] the last one of its name, which goes into name?  A broker takes each name once. */
static bool
is_last(const char *const *pairs, size_t n, size_t i, char name[NAME_MAX_LEN + 1])
{
	(void)snprintf(name, NAME_MAX_LEN + 1, "%.*s", (int)strcspn(pairs[i], "="), pairs[i]);
	return !named(pairs + i + 1, n - i - 1, name);
}

static const char *
value_in(const char *pair)
{
	size_t n = strcspn(pair, "=");

	return pair[n] == '=' ? pair + n + 1 : "";
}

/* What the broker says of a request that is under way: ev is its answer, got what that has of each resource. */
static int
judge(struct kafka *k, rd_kafka_event_t *ev, const rd_kafka_ConfigResource_t **got, size_t n, const char *what, struct err *e)
{
	int rc = 0;

	if (n > 0 && rd_kafka_ConfigResource_error(got[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
		rc = talk_failed(k, rd_kafka_ConfigResource_error(got[0]), rd_kafka_ConfigResource_error_string(got[0]), e, "%s", what);
	rd_kafka_event_destroy(ev);
	return rc;
}

/* All of the topic's own configs anew: those that shall stay are sent along. */
static int
replace(struct kafka *k, const char *topic, const char *what, const rd_kafka_ConfigEntry_t **v, size_t n, const struct change *c,
    struct err *e)
{
	rd_kafka_ConfigResource_t *r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	rd_kafka_queue_t *q = rd_kafka_queue_new(k->rk);
	rd_kafka_AdminOptions_t *o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
	const rd_kafka_ConfigResource_t **got;
	char name[NAME_MAX_LEN + 1];
	rd_kafka_event_t *ev;
	size_t i, ngot = 0;
	int rc;

	for (i = 0; i < n; i++) {
		const char *own = rd_kafka_ConfigEntry_name(v[i]), *value = rd_kafka_ConfigEntry_value(v[i]);

		if (is_own(v[i]) && value != NULL && !named(c->set, c->nset, own) && !named(c->unset, c->nunset, own))
			rd_kafka_ConfigResource_set_config(r, own, value);
	}
	for (i = 0; i < c->nset; i++)
		if (is_last(c->set, c->nset, i, name))
			rd_kafka_ConfigResource_set_config(r, name, value_in(c->set[i]));
	rd_kafka_AlterConfigs(k->rk, &r, 1, o, q);
	if ((ev = talk_answer(k, q, what, e)) == NULL)
		rc = -(int)e->code;
	else {
		got = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(ev), &ngot);
		rc = judge(k, ev, got, ngot, what, e);
	}
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_ConfigResource_destroy(r);
	return rc;
}

#if HAS_INCREMENTAL_CONFIGS
/* Only what changes: who alters the same topic meanwhile loses nothing. */
static int
step(struct kafka *k, const char *topic, const char *what, const struct change *c, struct err *e)
{
	rd_kafka_ConfigResource_t *r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	rd_kafka_queue_t *q = rd_kafka_queue_new(k->rk);
	rd_kafka_AdminOptions_t *o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS);
	const rd_kafka_ConfigResource_t **got;
	char name[NAME_MAX_LEN + 1];
	rd_kafka_event_t *ev;
	size_t i, ngot = 0;
	int rc;

	for (i = 0; i < c->nset; i++)
		if (is_last(c->set, c->nset, i, name))
			rd_kafka_error_destroy(rd_kafka_ConfigResource_add_incremental_config(r, name,
			    RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET, value_in(c->set[i])));
	for (i = 0; i < c->nunset; i++)
		if (is_last(c->unset, c->nunset, i, name) && !named(c->set, c->nset, name))
			rd_kafka_error_destroy(rd_kafka_ConfigResource_add_incremental_config(r, name,
			    RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE, NULL));
	rd_kafka_IncrementalAlterConfigs(k->rk, &r, 1, o, q);
	if ((ev = talk_answer(k, q, what, e)) == NULL)
		rc = -(int)e->code;
	else {
		got = rd_kafka_IncrementalAlterConfigs_result_resources(rd_kafka_event_IncrementalAlterConfigs_result(ev), &ngot);
		rc = judge(k, ev, got, ngot, what, e);
	}
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_ConfigResource_destroy(r);
	return rc;
}
#endif

int
admin_alter_configs(struct kafka *k, const char *topic, const char *const *set, size_t nset, const char *const *unset,
    size_t nunset, struct err *e)
{
	const struct change c = { set, nset, unset, nunset };
	const rd_kafka_ConfigEntry_t **v;
	char what[NAME_MAX_LEN + 64];
	rd_kafka_event_t *ev;
	size_t n;
	int rc;

	if ((ev = ask(k, topic, &v, &n, e)) == NULL)
		return -(int)e->code;
	if ((rc = check_names(v, n, set, nset, e)) == 0 && (rc = check_names(v, n, unset, nunset, e)) == 0) {
		snprintf(what, sizeof(what), "cannot change topic '%s'", topic);
		k->last = RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
#if HAS_INCREMENTAL_CONFIGS
		k->last = RD_KAFKA_RESP_ERR_NO_ERROR;
		rc = step(k, topic, what, &c, e);
#endif
		/* This librdkafka, or a broker before Kafka 2.3, does not know it. */
		if (k->last == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE)
			rc = replace(k, topic, what, v, n, &c, e);
	}
	rd_kafka_event_destroy(ev);
	return rc;
}
