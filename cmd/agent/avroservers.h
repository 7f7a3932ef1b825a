/*
 * avroservers.h - the servers of avro-client: one, or those of a file of
 * Flume's RPC client properties:
 *
 *	client.type	default, default_failover, default_loadbalance, thrift
 *	hosts		names, separated by blanks; hosts.NAME = host:port
 *	batch-size 100, connect-timeout, request-timeout, max-attempts
 *	compression-type, ssl, truststore ... protocol: as of the sinks
 *
 * default_failover stays with a server until it fails; default_loadbalance
 * takes the next one for each batch, and another when it fails.
 */
#ifndef AGENT_AVROSERVERS_H
#define AGENT_AVROSERVERS_H

#include "agent/rpc_client.h"

struct avro_servers {
	struct rpc_client *v;
	size_t n, at;			/* the one whose turn it is */
	size_t batch;			/* events of a call */
	size_t attempts;
	bool rotate;
	void *conf, *context;		/* keep the strings */
};

int avro_servers_one(struct avro_servers *, const char *host, int port, struct err *);
int avro_servers_read(struct avro_servers *, const char *path, struct err *);
/* 0: a server has all of them. */
int avro_servers_send(struct avro_servers *, const struct event *, size_t n, struct err *);
void avro_servers_release(struct avro_servers *);

#endif
