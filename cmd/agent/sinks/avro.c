/*
 * avro.c - the avro sink: batches to an avro source, Flume's or a plog-agent's.
 */
#include "agent/rpc_conf.h"
#include "agent/rpc_sink.h"
#include "agent/wire/avro_call.h"

#define CALL_MOST	((size_t)32 << 20)

struct avro {
	struct rpc_sink rpc;
	struct avro_client client;
	struct avro_frame frame;
};

static void
fresh(struct rpc_sink *r)
{
	struct avro *a = (struct avro *)r;

	a->client = AVRO_CLIENT_INIT;
}

static size_t
encode(struct rpc_sink *r, const struct event *v, size_t n)
{
	size_t i, size = 0;
	uint16_t k;

	for (i = 0; i < n && (i == 0 || size + v[i].len <= CALL_MOST); i++)
		size += v[i].len;
	n = i;
	avro_put_long(&r->body, (int64_t)n);
	for (i = 0; i < n; i++) {
		avro_put_headers_begin(&r->body, v[i].nheaders);
		for (k = 0; k < v[i].nheaders; k++) {
			avro_put_bytes(&r->body, v[i].headers[k].name);
			avro_put_bytes(&r->body, v[i].headers[k].value);
		}
		avro_put_headers_end(&r->body, v[i].nheaders);
		avro_put_bytes(&r->body, event_body(&v[i]));
	}
	avro_put_long(&r->body, 0);
	return n;
}

static void
head(struct rpc_sink *r)
{
	struct avro *a = (struct avro *)r;

	avro_request_put(&a->client, &r->head, "appendBatch", r->body.n);
	a->frame = AVRO_FRAME_INIT;
}

static int
answer(struct rpc_sink *r, struct err *e)
{
	struct avro *a = (struct avro *)r;
	int rc = avro_frame_join(&a->frame, r->in.p, r->in.n, RPC_REPLY_MAX, e);

	if (rc == 0)
		return 2;
	if (rc == 1) {
		rc = avro_reply_get(&a->client, a->frame.serial, SLICE_OF(r->in.p, a->frame.size), e);
		buf_consume(&r->in, a->frame.used);
		a->frame = AVRO_FRAME_INIT;
	}
	return rc;
}

static const struct rpc_protocol protocol = { .fresh = fresh, .encode = encode, .head = head, .answer = answer };

static void
configure(void *self, struct context *c)
{
	struct avro *a = self;

	rpc_sink_configure(&a->rpc, c, &protocol);
	a->rpc.deflate = rpc_deflate(c, &a->rpc.kind, a->rpc.ssl);
	ctx_ignored(c, "maxIoWorkers", "a sink has one thread");
}

const struct sink_type sink_avro = {
	.names = { "avro", CLASSES("org.apache.flume.sink.AvroSink", "org.apache.flume.rpc.avro.sink.AvroSink") },
	.size = sizeof(struct avro),
	.configure = configure, .start = rpc_sink_start, .process = rpc_sink_process, .stop = rpc_sink_stop,
	.release = rpc_sink_release,
};
