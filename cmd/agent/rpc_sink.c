/*
 * rpc_sink.c - batches to one server, each acknowledged (rpc_sink.h).
 */
#include "agent/rpc_sink.h"

#include "agent/rpc_conf.h"

#define TIMEOUT_LEAST	1000

void
rpc_sink_configure(struct rpc_sink *r, struct context *c, const struct rpc_protocol *p)
{
	struct rpc_client *k = &r->client;

	k->protocol = p;
	k->stream = (struct stream)STREAM_INIT;
	k->host = ctx_need(c, "hostname");
	k->port = (int)ctx_need_int(c, "port", 1, 65535);
	k->connect_ms = ctx_int_or(c, "connect-timeout", RPC_TIMEOUT, TIMEOUT_LEAST, INT32_MAX);
	k->request_ms = ctx_int_or(c, "request-timeout", RPC_TIMEOUT, TIMEOUT_LEAST, INT32_MAX);
	k->reset_ms = ctx_int(c, "reset-connection-interval", 0, 0, INT32_MAX) * 1000;
	r->batch = ctx_int(c, "batch-size", 100, 1, INT32_MAX);
	ctx_batch(c, r->batch);
	r->ssl = rpc_client_tls(c, &r->tls);
}

static void
hang_up(struct rpc_sink *r, struct sink *sk)
{
	if (rpc_client_hang_up(&r->client))
		sink_count(sk, CONNECTION_CLOSED, 1);
}

static int
ready(struct rpc_sink *r, struct sink *sk, struct err *e)
{
	int rc;

	/* A server that has gone since its last answer costs no batch. */
	if (rpc_client_stale(&r->client))
		hang_up(r, sk);
	rc = rpc_client_ready(&r->client, sink_self(sk)->stop_fd, e);
	if (rc != 0)
		sink_count(sk, rc < 0 ? CONNECTION_FAILED : CONNECTION_CREATED, 1);
	if (rc > 0)
		say(sink_self(sk), LOG_INFO, "connected to %s", r->client.stream.peer);
	return rc < 0 ? rc : 0;
}

int
rpc_sink_start(void *self, struct sink *sk, struct err *e)
{
	struct rpc_sink *r = self;
	struct err later = ERR_INIT;
	int rc = rpc_open(&r->client.kind, &r->tls, r->ssl, r->deflate, e);

	if (rc != 0)
		return rc;
	if (ready(r, sk, &later) != 0)
		say(sink_self(sk), LOG_WARN, "%s; tried again when there are events", later.text);
	return 0;
}

enum sink_rc
rpc_sink_process(void *self, struct sink *sk, struct err *e)
{
	struct rpc_sink *r = self;
	ssize_t n = sink_take(sk, &r->take, (size_t)r->batch, e);

	if (n <= 0)
		return n < 0 ? SINK_FAILED : SINK_IDLE;
	if (ready(r, sk, e) != 0 || rpc_client_send(&r->client, r->take.v, r->take.n, e) != 0) {
		hang_up(r, sk);
		sink_rollback(sk, &r->take);
		sink_count(sk, EVENT_WRITE_FAIL, 1);
		return SINK_FAILED;
	}
	return sink_commit(sk, &r->take, e);
}

void
rpc_sink_stop(void *self, struct sink *sk)
{
	struct rpc_sink *r = self;

	hang_up(r, sk);
	rpc_close(&r->client.kind);
}

void
rpc_sink_release(void *self)
{
	struct rpc_sink *r = self;

	take_release(&r->take);
	rpc_client_release(&r->client);
}
