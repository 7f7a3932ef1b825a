/*
 * rpc_sink.h - what the avro and the thrift sink have in common: batches to
 * one server, each acknowledged.
 *
 * A batch that is not acknowledged is rolled back and the connection closed;
 * the next go makes a new one.
 */
#ifndef AGENT_RPC_SINK_H
#define AGENT_RPC_SINK_H

#include "agent/rpc_client.h"
#include "agent/sink.h"

struct rpc_sink {			/* the first member of a sink */
	struct rpc_client client;
	int64_t batch;
	struct tls_conf tls;
	bool ssl, deflate;
	struct take take;
};

void rpc_sink_configure(struct rpc_sink *, struct context *, const struct rpc_protocol *);
int rpc_sink_start(void *self, struct sink *, struct err *);
enum sink_rc rpc_sink_process(void *self, struct sink *, struct err *);
void rpc_sink_stop(void *self, struct sink *);
void rpc_sink_release(void *self);

#endif
