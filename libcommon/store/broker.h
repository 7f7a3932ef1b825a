/*
 * broker.h - a Kafka broker's log.dirs, read only: which partitions are
 * there, where, and what the broker noted about them.
 *
 *	LOG.DIR/meta.properties
 *	LOG.DIR/TOPIC-N/			a replica
 *	LOG.DIR/TOPIC-N.<32 hex>-delete		being deleted; -future: being moved here; -stray: of no topic
 *	LOG.DIR/log-start-offset-checkpoint	"0", count, "topic partition offset" lines
 *	LOG.DIR/replication-offset-checkpoint	high watermarks, the same form
 *	LOG.DIR/TOPIC-N/partition.metadata	"version: 0", "topic_id: ..."
 *
 * The broker may be running: what was seen may go at any time.  Checkpoints
 * are hints of a broker that lags behind itself, so one that is damaged is
 * -ERR_DAMAGE for the log start (it must not be taken for 0) and no high
 * watermark for the other.
 *
 * Source: kafka-format 5.1, 5.5.
 */
#ifndef STORE_BROKER_H
#define STORE_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct replica {
	char *topic;
	int32_t partition;
	int dirfd;			/* of its log.dir; borrowed from the broker */
	int64_t log_start;		/* -1: not noted */
	int64_t high_watermark;		/* -1: not noted */
};

struct broker;

/* Does the directory look like one?  meta.properties, or TOPIC-N with a segment in it. */
bool broker_is(int dirfd);

/* Looks at all n; the descriptors become the broker's (also when this fails). */
int broker_new(struct broker **, const int *dirfds, const char *const *dirs, size_t n, struct err *);
void broker_free(struct broker *);		/* NULL is fine */
/* Looks again; on failure what was known stays. */
int broker_scan(struct broker *, struct err *);

/* Sorted by topic, then partition; until the next scan. */
const struct replica *broker_replicas(const struct broker *, size_t *n);
/* Those of one topic. */
const struct replica *broker_topic(const struct broker *, const char *topic, size_t *n);
size_t broker_left_out(const struct broker *);

/* "orders-3" into its parts: false when it is no replica's name. */
bool replica_name(const char *dir, char *topic, size_t size, int32_t *partition);

/* A checkpoint's text; found is called for each line, its failure ends it.  -ERR_DAMAGE. */
int checkpoint_parse(char *text, const char *what,
    int (*found)(void *arg, const char *topic, int32_t partition, int64_t offset), void *arg, struct err *);

/* topic_id of partition.metadata in the replica's directory; all zero when there is none that is good. */
void replica_topic_id(const struct replica *, uint8_t id[16]);

#endif
