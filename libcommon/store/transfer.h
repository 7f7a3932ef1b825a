/*
 * transfer.h - a topic's partitions as a Kafka broker has them on disk, made
 * of a store's; and a store's topic made of a broker's.
 *
 * DIR/TOPIC-N/ holds segments and nothing else: a broker that is given them
 * before the topic TOPIC is created makes the rest.  Where a log start offset
 * lies within its first batch, DIR/log-start-offset-checkpoint says so, in
 * Kafka's form, unless DIR is a broker's own (meta.properties): the broker
 * writes that file.
 *
 * Source: kafka-format 5.1, 5.5.
 */
#ifndef STORE_TRANSFER_H
#define STORE_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/store.h"
#include "store/topic.h"

struct transfer_notice {
	void *arg;
	void (*say)(void *arg, const char *text);	/* NULL: nobody listens */
};

/* All partitions or none; DIR is made.  -ERR_EXIST: one of them is there; -ERR_INVALID: DIR is a store; -ERR_DAMAGE ... */
int topic_export(struct store *, const char *topic, const char *dir, const struct transfer_notice *, struct err *);

/*
 * The partitions are those found in the n directories, all of one broker; how
 * many there are is not for opts to say.  -ERR_INVALID: one is missing, no
 * broker's directory; the errors of topic_create, and of reading.
 */
int topic_import(struct store *, const char *const *dirs, size_t n, const char *topic, const struct topic_new *opts,
    const struct transfer_notice *, struct err *);

/* Says, where it is so, that bytes behind a partition's last whole batch were left out. */
void transfer_say_left(const struct transfer_notice *, const char *partition, int64_t left);

#endif
