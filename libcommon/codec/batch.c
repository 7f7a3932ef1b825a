/*
 * batch.c - judging a batch and taking it apart (batch.h).
 *
 *	off  size field			off  size field
 *	  0   8   base offset		 27   8   base timestamp or delete horizon
 *	  8   4   length: size - 12	 35   8   largest timestamp
 *	 12   4   leader epoch		 43   8   producer id
 *	 16   1   magic: 2		 51   2   producer epoch
 *	 17   4   CRC-32C of 21..end	 53   4   base sequence
 *	 21   2   attributes		 57   4   record count
 *	 23   4   last offset delta	 61   -   records, or one compressed stream of them
 *
 * A record: length, then as many bytes: attributes (0), timestamp delta,
 * offset delta, key, value, header count, headers (varints, varint.h).
 */
#include "codec/batch.h"

#include "base/varint.h"
#include "codec/compress.h"
#include "codec/hash.h"

#define LENGTH_MIN		(BATCH_HEAD - BATCH_LOG_OVERHEAD)
#define OLD_LENGTH_MIN		14	/* crc, magic, attributes, key and value lengths of magic 0 */
#define RECORD_MIN		7	/* one byte each of its seven fields */
#define CRC_FROM		21

enum batch_verdict
batch_head_read(struct slice bytes, struct batch_head *h)
{
	struct rd r;
	int32_t length;

	*h = (struct batch_head){ .size = 0 };
	if (bytes.n < BATCH_PEEK)
		return BATCH_SHORT;
	r = RD_OF(bytes.p, bytes.n);
	h->base_offset = (int64_t)rd_be64(&r);
	length = (int32_t)rd_be32(&r);
	h->leader_epoch = (int32_t)rd_be32(&r);
	h->magic = (int8_t)rd_u8(&r);
	h->size = (int64_t)length + BATCH_LOG_OVERHEAD;
	if (h->base_offset < 0)
		return BATCH_WRONG;
	if (h->magic == 0 || h->magic == 1)
		return length < OLD_LENGTH_MIN ? BATCH_WRONG : BATCH_OLD;
	if (h->magic != 2 || length < LENGTH_MIN)
		return BATCH_WRONG;
	if (bytes.n < BATCH_HEAD)
		return BATCH_SHORT;
	h->crc = rd_be32(&r);
	h->attributes = (int16_t)rd_be16(&r);
	h->last_offset_delta = (int32_t)rd_be32(&r);
	h->base_timestamp = (int64_t)rd_be64(&r);
	h->max_timestamp = (int64_t)rd_be64(&r);
	h->producer_id = (int64_t)rd_be64(&r);
	h->producer_epoch = (int16_t)rd_be16(&r);
	h->base_sequence = (int32_t)rd_be32(&r);
	h->count = (int32_t)rd_be32(&r);
	/* The offset behind it must be one, too. */
	if (h->last_offset_delta < 0 || h->base_offset >= INT64_MAX - h->last_offset_delta)
		return BATCH_WRONG;
	if (h->count < 0 || (int64_t)h->count > (int64_t)h->last_offset_delta + 1)
		return BATCH_WRONG;
	return BATCH_GOOD;
}

enum batch_verdict
batch_verify(struct slice bytes, struct batch_head *h)
{
	enum batch_verdict v = batch_head_read(bytes, h);

	if (v != BATCH_GOOD)
		return v;
	if ((uint64_t)h->size > bytes.n)
		return BATCH_SHORT;
	if (crc32c(bytes.p + CRC_FROM, (size_t)h->size - CRC_FROM) != h->crc)
		return BATCH_WRONG;
	return BATCH_GOOD;
}

static int
damaged(const struct batch_iter *it, const char *why, struct err *e)
{
	return err_set(e, ERR_DAMAGE, "batch at offset %lld: %s", (long long)it->head.base_offset, why);
}

static int
unpack(struct batch_iter *it, struct slice packed, size_t limit, struct err *e)
{
	int rc;

	if (it->dec == NULL && (it->dec = decompressor_new()) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to decompress");
	buf_clear(&it->plain);
	rc = decompressor_run(it->dec, batch_codec(&it->head), packed, limit, &it->plain, e);
	if (rc != 0)
		return err_prefix(e, "batch at offset %lld", (long long)it->head.base_offset), rc;
	it->rd = (struct rd)RD_OF(buf_slice(&it->plain).p, it->plain.n);
	return 0;
}

int
batch_open(struct batch_iter *it, struct slice bytes, size_t limit, struct err *e)
{
	struct slice packed;
	int rc;

	it->left = 0;
	it->rd = (struct rd)RD_OF((const uint8_t *)"", 0);
	if (batch_head_read(bytes, &it->head) != BATCH_GOOD || (uint64_t)it->head.size > bytes.n)
		return damaged(it, "is not whole", e);
	packed = SLICE_OF(bytes.p + BATCH_HEAD, (size_t)it->head.size - BATCH_HEAD);
	if (batch_codec(&it->head) == CODEC_NONE) {
		if (packed.n > limit)
			return err_set(e, ERR_TOOBIG, "batch at offset %lld has more than %zu bytes",
			    (long long)it->head.base_offset, limit);
		it->rd = (struct rd)RD_OF(packed.p, packed.n);
	} else if (packed.n > 0 && (rc = unpack(it, packed, limit, e)) != 0)
		return rc;
	if ((uint64_t)it->head.count > rd_left(&it->rd) / RECORD_MIN)
		return damaged(it, "has fewer bytes than its records need", e);
	it->left = it->head.count;
	it->last_delta = -1;
	return 0;
}

static bool
headers_right(struct slice headers, int32_t count)
{
	struct rd r = RD_OF(headers.p, headers.n);
	struct header h;

	for (; count > 0; count--)
		if (header_next(&r, &h) != 1)
			return false;
	return rd_left(&r) == 0;
}

static int64_t
timestamp_of(const struct batch_head *h, int64_t delta)
{
	if (h->attributes & BATCH_LOG_APPEND_TIME)
		return h->max_timestamp;
	return (int64_t)((uint64_t)h->base_timestamp + (uint64_t)delta);
}

/* Sets all but what the record borrows. */
static inline void
take(struct batch_iter *it, struct record *rec, int64_t ts_delta, int32_t offset_delta, const uint8_t *end)
{
	const struct batch_head *h = &it->head;

	rec->offset = h->base_offset + offset_delta;
	rec->timestamp = timestamp_of(h, ts_delta);
	rec->timestamp_type = h->attributes & BATCH_LOG_APPEND_TIME ? TIMESTAMP_LOG_APPEND : TIMESTAMP_CREATE;
	it->rd.p = end;
	it->last_delta = offset_delta;
	it->left--;
}

static int
next_of_any_shape(struct batch_iter *it, struct record *rec, struct err *e)
{
	struct rd all = it->rd, r;
	int32_t n, offset_delta, headers;
	const uint8_t *body;
	int64_t ts_delta;

	n = rd_varint(&all);
	if (n < 0 || (body = rd_bytes(&all, (size_t)n)) == NULL)
		return damaged(it, "a record's length is wrong", e);
	r = (struct rd)RD_OF(body, (size_t)n);
	(void)rd_u8(&r);
	ts_delta = rd_varlong(&r);
	offset_delta = rd_varint(&r);
	rec->key = rd_vslice(&r);
	rec->value = rd_vslice(&r);
	headers = rd_varint(&r);
	if (r.bad || headers < 0)
		return damaged(it, "a record's fields do not fit its length", e);
	if (offset_delta <= it->last_delta || offset_delta > it->head.last_offset_delta)
		return damaged(it, "a record's offset is out of order", e);
	rec->header_count = headers;
	rec->headers = SLICE_OF(r.p, rd_left(&r));
	if (!headers_right(rec->headers, headers))
		return damaged(it, "a record's headers do not fit its length", e);
	take(it, rec, ts_delta, offset_delta, all.p);
	return 1;
}

/* A number of one or two bytes at *p, moved behind it; *longer is set for a longer one. */
static inline int32_t
short_number(const uint8_t **p, bool *longer)
{
	uint32_t u = (*p)[0];

	if (u < 0x80)
		(*p)++;
	else {
		u = (u & 0x7f) | (uint32_t)(*p)[1] << 7;
		*longer |= (*p)[1] >= 0x80;
		*p += 2;
	}
	return (int32_t)(u >> 1) ^ -(int32_t)(u & 1);
}

#define SHORT_SPAN	11	/* length, attributes, two deltas, key and value length, if none has more than two bytes */

/*
 * Almost every record: numbers of at most two bytes, no headers, a value, a
 * key perhaps.  Whatever is not so is looked at again from its start.
 */
int
batch_next(struct batch_iter *it, struct record *rec, struct err *e)
{
	const uint8_t *p = it->rd.p, *end;
	size_t left = rd_left(&it->rd);
	int32_t n, ts_delta, offset_delta, key, value;
	bool odd = false;

	if (it->left == 0)
		return left == 0 ? 0 : damaged(it, "has bytes behind its last record", e);
	if (left < SHORT_SPAN)
		return next_of_any_shape(it, rec, e);
	n = short_number(&p, &odd);
	if (odd || n < 0 || (size_t)n > left - 2)
		return next_of_any_shape(it, rec, e);
	end = p + n;
	p++;
	ts_delta = short_number(&p, &odd);
	offset_delta = short_number(&p, &odd);
	key = short_number(&p, &odd);
	if (odd || key < -1 || key > end - p - 3)
		return next_of_any_shape(it, rec, e);
	rec->key = key < 0 ? SLICE_NULL : SLICE_OF(p, (size_t)key);
	p += key < 0 ? 0 : key;
	value = short_number(&p, &odd);
	if (odd || value < 0 || end - p != value + 1 || p[value] != 0 || offset_delta <= it->last_delta ||
	    offset_delta > it->head.last_offset_delta)
		return next_of_any_shape(it, rec, e);
	rec->value = SLICE_OF(p, (size_t)value);
	rec->header_count = 0;
	rec->headers = SLICE_OF(end, 0);
	take(it, rec, ts_delta, offset_delta, end);
	return 1;
}

/* n bytes, 32 at a time: up to 31 more are read and written than n, for which both sides have room. */
static inline void
copy_roughly(uint8_t *to, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i += 32)
		memcpy(to + i, from + i, 32);
}

int32_t
batch_next_values(struct batch_iter *it, uint8_t delim, size_t most, struct buf *out, uint64_t *bytes)
{
	const int32_t highest = it->head.last_offset_delta;
	const uint8_t *p = it->rd.p, *end;
	uint8_t *to, *start;
	int32_t n, offset_delta, key, value, taken = 0;
	bool odd = false;

	/* A record is longer than its value and a byte, so the records' own size is room enough. */
	*bytes = 0;
	if ((start = to = buf_room(out, rd_left(&it->rd) + 32)) == NULL)
		return -1;
	while (it->left > 0 && it->rd.end - p >= SHORT_SPAN && (size_t)(to - start) < most) {
		n = short_number(&p, &odd);
		if (odd || n < 0 || n > it->rd.end - p)
			break;
		end = p + n;
		p++;
		(void)short_number(&p, &odd);
		offset_delta = short_number(&p, &odd);
		key = short_number(&p, &odd);
		if (odd || key < -1 || key > end - p - 3 || offset_delta <= it->last_delta || offset_delta > highest)
			break;
		p += key < 0 ? 0 : key;
		value = short_number(&p, &odd);
		if (odd || value < 0 || end - p != value + 1 || p[value] != 0)
			break;
		if (it->rd.end - p >= value + 32)
			copy_roughly(to, p, (size_t)value);
		else
			memcpy(to, p, (size_t)value);
		to += value;
		*to++ = delim;
		it->last_delta = offset_delta;
		it->left--;
		it->rd.p = p = end;
		taken++;
	}
	out->n += (size_t)(to - start);
	*bytes = (uint64_t)(to - start) - (uint64_t)taken;
	return taken;
}

int
batch_marker(struct batch_iter *it, struct slice bytes)
{
	struct record rec;

	if (batch_open(it, bytes, bytes.n, NULL) != 0 || batch_next(it, &rec, NULL) != 1 || rec.key.n < 4)
		return -1;
	return get_be16(rec.key.p + 2);
}

void
batch_iter_release(struct batch_iter *it)
{
	decompressor_free(it->dec);
	buf_release(&it->plain);
	*it = (struct batch_iter)BATCH_ITER_INIT;
}

void
batch_patch_offset(void *batch, int64_t base_offset, int32_t leader_epoch)
{
	uint8_t *p = batch;

	put_be64(p, (uint64_t)base_offset);
	put_be32(p + 12, (uint32_t)leader_epoch);
}

void
batch_patch_append_time(void *batch, size_t n, int64_t ms)
{
	uint8_t *p = batch;

	put_be16(p + 21, get_be16(p + 21) | BATCH_LOG_APPEND_TIME);
	put_be64(p + 35, (uint64_t)ms);
	put_be32(p + 17, crc32c(p + CRC_FROM, n - CRC_FROM));
}

void
batch_head_write(void *batch, size_t n, struct batch_head *h)
{
	uint8_t *p = batch;

	h->size = (int64_t)n;
	put_be64(p, (uint64_t)h->base_offset);
	put_be32(p + 8, (uint32_t)(n - BATCH_LOG_OVERHEAD));
	put_be32(p + 12, (uint32_t)h->leader_epoch);
	p[16] = (uint8_t)h->magic;
	put_be16(p + 21, (uint16_t)h->attributes);
	put_be32(p + 23, (uint32_t)h->last_offset_delta);
	put_be64(p + 27, (uint64_t)h->base_timestamp);
	put_be64(p + 35, (uint64_t)h->max_timestamp);
	put_be64(p + 43, (uint64_t)h->producer_id);
	put_be16(p + 51, (uint16_t)h->producer_epoch);
	put_be32(p + 53, (uint32_t)h->base_sequence);
	put_be32(p + 57, (uint32_t)h->count);
	h->crc = crc32c(p + CRC_FROM, n - CRC_FROM);
	put_be32(p + 17, h->crc);
}
