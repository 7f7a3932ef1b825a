/*
 * kafka_puts.h - the half of the Kafka channel that events come in by.
 */
#ifndef AGENT_CHANNELS_KAFKA_PUTS_H
#define AGENT_CHANNELS_KAFKA_PUTS_H

#include <pthread.h>

#include "agent/event.h"
#include "agent/kafka_client.h"
#include "backend/partitioner.h"

struct kafka_puts {
	/* the caller's, before open */
	const struct kafka_client *client;
	const char *topic, *partition_header;
	int64_t partition;		/* -1: by the key */
	bool avro;
	/* its own */
	pthread_mutex_t putting;
	struct backend *be;
	struct producer *producer;	/* made with the first put, and anew after one that failed */
	int32_t partitions;
	struct partitioner where;
	struct buf value;
};

int kafka_puts_open(struct kafka_puts *, struct err *);
/*
 * All events of the span, acknowledged when it returns 0.  -ERR_INVALID: one
 * names a partition that is not there; -ERR_REMOTE, -ERR_SYS ...: some may be
 * in the topic all the same, and come twice when they are put again.  From any thread.
 */
int kafka_puts_send(struct kafka_puts *, const struct span *, struct err *);
void kafka_puts_close(struct kafka_puts *);

#endif
