/*
 * rpc_avro.c - appendBatch of Flume's Avro protocol, for rpc_client.h.
 */
#include "agent/rpc_client.h"

#define CALL_MOST	((size_t)32 << 20)

static void
fresh(struct rpc_client *c)
{
	c->avro = AVRO_CLIENT_INIT;
}

static size_t
encode(struct rpc_client *c, const struct event *v, size_t n)
{
	size_t i, size = 0;
	uint16_t k;

	for (i = 0; i < n && (i == 0 || size + v[i].len <= CALL_MOST); i++)
		size += v[i].len;
	n = i;
	avro_put_long(&c->body, (int64_t)n);
	for (i = 0; i < n; i++) {
		avro_put_headers_begin(&c->body, v[i].nheaders);
		for (k = 0; k < v[i].nheaders; k++) {
			avro_put_bytes(&c->body, v[i].headers[k].name);
			avro_put_bytes(&c->body, v[i].headers[k].value);
		}
		avro_put_headers_end(&c->body, v[i].nheaders);
		avro_put_bytes(&c->body, event_body(&v[i]));
	}
	avro_put_long(&c->body, 0);
	return n;
}

static void
head(struct rpc_client *c)
{
	avro_request_put(&c->avro, &c->head, "appendBatch", c->body.n);
	c->frame = AVRO_FRAME_INIT;
}

static int
answer(struct rpc_client *c, struct err *e)
{
	int rc = avro_frame_join(&c->frame, c->in.p, c->in.n, RPC_REPLY_MAX, e);

	if (rc == 0)
		return 2;
	if (rc == 1) {
		rc = avro_reply_get(&c->avro, c->frame.serial, SLICE_OF(c->in.p, c->frame.size), e);
		buf_consume(&c->in, c->frame.used);
		c->frame = AVRO_FRAME_INIT;
	}
	return rc;
}

const struct rpc_protocol rpc_avro = { .fresh = fresh, .encode = encode, .head = head, .answer = answer };
