/*
 * What a group gives to a member and takes back (member.h).  Runs in the
 * member's thread, within rd_kafka_consumer_poll.
 */
#include "backend/kafka/member.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define SETTLE_NS	5000000000LL	/* a second round of cooperative rebalancing follows the first within that */

/* Without a commit, or with one outside of the log: where --auto-offset-reset says. */
static int
reset(struct member *m, rd_kafka_topic_partition_t *p, const char *why, struct err *e)
{
	int rc;

	if (m->o.reset_none)
		return err_set(e, ERR_RANGE, "group '%s' %s '%s' partition %d, and --auto-offset-reset=none says not to choose one",
		    m->group, why, p->topic, (int)p->partition);
	if ((rc = kafka_resolve(&m->k->be, p->topic, p->partition, &m->o.reset, &p->offset, e)) < 0)
		return rc;
	/* Said for one partition of a topic. */
	if (m->told_reset == NULL || strcmp(m->told_reset, p->topic) != 0) {
		free(m->told_reset);
		m->told_reset = strdup(p->topic);
		member_say(m, "group '%s' %s '%s' partition %d: it begins at %lld", m->group, why, p->topic, (int)p->partition,
		    (long long)p->offset);
	}
	return 0;
}

static int
start_place(struct member *m, rd_kafka_topic_partition_t *p, struct err *e)
{
	const struct place at = { .kind = PLACE_OFFSET, .n = p->offset };
	int64_t offset;
	int rc;

	if (p->offset < 0)
		return reset(m, p, "has no position in", e);
	if ((rc = kafka_resolve(&m->k->be, p->topic, p->partition, &at, &offset, e)) < 0)
		return rc;
	return offset == p->offset ? 0 : reset(m, p, "has a position outside of the log of", e);
}

static int
start_places(struct member *m, rd_kafka_topic_partition_list_t *list, struct err *e)
{
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	int i, rc = 0;

	if (list->cnt > 0)
		code = rd_kafka_committed(m->rk, list, (int)m->k->timeout_ms);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return talk_failed(m->k, code, NULL, e, "cannot ask for the positions of group '%s'", m->group);
	for (i = 0; rc == 0 && i < list->cnt; i++)
		rc = start_place(m, &list->elems[i], e);
	return rc;
}

static void
remember(struct member *m, const rd_kafka_topic_partition_list_t *list)
{
	struct owned_part *more;
	int i;

	pthread_mutex_lock(&m->lock);
	more = reallocarray(m->parts, m->nparts + (size_t)list->cnt + 1, sizeof(*more));
	for (i = 0; more != NULL && i < list->cnt; i++) {
		m->parts = more;
		more[m->nparts] = (struct owned_part){ .topic = strdup(list->elems[i].topic), .partition = list->elems[i].partition };
		m->nparts += more[m->nparts].topic != NULL;
	}
	m->parts = more != NULL ? more : m->parts;
	m->assigned = true;
	m->settle_ns = clock_steady_ns() + (m->nparts == 0 ? SETTLE_NS : 0);
	pthread_mutex_unlock(&m->lock);
}

/* Paused from the start, so nothing is fetched through this handle. */
static void
assign(struct member *m, rd_kafka_topic_partition_list_t *list)
{
	struct err e = ERR_INIT;
	int i;

	if (start_places(m, list, &e) != 0) {
		member_fail(m, &e);
		return;
	}
	if (m->cooperative) {
		rd_kafka_error_t *error = rd_kafka_incremental_assign(m->rk, list);

		if (error != NULL)
			rd_kafka_error_destroy(error);
	} else
		(void)rd_kafka_assign(m->rk, list);
	(void)rd_kafka_pause_partitions(m->rk, list);
	remember(m, list);
	for (i = 0; i < list->cnt; i++)
		member_put(m, MEMBER_ASSIGNED, list->elems[i].topic, list->elems[i].partition, list->elems[i].offset);
}

static void
unassign(struct member *m, const rd_kafka_topic_partition_list_t *list)
{
	rd_kafka_error_t *error;

	if (!m->cooperative) {
		(void)rd_kafka_assign(m->rk, NULL);
		return;
	}
	error = rd_kafka_incremental_unassign(m->rk, list);
	if (error != NULL)
		rd_kafka_error_destroy(error);
}

void
rebalance_give_back(struct member *m)
{
	rd_kafka_topic_partition_list_t *list = NULL;
	size_t i;

	pthread_mutex_lock(&m->lock);
	for (i = 0; i < m->nparts && !m->parts[i].revoking; i++)
		;
	if (i == m->nparts) {
		list = m->revoked;
		m->revoked = NULL;
	}
	pthread_mutex_unlock(&m->lock);
	if (list == NULL)
		return;
	unassign(m, list);
	rd_kafka_topic_partition_list_destroy(list);
}

/* Which of them the caller has; each is marked, or forgotten when it is lost already. */
static void
take_back(struct member *m, const rd_kafka_topic_partition_list_t *list, bool lost)
{
	struct owned_part *p;
	int i;

	for (i = 0; i < list->cnt; i++) {
		pthread_mutex_lock(&m->lock);
		p = member_part(m, list->elems[i].topic, list->elems[i].partition);
		if (p != NULL && lost)
			member_forget(m, p);
		else if (p != NULL)
			p->revoking = true;
		pthread_mutex_unlock(&m->lock);
		if (p != NULL)
			member_put(m, lost ? MEMBER_LOST : MEMBER_REVOKE, list->elems[i].topic, list->elems[i].partition, -1);
	}
}

static void
take_away(struct member *m, rd_kafka_topic_partition_list_t *list)
{
	bool lost = rd_kafka_assignment_lost(m->rk) != 0, closing;

	pthread_mutex_lock(&m->lock);
	closing = m->closing;
	m->settle_ns = 0;
	pthread_mutex_unlock(&m->lock);
	take_back(m, list, lost || closing);
	if (lost || closing) {
		unassign(m, list);
		return;
	}
	pthread_mutex_lock(&m->lock);
	if (m->revoked != NULL)
		rd_kafka_topic_partition_list_destroy(m->revoked);
	m->revoked = rd_kafka_topic_partition_list_copy(list);
	pthread_mutex_unlock(&m->lock);
	rebalance_give_back(m);
}

void
rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *arg)
{
	struct member *m = arg;
	const char *protocol = rd_kafka_rebalance_protocol(rk);

	m->cooperative = protocol != NULL && strcmp(protocol, "COOPERATIVE") == 0;
	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
		assign(m, list);
	else if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
		take_away(m, list);
	else
		(void)rd_kafka_assign(rk, NULL);
}
