/*
 * config.h - topic configs: Kafka's names, values, defaults and ranges, and
 * the broker names (log.retention.ms ...) that store.properties takes.
 *
 * Values are kept as text in Kafka's own form (numbers in plain digits), so
 * topic.properties can go to a broker as it is.  retention.ms=7d and
 * segment.bytes=64M are accepted and kept as numbers.
 */
#ifndef STORE_CONFIG_H
#define STORE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "codec/compress.h"
#include "log/appender.h"

struct config;				/* name -> value, those that were set */

struct config *config_new(void);
struct config *config_copy(const struct config *);
void config_free(struct config *);

/* "name=value"; -ERR_INVALID: unknown name with the nearest one, bad value with the allowed range. */
int config_set(struct config *, const char *name, const char *value, struct err *);
int config_set_pair(struct config *, const char *pair, struct err *);
int config_unset(struct config *, const char *name, struct err *);	/* -ERR_INVALID: unknown name */
/* What no single value can show: min.compaction.lag.ms above max.compaction.lag.ms.  -ERR_INVALID. */
int config_check(const struct config *, struct err *);
/* Takes over what is set in the second one.  -ERR_NOMEM. */
int config_merge(struct config *, const struct config *, struct err *);

/* The value in force (set, else Kafka's default); never NULL for a known name. */
const char *config_get(const struct config *, const char *name);
int64_t config_number(const struct config *, const char *name);
bool config_bool(const struct config *, const char *name);
double config_ratio(const struct config *, const char *name);
bool config_is_set(const struct config *, const char *name);
bool config_compacted(const struct config *);	/* cleanup.policy has compact */
bool config_deletes(const struct config *);	/* cleanup.policy has delete */
/* Those set, by name: false when done.  *at starts at 0. */
bool config_next(const struct config *, size_t *at, const char **name, const char **value);

/* Every topic config name, for completions and nearest names; ends with NULL. */
const char *const *config_names(void);
const char *config_default(const char *name);	/* NULL: unknown name */
/* The same for a topic's or a broker's name. */
const char *config_default_of(const char *name);
/* What values it takes, in words; of a topic's or a broker's name. */
void config_describe(const char *name, char *out, size_t n);

/* Broker names of store.properties: "log.retention.ms" -> "retention.ms"; "num.partitions" is itself. NULL: unknown. */
const char *config_broker_name(const char *);
/* And all of them, ends with NULL. */
const char *const *config_broker_name_list(void);

void config_log(const struct config *, struct log_config *);	/* what the appender needs */
/* compression.type as a codec: *producer true means "as the producer sends it". */
void config_codec(const struct config *, enum codec *, int *level, bool *producer);

#endif
