/*
 * rpc_source.h - what the avro and the thrift source have in common: a
 * connection on which calls come, each of a batch that is put and answered.
 *
 * The calls of a connection are done one after the other, so the order of its
 * events is kept.  A batch is in the channels before it is answered with OK;
 * when they are full or fail the answer is FAILED, and the client keeps it.
 */
#ifndef AGENT_RPC_SOURCE_H
#define AGENT_RPC_SOURCE_H

#include "agent/listener.h"

struct rpc_source {			/* the first member of a source */
	struct listener listener;
	int64_t max_frame, max_headers;
};

struct rpc_conn {			/* the first member of a connection of a source */
	struct rpc_source *self;
	struct source *src;
	struct stream *stream;
	struct buf in, out;
	size_t at;			/* what is in front of it in in is done */
	struct batch batch;
	/*
	 * The first call in the bytes of in from at: 1 it was done, at is behind
	 * it, the answer (if any) is behind out; 0 read more; -code: the end of
	 * the connection.
	 */
	int (*call)(struct rpc_conn *, struct err *);
};

void rpc_source_configure(struct rpc_source *, struct context *, int flags, int64_t max_frame);

/* The connection's life; conn has its call set, the rest is zero. */
void rpc_converse(struct rpc_conn *, struct rpc_source *, struct stream *);

/* An event of n headers into the batch; -ERR_INVALID: more than maxHeaders. */
int rpc_add(struct rpc_conn *, struct slice body, size_t n, struct event **, struct err *);
/* Puts the batch: true, it is in the channels; false, it is not, and why is said and counted. */
bool rpc_put(struct rpc_conn *, bool batch);
/* A call that makes no sense: said and counted. */
void rpc_refused(struct rpc_conn *, const struct err *);

#endif
