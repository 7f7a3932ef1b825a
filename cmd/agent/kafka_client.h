/*
 * kafka_client.h - how Flume's Kafka components say where their topics are:
 * a cluster, or a plog store.
 *
 *	kafka_address(&kc, c, "brokerList");		// in configure
 *	kafka_consumer_conf(&kc, c, "flume", "latest");
 *	kafka_producer_conf(&kc, c, "1");
 *	...
 *	rc = kafka_client_open(&kc, &be, &e);		// in start
 *
 * kafka.bootstrap.servers = HOST:PORT,... is a cluster, through librdkafka;
 * plog: the agent's store (--dir, else the default one), plog:DIR another one.
 * Both are a backend (backend/backend.h), so nothing above asks which it is.
 *
 * kafka.consumer.NAME and kafka.producer.NAME are the Java client's names:
 * kafka_names.c says of each whether it goes to the client (which translates
 * it, backend/client_config.h), is done here, or means nothing.  On a store
 * only what is done here means something.
 */
#ifndef AGENT_KAFKA_CLIENT_H
#define AGENT_KAFKA_CLIENT_H

#include "agent/context.h"
#include "backend/backend.h"
#include "backend/group.h"

#define KAFKA_PROPERTIES_MAX	64

struct kafka_client {
	const char *servers;		/* NULL: a store */
	const char *store;		/* its directory; NULL: the default one */
	const char *properties[KAFKA_PROPERTIES_MAX];	/* "name=value" */
	size_t nproperties;
	/* consumer */
	const char *group, *instance, *client;
	const char *assignors[4];	/* ends with NULL */
	struct place reset;
	bool reset_none, read_committed;
	int64_t session_timeout_ms, max_poll_interval_ms;
	/* producer */
	int acks;
	enum codec codec;
	int64_t linger_ms, batch_bytes, delivery_timeout_ms;
};

/* `old`: the name that Flume before 1.7 had for it; may be NULL. */
void kafka_address(struct kafka_client *, struct context *, const char *old);
/* reset: what auto.offset.reset is by default. */
void kafka_consumer_conf(struct kafka_client *, struct context *, const char *group, const char *reset);
void kafka_producer_conf(struct kafka_client *, struct context *, const char *acks);

int kafka_client_open(const struct kafka_client *, struct backend **, struct err *);
/* What producer_open needs of it for one topic, which is made when it is not there. */
void kafka_producer_fill(const struct kafka_client *, const char *topic, struct producer_opts *);
/* A topic on a store that is not there yet is made, as a broker does when it is first asked for. */
int kafka_make_topic(const struct kafka_client *, struct backend *, const char *topic, struct err *);

/* kafka_names.c */
enum kafka_name {
	KAFKA_NAME_UNKNOWN,
	KAFKA_NAME_CLIENT,		/* passed on */
	KAFKA_NAME_OURS,		/* done here */
	KAFKA_NAME_NOTHING,		/* means nothing here */
};
enum kafka_name kafka_name_of(const char *name, bool producer, const char **near);

#endif
