/*
 * plog-topic list and describe: what topics there are, and what is in them.
 */
#include "text/glob.h"
#include "topic/topic.h"

#include <stdlib.h>
#include <string.h>

#include "text/json.h"
#include "tool/msg.h"
#include "tool/subcommand.h"

static const struct column list_columns[] = {
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITIONS", "partitions", COL_NUMBER },
	{ "RECORDS", "records", COL_NUMBER },
	{ "SIZE", "bytes", COL_SIZE },
	{ "SEGMENTS", "segments", COL_NUMBER },
	{ "FIRST", "first_time", COL_TIME },
	{ "LAST", "last_time", COL_TIME },
	{ "ID", "id", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

static void
number_or_none(struct table *t, int64_t v)
{
	if (v == -1)
		table_none(t);
	else
		table_number(t, v);
}

/* Sums; what is not known of one partition is not known of all. */
static void
list_row(struct table *t, const struct topic_info *info)
{
	int64_t records = 0, bytes = 0, segments = 0, first = -1, last = -1;
	size_t i;

	for (i = 0; i < info->nhere; i++) {
		const struct partition_info *p = &info->parts[i];

		/* Offsets, not records: what compaction took out counts. */
		records += p->end - p->start;
		bytes = p->bytes == -1 || bytes == -1 ? -1 : bytes + p->bytes;
		segments = p->segments == -1 || segments == -1 ? -1 : segments + p->segments;
		if (p->first_time != -1 && (first == -1 || p->first_time < first))
			first = p->first_time;
		if (p->last_time > last)
			last = p->last_time;
	}
	table_text(t, info->name);
	table_number(t, info->npartitions);
	table_number(t, records);
	number_or_none(t, bytes);
	number_or_none(t, segments);
	number_or_none(t, first);
	number_or_none(t, last);
	table_text(t, info->id[0] != '\0' ? info->id : NULL);
	table_row(t);
}

/* A topic that was listed may be deleted before it is looked at: that is no error. */
static int
describe(struct backend *be, const char *topic, struct topic_info *info, bool named, int *status)
{
	struct err e = ERR_INIT;
	int rc = be->ops->describe(be, topic, info, &e);

	if (rc != 0 && (named || (rc != -ERR_NOENT && rc != -ERR_GONE)))
		*status = topic_failed(&e);
	return rc;
}

/* A name, not a glob, that is not among those found is an error, with the nearest one. */
static void
missing_names(struct backend *be, int n, char *const *operands, char **names, size_t count, int *status)
{
	struct err e = ERR_INIT;
	int32_t *list, total;
	size_t k, npartitions;
	int i;

	for (i = 0; i < n; i++) {
		for (k = 0; k < count && strcmp(names[k], operands[i]) != 0; k++)
			;
		if (k < count || glob_is(operands[i]))
			continue;
		if (be->ops->partitions(be, operands[i], &list, &npartitions, &total, &e) != 0)
			*status = topic_failed(&e);
		else
			free(list);
	}
}

int
topic_cmd_list(struct topic_opts *o, int n, char *const *operands)
{
	struct backend *be = topic_backend(o, false, false);
	struct buf b = BUF_INIT;
	int status = EXIT_DONE;
	struct err e = ERR_INIT;
	char **names;
	struct table t;
	size_t count, i;

	if (be->ops->topics(be, (const char *const *)operands, (size_t)n, &names, &count, &e) != 0)
		die_err(&e);
	missing_names(be, n, operands, names, count, &status);
	if (!o->lengthy && o->form != TABLE_JSON) {
		for (i = 0; i < count; i++)
			buf_printf(&b, "%s\n", names[i]);
	} else {
		table_init(&t, list_columns, o->form);
		for (i = 0; i < count; i++) {
			struct topic_info info = TOPIC_INFO_INIT;

			if (describe(be, names[i], &info, false, &status) == 0)
				list_row(&t, &info);
			be->ops->info_release(&info);
		}
		table_finish(&t, &b);
	}
	be->ops->names_free(names, count);
	backend_close(be);
	return subcommand_output(&b, status);
}

static const struct column partition_columns[] = {
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "START", "start", COL_NUMBER },
	{ "END", "end", COL_NUMBER },
	{ "HIGH-WATERMARK", "high_watermark", COL_NUMBER },
	{ "SEGMENTS", "segments", COL_NUMBER },
	{ "SIZE", "bytes", COL_SIZE },
	{ "FIRST", "first_time", COL_TIME },
	{ "LAST", "last_time", COL_TIME },
	{ "LEADER", "leader", COL_NUMBER },
	{ "REPLICAS", "replicas", COL_TEXT },
	{ "ISR", "isr", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

/* "1,2,3" */
static void
ids(struct table *t, const int32_t *v, size_t n)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < n; i++)
		buf_printf(&b, "%s%d", i == 0 ? "" : ",", v[i]);
	table_text(t, n > 0 ? buf_str(&b) : NULL);
	buf_release(&b);
}

static void
partition_rows(struct table *t, const struct topic_info *info)
{
	size_t i;

	for (i = 0; i < info->nhere; i++) {
		const struct partition_info *p = &info->parts[i];

		table_text(t, info->name);
		table_number(t, p->partition);
		number_or_none(t, p->start);
		number_or_none(t, p->end);
		number_or_none(t, p->high_watermark);
		number_or_none(t, p->segments);
		number_or_none(t, p->bytes);
		number_or_none(t, p->first_time);
		number_or_none(t, p->last_time);
		number_or_none(t, p->leader);
		ids(t, p->replicas, p->nreplicas);
		ids(t, p->isr, p->nisr);
		table_row(t);
	}
}

/* For people, without what a store has none of. */
static const struct column store_columns[] = {
	{ "PARTITION", "partition", COL_NUMBER },
	{ "START", "start", COL_NUMBER },
	{ "END", "end", COL_NUMBER },
	{ "SEGMENTS", "segments", COL_NUMBER },
	{ "SIZE", "bytes", COL_SIZE },
	{ "FIRST", "first_time", COL_TIME },
	{ "LAST", "last_time", COL_TIME },
	{ NULL, NULL, COL_TEXT },
};

static void
store_rows(struct table *t, const struct topic_info *info)
{
	size_t i;

	for (i = 0; i < info->nhere; i++) {
		const struct partition_info *p = &info->parts[i];

		table_number(t, p->partition);
		table_number(t, p->start);
		table_number(t, p->end);
		number_or_none(t, p->segments);
		number_or_none(t, p->bytes);
		number_or_none(t, p->first_time);
		number_or_none(t, p->last_time);
		table_row(t);
	}
}

/* For people, of a cluster. */
static const struct column cluster_columns[] = {
	{ "PARTITION", "partition", COL_NUMBER },
	{ "START", "start", COL_NUMBER },
	{ "END", "end", COL_NUMBER },
	{ "LEADER", "leader", COL_NUMBER },
	{ "REPLICAS", "replicas", COL_TEXT },
	{ "ISR", "isr", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

static void
cluster_rows(struct table *t, const struct topic_info *info)
{
	size_t i;

	for (i = 0; i < info->nhere; i++) {
		const struct partition_info *p = &info->parts[i];

		table_number(t, p->partition);
		number_or_none(t, p->start);
		number_or_none(t, p->end);
		number_or_none(t, p->leader);
		ids(t, p->replicas, p->nreplicas);
		ids(t, p->isr, p->nisr);
		table_row(t);
	}
}

static void
json_number(struct buf *b, const char *name, int64_t v)
{
	if (v == -1)
		buf_printf(b, ",\"%s\":null", name);
	else
		buf_printf(b, ",\"%s\":%lld", name, (long long)v);
}

static void
json_ids(struct buf *b, const char *name, const int32_t *v, size_t n)
{
	size_t i;

	buf_printf(b, ",\"%s\":[", name);
	for (i = 0; i < n; i++)
		buf_printf(b, "%s%d", i == 0 ? "" : ",", v[i]);
	buf_putc(b, ']');
}

/* {"topic":..,"id":..,"partition_count":..,"configs":{..},"partitions":[{..},..]} */
static void
json_topic(struct buf *b, const struct topic_info *info)
{
	size_t i;

	buf_puts(b, "{\"topic\":");
	json_str(info->name, b);
	if (info->id[0] != '\0')
		buf_printf(b, ",\"id\":\"%s\"", info->id);
	else
		buf_puts(b, ",\"id\":null");
	buf_printf(b, ",\"partition_count\":%d,\"configs\":{", info->npartitions);
	for (i = 0; i < info->nconfigs; i++) {
		char *eq = strchr(info->configs[i], '=');

		*eq = '\0';
		if (i > 0)
			buf_putc(b, ',');
		json_str(info->configs[i], b);
		buf_putc(b, ':');
		json_str(eq + 1, b);
		*eq = '=';
	}
	buf_puts(b, "},\"partitions\":[");
	for (i = 0; i < info->nhere; i++) {
		const struct partition_info *p = &info->parts[i];

		buf_printf(b, "%s{\"partition\":%d", i == 0 ? "" : ",", p->partition);
		json_number(b, "start", p->start);
		json_number(b, "end", p->end);
		json_number(b, "high_watermark", p->high_watermark);
		json_number(b, "segments", p->segments);
		json_number(b, "bytes", p->bytes);
		json_number(b, "first_time", p->first_time);
		json_number(b, "last_time", p->last_time);
		json_number(b, "leader", p->leader);
		if (p->replicas != NULL) {
			json_ids(b, "replicas", p->replicas, p->nreplicas);
			json_ids(b, "isr", p->isr, p->nisr);
		}
		buf_putc(b, '}');
	}
	buf_puts(b, "]}\n");
}

struct shape {
	const struct column *columns;
	void (*rows)(struct table *, const struct topic_info *);
};

/* What is known of the partitions says which columns are worth a place. */
static const struct shape *
shape_of(const struct topic_info *info)
{
	static const struct shape all = { partition_columns, partition_rows }, store = { store_columns, store_rows },
	    cluster = { cluster_columns, cluster_rows };
	size_t i;

	if (info->nhere > 0 && info->parts[0].nreplicas > 0)
		return &cluster;
	for (i = 0; i < info->nhere; i++)
		if (info->parts[i].high_watermark != -1 || info->parts[i].leader != -1)
			return &all;
	return &store;
}

static void
for_people(struct buf *b, const struct topic_info *info, bool first)
{
	const struct shape *shape = shape_of(info);
	struct table t;
	size_t i;

	if (!first)
		buf_putc(b, '\n');
	buf_printf(b, "Topic:      %s\nId:         %s\nPartitions: %d\n", info->name, info->id[0] != '\0' ? info->id : "-",
	    info->npartitions);
	for (i = 0; i < info->nconfigs; i++)
		buf_printf(b, "%s%s\n", i == 0 ? "Configs:    " : "            ", info->configs[i]);
	table_init(&t, shape->columns, TABLE_PEOPLE);
	shape->rows(&t, info);
	table_finish(&t, b);
}

int
topic_cmd_describe(struct topic_opts *o, int n, char *const *operands)
{
	struct backend *be;
	struct buf b = BUF_INIT;
	int status = EXIT_DONE;
	char **names;
	struct table t;
	size_t count, i;
	bool first = true;

	if (o->fail_down && !o->cluster)
		die_usage("--fail-down goes with describe --cluster");
	if (o->cluster && n > 0)
		die_usage("describe --cluster takes no topic: %s", operands[0]);
	if (o->cluster)
		return topic_describe_cluster(o);
	be = topic_backend(o, false, false);
	names = topic_names(be, n, operands, &count, &status);
	if (o->form == TABLE_TSV)
		table_init(&t, partition_columns, TABLE_TSV);
	for (i = 0; i < count; i++) {
		struct topic_info info = TOPIC_INFO_INIT;

		if (describe(be, names[i], &info, n > 0, &status) != 0)
			continue;
		if (o->form == TABLE_TSV)
			partition_rows(&t, &info);
		else if (o->form == TABLE_JSON)
			json_topic(&b, &info);
		else
			for_people(&b, &info, first);
		first = false;
		be->ops->info_release(&info);
	}
	if (o->form == TABLE_TSV)
		table_finish(&t, &b);
	topic_names_done(names, count);
	backend_close(be);
	return subcommand_output(&b, status);
}
