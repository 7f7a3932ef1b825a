/*
 * config_table.c - Kafka's topic configs: names, defaults, ranges, broker
 * names (config_table.h).
 */
#include "store/config_table.h"

#include <string.h>

static const char *const policies[] = { "delete", "compact", NULL };
static const char *const codecs[] = { "uncompressed", "gzip", "snappy", "lz4", "zstd", "producer", NULL };
static const char *const stamps[] = { "CreateTime", "LogAppendTime", NULL };

/* By name: config_find searches by halves, topic.properties is written in this order. */
const struct config_def config_table[] = {
	{ .name = "cleanup.policy", .def = "delete", .kind = CONFIG_WORDS,
	    .words = policies, .broker = "log.cleanup.policy" },
	{ .name = "compression.gzip.level", .def = "-1", .kind = CONFIG_COUNT,
	    .min = -1, .max = 9, .broker = "compression.gzip.level" },
	{ .name = "compression.lz4.level", .def = "9", .kind = CONFIG_COUNT,
	    .min = 1, .max = 17, .broker = "compression.lz4.level" },
	{ .name = "compression.type", .def = "producer", .kind = CONFIG_WORD,
	    .words = codecs, .broker = "compression.type" },
	{ .name = "compression.zstd.level", .def = "3", .kind = CONFIG_COUNT,
	    .min = -131072, .max = 22, .broker = "compression.zstd.level" },
	{ .name = "delete.retention.ms", .def = "86400000", .kind = CONFIG_MS,
	    .min = 0, .max = INT64_MAX, .broker = "log.cleaner.delete.retention.ms" },
	{ .name = "errors.deadletterqueue.group.enable", .def = "false", .kind = CONFIG_BOOL },
	{ .name = "file.delete.delay.ms", .def = "60000", .kind = CONFIG_MS,
	    .min = 0, .max = INT64_MAX, .broker = "log.segment.delete.delay.ms" },
	{ .name = "flush.messages", .def = "9223372036854775807", .kind = CONFIG_COUNT,
	    .min = 1, .max = INT64_MAX, .broker = "log.flush.interval.messages" },
	{ .name = "flush.ms", .def = "9223372036854775807", .kind = CONFIG_MS,
	    .min = 0, .max = INT64_MAX, .broker = "log.flush.interval.ms" },
	{ .name = "follower.replication.throttled.replicas", .def = "", .kind = CONFIG_TEXT },
	{ .name = "index.interval.bytes", .def = "4096", .kind = CONFIG_BYTES,
	    .min = 0, .max = INT32_MAX, .broker = "log.index.interval.bytes" },
	{ .name = "internal.segment.bytes", .def = "1073741824", .kind = CONFIG_BYTES,
	    .min = 14, .max = INT32_MAX, .hidden = true },
	{ .name = "leader.replication.throttled.replicas", .def = "", .kind = CONFIG_TEXT },
	{ .name = "local.retention.bytes", .def = "-2", .kind = CONFIG_BYTES,
	    .min = -2, .max = INT64_MAX, .broker = "log.local.retention.bytes" },
	{ .name = "local.retention.ms", .def = "-2", .kind = CONFIG_MS,
	    .min = -2, .max = INT64_MAX, .broker = "log.local.retention.ms" },
	{ .name = "max.compaction.lag.ms", .def = "9223372036854775807", .kind = CONFIG_MS,
	    .min = 1, .max = INT64_MAX, .broker = "log.cleaner.max.compaction.lag.ms" },
	{ .name = "max.message.bytes", .def = "1048588", .kind = CONFIG_BYTES,
	    .min = 0, .max = INT32_MAX, .broker = "message.max.bytes" },
	{ .name = "message.timestamp.after.max.ms", .def = "3600000", .kind = CONFIG_MS,
	    .min = 0, .max = INT64_MAX, .broker = "log.message.timestamp.after.max.ms" },
	{ .name = "message.timestamp.before.max.ms", .def = "9223372036854775807", .kind = CONFIG_MS,
	    .min = 0, .max = INT64_MAX, .broker = "log.message.timestamp.before.max.ms" },
	{ .name = "message.timestamp.type", .def = "CreateTime", .kind = CONFIG_WORD,
	    .words = stamps, .broker = "log.message.timestamp.type" },
	{ .name = "min.cleanable.dirty.ratio", .def = "0.5", .kind = CONFIG_RATIO,
	    .broker = "log.cleaner.min.cleanable.ratio" },
	{ .name = "min.compaction.lag.ms", .def = "0", .kind = CONFIG_MS,
	    .min = 0, .max = INT64_MAX, .broker = "log.cleaner.min.compaction.lag.ms" },
	{ .name = "min.insync.replicas", .def = "1", .kind = CONFIG_COUNT,
	    .min = 1, .max = INT32_MAX, .broker = "min.insync.replicas" },
	{ .name = "preallocate", .def = "false", .kind = CONFIG_BOOL, .broker = "log.preallocate" },
	{ .name = "remote.copy.lag.bytes", .def = "-1", .kind = CONFIG_BYTES, .min = -1, .max = INT64_MAX },
	{ .name = "remote.copy.lag.ms", .def = "0", .kind = CONFIG_MS, .min = -1, .max = INT64_MAX },
	{ .name = "remote.log.copy.disable", .def = "false", .kind = CONFIG_BOOL },
	{ .name = "remote.log.delete.on.disable", .def = "false", .kind = CONFIG_BOOL },
	{ .name = "remote.storage.enable", .def = "false", .kind = CONFIG_BOOL },
	{ .name = "retention.bytes", .def = "-1", .kind = CONFIG_BYTES,
	    .min = INT64_MIN, .max = INT64_MAX, .broker = "log.retention.bytes" },
	{ .name = "retention.ms", .def = "604800000", .kind = CONFIG_MS,
	    .min = -1, .max = INT64_MAX, .broker = "log.retention.ms" },
	{ .name = "segment.bytes", .def = "1073741824", .kind = CONFIG_BYTES,
	    .min = 1048576, .max = INT32_MAX, .broker = "log.segment.bytes" },
	{ .name = "segment.index.bytes", .def = "10485760", .kind = CONFIG_BYTES,
	    .min = 4, .max = INT32_MAX, .broker = "log.index.size.max.bytes" },
	{ .name = "segment.jitter.ms", .def = "0", .kind = CONFIG_MS,
	    .min = 0, .max = INT64_MAX, .broker = "log.roll.jitter.ms" },
	{ .name = "segment.ms", .def = "604800000", .kind = CONFIG_MS, .min = 1, .max = INT64_MAX, .broker = "log.roll.ms" },
	{ .name = "unclean.leader.election.enable", .def = "false", .kind = CONFIG_BOOL,
	    .broker = "unclean.leader.election.enable" },
};
const size_t config_table_n = sizeof(config_table) / sizeof(config_table[0]);

const char *const config_table_names[] = {
	"cleanup.policy",
	"compression.gzip.level",
	"compression.lz4.level",
	"compression.type",
	"compression.zstd.level",
	"delete.retention.ms",
	"errors.deadletterqueue.group.enable",
	"file.delete.delay.ms",
	"flush.messages",
	"flush.ms",
	"follower.replication.throttled.replicas",
	"index.interval.bytes",
	"leader.replication.throttled.replicas",
	"local.retention.bytes",
	"local.retention.ms",
	"max.compaction.lag.ms",
	"max.message.bytes",
	"message.timestamp.after.max.ms",
	"message.timestamp.before.max.ms",
	"message.timestamp.type",
	"min.cleanable.dirty.ratio",
	"min.compaction.lag.ms",
	"min.insync.replicas",
	"preallocate",
	"remote.copy.lag.bytes",
	"remote.copy.lag.ms",
	"remote.log.copy.disable",
	"remote.log.delete.on.disable",
	"remote.storage.enable",
	"retention.bytes",
	"retention.ms",
	"segment.bytes",
	"segment.index.bytes",
	"segment.jitter.ms",
	"segment.ms",
	"unclean.leader.election.enable",
	NULL
};

const char *const config_broker_names[] = {
	"compression.gzip.level",
	"compression.lz4.level",
	"compression.type",
	"compression.zstd.level",
	"log.cleaner.delete.retention.ms",
	"log.cleaner.max.compaction.lag.ms",
	"log.cleaner.min.cleanable.ratio",
	"log.cleaner.min.compaction.lag.ms",
	"log.cleanup.policy",
	"log.flush.interval.messages",
	"log.flush.interval.ms",
	"log.index.interval.bytes",
	"log.index.size.max.bytes",
	"log.local.retention.bytes",
	"log.local.retention.ms",
	"log.message.timestamp.after.max.ms",
	"log.message.timestamp.before.max.ms",
	"log.message.timestamp.type",
	"log.preallocate",
	"log.retention.bytes",
	"log.retention.hours",
	"log.retention.minutes",
	"log.retention.ms",
	"log.roll.hours",
	"log.roll.jitter.hours",
	"log.roll.jitter.ms",
	"log.roll.ms",
	"log.segment.bytes",
	"log.segment.delete.delay.ms",
	"message.max.bytes",
	"min.insync.replicas",
	"num.partitions",
	"unclean.leader.election.enable",
	NULL
};

const struct config_unit config_units[] = {
	{ .broker = "log.retention.minutes", .ms = "log.retention.ms", .factor = 60000, .rank = 1 },
	{ .broker = "log.retention.hours", .ms = "log.retention.ms", .factor = 3600000, .rank = 2 },
	{ .broker = "log.roll.hours", .ms = "log.roll.ms", .factor = 3600000, .rank = 1 },
	{ .broker = "log.roll.jitter.hours", .ms = "log.roll.jitter.ms", .factor = 3600000, .rank = 1 },
};
const size_t config_units_n = sizeof(config_units) / sizeof(config_units[0]);

const struct config_def *
config_find(const char *name)
{
	size_t lo = 0, hi = config_table_n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(name, config_table[mid].name);

		if (c == 0)
			return &config_table[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct config_def *
config_find_broker(const char *broker)
{
	size_t i;

	for (i = 0; i < config_table_n; i++)
		if (config_table[i].broker != NULL && strcmp(config_table[i].broker, broker) == 0)
			return &config_table[i];
	return NULL;
}
