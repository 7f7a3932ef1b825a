/*
 * config_meaning.c - what the configs of a topic mean to the code that acts
 * on them, and their names (config.h).
 */
#include <stdlib.h>
#include <string.h>

#include "store/config.h"
#include "store/config_table.h"

int64_t
config_number(const struct config *c, const char *name)
{
	return strtoll(config_get(c, name), NULL, 10);
}

double
config_ratio(const struct config *c, const char *name)
{
	return strtod(config_get(c, name), NULL);
}

bool
config_bool(const struct config *c, const char *name)
{
	return strcmp(config_get(c, name), "true") == 0;
}

bool
config_compacted(const struct config *c)
{
	return strstr(config_get(c, "cleanup.policy"), "compact") != NULL;
}

bool
config_deletes(const struct config *c)
{
	return strstr(config_get(c, "cleanup.policy"), "delete") != NULL;
}

const char *const *
config_names(void)
{
	return config_table_names;
}

const char *
config_default(const char *name)
{
	const struct config_def *d = config_find(name);

	return d != NULL ? d->def : NULL;
}

const char *
config_broker_name(const char *broker)
{
	const struct config_def *d;
	size_t i;

	if (strcmp(broker, "num.partitions") == 0)
		return "num.partitions";
	for (i = 0; i < config_units_n; i++)
		if (strcmp(config_units[i].broker, broker) == 0)
			broker = config_units[i].ms;
	d = config_find_broker(broker);
	return d != NULL ? d->name : NULL;
}

const char *const *
config_broker_name_list(void)
{
	return config_broker_names;
}

void
config_log(const struct config *c, struct log_config *l)
{
	const char *size = config_is_set(c, "internal.segment.bytes") ? "internal.segment.bytes" : "segment.bytes";

	*l = (struct log_config){
		.segment_bytes = config_number(c, size),
		.segment_ms = config_number(c, "segment.ms"),
		.segment_jitter_ms = config_number(c, "segment.jitter.ms"),
		.segment_index_bytes = config_number(c, "segment.index.bytes"),
		.index_interval_bytes = config_number(c, "index.interval.bytes"),
		.max_message_bytes = config_number(c, "max.message.bytes"),
		.timestamp_type = strcmp(config_get(c, "message.timestamp.type"), "LogAppendTime") == 0 ?
		    TIMESTAMP_LOG_APPEND : TIMESTAMP_CREATE,
		.compacted = config_compacted(c),
		.max_compaction_lag_ms = config_number(c, "max.compaction.lag.ms"),
	};
}

void
config_codec(const struct config *c, enum codec *codec, int *level, bool *producer)
{
	static const struct {
		const char *type;
		enum codec codec;
		const char *level;
	} rows[] = {
		{ "gzip", CODEC_GZIP, "compression.gzip.level" },
		{ "snappy", CODEC_SNAPPY, NULL },
		{ "lz4", CODEC_LZ4, "compression.lz4.level" },
		{ "zstd", CODEC_ZSTD, "compression.zstd.level" },
	};
	const char *type = config_get(c, "compression.type");
	size_t i;

	*codec = CODEC_NONE;
	*level = 0;
	*producer = strcmp(type, "producer") == 0;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(type, rows[i].type) == 0) {
			*codec = rows[i].codec;
			*level = rows[i].level != NULL ? (int)config_number(c, rows[i].level) : 0;
		}
}
