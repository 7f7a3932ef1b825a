/*
 * thrift_client.c - appendBatch put together, and what the server says (thrift.h).
 */
#include "agent/wire/thrift_in.h"
#include "base/varint.h"

#define COMPACT_STRUCT	12
#define COMPACT_STRINGS	0x88		/* a map's types: string to string */

size_t
thrift_batch_begin(struct buf *out, enum thrift_protocol p, int32_t seq, size_t events)
{
	size_t start = thrift_frame_begin(out);
	uint8_t *to;

	thrift_message_put(out, p, M_CALL, slice_str("appendBatch"), seq);
	to = buf_room(out, 2 + VARINT_MAX + 4);
	if (to == NULL)
		return start;
	if (p == THRIFT_BINARY) {
		memcpy(to, (uint8_t[]){ T_LIST, 0, 1, T_STRUCT }, 4);
		put_be32(to + 4, (uint32_t)events);
		to += 8;
	} else {
		*to++ = 0x19;
		*to++ = (uint8_t)((events < 15 ? events : 15) << 4 | COMPACT_STRUCT);
		if (events >= 15)
			to = varulong_put(to, events);
	}
	out->n = (size_t)(to - out->p);
	return start;
}

void
thrift_event_begin(struct buf *out, enum thrift_protocol p, size_t headers)
{
	uint8_t *to = buf_room(out, 2 + VARINT_MAX + 4);

	if (to == NULL)
		return;
	if (p == THRIFT_BINARY) {
		memcpy(to, (uint8_t[]){ T_MAP, 0, 1, T_STRING, T_STRING }, 5);
		put_be32(to + 5, (uint32_t)headers);
		to += 9;
	} else {
		*to++ = 0x1b;
		to = varulong_put(to, headers);
		if (headers > 0)
			*to++ = COMPACT_STRINGS;
	}
	out->n = (size_t)(to - out->p);
}

void
thrift_header_put(struct buf *out, enum thrift_protocol p, struct slice name, struct slice value)
{
	thrift_bytes_put(out, p, name);
	thrift_bytes_put(out, p, value);
}

void
thrift_event_end(struct buf *out, enum thrift_protocol p, struct slice body)
{
	if (p == THRIFT_BINARY)
		buf_put(out, (uint8_t[]){ T_STRING, 0, 2 }, 3);
	else
		buf_putc(out, 0x18);
	thrift_bytes_put(out, p, body);
	buf_putc(out, T_STOP);
}

void
thrift_batch_end(struct buf *out, size_t start)
{
	buf_putc(out, T_STOP);
	thrift_frame_end(out, start);
}

static int
exception(struct rd *r, enum thrift_protocol p, struct err *e)
{
	struct slice text = SLICE_OF("an exception without words", 26);
	enum thrift_type t;
	int16_t id = 0;

	while ((t = thrift_field_get(r, p, &id)) != T_STOP) {
		if (id == 1 && t == T_STRING)
			text = thrift_bytes_get(r, p);
		else
			thrift_skip(r, p, t, THRIFT_DEPTH);
	}
	if (r->bad)
		return err_set(e, ERR_DAMAGE, "the server's reply cannot be read");
	return err_set(e, ERR_INVALID, "the server replies: %.*s", text.n < 500 ? (int)text.n : 500, (const char *)text.p);
}

int
thrift_reply_get(enum thrift_protocol p, int32_t seq, struct slice frame, struct err *e)
{
	static const char *const names[] = { "OK", "FAILED", "ERROR", "UNKNOWN" };
	struct rd r = RD_OF(frame.p, frame.n);
	enum thrift_message type;
	enum thrift_type t;
	struct slice name;
	int32_t got, status = -1;
	int16_t id = 0;

	if (!thrift_message_get(&r, p, &type, &name, &got))
		return err_set(e, ERR_DAMAGE, "the server does not reply in Thrift's %s protocol",
		    p == THRIFT_COMPACT ? "compact" : "binary");
	if (got != seq)
		return err_set(e, ERR_DAMAGE, "the server replies to request %d, not to %d", got, seq);
	if (type == M_EXCEPTION)
		return exception(&r, p, e);
	while ((t = thrift_field_get(&r, p, &id)) != T_STOP) {
		if (id == 0 && t == T_I32)
			status = thrift_i32_get(&r, p);
		else
			thrift_skip(&r, p, t, THRIFT_DEPTH);
	}
	if (r.bad || type != M_REPLY || status < THRIFT_OK || status > THRIFT_STATUS_UNKNOWN)
		return err_set(e, ERR_DAMAGE, "the server's reply cannot be read");
	if (status != THRIFT_OK)
		return err_set(e, ERR_BUSY, "the server has not taken the events: %s", names[status]);
	return 0;
}
