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

static void
put(rd_kafka_ConfigResource_t *r, const char *pair)
{
	char name[NAME_MAX_LEN + 1];
	size_t n = strcspn(pair, "=");

	snprintf(name, sizeof(name), "%.*s", (int)n, pair);
	rd_kafka_ConfigResource_set_config(r, name, pair[n] == '=' ? pair + n + 1 : "");
}

static int
replace(struct kafka *k, const char *topic, rd_kafka_ConfigResource_t *r, struct err *e)
{
	rd_kafka_queue_t *q = rd_kafka_queue_new(k->rk);
	rd_kafka_AdminOptions_t *o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
	const rd_kafka_ConfigResource_t **got;
	rd_kafka_event_t *ev;
	char what[NAME_MAX_LEN + 64];
	size_t n = 0;
	int rc = 0;

	snprintf(what, sizeof(what), "cannot change topic '%s'", topic);
	rd_kafka_AlterConfigs(k->rk, &r, 1, o, q);
	if ((ev = talk_answer(k, q, what, e)) == NULL)
		rc = -(int)e->code;
	else {
		got = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(ev), &n);
		if (n > 0 && rd_kafka_ConfigResource_error(got[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
			rc = talk_failed(k, rd_kafka_ConfigResource_error(got[0]), rd_kafka_ConfigResource_error_string(got[0]), e, "%s",
			    what);
		rd_kafka_event_destroy(ev);
	}
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	return rc;
}

/* The request that this librdkafka has replaces all of a topic's own configs: what shall stay is sent along. */
int
admin_alter_configs(struct kafka *k, const char *topic, const char *const *set, size_t nset, const char *const *unset,
    size_t nunset, struct err *e)
{
	const rd_kafka_ConfigEntry_t **v;
	rd_kafka_ConfigResource_t *r;
	rd_kafka_event_t *ev;
	size_t n, i;
	int rc;

	if ((ev = ask(k, topic, &v, &n, e)) == NULL)
		return -(int)e->code;
	if ((rc = check_names(v, n, set, nset, e)) == 0 && (rc = check_names(v, n, unset, nunset, e)) == 0) {
		r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
		for (i = 0; i < n; i++) {
			const char *name = rd_kafka_ConfigEntry_name(v[i]), *value = rd_kafka_ConfigEntry_value(v[i]);

			if (is_own(v[i]) && value != NULL && !named(set, nset, name) && !named(unset, nunset, name))
				rd_kafka_ConfigResource_set_config(r, name, value);
		}
		for (i = 0; i < nset; i++)
			put(r, set[i]);
		rc = replace(k, topic, r, e);
		rd_kafka_ConfigResource_destroy(r);
	}
	rd_kafka_event_destroy(ev);
	return rc;
}
