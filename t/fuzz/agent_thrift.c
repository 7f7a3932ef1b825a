/*
 * Any bytes as what a thrift source or sink hears, in both protocols.  A call
 * that was read is put together again in either protocol, and read the same.
 */
#include <stdlib.h>

#include "agent/wire/thrift.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define EVENTS	64

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
again(const struct thrift_event *v, size_t n, enum thrift_protocol p)
{
	struct buf out = BUF_INIT;
	size_t start = thrift_batch_begin(&out, p, 7, n), i;
	struct thrift_request q;
	struct thrift_event ev;
	struct slice k, value;

	for (i = 0; i < n; i++) {
		thrift_event_begin(&out, p, v[i].count);
		for (struct thrift_headers h = thrift_headers(&v[i]); thrift_header_next(&h, &k, &value);)
			thrift_header_put(&out, p, k, value);
		thrift_event_end(&out, p, v[i].body);
	}
	thrift_batch_end(&out, start);
	must(get_be32(out.p) == out.n - 4);
	must(thrift_request_get(&q, p, SLICE_OF(out.p + 4, out.n - 4), NULL) == 0 && q.what == THRIFT_APPEND_BATCH && q.seq == 7);
	for (i = 0; i < n; i++)
		must(thrift_request_event(&q, &ev, NULL) == 1 && ev.count == v[i].count && slice_eq(ev.body, v[i].body));
	must(thrift_request_event(&q, &ev, NULL) == 0 && rd_left(&q.r) == 0);
	buf_release(&out);
}

static void
request(enum thrift_protocol p, struct slice frame)
{
	struct thrift_request q;
	struct thrift_event v[EVENTS], ev;
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	size_t n = 0;
	int rc = thrift_request_get(&q, p, frame, &e);

	if (rc != 0)
		return;
	while ((rc = thrift_request_event(&q, &ev, &e)) == 1)
		if (n < EVENTS)
			v[n++] = ev;
	if (rc == 0) {
		again(v, n, THRIFT_COMPACT);
		again(v, n, THRIFT_BINARY);
		thrift_reply_put(&out, &q, THRIFT_OK);
		must(thrift_reply_get(p, q.seq, SLICE_OF(out.p + 4, out.n - 4), &e) == 0);
	} else {
		thrift_exception_put(&out, &q, THRIFT_PROTOCOL_ERROR, e.text);
		must(thrift_reply_get(p, q.seq, SLICE_OF(out.p + 4, out.n - 4), &e) == -ERR_INVALID);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct err e = ERR_INIT;

	request(THRIFT_COMPACT, SLICE_OF(data, n));
	request(THRIFT_BINARY, SLICE_OF(data, n));
	(void)thrift_reply_get(THRIFT_COMPACT, 1, SLICE_OF(data, n), &e);
	(void)thrift_reply_get(THRIFT_BINARY, 1, SLICE_OF(data, n), &e);
	return 0;
}
