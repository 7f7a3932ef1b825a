/*
 * The brokers of a cluster, those that are away too (kafka.h).
 */
#include "backend/kafka/kafka.h"

#include <stdlib.h>
#include <string.h>

static struct broker_info *
find(const struct cluster_info *c, int32_t id)
{
	size_t i;

	for (i = 0; i < c->nbrokers; i++)
		if (c->brokers[i].id == id)
			return &c->brokers[i];
	return NULL;
}

static struct broker_info *
add(struct cluster_info *c, int32_t id)
{
	struct broker_info *b = find(c, id);

	if (b != NULL)
		return b;
	if ((b = reallocarray(c->brokers, c->nbrokers + 1, sizeof(*b))) == NULL)
		return NULL;
	c->brokers = b;
	b = &c->brokers[c->nbrokers++];
	*b = (struct broker_info){ .id = id };
	return b;
}

static int
by_id(const void *a, const void *b)
{
	const struct broker_info *p = a, *q = b;

	return (p->id > q->id) - (p->id < q->id);
}

static int
take_up(struct cluster_info *c, const struct rd_kafka_metadata *md, int32_t controller)
{
	struct broker_info *b;
	int i;

	for (i = 0; i < md->broker_cnt; i++) {
		if ((b = add(c, md->brokers[i].id)) == NULL || (b->host = strdup(md->brokers[i].host)) == NULL)
			return -1;
		b->port = md->brokers[i].port;
		b->up = true;
		b->controller = b->id == controller;
	}
	return 0;
}

static int
take_named(struct cluster_info *c, const struct rd_kafka_metadata *md)
{
	struct broker_info *b;
	int t, p, r;

	for (t = 0; t < md->topic_cnt; t++)
		for (p = 0; p < md->topics[t].partition_cnt; p++) {
			const struct rd_kafka_metadata_partition *m = &md->topics[t].partitions[p];

			for (r = 0; r < m->replica_cnt; r++) {
				if ((b = add(c, m->replicas[r])) == NULL)
					return -1;
				b->replicas++;
				b->leads += m->replicas[r] == m->leader;
			}
		}
	return 0;
}

int
kafka_cluster(struct backend *be, struct cluster_info *c, struct err *e)
{
	struct kafka *k = kafka_of(be);
	const struct rd_kafka_metadata *md;
	int rc;

	*c = (struct cluster_info){ .brokers = NULL };
	if ((rc = talk_metadata(k, NULL, &md, e)) != 0)
		return rc;
	if (take_up(c, md, rd_kafka_controllerid(k->rk, (int)k->timeout_ms)) != 0 || take_named(c, md) != 0)
		rc = err_set(e, ERR_NOMEM, "no memory for the brokers of '%s'", k->servers);
	rd_kafka_metadata_destroy(md);
	if (rc != 0)
		kafka_cluster_release(c);
	else if (c->nbrokers > 0)
		qsort(c->brokers, c->nbrokers, sizeof(*c->brokers), by_id);
	return rc;
}

void
kafka_cluster_release(struct cluster_info *c)
{
	size_t i;

	for (i = 0; i < c->nbrokers; i++)
		free(c->brokers[i].host);
	free(c->brokers);
	*c = (struct cluster_info){ .brokers = NULL };
}
