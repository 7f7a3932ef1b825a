/*
 * rpc_sink.h - what the avro and the thrift sink have in common: a connection
 * to one server, over which a batch is sent and its answer awaited.
 *
 * A batch that is not acknowledged is rolled back and the connection closed;
 * the next go makes a new one.  A batch larger than the server takes at once
 * goes in several calls of one transaction.
 */
#ifndef AGENT_RPC_SINK_H
#define AGENT_RPC_SINK_H

#include "agent/sink.h"
#include "agent/stream.h"

struct rpc_sink;

struct rpc_protocol {
	/* A new connection: nothing was said on it. */
	void (*fresh)(struct rpc_sink *);
	/* A call with the first events of v into body, as many as one may hold; how many. */
	size_t (*encode)(struct rpc_sink *, const struct event *v, size_t n);
	/* What is sent in front of body, into head; each time that it is sent. */
	void (*head)(struct rpc_sink *);
	/*
	 * The answer in the first bytes of in: 0 the events are taken, 1 send it
	 * again, 2 read more; or -code.
	 */
	int (*answer)(struct rpc_sink *, struct err *);
};

struct rpc_sink {			/* the first member of a sink */
	const struct rpc_protocol *protocol;
	const char *host;
	int port;
	int64_t batch, connect_ms, request_ms, reset_ms;
	struct tls_conf tls;
	bool ssl, deflate, spoken;	/* an answer came on this connection */
	struct stream_kind kind;
	struct stream stream;
	int64_t since;			/* when it was connected */
	struct take take;
	struct buf head, body, in;
};

#define RPC_REPLY_MAX	((size_t)1 << 20)

void rpc_sink_configure(struct rpc_sink *, struct context *, const struct rpc_protocol *);
int rpc_sink_start(void *self, struct sink *, struct err *);
enum sink_rc rpc_sink_process(void *self, struct sink *, struct err *);
void rpc_sink_stop(void *self, struct sink *);
void rpc_sink_release(void *self);

#endif
