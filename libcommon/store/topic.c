/*
 * topic.c - one topic, open; its partitions (topic.h).
 */
#include "store/topic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"
#include "store/inside.h"

int
topic_missing(struct store *st, const char *name, struct err *e)
{
	const char *near = NULL;
	char **names = NULL;
	size_t n = 0;
	int rc;

	/* topic_list ends the list with NULL, as nearest_name wants it. */
	if (topic_list(st, NULL, 0, &names, &n, NULL) == 0)
		near = nearest_name(name, (const char *const *)names);
	if (near != NULL)
		rc = err_set(e, ERR_NOENT, "topic '%s' does not exist, did you mean '%s'?", name, near);
	else
		rc = err_set(e, ERR_NOENT, "topic '%s' does not exist", name);
	topic_names_free(names, n);
	return rc;
}

static int
open_in_store(struct topic *t, struct store *st, struct err *e)
{
	if ((t->fd = open_dir_at(st->topics, t->name)) != -1)
		return topic_properties_read(t, e);
	if (errno == ENOENT)
		return topic_missing(st, t->name, e);
	if (errno == ELOOP || errno == ENOTDIR)
		return err_set(e, ERR_FORMAT, "'%s/topics/%s' is no directory (symbolic links are not followed here)",
		    st->dir, t->name);
	return err_sys(e, "cannot open topic '%s'", t->name);
}

static int
open_at_broker(struct topic *t, struct store *st, struct err *e)
{
	const struct replica *r;
	size_t n;
	int rc;

	if ((r = broker_topic(st->broker, t->name, &n)) == NULL) {
		if ((rc = broker_scan(st->broker, e)) != 0)
			return rc;
		if ((r = broker_topic(st->broker, t->name, &n)) == NULL)
			return topic_missing(st, t->name, e);
	}
	t->partitions = r[n - 1].partition + 1;
	replica_topic_id(&r[0], t->id.b);
	if ((t->config = config_new()) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for topic '%s'", t->name);
	return 0;
}

int
topic_open(struct topic *t, struct store *st, const char *name, struct err *e)
{
	int rc;

	*t = (struct topic){ .fd = -1, .store = st };
	if ((rc = name_check("topic", name, e)) != 0)
		return rc;
	snprintf(t->name, sizeof(t->name), "%s", name);
	rc = st->broker != NULL ? open_at_broker(t, st, e) : open_in_store(t, st, e);
	if (rc != 0)
		topic_close(t);
	return rc;
}

void
topic_close(struct topic *t)
{
	if (t->fd != -1)
		close(t->fd);
	config_free(t->config);
	t->fd = -1;
	t->config = NULL;
}

/* The replica of a partition in a broker's directory, or NULL. */
static const struct replica *
replica_of(const struct topic *t, int32_t partition)
{
	const struct replica *r;
	size_t n, i;

	r = broker_topic(t->store->broker, t->name, &n);
	for (i = 0; i < n; i++)
		if (r[i].partition == partition)
			return &r[i];
	return NULL;
}

int
topic_partition(const struct topic *t, int32_t partition, struct partdir *p, struct err *e)
{
	const struct replica *r;

	*p = (struct partdir){ .holder = t->fd, .broker = t->store->broker != NULL };
	snprintf(p->label, sizeof(p->label), "%s/%d", t->name, partition);
	if (p->broker) {
		if ((r = replica_of(t, partition)) == NULL)
			return err_set(e, ERR_NOENT, "partition %d of topic '%s' is not in '%s'", partition, t->name, t->store->dir);
		p->holder = r->dirfd;
		snprintf(p->name, sizeof(p->name), "%s-%d", t->name, partition);
		snprintf(p->label, sizeof(p->label), "%s", p->name);
		return 0;
	}
	if (partition < 0 || partition >= t->partitions)
		return err_set(e, ERR_NOENT, "topic '%s' has no partition %d, it has %d", t->name, partition, t->partitions);
	snprintf(p->name, sizeof(p->name), "%d", partition);
	return 0;
}

int
topic_partitions(const struct topic *t, int32_t **list, size_t *n, struct err *e)
{
	const struct replica *r = NULL;
	size_t i;

	*n = (size_t)t->partitions;
	if (t->store->broker != NULL)
		r = broker_topic(t->store->broker, t->name, n);
	if ((*list = calloc(*n + 1, sizeof(**list))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the partitions of topic '%s'", t->name);
	for (i = 0; i < *n; i++)
		(*list)[i] = r != NULL ? r[i].partition : (int32_t)i;
	return 0;
}

int64_t
topic_broker_log_start(const struct topic *t, int32_t partition)
{
	const struct replica *r = t->store->broker != NULL ? replica_of(t, partition) : NULL;

	return r != NULL ? r->log_start : -1;
}

int64_t
topic_broker_high_watermark(const struct topic *t, int32_t partition)
{
	const struct replica *r = t->store->broker != NULL ? replica_of(t, partition) : NULL;

	return r != NULL ? r->high_watermark : -1;
}
