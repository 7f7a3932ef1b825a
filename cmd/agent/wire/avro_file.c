/*
 * avro_file.c - the header and the blocks of a container file (avro_file.h).
 */
#include "agent/wire/avro_file.h"

static const uint8_t magic[4] = { 'O', 'b', 'j', 1 };

int
avro_file_header_get(struct avro_file_header *h, const uint8_t *p, size_t n, struct err *e)
{
	struct rd r = n == 0 ? RD_OF(magic, 0) : RD_OF(p, n);
	const uint8_t *start, *sync;
	uint64_t left = 0;
	bool ended = false;

	if (n < sizeof(magic))
		return n == 0 || memcmp(p, magic, n) == 0 ? 0 : err_set(e, ERR_FORMAT, "not an Avro container file");
	if (memcmp(p, magic, sizeof(magic)) != 0)
		return err_set(e, ERR_FORMAT, "not an Avro container file");
	r.p += sizeof(magic);
	start = r.p;
	while (avro_next(&r, &left, &ended)) {
		(void)rd_avro_bytes(&r);
		(void)rd_avro_bytes(&r);
	}
	h->meta = SLICE_OF(start, (size_t)(r.p - start));
	sync = rd_bytes(&r, AVRO_SYNC);
	if (sync == NULL)
		return n < AVRO_HEADER_MAX ? 0 : err_set(e, ERR_TOOBIG, "an Avro header of more than %zu bytes", AVRO_HEADER_MAX);
	memcpy(h->sync, sync, AVRO_SYNC);
	h->size = (size_t)(r.p - p);
	h->schema = avro_file_meta(h, "avro.schema");
	h->codec = avro_file_meta(h, "avro.codec");
	return 1;
}

struct slice
avro_file_meta(const struct avro_file_header *h, const char *key)
{
	struct rd r = RD_OF(h->meta.p, h->meta.n);
	struct slice name, value;
	uint64_t left = 0;
	bool ended = false;

	while (avro_next(&r, &left, &ended)) {
		name = rd_avro_bytes(&r);
		value = rd_avro_bytes(&r);
		if (!r.bad && slice_eq(name, slice_str(key)))
			return value;
	}
	return SLICE_NULL;
}

int
avro_file_block_get(struct avro_file_block *b, const uint8_t sync[AVRO_SYNC], const uint8_t *p, size_t n, struct err *e)
{
	struct rd r = RD_OF(p, n);
	const uint8_t *mark;
	int64_t size;

	b->count = rd_varlong(&r);
	size = rd_varlong(&r);
	if (r.bad)
		return n < 2 * VARLONG_MAX ? 0 : err_set(e, ERR_DAMAGE, "a block's head cannot be read");
	if (b->count < 0 || size < 0)
		return err_set(e, ERR_DAMAGE, "a block of %lld data in %lld bytes", (long long)b->count, (long long)size);
	if ((uint64_t)size > AVRO_BLOCK_MAX)
		return err_set(e, ERR_TOOBIG, "a block of %lld bytes, %zu are taken", (long long)size, AVRO_BLOCK_MAX);
	if ((uint64_t)size + AVRO_SYNC > rd_left(&r))
		return 0;
	b->packed = SLICE_OF(rd_bytes(&r, (size_t)size), (size_t)size);
	mark = rd_bytes(&r, AVRO_SYNC);
	if (mark == NULL || memcmp(mark, sync, AVRO_SYNC) != 0)
		return err_set(e, ERR_DAMAGE, "no sync mark behind a block");
	b->size = (size_t)(r.p - p);
	return 1;
}

void
avro_file_header_put(struct buf *out, const char *schema, const char *codec, const char *const *pairs,
    const uint8_t sync[AVRO_SYNC])
{
	size_t n = 2, i;

	for (i = 0; pairs != NULL && pairs[i] != NULL; i += 2)
		n++;
	buf_put(out, magic, sizeof(magic));
	avro_put_long(out, (int64_t)n);
	avro_put_bytes(out, slice_str("avro.schema"));
	avro_put_bytes(out, slice_str(schema));
	avro_put_bytes(out, slice_str("avro.codec"));
	avro_put_bytes(out, slice_str(codec));
	for (i = 0; pairs != NULL && pairs[i] != NULL; i++)
		avro_put_bytes(out, slice_str(pairs[i]));
	avro_put_long(out, 0);
	buf_put(out, sync, AVRO_SYNC);
}

void
avro_file_block_put(struct buf *out, int64_t count, struct slice packed, const uint8_t sync[AVRO_SYNC])
{
	avro_put_long(out, count);
	avro_put_bytes(out, packed);
	buf_put(out, sync, AVRO_SYNC);
}
