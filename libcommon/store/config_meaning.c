/*
 * config_meaning.c - what the configs of a topic mean to the code that acts
 * on them, and their names (config.h).
 */
#include <stdio.h>
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

static void
describe(const struct config_def *d, char *out, size_t n)
{
	struct buf b = BUF_INIT;
	size_t i;

	switch (d->kind) {
	case CONFIG_COUNT:
	case CONFIG_BYTES:
	case CONFIG_MS:
		buf_printf(&b, "%s", d->kind == CONFIG_BYTES ? "a size such as 64M, " : d->kind == CONFIG_MS ? "a time such as 7d, " : "a number, ");
		if (d->min == INT64_MIN)
			buf_puts(&b, "-1 for no limit");
		else if (d->max == INT64_MAX)
			buf_printf(&b, "at least %lld", (long long)d->min);
		else
			buf_printf(&b, "%lld to %lld", (long long)d->min, (long long)d->max);
		break;
	case CONFIG_BOOL:
		buf_puts(&b, "true or false");
		break;
	case CONFIG_RATIO:
		buf_puts(&b, "a number from 0 to 1");
		break;
	case CONFIG_WORD:
	case CONFIG_WORDS:
		buf_puts(&b, d->kind == CONFIG_WORD ? "one of" : "any of, with commas between,");
		for (i = 0; d->words[i] != NULL; i++)
			buf_printf(&b, "%s %s", i == 0 ? "" : ",", d->words[i]);
		break;
	case CONFIG_TEXT:
		buf_puts(&b, "* or a list such as 0:1,1:2");
		break;
	}
	snprintf(out, n, "%s", b.failed ? "another value" : buf_str(&b));
	buf_release(&b);
}

void
config_describe(const char *name, char *out, size_t n)
{
	const struct config_def *d = config_find(name);
	size_t i;

	for (i = 0; i < config_units_n; i++)
		if (strcmp(config_units[i].broker, name) == 0) {
			snprintf(out, n, "a number, at least -1");
			return;
		}
	if (d == NULL)
		d = config_find_broker(name);
	if (d != NULL)
		describe(d, out, n);
	else if (strcmp(name, "num.partitions") == 0)
		snprintf(out, n, "a number, 1 to 100000");
	else
		*out = '\0';
}

const char *
config_default_of(const char *name)
{
	const struct config_def *d = config_find(name);
	size_t i;

	for (i = 0; i < config_units_n; i++)
		if (strcmp(config_units[i].broker, name) == 0)
			return NULL;
	if (d == NULL)
		d = config_find_broker(name);
	if (d != NULL)
		return d->def;
	return strcmp(name, "num.partitions") == 0 ? "1" : NULL;
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
