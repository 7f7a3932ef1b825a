/*
 * thrift.c - the thrift source: framed Thrift, compact or binary, from Flume's
 * sinks and clients, or a plog-agent.
 */
#include <stdio.h>

#include "agent/rpc_conf.h"
#include "agent/rpc_source.h"
#include "agent/wire/thrift.h"

struct thrift {
	struct rpc_source rpc;
	enum thrift_protocol protocol;
};

static void
configure(void *self, struct context *c)
{
	static const char *const protocols[] = { "compact", "binary", NULL };
	struct thrift *t = self;

	rpc_source_configure(&t->rpc, c, LISTENER_TLS | LISTENER_FILTER, THRIFT_FRAME_MAX);
	t->protocol = ctx_choice(c, "protocol", 0, protocols) == 0 ? THRIFT_COMPACT : THRIFT_BINARY;
	rpc_no_kerberos(c);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct thrift *t = self;
	int rc = listener_start(&t->rpc.listener, src, e);

	if (rc == 0)
		say(source_self(src), LOG_INFO, "Started Thrift source.");
	return rc;
}

/* The events of the call into the batch; 0 when the call was whole. */
static int
gather(struct rpc_conn *c, struct thrift_request *q, struct err *e)
{
	struct thrift_event in;
	struct slice name, value;
	struct event *ev;
	int rc;

	while ((rc = thrift_request_event(q, &in, e)) == 1) {
		if ((rc = rpc_add(c, in.body, in.count, &ev, e)) != 0)
			return rc;
		for (struct thrift_headers h = thrift_headers(&in); thrift_header_next(&h, &name, &value);)
			if (event_set(&c->batch, ev, name, value) != 0)
				return err_set(e, ERR_NOMEM, "no memory for headers");
		event_from_map(ev);
	}
	return rc;
}

/* Does what the frame asks, the answer goes behind out; not 0: the end of the connection. */
static int
answer(struct rpc_conn *c, struct slice frame, struct err *e)
{
	const struct thrift *t = (const struct thrift *)c->self;
	struct thrift_request q;
	enum thrift_status status;
	char text[300];
	int rc = thrift_request_get(&q, t->protocol, frame, e);

	if (rc == 0 && q.what == THRIFT_UNKNOWN) {
		(void)snprintf(text, sizeof(text), "Invalid method name: '%.*s'", q.name.n < 200 ? (int)q.name.n : 200,
		    (const char *)q.name.p);
		thrift_exception_put(&c->out, &q, THRIFT_UNKNOWN_METHOD, text);
		return 0;
	}
	if (rc == 0)
		rc = gather(c, &q, e);
	if (rc == -ERR_INVALID) {
		rpc_refused(c, e);
		thrift_exception_put(&c->out, &q, THRIFT_PROTOCOL_ERROR, e->text);
		return 0;
	}
	if (rc != 0)
		return rc;
	status = rpc_put(c, q.what == THRIFT_APPEND_BATCH) ? THRIFT_OK : THRIFT_FAILED;
	if (!q.oneway)
		thrift_reply_put(&c->out, &q, status);
	return 0;
}

static int
call(struct rpc_conn *c, struct err *e)
{
	size_t have = c->in.n - c->at, n = have < 4 ? 0 : get_be32(c->in.p + c->at);
	int rc;

	if (n > (size_t)c->self->max_frame)
		return err_set(e, ERR_TOOBIG, "a frame of %zu bytes, maxFrame is %lld", n, (long long)c->self->max_frame);
	if (have < 4 || have - 4 < n)
		return 0;
	rc = answer(c, SLICE_OF(c->in.p + c->at + 4, n), e);
	c->at += n + 4;
	return rc == 0 ? 1 : rc;
}

static void
converse(void *self, struct listener *l, struct stream *s)
{
	struct rpc_conn c = { .call = call };

	(void)l;
	rpc_converse(&c, self, s);
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct thrift *t = self;

	return listener_run(&t->rpc.listener, src, converse, t, e);
}

static void
stop(void *self, struct source *src)
{
	struct thrift *t = self;

	(void)src;
	listener_stop(&t->rpc.listener);
}

static void
release(void *self)
{
	struct thrift *t = self;

	listener_release(&t->rpc.listener);
}

const struct source_type source_thrift = {
	.names = { "thrift", CLASSES("org.apache.flume.source.ThriftSource", "org.apache.flume.rpc.thrift.source.ThriftSource") },
	.size = sizeof(struct thrift),
	.configure = configure, .start = start, .run = run, .stop = stop, .release = release,
};
