/*
 * thrift_server.c - calls taken apart, and their replies (thrift.h).
 */
#include "agent/wire/thrift_in.h"
#include "base/varint.h"

static int
damaged(struct err *e)
{
	return err_set(e, ERR_DAMAGE, "a Thrift call that cannot be read");
}

int
thrift_request_get(struct thrift_request *q, enum thrift_protocol p, struct slice frame, struct err *e)
{
	enum thrift_message type;

	*q = (struct thrift_request){ .protocol = p, .r = RD_OF(frame.p, frame.n) };
	if (!thrift_message_get(&q->r, p, &type, &q->name, &q->seq))
		return err_set(e, ERR_FORMAT, "no call in Thrift's %s protocol", p == THRIFT_COMPACT ? "compact" : "binary");
	if (type != M_CALL && type != M_ONEWAY)
		return damaged(e);
	q->oneway = type == M_ONEWAY;
	if (slice_eq(q->name, slice_str("appendBatch")))
		q->what = THRIFT_APPEND_BATCH;
	else if (slice_eq(q->name, slice_str("append")))
		q->what = THRIFT_APPEND;
	else
		q->what = THRIFT_UNKNOWN;
	return 0;
}

static void
headers_get(struct rd *r, enum thrift_protocol p, struct thrift_event *ev)
{
	enum thrift_type key = T_STRING, value = T_STRING;
	size_t i, n = thrift_map_get(r, p, &key, &value);
	const uint8_t *start = r->p;

	if (n > 0 && (key != T_STRING || value != T_STRING))
		r->bad = true;
	for (i = 0; i < n && !r->bad; i++) {
		(void)thrift_bytes_get(r, p);
		(void)thrift_bytes_get(r, p);
	}
	ev->count = n;
	ev->headers = SLICE_OF(start, (size_t)(r->p - start));
}

static int
event_get(struct rd *r, enum thrift_protocol p, struct thrift_event *ev, struct err *e)
{
	enum thrift_type t;
	int16_t id = 0;

	*ev = (struct thrift_event){ .protocol = p, .headers = SLICE_NULL, .body = SLICE_NULL };
	while ((t = thrift_field_get(r, p, &id)) != T_STOP) {
		if (id == 1 && t == T_MAP)
			headers_get(r, p, ev);
		else if (id == 2 && t == T_STRING)
			ev->body = thrift_bytes_get(r, p);
		else
			thrift_skip(r, p, t, THRIFT_DEPTH);
	}
	if (r->bad)
		return damaged(e);
	if (ev->headers.p == NULL || ev->body.p == NULL)
		return err_set(e, ERR_INVALID, "Required field '%s' was not present!", ev->headers.p == NULL ? "headers" : "body");
	return 1;
}

int
thrift_request_event(struct thrift_request *q, struct thrift_event *ev, struct err *e)
{
	enum thrift_type t, item = T_STOP;

	for (;;) {
		if (q->left > 0) {
			q->left--;
			return event_get(&q->r, q->protocol, ev, e);
		}
		t = thrift_field_get(&q->r, q->protocol, &q->field);
		if (t == T_STOP)
			return q->r.bad ? damaged(e) : 0;
		if (q->field == 1 && q->what == THRIFT_APPEND && t == T_STRUCT) {
			q->left = 1;
		} else if (q->field == 1 && q->what == THRIFT_APPEND_BATCH && t == T_LIST) {
			q->left = thrift_list_get(&q->r, q->protocol, &item);
			if (q->left > 0 && item != T_STRUCT)
				return damaged(e);
		} else {
			thrift_skip(&q->r, q->protocol, t, THRIFT_DEPTH);
		}
	}
}

bool
thrift_header_next(struct thrift_headers *h, struct slice *name, struct slice *value)
{
	if (h->left == 0)
		return false;
	h->left--;
	*name = thrift_bytes_get(&h->r, h->protocol);
	*value = thrift_bytes_get(&h->r, h->protocol);
	return !h->r.bad;
}

void
thrift_reply_put(struct buf *out, const struct thrift_request *q, enum thrift_status status)
{
	size_t start = thrift_frame_begin(out);

	thrift_message_put(out, q->protocol, M_REPLY, q->name, q->seq);
	if (q->protocol == THRIFT_COMPACT)
		buf_put(out, (uint8_t[]){ 0x05, 0x00, (uint8_t)zigzag32((int32_t)status), 0 }, 4);
	else
		buf_put(out, (uint8_t[]){ T_I32, 0, 0, 0, 0, 0, (uint8_t)status, 0 }, 8);
	thrift_frame_end(out, start);
}

void
thrift_exception_put(struct buf *out, const struct thrift_request *q, enum thrift_fault fault, const char *text)
{
	size_t start = thrift_frame_begin(out);

	thrift_message_put(out, q->protocol, M_EXCEPTION, q->name, q->seq);
	if (q->protocol == THRIFT_COMPACT)
		buf_putc(out, 0x18);
	else
		buf_put(out, (uint8_t[]){ T_STRING, 0, 1 }, 3);
	thrift_bytes_put(out, q->protocol, slice_str(text));
	if (q->protocol == THRIFT_COMPACT)
		buf_put(out, (uint8_t[]){ 0x15, (uint8_t)zigzag32((int32_t)fault), 0 }, 3);
	else
		buf_put(out, (uint8_t[]){ T_I32, 0, 2, 0, 0, 0, (uint8_t)fault, 0 }, 8);
	thrift_frame_end(out, start);
}
