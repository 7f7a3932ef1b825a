/*
 * local.c - a store as a backend: its topics, and the table of operations.
 */
#include "backend/local.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "log/partdir.h"
#include "store/config.h"
#include "store/topic.h"
#include "store/transfer.h"

#define LOCK_TIMEOUT_MS		30000

static void
local_close(struct backend *be)
{
	store_close(local_of(be)->store);
	free(be);
}

static const char *
local_where(const struct backend *be)
{
	return store_dir(((const struct local *)be)->store);
}

static size_t
local_left_out(const struct backend *be)
{
	return store_left_out(((const struct local *)be)->store);
}

static int
local_topics(struct backend *be, const char *const *globs, size_t n, char ***names, size_t *count, struct err *e)
{
	return topic_list(local_of(be)->store, globs, n, names, count, e);
}

static int
set_pairs(struct config *c, const char *const *pairs, size_t n, struct err *e)
{
	size_t i;
	int rc = 0;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a topic's configs");
	for (i = 0; rc == 0 && i < n; i++)
		rc = config_set_pair(c, pairs[i], e);
	return rc;
}

static struct topic_new
new_topic(const struct topic_spec *spec, const struct config *c)
{
	return (struct topic_new){ .partitions = spec->partitions, .config = c, .mode = spec->mode == -1 ? 0 : (mode_t)spec->mode };
}

static int
local_create(struct backend *be, const char *topic, const struct topic_spec *spec, struct err *e)
{
	struct config *c = config_new();
	const struct topic_new new = new_topic(spec, c);
	int rc;

	if (spec->replication > 1)
		rc = err_set(e, ERR_INVALID, "a store keeps one copy of topic '%s', not %d; a cluster (-b) keeps more", topic,
		    spec->replication);
	else if ((rc = set_pairs(c, spec->configs, spec->nconfigs, e)) == 0)
		rc = topic_create(local_of(be)->store, topic, &new, e);
	config_free(c);
	return rc;
}

static int
local_export(struct backend *be, const char *topic, const char *dir, void *arg, void (*notice)(void *, const char *),
    struct err *e)
{
	const struct transfer_notice n = { .arg = arg, .say = notice };

	return topic_export(local_of(be)->store, topic, dir, &n, e);
}

static int
local_import(struct backend *be, const char *const *dirs, size_t n, const char *topic, const struct topic_spec *spec,
    void *arg, void (*notice)(void *, const char *), struct err *e)
{
	const struct transfer_notice said = { .arg = arg, .say = notice };
	struct config *c = config_new();
	const struct topic_new new = new_topic(spec, c);
	int rc;

	if ((rc = set_pairs(c, spec->configs, spec->nconfigs, e)) == 0)
		rc = topic_import(local_of(be)->store, dirs, n, topic, &new, &said, e);
	config_free(c);
	return rc;
}

static int
local_alter(struct backend *be, const char *topic, int32_t partitions, const char *const *set, size_t nset,
    const char *const *unset, size_t nunset, struct err *e)
{
	struct topic_change change = { .partitions = partitions, .set = set, .nset = nset, .unset = unset, .nunset = nunset };

	return topic_alter(local_of(be)->store, topic, &change, e);
}

static int
local_remove(struct backend *be, const char *topic, struct err *e)
{
	return topic_delete(local_of(be)->store, topic, LOCK_TIMEOUT_MS, e);
}

/* Kafka's delete-records: not in a topic that is only compacted, whose records are all current. */
static int
local_trim(struct backend *be, const char *topic, int32_t partition, int64_t offset, struct err *e)
{
	struct partdir dir;
	struct topic t;
	int rc;

	if ((rc = topic_open(&t, local_of(be)->store, topic, e)) != 0)
		return rc;
	if (store_is_broker(t.store))
		rc = err_set(e, ERR_READONLY, "'%s' is a Kafka broker's directory, read only", store_dir(t.store));
	else if (config_compacted(t.config) && !config_deletes(t.config))
		rc = err_set(e, ERR_INVALID, "topic '%s' is compacted only, its records are not deleted by offset", topic);
	else if ((rc = topic_partition(&t, partition, &dir, e)) == 0)
		rc = partdir_trim(&dir, offset, LOCK_TIMEOUT_MS, e);
	topic_close(&t);
	return rc;
}

static int
local_defaults(struct backend *be, const char *const *set, size_t nset, struct err *e)
{
	return store_defaults_set(local_of(be)->store, set, nset, e);
}

static const struct backend_ops local_ops = {
	.name = "local",
	.groups = &local_groups,
	.close = local_close,
	.where = local_where,
	.left_out = local_left_out,

	.topics = local_topics,
	.names_free = topic_names_free,
	.describe = local_describe,
	.info_release = local_info_release,
	.create = local_create,
	.alter = local_alter,
	.remove = local_remove,
	.trim = local_trim,
	.defaults = local_defaults,
	.export_topic = local_export,
	.import_topic = local_import,
	.partitions = local_partitions,
	.resolve = local_resolve,

	.producer_open = local_producer_open,
	.producer_partitions = local_producer_partitions,
	.compacted = local_producer_compacted,
	.max_record = local_producer_max_record,
	.put = local_put,
	.put_values = local_put_values,
	.put_batch = local_put_batch,
	.gathered = local_gathered,
	.flush = local_flush,
	.tick = local_tick,
	.finish = local_finish,
	.stats = local_producer_stats,
	.producer_close = local_producer_close,
	.fetcher_open = local_fetcher_open,
	.add = local_fetcher_add,
	.drop = local_fetcher_drop,
	.has = local_fetcher_has,
	.next = local_fetcher_next,
	.records = local_fetcher_records,
	.values = local_fetcher_values,
	.done = local_fetcher_done,
	.news = local_fetcher_news,
	.damaged = local_fetcher_damaged,
	.wait = local_fetcher_wait,
	.fetcher_close = local_fetcher_close,
};

int
local_open(struct backend **be, const struct backend_opts *o, struct err *e)
{
	enum store_mode mode = o->create ? STORE_CREATE : o->write ? STORE_WRITE : STORE_READ;
	const char *const *dirs = o->dirs, *one;
	char path[PATH_MAX];
	struct local *l;
	size_t n = o->ndirs;
	int rc;

	if (n == 0) {
		if ((rc = store_default_dir(NULL, path, sizeof(path), e)) != 0)
			return rc;
		one = path;
		dirs = &one;
		n = 1;
	}
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a store");
	l->be.ops = &local_ops;
	l->stop = o->stop;
	if ((rc = store_open(&l->store, dirs, n, mode, e)) != 0) {
		free(l);
		return rc;
	}
	*be = &l->be;
	return 0;
}
