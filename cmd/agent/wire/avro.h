/*
 * avro.h - Avro's binary encoding, as far as Flume's protocol, its Kafka
 * channel and its files use it.
 *
 *	long, int, enum		zigzag, base 128, low group first (base/varint.h)
 *	bytes, string		a long, so many bytes
 *	array, map		blocks: a long count, the items; a negative count is followed
 *				by the block's size; a count of 0 ends it
 *	union			the branch as a long, then the value
 *
 * AvroFlumeEvent is { map<string> headers; bytes body }: what the avro source
 * and sink send, and the whole value of a record of Flume's KafkaChannel (also
 * of its source and sink with useFlumeEventFormat).  Reading one:
 *
 *	struct rd r = RD_OF(p, n);
 *	struct avro_event ev;
 *	struct slice k, v;
 *
 *	if (!avro_event_get(&r, &ev))
 *		... damage
 *	for (struct avro_list h = avro_headers(&ev); avro_header_next(&h, &k, &v);)
 *		...
 *
 * and writing one: avro_put_long(n), k and v n times, avro_put_end if n > 0
 * (or avro_put_headers_begin and _end, which know that), the body.
 *
 * Everything handed out points into what was read.  No text is looked at: the
 * bytes of a string are passed on as they came.
 *
 * Source: the Avro 1.11 specification; flume 6.1.
 */
#ifndef AGENT_WIRE_AVRO_H
#define AGENT_WIRE_AVRO_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/varint.h"

struct avro_list {		/* the items of an array or a map, as they come */
	struct rd r;
	uint64_t left;		/* of the block */
	bool ended;
};

struct avro_event {
	struct slice headers;	/* the encoded map, with its end */
	size_t count;		/* of the headers */
	struct slice body;
};

/* Bytes or a string; SLICE_NULL and bad when they are not all there. */
static inline struct slice
rd_avro_bytes(struct rd *r)
{
	int64_t n = rd_varlong(r);
	const uint8_t *p = NULL;

	if (n < 0)
		r->bad = true;
	else
		p = rd_bytes(r, (uint64_t)n > rd_left(r) ? SIZE_MAX : (size_t)n);
	return p == NULL ? SLICE_NULL : SLICE_OF(p, (size_t)n);
}

/*
 * True: an item follows at r.  False: the list has ended, or r is bad.  An
 * item has at least one byte, so a count larger than what is left is bad.
 */
static inline bool
avro_next(struct rd *r, uint64_t *left, bool *ended)
{
	int64_t n;

	if (*left == 0 && !*ended) {
		n = rd_varlong(r);
		/* A negative count comes with the size of the block, which only who skips it needs. */
		if (n < 0 && rd_varlong(r) < 0)
			r->bad = true;
		*left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
		*ended = n == 0;
		if (*left > rd_left(r))
			r->bad = true;
	}
	if (r->bad || *ended)
		return false;
	(*left)--;
	return true;
}

/* The branch of a union of null and something; false: null, or bad. */
static inline bool
avro_branch(struct rd *r)
{
	int64_t b = rd_varlong(r);

	if (b != 0 && b != 1)
		r->bad = true;
	return b == 1 && !r->bad;
}

/* Over a map of bytes or strings; how many there were. */
size_t avro_skip_map(struct rd *);

/* One event; false: bad, and ev says nothing. */
bool avro_event_get(struct rd *, struct avro_event *);

static inline struct avro_list
avro_headers(const struct avro_event *ev)
{
	return (struct avro_list){ .r = RD_OF(ev->headers.p, ev->headers.n), .left = 0, .ended = false };
}

/* The next header of an event that was got; false: no more. */
bool avro_header_next(struct avro_list *, struct slice *name, struct slice *value);

static inline void
avro_put_long(struct buf *out, int64_t v)
{
	uint8_t *p = buf_room(out, VARLONG_MAX);

	if (p != NULL)
		out->n = (size_t)(varlong_put(p, v) - out->p);
}

static inline void
avro_put_bytes(struct buf *out, struct slice s)
{
	uint8_t *p = buf_room(out, VARLONG_MAX + s.n);

	if (p == NULL)
		return;
	p = varlong_put(p, (int64_t)s.n);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	out->n = (size_t)(p - out->p) + s.n;
}

/* Around the n headers of an event, each put as two avro_put_bytes. */
static inline void
avro_put_headers_begin(struct buf *out, size_t n)
{
	avro_put_long(out, (int64_t)n);
}

static inline void
avro_put_headers_end(struct buf *out, size_t n)
{
	if (n > 0)
		buf_putc(out, 0);
}

#endif
