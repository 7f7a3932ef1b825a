/*
 * The module kafka: a cluster opened as a backend (kafka.h, backend/cluster.h).
 */
#include "backend/kafka/kafka.h"

#include <stdlib.h>

#include "backend/cluster.h"
#include "base/module.h"

extern const struct cluster_module plog_module_kafka;

static void
kafka_close(struct backend *be)
{
	struct kafka *k = kafka_of(be);

	if (k->rk != NULL && !k->borrowed)
		rd_kafka_destroy(k->rk);
	client_config_release(&k->conf);
	pthread_mutex_destroy(&k->trouble.lock);
	free(k->servers);
	free(k);
}

static const char *
kafka_where(const struct backend *be)
{
	return ((const struct kafka *)be)->servers;
}

static const struct backend_ops kafka_ops = {
	.name = "kafka",
	.groups = &kafka_groups,
	.close = kafka_close,
	.where = kafka_where,

	.topics = kafka_topics,
	.names_free = kafka_names_free,
	.describe = kafka_describe,
	.info_release = kafka_info_release,
	.create = kafka_create,
	.alter = kafka_alter,
	.remove = kafka_remove,
	.trim = kafka_trim,
	.defaults = kafka_defaults,
	.partitions = kafka_partitions,
	.resolve = kafka_resolve,
	.count = kafka_count,
	.cluster = kafka_cluster,
	.cluster_release = kafka_cluster_release,

	.producer_open = kafka_producer_open,
	.producer_partitions = kafka_producer_partitions,
	.compacted = kafka_producer_compacted,
	.max_record = kafka_producer_max_record,
	.put = kafka_put,
	.put_values = kafka_put_values,
	.put_batch = kafka_put_batch,
	.gathered = kafka_gathered,
	.flush = kafka_flush,
	.tick = kafka_tick,
	.finish = kafka_finish,
	.stats = kafka_producer_stats,
	.producer_close = kafka_producer_close,

	.fetcher_open = kafka_fetcher_open,
	.add = kafka_fetcher_add,
	.drop = kafka_fetcher_drop,
	.has = kafka_fetcher_has,
	.next = kafka_fetcher_next,
	.records = kafka_fetcher_records,
	.values = kafka_fetcher_values,
	.done = kafka_fetcher_done,
	.news = kafka_fetcher_news,
	.damaged = kafka_fetcher_damaged,
	.wait = kafka_fetcher_wait,
	.fetcher_close = kafka_fetcher_close,
};

/* No broker is asked anything here: what is needed is known only at the first operation. */
static int
kafka_open(struct backend **be, const struct backend_opts *o, struct err *e)
{
	struct kafka *k = calloc(1, sizeof(*k));
	int rc;

	if (k == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a cluster");
	k->be.ops = &kafka_ops;
	k->stop = o->stop;
	k->arg = o->arg;
	k->notice = o->notice;
	pthread_mutex_init(&k->trouble.lock, NULL);
	if ((rc = conf_gather(k, o, e)) != 0) {
		kafka_close(&k->be);
		return rc;
	}
	*be = &k->be;
	return 0;
}

const struct cluster_module plog_module_kafka = {
	.version = MODULE_VERSION,
	.open = kafka_open,
};
