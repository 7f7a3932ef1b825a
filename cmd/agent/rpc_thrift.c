/*
 * rpc_thrift.c - appendBatch of Flume's Thrift protocol, for rpc_client.h.
 */
#include "agent/rpc_client.h"

#define CALL_MOST	((size_t)12 << 20)	/* a server takes THRIFT_FRAME_MAX, with headers */

static void
fresh(struct rpc_client *c)
{
	c->seq = 0;
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
encode(struct rpc_client *c, const struct event *v, size_t n)
{
	size_t i, size = 0, start;
	uint16_t k;

	for (i = 0; i < n && (i == 0 || size + event_size(&v[i]) <= CALL_MOST); i++)
		size += event_size(&v[i]);
	n = i;
	start = thrift_batch_begin(&c->body, c->thrift, ++c->seq, n);
	for (i = 0; i < n; i++) {
		thrift_event_begin(&c->body, c->thrift, v[i].nheaders);
		for (k = 0; k < v[i].nheaders; k++)
			thrift_header_put(&c->body, c->thrift, v[i].headers[k].name, v[i].headers[k].value);
		thrift_event_end(&c->body, c->thrift, event_body(&v[i]));
	}
	thrift_batch_end(&c->body, start);
	return n;
}

static void
head(struct rpc_client *c)
{
	(void)c;			/* a frame begins with its own length */
}

static int
answer(struct rpc_client *c, struct err *e)
{
	size_t n;
	int rc;

	if (c->in.n < 4)
		return 2;
	n = get_be32(c->in.p);
	if (n > RPC_REPLY_MAX)
		return err_set(e, ERR_TOOBIG, "an answer of %zu bytes", n);
	if (c->in.n - 4 < n)
		return 2;
	rc = thrift_reply_get(c->thrift, c->seq, SLICE_OF(c->in.p + 4, n), e);
	buf_consume(&c->in, n + 4);
	return rc;
}

const struct rpc_protocol rpc_thrift = { .fresh = fresh, .encode = encode, .head = head, .answer = answer };
