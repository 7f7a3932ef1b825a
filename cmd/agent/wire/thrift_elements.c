/*
 * thrift_elements.c - numbers, names, heads of Thrift's compact and binary protocols (thrift_in.h).
 */
#include "agent/wire/thrift_in.h"
#include "base/varint.h"

#define COMPACT_ID	0x82
#define COMPACT_VERSION	1
#define BINARY_VERSION	0x8001
#define UUID_SIZE	16

static const uint8_t compact_types[] = {
	T_STOP, T_TRUE, T_TRUE, T_BYTE, T_I16, T_I32, T_I64, T_DOUBLE, T_STRING, T_LIST, T_SET, T_MAP, T_STRUCT, T_UUID,
};

static enum thrift_type
compact_type(struct rd *r, unsigned t)
{
	if (t < sizeof(compact_types))
		return compact_types[t];
	r->bad = true;
	return T_STOP;
}

/* Base 128 without zigzag, as lengths are. */
static uint32_t
unsigned_get(struct rd *r)
{
	uint32_t u = 0;
	uint8_t c;
	int shift;

	for (shift = 0; shift < 35; shift += 7) {
		c = rd_u8(r);
		if (shift == 28 && c > 0x0f)
			break;
		u |= (uint32_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return u;
	}
	r->bad = true;
	return 0;
}

static int64_t
zigzag_get(struct rd *r)
{
	return rd_varlong(r);
}

/* A length or a count of things that have at least one byte each. */
static size_t
count_get(struct rd *r, enum thrift_protocol p)
{
	uint32_t n = p == THRIFT_COMPACT ? unsigned_get(r) : rd_be32(r);

	if (n > rd_left(r))
		r->bad = true;
	return r->bad ? 0 : n;
}

struct slice
thrift_bytes_get(struct rd *r, enum thrift_protocol p)
{
	size_t n = count_get(r, p);
	const uint8_t *s = rd_bytes(r, n);

	return s == NULL ? SLICE_NULL : SLICE_OF(s, n);
}

int32_t
thrift_i32_get(struct rd *r, enum thrift_protocol p)
{
	return p == THRIFT_COMPACT ? rd_varint(r) : (int32_t)rd_be32(r);
}

bool
thrift_message_get(struct rd *r, enum thrift_protocol p, enum thrift_message *type, struct slice *name, int32_t *seq)
{
	uint32_t head;

	if (p == THRIFT_COMPACT) {
		if (rd_u8(r) != COMPACT_ID)
			return false;
		head = rd_u8(r);
		if ((head & 0x1f) != COMPACT_VERSION)
			return false;
		*type = head >> 5;
		*seq = (int32_t)unsigned_get(r);
		*name = thrift_bytes_get(r, p);
		return !r->bad;
	}
	head = rd_be32(r);
	if (head >> 16 == BINARY_VERSION) {
		*type = head & 0xff;
		*name = thrift_bytes_get(r, p);
	} else if (head <= rd_left(r)) {
		/* Before there were versions the name came first. */
		*name = SLICE_OF(rd_bytes(r, head), head);
		*type = rd_u8(r);
	} else {
		return false;
	}
	*seq = (int32_t)rd_be32(r);
	return !r->bad;
}

enum thrift_type
thrift_field_get(struct rd *r, enum thrift_protocol p, int16_t *id)
{
	unsigned c = rd_u8(r);
	enum thrift_type t;

	if (r->bad || c == T_STOP)
		return T_STOP;
	if (p == THRIFT_BINARY) {
		*id = (int16_t)rd_be16(r);
		return r->bad ? T_STOP : c;
	}
	t = compact_type(r, c & 0x0f);
	if (c >> 4 == 0)
		*id = (int16_t)zigzag_get(r);
	else
		*id = (int16_t)(*id + (int)(c >> 4));
	return r->bad ? T_STOP : t;
}

size_t
thrift_list_get(struct rd *r, enum thrift_protocol p, enum thrift_type *item)
{
	unsigned c = rd_u8(r);
	size_t n;

	if (p == THRIFT_BINARY) {
		*item = c;
		return count_get(r, p);
	}
	*item = compact_type(r, c & 0x0f);
	if (*item == T_TRUE)
		*item = T_BOOL;
	n = c >> 4;
	if (n == 15)
		return count_get(r, p);
	if (n > rd_left(r))
		r->bad = true;
	return r->bad ? 0 : n;
}

size_t
thrift_map_get(struct rd *r, enum thrift_protocol p, enum thrift_type *key, enum thrift_type *value)
{
	size_t n;
	unsigned c;

	if (p == THRIFT_BINARY) {
		*key = rd_u8(r);
		*value = rd_u8(r);
		return count_get(r, p);
	}
	n = count_get(r, p);
	if (n == 0)
		return 0;
	c = rd_u8(r);
	*key = compact_type(r, c >> 4);
	*value = compact_type(r, c & 0x0f);
	if (*key == T_TRUE)
		*key = T_BOOL;
	if (*value == T_TRUE)
		*value = T_BOOL;
	return r->bad ? 0 : n;
}

static void
skip_struct(struct rd *r, enum thrift_protocol p, int depth)
{
	enum thrift_type t;
	int16_t id = 0;

	while ((t = thrift_field_get(r, p, &id)) != T_STOP)
		thrift_skip(r, p, t, depth);
}

static void
skip_items(struct rd *r, enum thrift_protocol p, enum thrift_type t, int depth)
{
	enum thrift_type a, b = T_STOP;
	size_t n = t == T_MAP ? thrift_map_get(r, p, &a, &b) : thrift_list_get(r, p, &a);

	while (n-- > 0 && !r->bad) {
		thrift_skip(r, p, a, depth);
		if (t == T_MAP)
			thrift_skip(r, p, b, depth);
	}
}

void
thrift_skip(struct rd *r, enum thrift_protocol p, enum thrift_type t, int depth)
{
	if (depth == 0)
		r->bad = true;
	if (r->bad)
		return;
	if (t == T_STRING)
		(void)thrift_bytes_get(r, p);
	else if (t == T_STRUCT)
		skip_struct(r, p, depth - 1);
	else if (t == T_MAP || t == T_LIST || t == T_SET)
		skip_items(r, p, t, depth - 1);
	else if (t == T_BOOL || t == T_BYTE)
		(void)rd_u8(r);
	else if (t == T_DOUBLE)
		(void)rd_be64(r);
	else if (t == T_UUID)
		(void)rd_bytes(r, UUID_SIZE);
	else if (t == T_I16 || t == T_I32 || t == T_I64) {
		if (p == THRIFT_COMPACT)
			(void)zigzag_get(r);
		else
			(void)rd_bytes(r, t == T_I16 ? 2 : t == T_I32 ? 4 : 8);
	} else if (t != T_TRUE || p != THRIFT_COMPACT)
		r->bad = true;
}

static void
unsigned_put(struct buf *out, uint32_t u)
{
	uint8_t *to = buf_room(out, VARINT_MAX);

	if (to != NULL)
		out->n = (size_t)(varulong_put(to, u) - out->p);
}

void
thrift_bytes_put(struct buf *out, enum thrift_protocol p, struct slice s)
{
	uint8_t *to = buf_room(out, VARINT_MAX + s.n);

	if (to == NULL)
		return;
	if (p == THRIFT_COMPACT) {
		to = varulong_put(to, s.n);
	} else {
		put_be32(to, (uint32_t)s.n);
		to += 4;
	}
	if (s.n > 0)
		memcpy(to, s.p, s.n);
	out->n = (size_t)(to - out->p) + s.n;
}

void
thrift_message_put(struct buf *out, enum thrift_protocol p, enum thrift_message type, struct slice name, int32_t seq)
{
	uint8_t *to;

	if (p == THRIFT_COMPACT) {
		buf_putc(out, COMPACT_ID);
		buf_putc(out, COMPACT_VERSION | (int)type << 5);
		unsigned_put(out, (uint32_t)seq);
		thrift_bytes_put(out, p, name);
		return;
	}
	if ((to = buf_room(out, 4)) == NULL)
		return;
	put_be32(to, (uint32_t)BINARY_VERSION << 16 | type);
	out->n += 4;
	thrift_bytes_put(out, p, name);
	if ((to = buf_room(out, 4)) == NULL)
		return;
	put_be32(to, (uint32_t)seq);
	out->n += 4;
}

size_t
thrift_frame_begin(struct buf *out)
{
	size_t start = out->n;

	if (buf_room(out, 4) != NULL)
		out->n += 4;
	return start;
}

void
thrift_frame_end(struct buf *out, size_t start)
{
	if (!out->failed)
		put_be32(out->p + start, (uint32_t)(out->n - start - 4));
}
