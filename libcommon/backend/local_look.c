/*
 * local_look.c - what can be asked about the topics of a store (local.h).
 */
#include "backend/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/partdir.h"
#include "log/reader.h"
#include "store/config.h"
#include "store/topic.h"

#define LOOK_BUFFER	(64 << 10)	/* one batch a partition is looked at, and often only its head */

/* A reader of the partition for a short look. */
static int
open_reader(const struct topic *t, int32_t partition, struct reader **r, struct err *e)
{
	struct reader_opts opts = { .buffer = LOOK_BUFFER, .log_start = topic_broker_log_start(t, partition) };
	struct partdir dir;
	int rc;

	*r = NULL;
	if ((rc = topic_partition(t, partition, &dir, e)) != 0)
		return rc;
	return reader_open(r, &dir, &opts, e);
}

/* The batch at or behind offset, or nothing: what cannot be read has no times, and that is all. */
static bool
batch_at(struct reader *r, int64_t offset, struct batch_head *head)
{
	struct log_batch b;

	if (reader_seek(r, offset, NULL) != 0 || reader_next(r, &b, NULL) != 1)
		return false;
	*head = b.head;
	return true;
}

static int
look_at_partition(const struct topic *t, int32_t number, bool times, struct partition_info *p, struct err *e)
{
	struct log_bounds bounds;
	struct batch_head head;
	struct reader *r;
	int rc;

	*p = (struct partition_info){ .partition = number, .high_watermark = topic_broker_high_watermark(t, number),
		.first_time = -1, .last_time = -1, .leader = -1 };
	if ((rc = open_reader(t, number, &r, e)) != 0 || (rc = reader_bounds(r, &bounds, e)) != 0) {
		reader_close(r);
		return rc;
	}
	p->start = bounds.start;
	p->end = bounds.end;
	p->segments = bounds.segments;
	p->bytes = bounds.bytes;
	if (times && bounds.end > bounds.start) {
		/* Behind a delete horizon the base timestamp is that. */
		if (batch_at(r, bounds.start, &head))
			p->first_time = (head.attributes & BATCH_DELETE_HORIZON) != 0 ? head.max_timestamp : head.base_timestamp;
		if (batch_at(r, bounds.end - 1, &head))
			p->last_time = head.max_timestamp;
	}
	reader_close(r);
	return 0;
}

static int
copy_configs(const struct topic *t, struct topic_info *info)
{
	const char *name, *value;
	size_t at = 0, n = 0;

	while (config_next(t->config, &at, &name, &value))
		n++;
	if ((info->configs = calloc(n + 1, sizeof(*info->configs))) == NULL)
		return -1;
	for (at = 0; config_next(t->config, &at, &name, &value); info->nconfigs++)
		if (asprintf(&info->configs[info->nconfigs], "%s=%s", name, value) == -1) {
			info->configs[info->nconfigs] = NULL;
			return -1;
		}
	return 0;
}

static int
look_at_topic(const struct topic *t, struct topic_info *info, struct err *e)
{
	struct topic_id none = { .b = { 0 } };
	int32_t *list = NULL;
	size_t n = 0;
	int rc;

	info->npartitions = t->partitions;
	if (memcmp(&t->id, &none, sizeof(none)) != 0)
		topic_id_text(t->id, info->id);
	rc = topic_partitions(t, &list, &n, e);
	if (rc == 0 && ((info->name = strdup(t->name)) == NULL || copy_configs(t, info) == -1 ||
	    (info->parts = calloc(n + 1, sizeof(*info->parts))) == NULL))
		rc = err_set(e, ERR_NOMEM, "no memory for topic '%s'", t->name);
	for (; rc == 0 && info->nhere < n; info->nhere++)
		rc = look_at_partition(t, list[info->nhere], !info->no_times, &info->parts[info->nhere], e);
	free(list);
	return rc;
}

int
local_describe(struct backend *be, const char *topic, struct topic_info *info, struct err *e)
{
	struct topic t;
	int rc;

	*info = (struct topic_info){ .no_times = info->no_times };
	if ((rc = topic_open(&t, local_of(be)->store, topic, e)) != 0)
		return rc;
	rc = look_at_topic(&t, info, e);
	topic_close(&t);
	if (rc != 0)
		local_info_release(info);
	return rc;
}

void
local_info_release(struct topic_info *info)
{
	size_t i;

	for (i = 0; i < info->nconfigs; i++)
		free(info->configs[i]);
	free(info->configs);
	free(info->parts);
	free(info->name);
	*info = (struct topic_info)TOPIC_INFO_INIT;
}

int
local_partitions(struct backend *be, const char *topic, int32_t **list, size_t *n, int32_t *total, struct err *e)
{
	struct topic t;
	int rc;

	if ((rc = topic_open(&t, local_of(be)->store, topic, e)) != 0)
		return rc;
	rc = topic_partitions(&t, list, n, e);
	*total = t.partitions;
	topic_close(&t);
	return rc;
}

static int64_t
clamp(int64_t v, const struct log_bounds *b)
{
	return v < b->start ? b->start : v > b->end ? b->end : v;
}

static int
resolve(struct reader *r, const struct place *place, int64_t *offset, struct err *e)
{
	struct log_bounds b;
	int rc;

	if (place->kind == PLACE_TIME)
		return reader_find_time(r, place->n, offset, e);
	if ((rc = reader_bounds(r, &b, e)) != 0)
		return rc;
	switch (place->kind) {
	case PLACE_TIME:
	case PLACE_EARLIEST:
		*offset = b.start;
		break;
	case PLACE_LATEST:
		*offset = b.end;
		break;
	case PLACE_OFFSET:
		*offset = clamp(place->n, &b);
		break;
	case PLACE_FROM_START:
		*offset = place->n > b.end - b.start ? b.end : b.start + place->n;
		break;
	case PLACE_FROM_END:
		*offset = place->n > b.end - b.start ? b.start : b.end - place->n;
		break;
	}
	return 1;
}

int
local_resolve(struct backend *be, const char *topic, int32_t partition, const struct place *place, int64_t *offset,
    struct err *e)
{
	struct reader *r = NULL;
	struct topic t;
	int rc;

	if ((rc = topic_open(&t, local_of(be)->store, topic, e)) != 0)
		return rc;
	if ((rc = open_reader(&t, partition, &r, e)) == 0)
		rc = resolve(r, place, offset, e);
	reader_close(r);
	topic_close(&t);
	return rc;
}
