/*
 * batch_build.c - making a batch: records are encoded where they will stay,
 * behind space for the header (batch.h, layout in batch.c).
 */
#include "codec/batch.h"

#include "base/varint.h"
#include "codec/compress.h"

/* Most bytes of a record's numbers: length, attributes, deltas, key, value and header count. */
#define FIELDS_MAX	(5 * VARINT_MAX + 1 + VARLONG_MAX)

void
batch_builder_init(struct batch_builder *b, size_t limit, int32_t max_records)
{
	const size_t most = (size_t)INT32_MAX + BATCH_LOG_OVERHEAD;

	*b = (struct batch_builder){ .b = BUF_INIT, .packed = BUF_INIT };
	b->limit = limit < most ? limit : most;
	b->target = b->limit;
	b->max_records = max_records;
}

#define FRONT_MAX	16	/* of what stands before the offset delta, copied at once */

/* Room for a record of n bytes; for the whole target at once unless that is much, or asked for less. */
static int
room(struct batch_builder *b, size_t n)
{
	size_t want = (b->target < 2 * BATCH_BYTES ? b->target : BATCH_BYTES) + FIELDS_MAX;

	if (b->first > 0)
		want = b->first;
	if (b->b.n == 0) {
		if (buf_room(&b->b, want) == NULL)
			return -ERR_NOMEM;
		b->b.n = BATCH_HEAD;
	}
	return buf_room(&b->b, n) == NULL ? -ERR_NOMEM : 0;
}

/*
 * Lengths and counts are short nearly always, and then known without a count
 * of bits; their sizes run alike, so the branches are foretold.
 */
static inline size_t
short_size(uint64_t u)
{
	return u < 0x80 ? 1 : u < 0x4000 ? 2 : varlong_size((int64_t)(u >> 1));
}

static inline uint8_t *
short_put(uint8_t *p, uint64_t u)
{
	if (u < 0x80) {
		*p = (uint8_t)u;
		return p + 1;
	}
	if (u < 0x4000) {
		p[0] = (uint8_t)(u | 0x80);
		p[1] = (uint8_t)(u >> 7);
		return p + 2;
	}
	return varulong_put(p, u);
}

static inline uint8_t *
put_slice(uint8_t *p, struct slice s)
{
	if (s.p == NULL) {
		*p++ = 0x01;		/* -1 */
		return p;
	}
	p = varulong_put(p, (uint64_t)s.n << 1);
	memcpy(p, s.p, s.n);
	return p + s.n;
}

static inline size_t
slice_size(struct slice s)
{
	return s.p == NULL ? 1 : varlong_size((int64_t)s.n) + s.n;
}

static int
add_of_any_shape(struct batch_builder *b, const struct record *rec, int64_t first)
{
	const int64_t delta = (int64_t)((uint64_t)rec->timestamp - (uint64_t)first);
	size_t body, size, n = b->count == 0 ? BATCH_HEAD : b->b.n;
	uint8_t *p;

	if (rec->key.n > b->limit || rec->value.n > b->limit || (rec->header_count > 0 && rec->headers.n > b->limit))
		return b->count == 0 ? -ERR_TOOBIG : BATCH_FULL;
	body = 1 + varlong_size(delta) + varint_size(b->count) + slice_size(rec->key) + slice_size(rec->value);
	body += rec->header_count <= 0 ? 1 : varint_size(rec->header_count) + rec->headers.n;
	size = varlong_size((int64_t)body) + body;
	if (n + size > (b->count == 0 ? b->limit : b->target))
		return b->count == 0 ? -ERR_TOOBIG : BATCH_FULL;
	if (room(b, size) != 0)
		return -ERR_NOMEM;
	p = varulong_put(b->b.p + n, (uint64_t)body << 1);
	*p++ = 0;
	p = varlong_put(p, delta);
	p = varint_put(p, b->count);
	p = put_slice(p, rec->key);
	p = put_slice(p, rec->value);
	if (rec->header_count <= 0)
		*p = 0;
	else {
		p = varint_put(p, rec->header_count);
		memcpy(p, rec->headers.p, rec->headers.n);
	}
	b->b.n = n + size;
	return 0;
}

#define SHORT_MAX	0x4000u		/* a number below it, zigzag done, takes one or two bytes */
#define SHORT_SPAN	10		/* length, attributes, two deltas, no key, value length, each at its longest */

/*
 * Almost every record: no key, no headers, and all numbers short.  False: it
 * is not so, or the end of the batch or of its memory is near.
 */
static inline bool
add_short(struct batch_builder *b, const struct record *rec, uint64_t delta)
{
	const uint64_t offset = (uint64_t)b->count << 1, length = (uint64_t)rec->value.n << 1;
	const size_t left = (b->target < b->b.cap ? b->target : b->b.cap) - b->b.n;
	size_t body;
	uint8_t *p;

	if (rec->key.p != NULL || rec->header_count > 0 || rec->value.p == NULL || b->count == 0 ||
	    (delta | offset) >= SHORT_MAX || length >= SHORT_MAX - 2 * SHORT_SPAN ||
	    b->b.n > b->target || left < SHORT_SPAN + rec->value.n + 1)
		return false;
	body = 6 + (delta >= 0x80) + (offset >= 0x80) + (length >= 0x80) + rec->value.n;
	p = short_put(b->b.p + b->b.n, (uint64_t)body << 1);
	*p++ = 0;
	p = short_put(p, delta);
	p = short_put(p, offset);
	*p++ = 0x01;			/* -1: no key */
	p = short_put(p, length);
	memcpy(p, rec->value.p, rec->value.n);
	p += rec->value.n;
	*p++ = 0;
	b->b.n = (size_t)(p - b->b.p);
	return true;
}

int
batch_builder_add(struct batch_builder *b, const struct record *rec)
{
	const int64_t first = b->count == 0 ? rec->timestamp : b->first_timestamp;
	int rc;

	if (rec->timestamp < TIMESTAMP_NONE || b->sealed)
		return -ERR_INVALID;
	if (b->count >= b->max_records)
		return BATCH_FULL;
	if (!add_short(b, rec, zigzag64((int64_t)((uint64_t)rec->timestamp - (uint64_t)first))) &&
	    (rc = add_of_any_shape(b, rec, first)) != 0)
		return rc;
	b->first_timestamp = first;
	if (b->count++ == 0 || rec->timestamp > b->max_timestamp)
		b->max_timestamp = rec->timestamp;
	return 0;
}

size_t
batch_builder_add_values(struct batch_builder *b, const struct record *like, const struct slice *values, size_t n)
{
	const int64_t delta = (int64_t)((uint64_t)like->timestamp - (uint64_t)b->first_timestamp);
	const size_t cap = b->b.cap < FRONT_MAX ? 0 : b->b.cap - FRONT_MAX, end = b->target < cap ? b->target : cap;
	const size_t around = 1 + varlong_size(delta) + slice_size(like->key) +
	    (like->header_count <= 0 ? 1 : varint_size(like->header_count) + like->headers.n);
	uint8_t front[FRONT_MAX] = { 0 }, *p;
	size_t nfront, body, i;
	uint64_t at;

	if (b->count == 0 || b->sealed || like->timestamp < TIMESTAMP_NONE || around > b->limit || b->b.n > end)
		return 0;
	p = b->b.p + b->b.n;
	nfront = (size_t)(varlong_put(front + 1, delta) - front);
	if (n > (size_t)(b->max_records - b->count))
		n = (size_t)(b->max_records - b->count);
	for (i = 0; i < n; i++) {
		const struct slice v = values[i];

		at = (uint64_t)b->count << 1;
		body = around + short_size(at) + short_size((uint64_t)v.n << 1) + v.n;
		if (v.n > b->limit || body + short_size((uint64_t)body << 1) > end - (size_t)(p - b->b.p))
			break;
		p = short_put(p, (uint64_t)body << 1);
		memcpy(p, front, FRONT_MAX);	/* more than it needs: end leaves room */
		p = short_put(p + nfront, at);
		b->count++;
		if (like->key.p == NULL)
			*p++ = 0x01;
		else
			p = put_slice(p, like->key);
		p = short_put(p, (uint64_t)v.n << 1);
		memcpy(p, v.p, v.n);
		p += v.n;
		if (like->header_count <= 0) {
			*p++ = 0;
			continue;
		}
		p = varint_put(p, like->header_count);
		memcpy(p, like->headers.p, like->headers.n);
		p += like->headers.n;
	}
	b->b.n = (size_t)(p - b->b.p);
	if (i > 0 && like->timestamp > b->max_timestamp)
		b->max_timestamp = like->timestamp;
	return i;
}

int
batch_seal(struct batch_builder *b, const struct batch_how *how, struct slice *bytes, struct err *e)
{
	struct batch_head h = {
		.magic = 2, .attributes = how->attributes & ~BATCH_CODEC_MASK,
		.last_offset_delta = b->count - 1, .count = b->count,
		.base_timestamp = b->first_timestamp, .max_timestamp = b->max_timestamp,
		.producer_id = how->producer_id, .producer_epoch = how->producer_epoch,
		.base_sequence = how->base_sequence,
	};
	struct buf *out = &b->b;
	int rc;

	*bytes = SLICE_OF("", 0);
	if (b->count == 0)
		return 0;
	if (how->comp != NULL) {
		buf_clear(&b->packed);
		if (buf_room(&b->packed, BATCH_HEAD) != NULL)
			b->packed.n = BATCH_HEAD;
		rc = compressor_run(how->comp, SLICE_OF(b->b.p + BATCH_HEAD, b->b.n - BATCH_HEAD), &b->packed, e);
		if (rc != 0)
			return rc;
		if (b->packed.n <= b->limit) {
			out = &b->packed;
			h.attributes |= (int16_t)compressor_codec(how->comp);
		}
	}
	batch_head_write(out->p, out->n, &h);
	*bytes = buf_slice(out);
	b->sealed = true;
	return 0;
}

void
batch_builder_clear(struct batch_builder *b)
{
	buf_clear(&b->b);
	buf_clear(&b->packed);
	b->count = 0;
	b->sealed = false;
}

void
batch_builder_release(struct batch_builder *b)
{
	buf_release(&b->b);
	buf_release(&b->packed);
	b->count = 0;
	b->sealed = false;
}
