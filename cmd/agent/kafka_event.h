/*
 * kafka_event.h - events as records of Kafka, and back, as Flume makes them.
 */
#ifndef AGENT_KAFKA_EVENT_H
#define AGENT_KAFKA_EVENT_H

#include "agent/context.h"
#include "agent/event.h"
#include "codec/record.h"

#define KAFKA_KEY_HEADER	"key"

struct kafka_names {			/* header.FLUME = KAFKA */
	const char *flume, *kafka;
};
struct kafka_map {
	struct kafka_names *v;
	size_t n;
};
void kafka_map_read(struct kafka_map *, struct context *);
void kafka_map_release(struct kafka_map *);

/* Adds an event of body (copied) to the batch; NULL: no memory. */
struct event *kafka_plain_event(struct batch *, struct slice value);
/* The same out of a bare Avro datum, with its headers; NULL with *bad: it is none, else no memory. */
struct event *kafka_avro_event(struct batch *, struct slice value, bool *bad);
/* Appends the event as a bare Avro datum; -1: no memory. */
int kafka_avro_put(struct buf *, const struct event *);

#endif
