/*
 * Groups of a cluster as others see them (kafka.h, backend/group.h).
 */
#include "backend/kafka/groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"

int
groups_no_dir(const char *dir, struct err *e)
{
	return dir == NULL ? 0 : err_set(e, ERR_INVALID, "--groups is for a store: a cluster keeps its groups itself");
}

static int
kafka_group_list(struct backend *be, const char *dir, const char *const *globs, size_t nglobs, char ***names, size_t *count,
    struct err *e)
{
	struct kafka *k = kafka_of(be);
	const rd_kafka_ConsumerGroupListing_t **v;
	const rd_kafka_error_t **errors;
	rd_kafka_AdminOptions_t *o;
	struct err own = ERR_INIT;
	rd_kafka_event_t *ev;
	rd_kafka_queue_t *q;
	size_t n, nerrors, i, got = 0;
	int rc;

	e = e != NULL ? e : &own;
	if ((rc = groups_no_dir(dir, e)) != 0 || (rc = talk_meet(k, e)) != 0)
		return rc;
	q = rd_kafka_queue_new(k->rk);
	o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
	rd_kafka_ListConsumerGroups(k->rk, o, q);
	ev = talk_answer(k, q, "cannot list groups", e);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	if (ev == NULL)
		return -(int)e->code;
	v = rd_kafka_ListConsumerGroups_result_valid(rd_kafka_event_ListConsumerGroups_result(ev), &n);
	errors = rd_kafka_ListConsumerGroups_result_errors(rd_kafka_event_ListConsumerGroups_result(ev), &nerrors);
	if (nerrors > 0 && n == 0)
		rc = talk_failed(k, rd_kafka_error_code(errors[0]), rd_kafka_error_string(errors[0]), e, "cannot list groups");
	else if ((*names = calloc(n + 1, sizeof(**names))) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for the names of groups");
	for (i = 0; rc == 0 && i < n; i++)
		if (((*names)[got] = strdup(rd_kafka_ConsumerGroupListing_group_id(v[i]))) != NULL)
			got++;
	rd_kafka_event_destroy(ev);
	return rc != 0 ? rc : names_select(*names, got, globs, nglobs, names, count);
}

static int
missing(struct kafka *k, const char *group, struct err *e)
{
	char **names = NULL;
	const char *near = NULL;
	size_t n = 0;
	int rc;

	if (kafka_group_list(&k->be, NULL, NULL, 0, &names, &n, NULL) == 0)
		near = nearest_name(group, (const char *const *)names);
	if (near != NULL)
		rc = err_set(e, ERR_NOENT, "group '%s' does not exist, did you mean '%s'?", group, near);
	else
		rc = err_set(e, ERR_NOENT, "group '%s' does not exist", group);
	kafka_names_free(names, n);
	return rc;
}

/* The place of a partition in the list, made when it is not there. */
static struct group_place *
place_of(struct group_info *info, const char *topic, int32_t partition)
{
	struct group_place *more;
	size_t i;

	for (i = 0; i < info->nplaces; i++)
		if (info->places[i].partition == partition && strcmp(info->places[i].topic, topic) == 0)
			return &info->places[i];
	if ((more = reallocarray(info->places, info->nplaces + 1, sizeof(*more))) == NULL)
		return NULL;
	info->places = more;
	more = &info->places[info->nplaces];
	*more = (struct group_place){ .topic = strdup(topic), .partition = partition, .offset = -1, .leader_epoch = -1, .time_ms = -1 };
	if (more->topic == NULL)
		return NULL;
	info->nplaces++;
	return more;
}

static char *
copy(const char *s)
{
	return s != NULL && *s != '\0' ? strdup(s) : NULL;
}

static int
take_member(struct group_info *info, const rd_kafka_MemberDescription_t *m, const char *assignor)
{
	const rd_kafka_MemberAssignment_t *a = rd_kafka_MemberDescription_assignment(m);
	const rd_kafka_topic_partition_list_t *list = a != NULL ? rd_kafka_MemberAssignment_partitions(a) : NULL;
	const char *host = rd_kafka_MemberDescription_host(m);
	struct group_member *out = &info->members[info->nmembers++];
	struct group_place *p;
	int i;

	*out = (struct group_member){ .id = strdup(rd_kafka_MemberDescription_consumer_id(m)),
		.instance = copy(rd_kafka_MemberDescription_group_instance_id(m)), .host = copy(host != NULL && *host == '/' ? host + 1 : host),
		.client = copy(rd_kafka_MemberDescription_client_id(m)), .pid = -1, .alive = true, .assignors = copy(assignor) };
	if (out->id == NULL)
		return -1;
	for (i = 0; list != NULL && i < list->cnt; i++) {
		if ((p = place_of(info, list->elems[i].topic, list->elems[i].partition)) == NULL)
			return -1;
		free(p->member);
		p->member = strdup(out->id);
		out->npartitions++;
	}
	return 0;
}

static int
by_member(const void *a, const void *b)
{
	return strcmp(((const struct group_member *)a)->id, ((const struct group_member *)b)->id);
}

static int
by_place(const void *a, const void *b)
{
	const struct group_place *p = a, *q = b;
	int rc = strcmp(p->topic, q->topic);

	return rc != 0 ? rc : (p->partition > q->partition) - (p->partition < q->partition);
}

static int
take_group(struct kafka *k, const rd_kafka_ConsumerGroupDescription_t *g, struct group_info *info, struct err *e)
{
	const rd_kafka_error_t *error = rd_kafka_ConsumerGroupDescription_error(g);
	const char *assignor = rd_kafka_ConsumerGroupDescription_partition_assignor(g);
	size_t n = rd_kafka_ConsumerGroupDescription_member_count(g), i;

	if (error != NULL && talk_code(rd_kafka_error_code(error)) != ERR_NOENT)
		return talk_failed(k, rd_kafka_error_code(error), rd_kafka_error_string(error), e, "group '%s'", info->name);
	info->state = error != NULL ? "Dead" : rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(g));
	info->assignor = copy(assignor);
	if ((info->members = calloc(n + 1, sizeof(*info->members))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for group '%s'", info->name);
	for (i = 0; i < n; i++)
		if (take_member(info, rd_kafka_ConsumerGroupDescription_member(g, i), assignor) != 0)
			return err_set(e, ERR_NOMEM, "no memory for group '%s'", info->name);
	if (n > 0)
		qsort(info->members, n, sizeof(*info->members), by_member);
	return 0;
}

static int
ask_members_once(struct kafka *k, struct group_info *info, struct err *e)
{
	const rd_kafka_ConsumerGroupDescription_t **v;
	const char *names[] = { info->name };
	rd_kafka_queue_t *q = rd_kafka_queue_new(k->rk);
	rd_kafka_AdminOptions_t *o = talk_options(k, k->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
	rd_kafka_event_t *ev;
	char what[NAME_MAX_LEN + 32];
	size_t n;
	int rc;

	snprintf(what, sizeof(what), "group '%s'", info->name);
	rd_kafka_DescribeConsumerGroups(k->rk, names, 1, o, q);
	ev = talk_answer(k, q, what, e);
	rd_kafka_AdminOptions_destroy(o);
	rd_kafka_queue_destroy(q);
	if (ev == NULL)
		return -(int)e->code;
	v = rd_kafka_DescribeConsumerGroups_result_groups(rd_kafka_event_DescribeConsumerGroups_result(ev), &n);
	rc = n == 1 ? take_group(k, v[0], info, e) : err_set(e, ERR_REMOTE, "%s: an empty answer", what);
	rd_kafka_event_destroy(ev);
	return rc;
}

static int
ask_members(struct kafka *k, struct group_info *info, struct err *e)
{
	const int64_t since = clock_steady_ns();
	int rc;

	do
		rc = ask_members_once(k, info, e);
	while (rc == -ERR_REMOTE && talk_again(k, since));
	return rc;
}

static int
ask_places(struct kafka *k, struct group_info *info, struct err *e)
{
	const rd_kafka_topic_partition_list_t *list;
	struct group_place *p;
	rd_kafka_event_t *ev;
	int i, rc = 0;

	if ((ev = groups_offsets(k, info->name, &list, e)) == NULL)
		return -(int)e->code;
	for (i = 0; rc == 0 && i < list->cnt; i++) {
		if (list->elems[i].offset < 0)
			continue;
		if ((p = place_of(info, list->elems[i].topic, list->elems[i].partition)) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory for group '%s'", info->name);
		else
			p->offset = list->elems[i].offset;
	}
	rd_kafka_event_destroy(ev);
	return rc;
}

static void
kafka_group_release(struct group_info *info)
{
	size_t i;

	for (i = 0; i < info->nplaces; i++) {
		free(info->places[i].topic);
		free(info->places[i].member);
	}
	for (i = 0; i < info->nmembers; i++) {
		free(info->members[i].id);
		free(info->members[i].instance);
		free(info->members[i].host);
		free(info->members[i].client);
		free(info->members[i].assignors);
	}
	free(info->places);
	free(info->members);
	free(info->assignor);
	free(info->name);
	*info = (struct group_info)GROUP_INFO_INIT;
}

static int
kafka_group_describe(struct backend *be, const char *dir, const char *group, struct group_info *info, struct err *e)
{
	struct kafka *k = kafka_of(be);
	struct err own = ERR_INIT;
	int rc;

	e = e != NULL ? e : &own;
	*info = (struct group_info){ .generation = -1, .state = "Unknown" };
	if ((rc = groups_no_dir(dir, e)) != 0 || (rc = talk_meet(k, e)) != 0)
		return rc;
	if ((info->name = strdup(group)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for group '%s'", group);
	if ((rc = ask_members(k, info, e)) == 0)
		rc = ask_places(k, info, e);
	/* A coordinator calls a group that it has never heard of dead. */
	if (rc == 0 && info->nplaces == 0 && info->nmembers == 0 && strcmp(info->state, "Dead") == 0)
		rc = missing(k, group, e);
	if (rc != 0)
		kafka_group_release(info);
	else if (info->nplaces > 0)
		qsort(info->places, info->nplaces, sizeof(*info->places), by_place);
	return rc;
}

const struct group_ops kafka_groups = {
	.join = kafka_member_join,
	.fd = kafka_member_fd,
	.event = kafka_member_event,
	.owns = kafka_member_owns,
	.commit = kafka_member_commit,
	.give_up = kafka_member_give_up,
	.elsewhere = kafka_member_elsewhere,
	.id = kafka_member_id,
	.leave = kafka_member_leave,
	.list = kafka_group_list,
	.describe = kafka_group_describe,
	.info_release = kafka_group_release,
	.set = kafka_group_set,
	.remove = kafka_group_remove,
	.remove_offsets = kafka_group_remove_offsets,
};
