/*
 * partitioner.h - which partition a record goes to, where none was named.
 *
 * murmur2 (the default): Kafka's hash of the key; without a key, sticky.
 * sticky: one partition until its batch ended, then another, the first drawn
 * at random for each run.  In a topic of several partitions a batch of
 * keyless records is cut at 16 KiB (Kafka's batch.size; producer_opts'
 * keyless_bytes), so a large input spreads.  roundrobin: the next one for each record, keys ignored.  random.
 * crc32: librdkafka's default ("consistent_random").
 */
#ifndef BACKEND_PARTITIONER_H
#define BACKEND_PARTITIONER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/record.h"

enum partitioner_kind { PARTITIONER_MURMUR2, PARTITIONER_STICKY, PARTITIONER_ROUNDROBIN, PARTITIONER_RANDOM, PARTITIONER_CRC32 };
#define STICKY_BYTES	16384

struct partitioner {
	enum partitioner_kind kind;
	int32_t partitions;
	int32_t current;		/* sticky, roundrobin */
	bool chosen;			/* current is */
	uint64_t random;		/* state */
};

/* -ERR_INVALID names the nearest one. */
int partitioner_parse(const char *name, enum partitioner_kind *, struct err *);
void partitioner_init(struct partitioner *, enum partitioner_kind, int32_t partitions);
/* partitions >= 1; draws a seed only where chance decides. */
int32_t partitioner_pick(struct partitioner *, const struct record *);
/* The batch of the current partition went out: the next keyless record goes to another one. */
void partitioner_batch_ended(struct partitioner *);

#endif
