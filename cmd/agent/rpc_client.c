/*
 * rpc_client.c - a connection, and calls over it (rpc_client.h).
 */
#include "agent/rpc_client.h"

#include "base/clock.h"

static int64_t
in_ms(int64_t ms)
{
	return clock_steady_ns() + ms * 1000000;
}

bool
rpc_client_hang_up(struct rpc_client *c)
{
	bool was = c->stream.fd >= 0;

	stream_close(&c->stream);
	return was;
}

bool
rpc_client_stale(const struct rpc_client *c)
{
	return c->stream.fd >= 0 && (!stream_alive(&c->stream) ||
	    (c->reset_ms > 0 && clock_steady_ns() - c->since >= c->reset_ms * 1000000));
}

int
rpc_client_ready(struct rpc_client *c, int stop_fd, struct err *e)
{
	int rc;

	if (c->stream.fd >= 0)
		return 0;
	rc = stream_connect(&c->stream, &c->kind, c->host, c->port, in_ms(c->connect_ms), stop_fd, e);
	if (rc != 0)
		return rc;
	c->since = clock_steady_ns();
	c->spoken = false;
	c->protocol->fresh(c);
	return 1;
}

/* Some bytes of the answer. */
static ssize_t
hear(struct rpc_client *c, int64_t deadline, struct err *e)
{
	ssize_t n;

	n = stream_read(&c->stream, &c->in, deadline, e);
	if (n != -ERR_INTR)
		return n;
	stream_hurry(&c->stream);
	return hear(c, deadline, e);
}

/* One call, until it is answered. */
static int
call(struct rpc_client *c, struct err *e)
{
	struct slice parts[2];
	int64_t deadline = in_ms(c->spoken ? c->request_ms : c->connect_ms);
	ssize_t n;
	int rc = 1;

	buf_clear(&c->in);
	while (rc > 0) {
		if (rc == 1) {
			buf_clear(&c->head);
			c->protocol->head(c);
			if (c->head.failed || c->body.failed)
				return err_set(e, ERR_NOMEM, "no memory for a batch");
			parts[0] = buf_slice(&c->head);
			parts[1] = buf_slice(&c->body);
			if ((rc = stream_write(&c->stream, parts, 2, deadline, e)) != 0)
				return rc;
		}
		n = hear(c, deadline, e);
		if (n < 0)
			return err_prefix(e, "no answer");
		if (n == 0)
			return err_set(e, ERR_DAMAGE, "the connection was closed instead of an answer");
		rc = c->protocol->answer(c, e);
		if (rc == 2 && c->in.n > RPC_REPLY_MAX)
			return err_set(e, ERR_TOOBIG, "an answer of more than %zu bytes", RPC_REPLY_MAX);
	}
	c->spoken = c->spoken || rc == 0;
	return rc;
}

int
rpc_client_send(struct rpc_client *c, const struct event *v, size_t n, struct err *e)
{
	size_t done = 0;
	int rc = 0;

	while (rc == 0 && done < n) {
		buf_clear(&c->body);
		done += c->protocol->encode(c, v + done, n - done);
		rc = call(c, e);
	}
	return rc == 0 ? 0 : err_prefix(e, "%s", c->stream.peer);
}

void
rpc_client_release(struct rpc_client *c)
{
	(void)rpc_client_hang_up(c);
	buf_release(&c->head);
	buf_release(&c->body);
	buf_release(&c->in);
}
