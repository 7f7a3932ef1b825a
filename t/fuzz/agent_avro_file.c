/*
 * Any bytes as an Avro container file: its frame, its codecs, its schema, and
 * its data by that schema.
 */
#include <stdlib.h>

#include "agent/avro_schema.h"
#include "agent/wire/avro_file.h"
#include "base/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
data(const struct avro_schema_ops *a, void *schema, struct slice plain, int64_t count)
{
	struct rd r = RD_OF(plain.p, plain.n);

	/* Data of no bytes may be as many as a block says. */
	for (; count > 0 && rd_left(&r) > 0 && a->skip(schema, &r); count--)
		if (r.p < plain.p || r.p > plain.p + plain.n)
			abort();
}

static void
blocks(const struct avro_schema_ops *a, void *schema, const struct avro_file_header *h, const uint8_t *p, size_t n)
{
	struct avro_file_block b;
	struct avro_codec *c;
	struct buf plain = BUF_INIT;

	if (avro_codec_new(&c, h->codec, -1, NULL) != 0)
		return;
	while (avro_file_block_get(&b, h->sync, p, n, NULL) == 1) {
		buf_clear(&plain);
		if (b.size > n)
			abort();
		if (avro_codec_unpack(c, b.packed, &plain, NULL) == 0 && schema != NULL)
			data(a, schema, buf_slice(&plain), b.count);
		p += b.size;
		n -= b.size;
	}
	avro_codec_free(c);
	buf_release(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct avro_schema_ops *a;
	struct avro_file_header h;
	struct buf form = BUF_INIT;
	void *schema = NULL;

	if (a == NULL)
		a = module_load("avro", NULL);
	if (avro_file_header_get(&h, p, n, NULL) != 1)
		return 0;
	if (h.size > n)
		abort();
	if (a != NULL && h.schema.p != NULL && a->parse(&schema, h.schema, NULL) == 0)
		(void)a->canonical(schema, &form, NULL);
	blocks(a, schema, &h, p + h.size, n - h.size);
	if (schema != NULL)
		a->free(schema);
	buf_release(&form);
	return 0;
}
