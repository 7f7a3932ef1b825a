/*
 * record.c - the parts of a record that do not need its batch (record.h).
 */
#include "codec/record.h"

#include "base/varint.h"

struct rd
headers_rd(const struct record *r)
{
	/* Without headers there may be no bytes either. */
	const uint8_t *p = r->header_count > 0 ? r->headers.p : (const uint8_t *)"";

	return (struct rd)RD_OF(p, r->header_count > 0 ? r->headers.n : 0);
}

int
header_next(struct rd *r, struct header *h)
{
	if (!r->bad && rd_left(r) == 0)
		return 0;
	h->name = rd_vslice(r);
	h->value = rd_vslice(r);
	return r->bad || h->name.p == NULL ? -1 : 1;
}

static void
add_slice(struct buf *b, struct slice s)
{
	uint8_t *p = buf_room(b, VARINT_MAX + s.n), *end;

	if (p == NULL)
		return;
	end = varint_put(p, s.p == NULL ? -1 : (int32_t)s.n);
	if (s.n > 0)
		memcpy(end, s.p, s.n);
	b->n += (size_t)(end - p) + s.n;
}

void
headers_add(struct buf *b, const struct header *h)
{
	if (h->name.n > INT32_MAX || h->value.n > INT32_MAX) {
		b->failed = true;
		return;
	}
	add_slice(b, h->name);
	add_slice(b, h->value);
}

static size_t
slice_size(struct slice s)
{
	return s.p == NULL ? 1 : varlong_size((int64_t)s.n) + s.n;
}

size_t
record_size(const struct record *r, int64_t ts_delta, int32_t offset_delta)
{
	size_t body = 1 + varlong_size(ts_delta) + varint_size(offset_delta) + slice_size(r->key) +
	    slice_size(r->value) + varint_size(r->header_count);

	if (r->header_count > 0)
		body += r->headers.n;
	return varlong_size((int64_t)body) + body;
}
