/*
 * plog-topic metrics: sizes, offsets and times of every partition, in the
 * text form that Prometheus reads.
 */
#include "topic/topic.h"

#include <stdlib.h>

#include "tool/msg.h"
#include "tool/subcommand.h"

static int64_t start(const struct partition_info *p) { return p->start; }
static int64_t end(const struct partition_info *p) { return p->end; }
static int64_t high_watermark(const struct partition_info *p) { return p->high_watermark; }
static int64_t bytes(const struct partition_info *p) { return p->bytes; }
static int64_t segments(const struct partition_info *p) { return p->segments; }
static int64_t last_time(const struct partition_info *p) { return p->last_time; }

static const struct metric {
	const char *name, *help;
	int64_t (*value)(const struct partition_info *);	/* -1: not known */
	bool ms;			/* shown in seconds */
} metrics[] = {
	{ "plog_partition_log_start_offset", "First offset that can be read.", start, false },
	{ "plog_partition_log_end_offset", "Offset that the next record gets.", end, false },
	{ "plog_partition_high_watermark", "End of what a Kafka broker noted as replicated.", high_watermark, false },
	{ "plog_partition_size_bytes", "Bytes in the segments.", bytes, false },
	{ "plog_partition_segments", "Number of segments.", segments, false },
	{ "plog_partition_last_append_timestamp_seconds", "Largest timestamp of the batch appended last.", last_time, true },
};

static void
print_value(struct buf *b, const struct metric *m, const char *topic, const struct partition_info *p)
{
	int64_t v = m->value(p);

	if (v == -1)
		return;
	/* No character of a topic's name needs an escape here. */
	buf_printf(b, "%s{topic=\"%s\",partition=\"%d\"} ", m->name, topic, p->partition);
	if (m->ms)
		buf_printf(b, "%lld.%03lld\n", (long long)(v / 1000), (long long)(v % 1000));
	else
		buf_printf(b, "%lld\n", (long long)v);
}

static void
print_all(struct buf *b, const struct topic_info *infos, size_t n)
{
	size_t m, i, k;

	buf_puts(b, "# HELP plog_topic_partitions Number of partitions.\n# TYPE plog_topic_partitions gauge\n");
	for (i = 0; i < n; i++)
		buf_printf(b, "plog_topic_partitions{topic=\"%s\"} %d\n", infos[i].name, infos[i].npartitions);
	for (m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
		buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", metrics[m].name, metrics[m].help, metrics[m].name);
		for (i = 0; i < n; i++)
			for (k = 0; k < infos[i].nhere; k++)
				print_value(b, &metrics[m], infos[i].name, &infos[i].parts[k]);
	}
}

int
topic_cmd_metrics(struct topic_opts *o, int n, char *const *operands)
{
	struct backend *be = topic_backend(o, false, false);
	struct buf b = BUF_INIT;
	struct topic_info *infos;
	int rc, status = EXIT_DONE;
	char **names;
	size_t count, i, known = 0;

	names = topic_names(be, n, operands, &count, &status);
	if ((infos = calloc(count + 1, sizeof(*infos))) == NULL)
		die("no memory");
	for (i = 0; i < count; i++) {
		struct err e = ERR_INIT;

		if ((rc = be->ops->describe(be, names[i], &infos[known], &e)) == 0)
			known++;
		else if (n > 0 || (rc != -ERR_NOENT && rc != -ERR_GONE))
			status = topic_failed(&e);
	}
	print_all(&b, infos, known);
	for (i = 0; i < known; i++)
		be->ops->info_release(&infos[i]);
	free(infos);
	topic_names_done(names, count);
	backend_close(be);
	return subcommand_output(&b, status);
}
