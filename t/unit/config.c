/*
 * Topic configs: what is taken, how it is kept, what is refused and with
 * which words.
 */
#include "unit/check.h"

#include "store/config.h"
#include "store/config_table.h"

static const struct {
	const char *name, *value, *kept;
} good[] = {
	{ "retention.ms", "7d", "604800000" },
	{ "retention.ms", "-1", "-1" },
	{ "retention.ms", "0", "0" },
	{ "retention.ms", "1000", "1000" },
	{ "retention.ms", "1h30m", "5400000" },
	{ "segment.bytes", "64M", "67108864" },
	{ "segment.bytes", "1048576", "1048576" },
	{ "internal.segment.bytes", "200", "200" },
	{ "flush.messages", "9223372036854775807", "9223372036854775807" },
	{ "compression.type", "zstd", "zstd" },
	{ "compression.type", "none", "uncompressed" },
	{ "compression.zstd.level", "-5", "-5" },
	{ "cleanup.policy", "compact", "compact" },
	{ "cleanup.policy", "compact, delete", "compact,delete" },
	{ "cleanup.policy", "", "" },
	{ "min.cleanable.dirty.ratio", "0.25", "0.25" },
	{ "preallocate", "TRUE", "true" },
	{ "leader.replication.throttled.replicas", "0:1,1:2", "0:1,1:2" },
	{ "follower.replication.throttled.replicas", "*", "*" },
	{ "min.insync.replicas", "2", "2" },
};

static const struct {
	const char *name, *value, *says;
} bad[] = {
	{ "retention.ms", "7x", "at least -1" },
	{ "retention.ms", "-2", "at least -1" },
	{ "retention.ms", "", "at least -1" },
	{ "retention.ms", "99999999999999999999", "at least -1" },
	{ "segment.bytes", "1048575", "1048576 to 2147483647" },
	{ "segment.bytes", "2G", "1048576 to 2147483647" },
	{ "segment.bytes", "+5M", "1048576" },
	{ "flush.messages", "1K", "at least 1" },
	{ "compression.gzip.level", "10", "-1 to 9" },
	{ "compression.type", "zst", "uncompressed, gzip, snappy, lz4, zstd, producer" },
	{ "cleanup.policy", "delete,", "delete, compact" },
	{ "cleanup.policy", "delete;compact", "delete, compact" },
	{ "min.cleanable.dirty.ratio", "1.1", "0 to 1" },
	{ "min.cleanable.dirty.ratio", "nan", "0 to 1" },
	{ "preallocate", "yes", "true or false" },
	{ "message.timestamp.type", "createtime", "CreateTime, LogAppendTime" },
	{ "leader.replication.throttled.replicas", "a", "0:1,1:2" },
	{ "retension.ms", "1", "did you mean 'retention.ms'" },
	{ "log.retention.ms", "1", "for a topic it is 'retention.ms'" },
	{ "log.retention.hours", "1", "for a topic it is 'retention.ms'" },
	{ "nonsense", "1", "unknown config 'nonsense'" },
};

static void
whole_table(void)
{
	struct config *c = config_new();
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < config_table_n; i++) {
		const struct config_def *d = &config_table[i];

		CHECK(i == 0 || strcmp(config_table[i - 1].name, d->name) < 0, "%s is out of order", d->name);
		CHECK(config_set(c, d->name, d->def, &e) == 0, "%s refuses its default: %s", d->name, e.text);
		CHECK_STR(config_get(c, d->name), d->def);
		if (d->broker != NULL)
			CHECK(config_find_broker(d->broker) == d, "%s is of two configs", d->broker);
	}
	config_free(c);
}

static void
meanings(void)
{
	struct config *c = config_new(), *copy;
	const char *name, *value;
	struct log_config log;
	enum codec codec;
	bool producer;
	size_t at = 0;
	int level;

	config_log(c, &log);
	CHECK_INT(log.segment_bytes, 1073741824);
	CHECK_INT(log.max_message_bytes, 1048588);
	CHECK_INT(log.compacted, 0);
	CHECK_INT(log.timestamp_type, TIMESTAMP_CREATE);
	config_codec(c, &codec, &level, &producer);
	CHECK(producer && codec == CODEC_NONE, "compression.type=producer");
	CHECK_INT(config_set_pair(c, "compression.type=zstd", NULL), 0);
	CHECK_INT(config_set_pair(c, "cleanup.policy=compact,delete", NULL), 0);
	CHECK_INT(config_set_pair(c, "internal.segment.bytes=100", NULL), 0);
	CHECK_INT(config_set_pair(c, "message.timestamp.type=LogAppendTime", NULL), 0);
	CHECK_INT(config_set_pair(c, "compression.type", NULL), -ERR_INVALID);
	config_codec(c, &codec, &level, &producer);
	CHECK(!producer && codec == CODEC_ZSTD && level == 3, "compression.type=zstd: %d %d", codec, level);
	CHECK_TRUE(config_compacted(c) && config_deletes(c));
	config_log(c, &log);
	CHECK_INT(log.segment_bytes, 100);
	CHECK_INT(log.compacted, 1);
	CHECK_INT(log.timestamp_type, TIMESTAMP_LOG_APPEND);
	copy = config_copy(c);
	CHECK_INT(config_unset(c, "cleanup.policy", NULL), 0);
	CHECK_INT(config_unset(c, "cleanup", NULL), -ERR_INVALID);
	CHECK_STR(config_get(c, "cleanup.policy"), "delete");
	CHECK_STR(config_get(copy, "cleanup.policy"), "compact,delete");
	CHECK_TRUE(config_next(copy, &at, &name, &value));
	CHECK_STR(name, "cleanup.policy");
	CHECK_INT(config_set(c, "min.compaction.lag.ms", "5", NULL), 0);
	CHECK_INT(config_check(c, NULL), 0);
	CHECK_INT(config_set(c, "max.compaction.lag.ms", "4", NULL), 0);
	CHECK_INT(config_check(c, NULL), -ERR_INVALID);
	config_free(c);
	config_free(copy);
	CHECK_STR(config_broker_name("message.max.bytes"), "max.message.bytes");
	CHECK_STR(config_broker_name("log.retention.hours"), "retention.ms");
	CHECK_STR(config_broker_name("num.partitions"), "num.partitions");
	CHECK_TRUE(config_broker_name("broker.id") == NULL);
	CHECK_TRUE(config_get(copy = config_new(), "broker.id") == NULL && config_default("x") == NULL);
	config_free(copy);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct config *c = config_new();
		struct err e = ERR_INIT;

		CHECK(config_set(c, good[i].name, good[i].value, &e) == 0, "%s=%s: %s", good[i].name, good[i].value, e.text);
		CHECK_STR(config_get(c, good[i].name), good[i].kept);
		config_free(c);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct config *c = config_new();
		struct err e = ERR_INIT;

		CHECK(config_set(c, bad[i].name, bad[i].value, &e) == -ERR_INVALID, "%s=%s was taken", bad[i].name, bad[i].value);
		CHECK(strstr(e.text, bad[i].says) != NULL, "%s=%s says: %s", bad[i].name, bad[i].value, e.text);
		config_free(c);
	}
	whole_table();
	meanings();
	return check_done();
}
