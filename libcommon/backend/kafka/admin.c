/*
 * Topics of a cluster: made, changed, deleted, trimmed (kafka.h).
 */
#include "backend/kafka/kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"

#define SEEN_MS		5000		/* how long other brokers may take to hear of a change */

/* "name=value" apart; false: it is not that. */
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

static int
topic_result(struct kafka *k, rd_kafka_queue_t *q, const char *doing, const char *topic, struct err *e)
{
	const rd_kafka_topic_result_t **v = NULL;
	rd_kafka_event_t *ev;
	char what[NAME_MAX_LEN + 64];
	size_t n = 0;
	int rc = 0;

	snprintf(what, sizeof(what), "cannot %s topic '%s'", doing, topic);
	if ((ev = talk_answer(k, q, what, e)) == NULL)
		return -(int)e->code;
	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
		v = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(ev), &n);
	else if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DELETETOPICS_RESULT)
		v = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(ev), &n);
	else if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_CREATEPARTITIONS_RESULT)
		v = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(ev), &n);
	if (n > 0 && rd_kafka_topic_result_error(v[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
		if (talk_code(rd_kafka_topic_result_error(v[0])) == ERR_NOENT)
			rc = talk_topic_missing(k, topic, e);
		else
			rc = talk_failed(k, rd_kafka_topic_result_error(v[0]), rd_kafka_topic_result_error_string(v[0]), e, "%s", what);
	}
	rd_kafka_event_destroy(ev);
	return rc;
}

/* A broker that has not heard of the topic yet would say that it is not there (or still is). */
static void
wait_until_seen(struct kafka *k, const char *topic, int partitions)
{
	const int64_t until = clock_steady_ns() + SEEN_MS * INT64_C(1000000);
	const struct rd_kafka_metadata *md;
	bool seen = false;

	while (!seen && !talk_stopped(k) && clock_steady_ns() < until) {
		if (talk_metadata(k, NULL, &md, NULL) != 0)
			return;
		seen = partitions == 0;
		for (int i = 0; i < md->topic_cnt; i++)
			if (strcmp(md->topics[i].topic, topic) == 0)
				seen = partitions > 0 && md->topics[i].partition_cnt >= partitions && md->topics[i].partitions[0].leader != -1;
		rd_kafka_metadata_destroy(md);
		if (!seen)
			rd_kafka_poll(k->rk, 20);
	}
}

static rd_kafka_NewTopic_t *
new_topic(const char *topic, const struct topic_spec *spec, struct err *e)
{
	char why[256], name[NAME_MAX_LEN + 1];
	rd_kafka_NewTopic_t *t = rd_kafka_NewTopic_new(topic, spec->partitions > 0 ? spec->partitions : -1,
	    spec->replication > 0 ? spec->replication : -1, why, sizeof(why));
	const char *value;
	size_t i;

	if (t == NULL) {
		err_set(e, ERR_INVALID, "cannot make topic '%s': %s", topic, why);
		return NULL;
	}
	for (i = 0; i < spec->nconfigs; i++)
		if (!split(spec->configs[i], name, sizeof(name), &value) ||
		    rd_kafka_NewTopic_set_config(t, name, value) != RD_KAFKA_RESP_ERR_NO_ERROR) {
			err_set(e, ERR_INVALID, "is no config: %s", spec->configs[i]);
			rd_kafka_NewTopic_destroy(t);
			return NULL;
		}
	return t;
}

int
kafka_create(struct backend *be, const char *topic, const struct topic_spec *spec, struct err *e)
{
	struct kafka *k = kafka_of(be);
	struct err own = ERR_INIT;
	rd_kafka_AdminOptions_t *o;
	rd_kafka_NewTopic_t *t;
	rd_kafka_queue_t *q;
	int rc;

	if (e == NULL)
		e = &own;
	if (spec->mode != -1)
		return err_set(e, ERR_INVALID, "--mode is for a store: a cluster has access control lists");
	if ((rc = name_check("topic", topic, e)) != 0 || (rc = talk_meet(k, e)) != 0)
		return rc;
	if ((t = new_topic(topic, spec, e)) == NULL)
		return -ERR_INVALID;
	q = rd_kafka_queue_new(k->rk);
	o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_CreateTopics(k->rk, &t, 1, o, q);
	if ((rc = topic_result(k, q, "make", topic, e)) == 0)
		wait_until_seen(k, topic, spec->partitions > 0 ? spec->partitions : 1);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_NewTopic_destroy(t);
	return rc;
}

int
kafka_remove(struct backend *be, const char *topic, struct err *e)
{
	struct kafka *k = kafka_of(be);
	const struct rd_kafka_metadata *md;
	rd_kafka_DeleteTopic_t *t;
	struct err own = ERR_INIT;
	rd_kafka_AdminOptions_t *o;
	rd_kafka_queue_t *q;
	int rc;

	if (e == NULL)
		e = &own;
	if ((rc = talk_topic(k, topic, &md, e)) != 0)
		return rc;
	rd_kafka_metadata_destroy(md);
	t = rd_kafka_DeleteTopic_new(topic);
	q = rd_kafka_queue_new(k->rk);
	o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_DELETETOPICS);
	rd_kafka_DeleteTopics(k->rk, &t, 1, o, q);
	if ((rc = topic_result(k, q, "delete", topic, e)) == 0)
		wait_until_seen(k, topic, 0);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_DeleteTopic_destroy(t);
	return rc;
}

static int
more_partitions(struct kafka *k, const char *topic, int32_t partitions, struct err *e)
{
	char why[256];
	rd_kafka_NewPartitions_t *np = rd_kafka_NewPartitions_new(topic, (size_t)partitions, why, sizeof(why));
	rd_kafka_AdminOptions_t *o;
	rd_kafka_queue_t *q;
	int rc;

	if (np == NULL)
		return err_set(e, ERR_INVALID, "cannot change topic '%s': %s", topic, why);
	q = rd_kafka_queue_new(k->rk);
	o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
	rd_kafka_CreatePartitions(k->rk, &np, 1, o, q);
	if ((rc = topic_result(k, q, "change", topic, e)) == 0)
		wait_until_seen(k, topic, partitions);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_NewPartitions_destroy(np);
	return rc;
}

int
kafka_alter(struct backend *be, const char *topic, int32_t partitions, const char *const *set, size_t nset,
    const char *const *unset, size_t nunset, struct err *e)
{
	struct kafka *k = kafka_of(be);
	const struct rd_kafka_metadata *md;
	struct err own = ERR_INIT;
	int rc;

	if (e == NULL)
		e = &own;
	if ((rc = talk_topic(k, topic, &md, e)) != 0)
		return rc;
	rd_kafka_metadata_destroy(md);
	if (nset + nunset > 0 && (rc = admin_alter_configs(k, topic, set, nset, unset, nunset, e)) != 0)
		return rc;
	return partitions > 0 ? more_partitions(k, topic, partitions, e) : 0;
}

int
kafka_trim(struct backend *be, const char *topic, int32_t partition, int64_t offset, struct err *e)
{
	struct kafka *k = kafka_of(be);
	rd_kafka_topic_partition_list_t *list;
	const rd_kafka_topic_partition_list_t *got;
	rd_kafka_DeleteRecords_t *del;
	rd_kafka_AdminOptions_t *o;
	struct err own = ERR_INIT;
	rd_kafka_event_t *ev;
	rd_kafka_queue_t *q;
	char what[NAME_MAX_LEN + 64];
	int rc = 0;

	if (e == NULL)
		e = &own;
	if (talk_handle(k, e) == NULL)
		return -ERR_INVALID;
	snprintf(what, sizeof(what), "cannot trim '%s/%d'", topic, (int)partition);
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
	del = rd_kafka_DeleteRecords_new(list);
	q = rd_kafka_queue_new(k->rk);
	o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_DELETERECORDS);
	rd_kafka_DeleteRecords(k->rk, &del, 1, o, q);
	if ((ev = talk_answer(k, q, what, e)) == NULL)
		rc = -(int)e->code;
	else {
		got = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(ev));
		if (got->cnt > 0 && got->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
			rc = talk_failed(k, got->elems[0].err, NULL, e, "%s", what);
		rd_kafka_event_destroy(ev);
	}
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_DeleteRecords_destroy(del);
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

int
kafka_defaults(struct backend *be, const char *const *set, size_t nset, struct err *e)
{
	(void)set;
	(void)nset;
	return err_set(e, ERR_ABSENT, "--defaults is for a store: those of '%s' stand in its brokers' configuration",
	    kafka_of(be)->servers);
}
