/*
 * rpc_client.h - the client's side of Flume's RPC: a connection to one server,
 * over which events are sent and their answer awaited.
 *
 *	struct rpc_client c = { .protocol = &rpc_avro, .host = "localhost", .port = 4141, ... };
 *
 *	rc = rpc_open(&c.kind, &tls, ssl, deflate, &e);
 *	rc = rpc_client_ready(&c, stop_fd, &e);		// 1: newly connected
 *	rc = rpc_client_send(&c, events, n, &e);	// 0: the server has all of them
 *	rpc_client_hang_up(&c);				// after an error, too
 *	rpc_close(&c.kind);
 *	rpc_client_release(&c);
 *
 * Events that are more than a server takes at once go in several calls; after
 * an error some of them may be there.  When stop_fd is readable, what is under
 * way has one more second, to be sent and answered: an answer that comes in it
 * spares the server the same events once more.
 */
#ifndef AGENT_RPC_CLIENT_H
#define AGENT_RPC_CLIENT_H

#include "agent/event.h"
#include "agent/stream.h"
#include "agent/wire/avro_call.h"
#include "agent/wire/thrift.h"

#define RPC_REPLY_MAX	((size_t)1 << 20)
#define RPC_TIMEOUT	20000		/* Flume's, ms */

struct rpc_client;

struct rpc_protocol {
	/* A new connection: nothing was said on it. */
	void (*fresh)(struct rpc_client *);
	/* A call with the first events of v into body, as many as one may hold; how many. */
	size_t (*encode)(struct rpc_client *, const struct event *v, size_t n);
	/* What is sent in front of body, into head; each time that it is sent. */
	void (*head)(struct rpc_client *);
	/*
	 * The answer in the first bytes of in: 0 the events are taken, 1 send it
	 * again, 2 read more; or -code.
	 */
	int (*answer)(struct rpc_client *, struct err *);
};
extern const struct rpc_protocol rpc_avro, rpc_thrift;

struct rpc_client {
	const struct rpc_protocol *protocol;
	const char *host;
	int port;
	int64_t connect_ms, request_ms;	/* also for the first answer; for each later one */
	int64_t reset_ms;		/* a connection's age, 0: any */
	struct stream_kind kind;
	struct stream stream;		/* STREAM_INIT at first */
	bool spoken;			/* an answer came on this connection */
	int64_t since;			/* when it was connected */
	struct buf head, body, in;
	struct avro_client avro;
	struct avro_frame frame;
	enum thrift_protocol thrift;
	int32_t seq;
};

int rpc_client_ready(struct rpc_client *, int stop_fd, struct err *);
bool rpc_client_stale(const struct rpc_client *);	/* is connected, but of no use any more */
int rpc_client_send(struct rpc_client *, const struct event *, size_t n, struct err *);
bool rpc_client_hang_up(struct rpc_client *);		/* false: was not connected */
void rpc_client_release(struct rpc_client *);

#endif
