/*
 * Positions of a cluster's groups set and taken away (groups.h).
 */
#include "backend/kafka/groups.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"

#define WHAT_MAX	(NAME_MAX_LEN + 80)

static rd_kafka_event_t *
offsets_once(struct kafka *k, const char *group, const rd_kafka_topic_partition_list_t **list, struct err *e)
{
	rd_kafka_ListConsumerGroupOffsets_t *ask = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
	rd_kafka_queue_t *q = rd_kafka_queue_new(k->rk);
	rd_kafka_AdminOptions_t *o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
	const rd_kafka_group_result_t **v;
	const rd_kafka_error_t *error;
	rd_kafka_event_t *ev;
	char what[WHAT_MAX];
	size_t n;

	snprintf(what, sizeof(what), "cannot see the positions of group '%s'", group);
	rd_kafka_ListConsumerGroupOffsets(k->rk, &ask, 1, o, q);
	ev = talk_answer(k, q, what, e);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	rd_kafka_ListConsumerGroupOffsets_destroy(ask);
	if (ev == NULL)
		return NULL;
	v = rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result(ev), &n);
	if (n == 1 && (error = rd_kafka_group_result_error(v[0])) == NULL && (*list = rd_kafka_group_result_partitions(v[0])) != NULL)
		return ev;
	if (n == 1 && error != NULL)
		talk_failed(k, rd_kafka_error_code(error), rd_kafka_error_string(error), e, "%s", what);
	else
		err_set(e, ERR_REMOTE, "%s: an empty answer", what);
	rd_kafka_event_destroy(ev);
	return NULL;
}

rd_kafka_event_t *
groups_offsets(struct kafka *k, const char *group, const rd_kafka_topic_partition_list_t **list, struct err *e)
{
	const int64_t since = clock_steady_ns();
	rd_kafka_event_t *ev;

	do
		ev = offsets_once(k, group, list, e);
	while (ev == NULL && talk_again(k, since));
	return ev;
}

/* Of the group's result: its own error, or the first of a partition. */
static int
group_result(struct kafka *k, const rd_kafka_group_result_t **v, size_t n, const char *what, struct err *e)
{
	const rd_kafka_topic_partition_list_t *list;
	const rd_kafka_error_t *error;
	int i;

	if (n != 1)
		return err_set(e, ERR_REMOTE, "%s: an empty answer", what);
	if ((error = rd_kafka_group_result_error(v[0])) != NULL) {
		/* What it calls an unknown member is that the group has some. */
		if (rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
			return err_set(e, ERR_BUSY, "%s: it has members", what);
		return talk_failed(k, rd_kafka_error_code(error), rd_kafka_error_string(error), e, "%s", what);
	}
	list = rd_kafka_group_result_partitions(v[0]);
	for (i = 0; list != NULL && i < list->cnt; i++) {
		if (list->elems[i].err == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID || list->elems[i].err == RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC)
			return err_set(e, ERR_BUSY, "%s: it has members", what);
		if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR)
			return talk_failed(k, list->elems[i].err, NULL, e, "%s, '%s/%d'", what, list->elems[i].topic,
			    (int)list->elems[i].partition);
	}
	return 0;
}

/* Waits for the one answer; takes q and o. */
static int
finish(struct kafka *k, rd_kafka_queue_t *q, rd_kafka_AdminOptions_t *o, const char *what, struct err *e)
{
	rd_kafka_event_t *ev = talk_answer(k, q, what, e);
	const rd_kafka_group_result_t **v = NULL;
	size_t n = 0;
	int rc;

	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	if (ev == NULL)
		return -(int)e->code;
	if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT)
		v = rd_kafka_AlterConsumerGroupOffsets_result_groups(rd_kafka_event_AlterConsumerGroupOffsets_result(ev), &n);
	else if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DELETEGROUPS_RESULT)
		v = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(ev), &n);
	else if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT)
		v = rd_kafka_DeleteConsumerGroupOffsets_result_groups(rd_kafka_event_DeleteConsumerGroupOffsets_result(ev), &n);
	rc = group_result(k, v, n, what, e);
	rd_kafka_event_destroy(ev);
	return rc;
}

int
kafka_group_set(struct backend *be, const char *dir, const char *group, const struct group_place *places, size_t n,
    struct err *e)
{
	struct kafka *k = kafka_of(be);
	rd_kafka_topic_partition_list_t *list;
	rd_kafka_AlterConsumerGroupOffsets_t *alter;
	rd_kafka_queue_t *q;
	rd_kafka_AdminOptions_t *o;
	const int64_t since = clock_steady_ns();
	struct err own = ERR_INIT;
	char what[WHAT_MAX];
	size_t i;
	int rc;

	e = e != NULL ? e : &own;
	if ((rc = groups_no_dir(dir, e)) != 0 || (rc = talk_meet(k, e)) != 0)
		return rc;
	list = rd_kafka_topic_partition_list_new((int)n);
	for (i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, places[i].topic, places[i].partition)->offset = places[i].offset;
	alter = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
	snprintf(what, sizeof(what), "cannot set positions of group '%s'", group);
	do {
		q = rd_kafka_queue_new(k->rk);
		o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
		rd_kafka_AlterConsumerGroupOffsets(k->rk, &alter, 1, o, q);
		rc = finish(k, q, o, what, e);
	} while (rc == -ERR_REMOTE && talk_again(k, since));
	rd_kafka_AlterConsumerGroupOffsets_destroy(alter);
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

int
kafka_group_remove(struct backend *be, const char *dir, const char *group, struct err *e)
{
	struct kafka *k = kafka_of(be);
	rd_kafka_DeleteGroup_t *del;
	rd_kafka_queue_t *q;
	rd_kafka_AdminOptions_t *o;
	struct group_info info = GROUP_INFO_INIT;
	struct err own = ERR_INIT;
	char what[WHAT_MAX];
	int rc;

	e = e != NULL ? e : &own;
	/* A group that is not there is told with the nearest name. */
	if ((rc = kafka_groups.describe(be, dir, group, &info, e)) != 0)
		return rc;
	kafka_groups.info_release(&info);
	snprintf(what, sizeof(what), "cannot delete group '%s'", group);
	del = rd_kafka_DeleteGroup_new(group);
	q = rd_kafka_queue_new(k->rk);
	o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
	rd_kafka_DeleteGroups(k->rk, &del, 1, o, q);
	rc = finish(k, q, o, what, e);
	rd_kafka_DeleteGroup_destroy(del);
	return rc;
}

int
kafka_group_remove_offsets(struct backend *be, const char *dir, const char *group, const char *topic, struct err *e)
{
	struct kafka *k = kafka_of(be);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
	rd_kafka_DeleteConsumerGroupOffsets_t *del;
	struct group_info info = GROUP_INFO_INIT;
	rd_kafka_queue_t *q;
	rd_kafka_AdminOptions_t *o;
	struct err own = ERR_INIT;
	char what[WHAT_MAX];
	size_t i;
	int rc;

	e = e != NULL ? e : &own;
	if ((rc = kafka_groups.describe(be, dir, group, &info, e)) == 0) {
		for (i = 0; i < info.nplaces; i++)
			if (info.places[i].offset >= 0 && strcmp(info.places[i].topic, topic) == 0)
				rd_kafka_topic_partition_list_add(list, topic, info.places[i].partition);
		kafka_groups.info_release(&info);
		if (list->cnt == 0)
			rc = err_set(e, ERR_NOENT, "group '%s' has no positions of topic '%s'", group, topic);
	}
	if (rc == 0) {
		snprintf(what, sizeof(what), "cannot delete positions of group '%s'", group);
		del = rd_kafka_DeleteConsumerGroupOffsets_new(group, list);
		q = rd_kafka_queue_new(k->rk);
		o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS);
		rd_kafka_DeleteConsumerGroupOffsets(k->rk, &del, 1, o, q);
		rc = finish(k, q, o, what, e);
		rd_kafka_DeleteConsumerGroupOffsets_destroy(del);
	}
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}
