/*
 * kafka_in.h - what the two files of the Kafka channel share: kafka.c (the
 * channel) and kafka_reading.c (the thread that is the group's member).
 */
#ifndef AGENT_CHANNELS_KAFKA_IN_H
#define AGENT_CHANNELS_KAFKA_IN_H

#include <sys/queue.h>

#include "agent/channel.h"
#include "agent/channels/kafka_puts.h"
#include "agent/kafka_consumer.h"

#define MS		1000000LL

enum { GET_TIMER, SEND_TIMER, COMMIT_TIMER, ROLLBACKS };	/* the channel's own counters */

struct ahead {				/* events of one part, in order */
	TAILQ_ENTRY(ahead) link;
	struct span span;
	struct kafka_part *part;
	const int64_t *offsets;		/* of each, in the span's arena */
	int64_t next;			/* position behind the last one */
	enum { QUEUED, TAKEN, DONE } state;
};

struct kafka {
	struct kafka_client client;
	bool avro;
	struct channel *ch;
	struct kafka_puts puts;
	/* takes */
	pthread_mutex_t lock;
	TAILQ_HEAD(, ahead) runs;
	size_t queued;			/* events */
	atomic_bool any, wanted;	/* something is queued; somebody takes from this channel */
	int wake;			/* eventfd of the thread */
	pthread_t thread;
	bool started;
	atomic_bool quit;
};

/* Takes a run out of the list; under the lock. */
void ahead_free(struct kafka *, struct ahead *);
/* The thread; quit and the wake descriptor end it. */
void *kafka_read_ahead(void *kafka);

#endif
