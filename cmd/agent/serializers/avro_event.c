/*
 * avro_event.c - the serializer avro_event: an Avro container file of Flume's
 * events, which any reader of Avro takes.
 *
 * A block is written when it is full and at each flush, so that what was
 * committed is whole in the file.
 */
#include "agent/component.h"
#include "agent/wire/avro_blocks.h"

static const char schema[] = "{\"type\":\"record\",\"name\":\"Event\",\"fields\":["
    "{\"name\":\"headers\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},{\"name\":\"body\",\"type\":\"bytes\"}]}";

struct avro_event_file {
	struct avro_blocks blocks;
};

static void
configure(void *self, struct context *c)
{
	struct avro_event_file *a = self;
	size_t interval = (size_t)ctx_int(c, "syncIntervalBytes", 2048000, 32, 1 << 30);
	struct err e = ERR_INIT;

	if (avro_blocks_open(&a->blocks, ctx_str(c, "compressionCodec", "null"), interval, &e) != 0)
		ctx_err(c, "compressionCodec", &e);
}

static int
begin(void *self, struct buf *out, struct err *e)
{
	struct avro_event_file *a = self;

	return avro_blocks_begin(&a->blocks, schema, out, e);
}

static int
put(void *self, const struct event *v, size_t n, struct buf *out, struct err *e)
{
	struct avro_event_file *a = self;
	struct buf *to = &a->blocks.plain;
	size_t i;
	uint16_t k;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		avro_put_headers_begin(to, v[i].nheaders);
		for (k = 0; k < v[i].nheaders; k++) {
			avro_put_bytes(to, v[i].headers[k].name);
			avro_put_bytes(to, v[i].headers[k].value);
		}
		avro_put_headers_end(to, v[i].nheaders);
		avro_put_bytes(to, event_body(&v[i]));
		rc = avro_blocks_added(&a->blocks, out, e);
	}
	return rc;
}

static int
flush(void *self, struct buf *out, struct err *e)
{
	struct avro_event_file *a = self;

	return avro_blocks_end(&a->blocks, out, e);
}

static void
release(void *self)
{
	struct avro_event_file *a = self;

	avro_blocks_close(&a->blocks);
}

const struct serializer_type serializer_avro_event = {
	.names = { "avro_event", CLASSES("org.apache.flume.serialization.FlumeEventAvroEventSerializer$Builder",
	    "org.apache.flume.serialization.FlumeEventAvroEventSerializer") },
	.size = sizeof(struct avro_event_file),
	.configure = configure, .begin = begin, .put = put, .flush = flush, .end = flush, .release = release,
};
