/*
 * thrift.c - the thrift sink: batches to a thrift source, Flume's or a plog-agent's.
 */
#include "agent/rpc_conf.h"
#include "agent/rpc_sink.h"
#include "agent/wire/thrift.h"

#define CALL_MOST	((size_t)12 << 20)	/* a server takes THRIFT_FRAME_MAX, with headers */

struct thrift {
	struct rpc_sink rpc;
	enum thrift_protocol protocol;
	int32_t seq;
};

static void
fresh(struct rpc_sink *r)
{
	struct thrift *t = (struct thrift *)r;

	t->seq = 0;
}

static size_t
event_size(const struct event *ev)
{
	size_t n = ev->len;
	uint16_t k;

	for (k = 0; k < ev->nheaders; k++)
		n += ev->headers[k].name.n + ev->headers[k].value.n;
	return n;
}

static size_t
encode(struct rpc_sink *r, const struct event *v, size_t n)
{
	struct thrift *t = (struct thrift *)r;
	size_t i, size = 0, start;
	uint16_t k;

	for (i = 0; i < n && (i == 0 || size + event_size(&v[i]) <= CALL_MOST); i++)
		size += event_size(&v[i]);
	n = i;
	start = thrift_batch_begin(&r->body, t->protocol, ++t->seq, n);
	for (i = 0; i < n; i++) {
		thrift_event_begin(&r->body, t->protocol, v[i].nheaders);
		for (k = 0; k < v[i].nheaders; k++)
			thrift_header_put(&r->body, t->protocol, v[i].headers[k].name, v[i].headers[k].value);
		thrift_event_end(&r->body, t->protocol, event_body(&v[i]));
	}
	thrift_batch_end(&r->body, start);
	return n;
}

static void
head(struct rpc_sink *r)
{
	(void)r;			/* a frame begins with its own length */
}

static int
answer(struct rpc_sink *r, struct err *e)
{
	struct thrift *t = (struct thrift *)r;
	size_t n;
	int rc;

	if (r->in.n < 4)
		return 2;
	n = get_be32(r->in.p);
	if (n > RPC_REPLY_MAX)
		return err_set(e, ERR_TOOBIG, "an answer of %zu bytes", n);
	if (r->in.n - 4 < n)
		return 2;
	rc = thrift_reply_get(t->protocol, t->seq, SLICE_OF(r->in.p + 4, n), e);
	buf_consume(&r->in, n + 4);
	return rc;
}

static const struct rpc_protocol protocol = { .fresh = fresh, .encode = encode, .head = head, .answer = answer };

static void
configure(void *self, struct context *c)
{
	static const char *const protocols[] = { "compact", "binary", NULL };
	struct thrift *t = self;

	rpc_sink_configure(&t->rpc, c, &protocol);
	t->protocol = ctx_choice(c, "protocol", 0, protocols) == 0 ? THRIFT_COMPACT : THRIFT_BINARY;
	ctx_ignored(c, "maxConnections", "a sink has one connection");
	rpc_no_kerberos(c);
}

const struct sink_type sink_thrift = {
	.names = { "thrift", CLASSES("org.apache.flume.sink.ThriftSink", "org.apache.flume.rpc.thrift.sink.ThriftSink") },
	.size = sizeof(struct thrift),
	.configure = configure, .start = rpc_sink_start, .process = rpc_sink_process, .stop = rpc_sink_stop,
	.release = rpc_sink_release,
};
