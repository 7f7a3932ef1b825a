/*
 * avro_call.c - framing, and the server's side of a call (avro_call.h).
 */
#include "agent/wire/avro_call.h"

/* Flume built with Avro 1.11.1 or later. */
static const uint8_t flume2_hash[AVRO_HASH] =
    { 0x80, 0x76, 0xc5, 0x37, 0x14, 0xe0, 0x1f, 0x6e, 0x2c, 0x1d, 0xeb, 0x95, 0x44, 0xe7, 0xb1, 0xfe };

static bool
known(const uint8_t *hash)
{
	return memcmp(hash, avro_flume_hash, AVRO_HASH) == 0 || memcmp(hash, flume2_hash, AVRO_HASH) == 0 ||
	    memcmp(hash, avro_protocol_hash, AVRO_HASH) == 0;
}

static int
too_big(size_t size, size_t max, struct err *e)
{
	return err_set(e, ERR_TOOBIG, "a message of %zu bytes or more, %zu are allowed", size, max);
}

int
avro_frame_join(struct avro_frame *f, uint8_t *in, size_t n, size_t max, struct err *e)
{
	size_t k;

	if (!f->begun) {
		if (n < 8)
			return 0;
		f->serial = get_be32(in);
		f->buffers = get_be32(in + 4);
		if (f->buffers > max / 4)
			return err_set(e, ERR_TOOBIG, "a message of %u buffers", f->buffers);
		f->begun = true;
		f->size = 0;
		f->used = 8;
		f->part = 0;
	}
	while (f->buffers > 0 || f->part > 0) {
		if (f->part == 0) {
			if (n - f->used < 4)
				return 0;
			f->part = get_be32(in + f->used);
			f->used += 4;
			f->buffers--;
			if (f->part > max - f->size)
				return too_big(f->size + f->part, max, e);
			continue;
		}
		k = n - f->used < f->part ? n - f->used : f->part;
		if (k == 0)
			return 0;
		memmove(in + f->size, in + f->used, k);
		f->size += k;
		f->used += k;
		f->part -= (uint32_t)k;
	}
	return 1;
}

static void
handshake(struct avro_request *q, struct rd *r, bool *established)
{
	const uint8_t *client = rd_bytes(r, AVRO_HASH), *server;
	bool text = avro_branch(r);

	if (text)
		(void)rd_avro_bytes(r);
	server = rd_bytes(r, AVRO_HASH);
	if (avro_branch(r))
		(void)avro_skip_map(r);
	if (r->bad)
		return;
	q->handshake = true;
	if (!known(client) && !text)
		q->match = AVRO_NONE;
	else
		q->match = known(server) ? AVRO_BOTH : AVRO_CLIENT;
	*established = q->match != AVRO_NONE;
}

int
avro_request_get(struct avro_request *q, struct slice message, bool *established, struct err *e)
{
	struct rd r = RD_OF(message.p, message.n);

	*q = (struct avro_request){ .what = AVRO_NOTHING };
	if (message.n == 0)
		return 0;
	if (!*established)
		handshake(q, &r, established);
	if (!r.bad && q->handshake && q->match == AVRO_NONE) {
		q->what = AVRO_HANDSHAKE;
		return 0;
	}
	(void)avro_skip_map(&r);
	q->name = rd_avro_bytes(&r);
	q->r = r;
	if (r.bad)
		return err_set(e, ERR_DAMAGE, "a call that cannot be read");
	if (q->name.n == 0)
		q->what = AVRO_PING;
	else if (slice_eq(q->name, slice_str("appendBatch")))
		q->what = AVRO_APPEND_BATCH;
	else if (slice_eq(q->name, slice_str("append")))
		q->what = AVRO_APPEND;
	else
		q->what = AVRO_UNKNOWN;
	return 0;
}

int
avro_request_event(struct avro_request *q, struct avro_event *ev, struct err *e)
{
	if (q->what == AVRO_APPEND) {
		if (q->ended)
			return 0;
		q->ended = true;
	} else if (!avro_next(&q->r, &q->left, &q->ended)) {
		return q->r.bad ? err_set(e, ERR_DAMAGE, "a list of events that cannot be read") : 0;
	}
	return avro_event_get(&q->r, ev) ? 1 : err_set(e, ERR_DAMAGE, "an event that cannot be read");
}

static void
put_handshake(struct buf *out, enum avro_match match)
{
	avro_put_long(out, match);
	if (match == AVRO_BOTH) {
		buf_put(out, "\0\0\0", 3);	/* no protocol, no hash, no metadata */
		return;
	}
	avro_put_long(out, 1);
	avro_put_bytes(out, slice_str(avro_protocol_text));
	avro_put_long(out, 1);
	buf_put(out, avro_protocol_hash, AVRO_HASH);
	avro_put_long(out, 0);
}

void
avro_reply_put(struct buf *out, uint32_t serial, const struct avro_request *q, enum avro_status status, const char *error)
{
	size_t start = out->n;
	uint8_t *p = buf_room(out, 12);

	if (p == NULL)
		return;
	out->n += 12;
	if (q->handshake)
		put_handshake(out, q->match);
	if (error != NULL) {
		buf_put(out, "\0\1\0", 3);	/* no metadata, an error, of the union ["string"] */
		avro_put_bytes(out, slice_str(error));
	} else if (q->what == AVRO_APPEND || q->what == AVRO_APPEND_BATCH) {
		buf_put(out, "\0\0", 2);
		avro_put_long(out, status);
	}
	if (out->failed)
		return;
	p = out->p + start;
	put_be32(p, serial);
	put_be32(p + 4, 1);
	put_be32(p + 8, (uint32_t)(out->n - start - 12));
}
