/*
 * rpc_sink.c - batches to one server, each acknowledged (rpc_sink.h).
 */
#include "agent/rpc_sink.h"

#include "agent/rpc_conf.h"
#include "base/clock.h"

#define TIMEOUT		20000		/* Flume's, of both */
#define TIMEOUT_LEAST	1000

void
rpc_sink_configure(struct rpc_sink *r, struct context *c, const struct rpc_protocol *p)
{
	r->protocol = p;
	r->stream = (struct stream)STREAM_INIT;
	r->host = ctx_need(c, "hostname");
	r->port = (int)ctx_need_int(c, "port", 1, 65535);
	r->batch = ctx_int(c, "batch-size", 100, 1, INT32_MAX);
	ctx_batch(c, r->batch);
	r->connect_ms = ctx_int_or(c, "connect-timeout", TIMEOUT, TIMEOUT_LEAST, INT32_MAX);
	r->request_ms = ctx_int_or(c, "request-timeout", TIMEOUT, TIMEOUT_LEAST, INT32_MAX);
	r->reset_ms = ctx_int(c, "reset-connection-interval", 0, 0, INT32_MAX) * 1000;
	r->ssl = rpc_client_tls(c, &r->tls);
}

static int64_t
in_ms(int64_t ms)
{
	return clock_steady_ns() + ms * 1000000;
}

static void
hang_up(struct rpc_sink *r, struct sink *sk)
{
	if (r->stream.fd < 0)
		return;
	stream_close(&r->stream);
	sink_count(sk, CONNECTION_CLOSED, 1);
}

static int
connect_to(struct rpc_sink *r, struct sink *sk, struct err *e)
{
	int rc = stream_connect(&r->stream, &r->kind, r->host, r->port, in_ms(r->connect_ms), sink_self(sk)->stop_fd, e);

	if (rc != 0) {
		sink_count(sk, CONNECTION_FAILED, 1);
		return rc;
	}
	sink_count(sk, CONNECTION_CREATED, 1);
	say(sink_self(sk), LOG_INFO, "connected to %s", r->stream.peer);
	r->since = clock_steady_ns();
	r->spoken = false;
	r->protocol->fresh(r);
	return 0;
}

/* A connection that can be used: a server that has gone since the last answer costs no batch. */
static int
ready(struct rpc_sink *r, struct sink *sk, struct err *e)
{
	if (r->stream.fd >= 0 && (!stream_alive(&r->stream) ||
	    (r->reset_ms > 0 && clock_steady_ns() - r->since >= r->reset_ms * 1000000)))
		hang_up(r, sk);
	return r->stream.fd >= 0 ? 0 : connect_to(r, sk, e);
}

int
rpc_sink_start(void *self, struct sink *sk, struct err *e)
{
	struct rpc_sink *r = self;
	struct err later = ERR_INIT;
	int rc = rpc_open(&r->kind, &r->tls, r->ssl, r->deflate, e);

	if (rc != 0)
		return rc;
	if (connect_to(r, sk, &later) != 0)
		say(sink_self(sk), LOG_WARN, "%s; tried again when there are events", later.text);
	return 0;
}

/* One call, until it is answered. */
static int
call(struct rpc_sink *r, struct err *e)
{
	struct slice parts[2];
	int64_t deadline = in_ms(r->spoken ? r->request_ms : r->connect_ms);
	ssize_t n;
	int rc = 1;

	buf_clear(&r->in);
	while (rc > 0) {
		if (rc == 1) {
			buf_clear(&r->head);
			r->protocol->head(r);
			if (r->head.failed || r->body.failed)
				return err_set(e, ERR_NOMEM, "no memory for a batch");
			parts[0] = buf_slice(&r->head);
			parts[1] = buf_slice(&r->body);
			if ((rc = stream_write(&r->stream, parts, 2, deadline, e)) != 0)
				return rc;
		}
		n = stream_read(&r->stream, &r->in, deadline, e);
		if (n < 0)
			return err_prefix(e, "no answer");
		if (n == 0)
			return err_set(e, ERR_DAMAGE, "the connection was closed instead of an answer");
		rc = r->protocol->answer(r, e);
		if (rc == 2 && r->in.n > RPC_REPLY_MAX)
			return err_set(e, ERR_TOOBIG, "an answer of more than %zu bytes", RPC_REPLY_MAX);
	}
	r->spoken = r->spoken || rc == 0;
	return rc;
}

static int
deliver(struct rpc_sink *r, struct sink *sk, struct err *e)
{
	size_t done = 0;
	int rc = ready(r, sk, e);

	if (rc != 0)
		return rc;
	while (rc == 0 && done < r->take.n) {
		buf_clear(&r->body);
		done += r->protocol->encode(r, r->take.v + done, r->take.n - done);
		rc = call(r, e);
	}
	return rc == 0 ? 0 : err_prefix(e, "%s", r->stream.peer);
}

enum sink_rc
rpc_sink_process(void *self, struct sink *sk, struct err *e)
{
	struct rpc_sink *r = self;
	ssize_t n = sink_take(sk, &r->take, (size_t)r->batch, e);

	if (n <= 0) {
		sink_count(sk, BATCH_EMPTY, 1);
		return n < 0 ? SINK_FAILED : SINK_IDLE;
	}
	sink_count(sk, n < r->batch ? BATCH_UNDERFLOW : BATCH_COMPLETE, 1);
	sink_count(sk, DRAIN_ATTEMPT, n);
	if (deliver(r, sk, e) != 0) {
		hang_up(r, sk);
		sink_rollback(sk, &r->take);
		sink_count(sk, EVENT_WRITE_FAIL, 1);
		return SINK_FAILED;
	}
	sink_count(sk, DRAIN_SUCCESS, n);
	return sink_commit(sk, &r->take, e);
}

void
rpc_sink_stop(void *self, struct sink *sk)
{
	struct rpc_sink *r = self;

	hang_up(r, sk);
	rpc_close(&r->kind);
}

void
rpc_sink_release(void *self)
{
	struct rpc_sink *r = self;

	take_release(&r->take);
	buf_release(&r->head);
	buf_release(&r->body);
	buf_release(&r->in);
}
