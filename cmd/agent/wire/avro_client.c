/*
 * avro_client.c - the client's side of a call (avro_call.h).
 *
 * The first request of a connection is Flume 1.11's byte for byte: its hash
 * for both ends, no text.  A server that does not know it is sent our text.
 */
#include "agent/wire/avro_call.h"

void
avro_request_put(struct avro_client *c, struct buf *out, const char *name, size_t n)
{
	size_t start = out->n;
	uint8_t *p = buf_room(out, 12);

	if (p == NULL)
		return;
	out->n += 12;
	if (!c->established && c->text) {
		buf_put(out, avro_protocol_hash, AVRO_HASH);
		avro_put_long(out, 1);
		avro_put_bytes(out, slice_str(avro_protocol_text));
		buf_put(out, c->server, AVRO_HASH);
		buf_put(out, "\2\0", 2);	/* metadata, none in it */
	} else if (!c->established) {
		buf_put(out, avro_flume_hash, AVRO_HASH);
		buf_putc(out, 0);
		buf_put(out, avro_flume_hash, AVRO_HASH);
		buf_put(out, "\2\0", 2);
	}
	buf_putc(out, 0);
	avro_put_bytes(out, slice_str(name));
	p = buf_room(out, 4);
	if (p == NULL)
		return;
	put_be32(p, (uint32_t)n);
	p = out->p + start;
	put_be32(p, ++c->serial);
	put_be32(p + 4, 2);
	put_be32(p + 8, (uint32_t)(out->n - start - 12));
	out->n += 4;
}

/* 0: established; 1: the server asks for our text; -1: bad. */
static int
handshake(struct avro_client *c, struct rd *r)
{
	int64_t match = rd_varlong(r);
	const uint8_t *hash = NULL;

	if (avro_branch(r))
		(void)rd_avro_bytes(r);
	if (avro_branch(r))
		hash = rd_bytes(r, AVRO_HASH);
	if (avro_branch(r))
		(void)avro_skip_map(r);
	if (r->bad || match < AVRO_BOTH || match > AVRO_NONE)
		return -1;
	if (match != AVRO_NONE) {
		c->established = true;
		return 0;
	}
	/* Asked twice for it, it would be asked for ever. */
	if (c->text || hash == NULL)
		return -1;
	c->text = true;
	memcpy(c->server, hash, AVRO_HASH);
	return 1;
}

static int
remote_error(struct rd *r, struct err *e)
{
	struct slice text = SLICE_NULL;

	if (rd_varlong(r) == 0)
		text = rd_avro_bytes(r);
	if (text.p == NULL || text.n == 0)
		return err_set(e, ERR_INVALID, "the server replies with an error without words");
	return err_set(e, ERR_INVALID, "the server replies: %.*s", text.n < 500 ? (int)text.n : 500, (const char *)text.p);
}

int
avro_reply_get(struct avro_client *c, uint32_t serial, struct slice message, struct err *e)
{
	struct rd r = RD_OF(message.p, message.n);
	int64_t status;
	int rc = 0;
	uint8_t flag;

	if (serial != c->serial)
		return err_set(e, ERR_DAMAGE, "the server replies to request %u, not to %u", serial, c->serial);
	if (!c->established && (rc = handshake(c, &r)) == 1)
		return 1;
	(void)avro_skip_map(&r);
	flag = rd_u8(&r);
	if (rc == 0 && !r.bad && flag == 1)
		return remote_error(&r, e);
	status = rd_varlong(&r);
	if (rc != 0 || r.bad || flag != 0 || status < AVRO_OK || status > AVRO_STATUS_UNKNOWN)
		return err_set(e, ERR_DAMAGE, "the server's reply cannot be read");
	if (status != AVRO_OK)
		return err_set(e, ERR_BUSY, "the server has not taken the events: %s", status == AVRO_FAILED ? "FAILED" : "UNKNOWN");
	return 0;
}
