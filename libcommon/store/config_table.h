/*
 * config_table.h - Kafka's topic configs as a table; for config.c and
 * defaults.c only.
 *
 * Source: Kafka 4.x TopicConfig, LogConfig and ServerTopicConfigSynonyms.
 */
#ifndef STORE_CONFIG_TABLE_H
#define STORE_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_kind {
	CONFIG_COUNT,			/* a plain number */
	CONFIG_BYTES,			/* also 64M */
	CONFIG_MS,			/* also 7d */
	CONFIG_BOOL,
	CONFIG_RATIO,			/* 0 to 1 */
	CONFIG_WORD,			/* one of words */
	CONFIG_WORDS,			/* any of words, commas between; may be empty */
	CONFIG_TEXT,			/* "*" or partition:broker pairs */
};

struct config_def {
	const char *name;
	const char *def;		/* Kafka's default */
	enum config_kind kind;
	int64_t min, max;		/* of the first three kinds */
	const char *const *words;
	const char *broker;		/* its name in store.properties; NULL: it has none */
	bool hidden;			/* Kafka does not list it either */
};

extern const struct config_def config_table[];
extern const size_t config_table_n;
extern const char *const config_table_names[];	/* without the hidden ones; ends with NULL */

/* Broker names in a larger unit: "log.retention.hours" is log.retention.ms times 3600000. */
struct config_unit {
	const char *broker;		/* what is written */
	const char *ms;			/* whose unit is milliseconds */
	int64_t factor;
	int rank;			/* the finer unit counts where both are given: the smaller rank */
};
extern const struct config_unit config_units[];
extern const size_t config_units_n;

/* NULL: unknown. */
const struct config_def *config_find(const char *name);
const struct config_def *config_find_broker(const char *broker);
/* Every broker name, for nearest names; ends with NULL. */
extern const char *const config_broker_names[];

#endif
