/*
 * What can be asked about the topics of a cluster (kafka.h).
 */
#include "backend/kafka/kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "text/glob.h"

#define TRIES	10
#define TRY_MS	100
#define FIRST_SLICE_MS	1000

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
kafka_names_free(char **names, size_t n)
{
	size_t i;

	for (i = 0; names != NULL && i < n; i++)
		free(names[i]);
	free(names);
}

static bool
wanted(const char *name, const char *const *globs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (glob_match(slice_str(globs[i]), slice_str(name)))
			return true;
	return n == 0;
}

int
names_select(char **names, size_t n, const char *const *globs, size_t nglobs, char ***out, size_t *count)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		if (wanted(names[i], globs, nglobs))
			names[kept++] = names[i];
		else
			free(names[i]);
	if (kept > 0)
		qsort(names, kept, sizeof(*names), by_name);
	*out = names;
	*count = kept;
	return 0;
}

int
kafka_topics(struct backend *be, const char *const *globs, size_t n, char ***out, size_t *count, struct err *e)
{
	const struct rd_kafka_metadata *md;
	char **names;
	size_t k = 0;
	int i, rc;

	if ((rc = talk_metadata(kafka_of(be), NULL, &md, e)) != 0)
		return rc;
	names = calloc((size_t)md->topic_cnt + 1, sizeof(*names));
	for (i = 0; names != NULL && i < md->topic_cnt; i++)
		if ((names[k] = strdup(md->topics[i].topic)) != NULL)
			k++;
	rd_kafka_metadata_destroy(md);
	if (names == NULL || k < (size_t)i) {
		kafka_names_free(names, k);
		return err_set(e, ERR_NOMEM, "no memory for the names of topics");
	}
	return names_select(names, k, globs, n, out, count);
}

/* A leader that moves, or a partition just made, is known to all brokers a moment later. */
static bool
of_the_moment(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
	case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return true;
	default: return false;
	}
}

/* A broker that went away, of a cluster that has answered before: another will lead, or it comes back. */
static bool
of_a_broker(const struct kafka *k, rd_kafka_resp_err_t code, int64_t since_ns)
{
	if (!k->met || clock_steady_ns() - since_ns > k->timeout_ms * 1000000LL)
		return false;
	return code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
	    code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
	    code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
}

/* Who leads is asked anew: what the handle knows may be of before. */
static void
look_again(struct kafka *k, const char *topic)
{
	const struct rd_kafka_metadata *md;

	if (talk_topic(k, topic, &md, NULL) == 0)
		rd_kafka_metadata_destroy(md);
}

int
look_offsets(struct kafka *k, rd_kafka_topic_partition_list_t *list, const char *topic, struct err *e)
{
	int64_t *asked = calloc((size_t)list->cnt + 1, sizeof(*asked));
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	int64_t since = clock_steady_ns(), slice_ms = FIRST_SLICE_MS, left_ms;
	int i, again = 0;

	if (asked == NULL)
		return err_set(e, ERR_NOMEM, "no memory to ask for offsets of '%s'", topic);
	for (i = 0; i < list->cnt; i++)
		asked[i] = list->elems[i].offset;
	for (;;) {
		for (i = 0; i < list->cnt; i++)
			list->elems[i].offset = asked[i];
		/* A leader that is gone is waited for all of the time given: at first that is little. */
		left_ms = k->timeout_ms - (clock_steady_ns() - since) / 1000000;
		if (slice_ms > left_ms)
			slice_ms = left_ms > TRY_MS ? left_ms : TRY_MS;
		code = rd_kafka_offsets_for_times(k->rk, list, (int)slice_ms);
		slice_ms *= 2;
		for (i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < list->cnt; i++)
			if (of_the_moment(list->elems[i].err) || of_a_broker(k, list->elems[i].err, since))
				code = list->elems[i].err;
		if (talk_stopped(k) || !(of_a_broker(k, code, since) || (of_the_moment(code) && ++again < TRIES)))
			break;
		look_again(k, topic);
		rd_kafka_poll(k->rk, TRY_MS);
	}
	free(asked);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return talk_failed(k, code, NULL, e, "cannot ask for offsets of '%s'", topic);
	return 0;
}

static int
compare_partitions(const void *a, const void *b)
{
	const struct partition_info *p = a, *q = b;

	return (p->partition > q->partition) - (p->partition < q->partition);
}

static int
copy_ids(const int32_t *from, int n, const int32_t **to, size_t *count)
{
	int32_t *v = calloc((size_t)n + 1, sizeof(*v));

	if (v == NULL)
		return -1;
	memcpy(v, from, (size_t)n * sizeof(*v));
	*to = v;
	*count = (size_t)n;
	return 0;
}

static int
take_partitions(struct topic_info *info, const struct rd_kafka_metadata_topic *t)
{
	int i;

	if ((info->parts = calloc((size_t)t->partition_cnt + 1, sizeof(*info->parts))) == NULL)
		return -1;
	for (i = 0; i < t->partition_cnt; i++) {
		const struct rd_kafka_metadata_partition *m = &t->partitions[i];
		struct partition_info *p = &info->parts[info->nhere++];

		*p = (struct partition_info){ .partition = m->id, .start = -1, .end = -1, .high_watermark = -1, .segments = -1,
			.bytes = -1, .first_time = -1, .last_time = -1, .leader = m->leader };
		if (copy_ids(m->replicas, m->replica_cnt, &p->replicas, &p->nreplicas) != 0 ||
		    copy_ids(m->isrs, m->isr_cnt, &p->isr, &p->nisr) != 0)
			return -1;
	}
	qsort(info->parts, info->nhere, sizeof(*info->parts), compare_partitions);
	info->npartitions = (int32_t)info->nhere;
	return 0;
}

/* Where each partition that has a leader begins (or ends). */
static int
take_offsets(struct kafka *k, struct topic_info *info, int64_t which, struct err *e)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)info->nhere);
	const rd_kafka_topic_partition_t *found;
	size_t i;
	int rc = 0;

	for (i = 0; i < info->nhere; i++)
		if (info->parts[i].leader != -1)
			rd_kafka_topic_partition_list_add(list, info->name, info->parts[i].partition)->offset = which;
	if (list->cnt > 0)
		rc = look_offsets(k, list, info->name, e);
	for (i = 0; rc == 0 && i < info->nhere; i++) {
		found = rd_kafka_topic_partition_list_find(list, info->name, info->parts[i].partition);
		if (found != NULL && found->err == RD_KAFKA_RESP_ERR_NO_ERROR)
			*(which == RD_KAFKA_OFFSET_END ? &info->parts[i].end : &info->parts[i].start) = found->offset;
	}
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

int
kafka_describe(struct backend *be, const char *topic, struct topic_info *info, struct err *e)
{
	struct kafka *k = kafka_of(be);
	const struct rd_kafka_metadata *md;
	int rc;

	*info = (struct topic_info)TOPIC_INFO_INIT;
	if ((rc = talk_topic(k, topic, &md, e)) != 0)
		return rc;
	if ((info->name = strdup(topic)) == NULL || take_partitions(info, &md->topics[0]) != 0)
		rc = err_set(e, ERR_NOMEM, "no memory for topic '%s'", topic);
	rd_kafka_metadata_destroy(md);
	if (rc == 0 && (rc = take_offsets(k, info, RD_KAFKA_OFFSET_BEGINNING, e)) == 0)
		rc = take_offsets(k, info, RD_KAFKA_OFFSET_END, e);
	/* Who may read a topic need not be allowed to see its configs. */
	if (rc == 0)
		(void)admin_configs(k, topic, &info->configs, &info->nconfigs, NULL);
	if (rc != 0)
		kafka_info_release(info);
	return rc;
}

void
kafka_info_release(struct topic_info *info)
{
	size_t i;

	for (i = 0; i < info->nhere; i++) {
		free((void *)(uintptr_t)info->parts[i].replicas);
		free((void *)(uintptr_t)info->parts[i].isr);
	}
	kafka_names_free(info->configs, info->nconfigs);
	free(info->parts);
	free(info->name);
	*info = (struct topic_info)TOPIC_INFO_INIT;
}

static int
by_number(const void *a, const void *b)
{
	const int32_t p = *(const int32_t *)a, q = *(const int32_t *)b;

	return (p > q) - (p < q);
}

int
kafka_partitions(struct backend *be, const char *topic, int32_t **list, size_t *n, int32_t *total, struct err *e)
{
	const struct rd_kafka_metadata *md;
	int i, rc;

	if ((rc = talk_topic(kafka_of(be), topic, &md, e)) != 0)
		return rc;
	*n = (size_t)md->topics[0].partition_cnt;
	*total = md->topics[0].partition_cnt;
	if ((*list = calloc(*n + 1, sizeof(**list))) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for topic '%s'", topic);
	for (i = 0; rc == 0 && i < *total; i++)
		(*list)[i] = md->topics[0].partitions[i].id;
	rd_kafka_metadata_destroy(md);
	if (rc == 0)
		qsort(*list, *n, sizeof(**list), by_number);
	return rc;
}

/* One offset of one partition: of a time, of the beginning or the end. */
static int
ask_one(struct kafka *k, const char *topic, int32_t partition, int64_t which, int64_t *offset, struct err *e)
{
	rd_kafka_topic_partition_list_t *list;
	int rc;

	if (talk_handle(k, e) == NULL)
		return -ERR_INVALID;
	list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(list, topic, partition)->offset = which;
	rc = look_offsets(k, list, topic, e);
	if (rc == 0 && list->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
		rc = talk_failed(k, list->elems[0].err, NULL, e, "cannot ask for offsets of '%s/%d'", topic, (int)partition);
	*offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	return rc;
}

int
kafka_resolve(struct backend *be, const char *topic, int32_t partition, const struct place *place, int64_t *offset, struct err *e)
{
	struct kafka *k = kafka_of(be);
	int64_t start = 0, end = 0;
	int rc;

	if (place->kind == PLACE_TIME) {
		if ((rc = ask_one(k, topic, partition, place->n < 0 ? 0 : place->n, offset, e)) != 0)
			return rc;
		if (*offset >= 0)
			return 1;
		rc = ask_one(k, topic, partition, RD_KAFKA_OFFSET_END, offset, e);
		return rc;
	}
	if (place->kind != PLACE_LATEST && (rc = ask_one(k, topic, partition, RD_KAFKA_OFFSET_BEGINNING, &start, e)) != 0)
		return rc;
	if (place->kind != PLACE_EARLIEST && (rc = ask_one(k, topic, partition, RD_KAFKA_OFFSET_END, &end, e)) != 0)
		return rc;
	switch (place->kind) {
	case PLACE_TIME:
	case PLACE_EARLIEST:
		*offset = start;
		break;
	case PLACE_LATEST:
		*offset = end;
		break;
	case PLACE_OFFSET:
		*offset = place->n < start ? start : place->n > end ? end : place->n;
		break;
	case PLACE_FROM_START:
		*offset = place->n > end - start ? end : start + place->n;
		break;
	case PLACE_FROM_END:
		*offset = place->n > end - start ? start : end - place->n;
		break;
	}
	return 1;
}

/* Offsets that no record has are counted too; where they are certain to be there it is said. */
int
kafka_count(struct backend *be, const char *topic, int64_t from, int64_t to, uint64_t *n, const char **why, struct err *e)
{
	char **configs = NULL;
	size_t nconfigs = 0, i;

	(void)e;
	*why = NULL;
	*n = to > from ? (uint64_t)(to - from) : 0;
	if (admin_configs(kafka_of(be), topic, &configs, &nconfigs, NULL) != 0)
		return 0;
	for (i = 0; i < nconfigs; i++)
		if (strncmp(configs[i], "cleanup.policy=", 15) == 0 && strstr(configs[i], "compact") != NULL)
			*why = "the topic is compacted: offsets are counted, also of records that are gone";
	kafka_names_free(configs, nconfigs);
	return 0;
}
