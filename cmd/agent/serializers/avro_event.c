/*
 * avro_event.c - the serializer avro_event: an Avro container file of Flume's
 * events, which any reader of Avro takes.
 *
 * A block is written when it is full and at each flush, so that what was
 * committed is whole in the file.
 */
#include <sys/random.h>

#include "agent/component.h"
#include "agent/wire/avro_file.h"

static const char schema[] = "{\"type\":\"record\",\"name\":\"Event\",\"fields\":["
    "{\"name\":\"headers\",\"type\":{\"type\":\"map\",\"values\":\"string\"}},{\"name\":\"body\",\"type\":\"bytes\"}]}";

struct avro_event_file {
	const char *codec_name;
	int64_t interval;		/* bytes of a block */
	struct avro_codec *codec;
	uint8_t sync[AVRO_SYNC];
	struct buf plain, packed;
	int64_t count;			/* events in plain */
};

static void
configure(void *self, struct context *c)
{
	struct avro_event_file *a = self;
	struct err e = ERR_INIT;

	a->interval = ctx_int(c, "syncIntervalBytes", 2048000, 32, 1 << 30);
	a->codec_name = ctx_str(c, "compressionCodec", "null");
	if (avro_codec_new(&a->codec, slice_str(a->codec_name), -1, &e) != 0)
		ctx_err(c, "compressionCodec", &e);
}

static int
begin(void *self, struct buf *out, struct err *e)
{
	struct avro_event_file *a = self;

	buf_clear(&a->plain);
	a->count = 0;
	if (getrandom(a->sync, sizeof(a->sync), 0) != (ssize_t)sizeof(a->sync))
		return err_sys(e, "no random bytes for an Avro file");
	avro_file_header_put(out, schema, a->codec_name, NULL, a->sync);
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for an Avro file") : 0;
}

static int
end_block(struct avro_event_file *a, struct buf *out, struct err *e)
{
	int rc;

	if (a->count == 0)
		return 0;
	buf_clear(&a->packed);
	rc = avro_codec_pack(a->codec, buf_slice(&a->plain), &a->packed, e);
	if (rc != 0)
		return rc;
	avro_file_block_put(out, a->count, buf_slice(&a->packed), a->sync);
	buf_clear(&a->plain);
	a->count = 0;
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for an Avro file") : 0;
}

static int
put(void *self, const struct event *v, size_t n, struct buf *out, struct err *e)
{
	struct avro_event_file *a = self;
	size_t i;
	uint16_t k;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		avro_put_headers_begin(&a->plain, v[i].nheaders);
		for (k = 0; k < v[i].nheaders; k++) {
			avro_put_bytes(&a->plain, v[i].headers[k].name);
			avro_put_bytes(&a->plain, v[i].headers[k].value);
		}
		avro_put_headers_end(&a->plain, v[i].nheaders);
		avro_put_bytes(&a->plain, event_body(&v[i]));
		a->count++;
		if (a->plain.failed)
			return err_set(e, ERR_NOMEM, "no memory for an Avro file");
		if (a->plain.n >= (size_t)a->interval)
			rc = end_block(a, out, e);
	}
	return rc;
}

static int
flush(void *self, struct buf *out, struct err *e)
{
	return end_block(self, out, e);
}

static void
release(void *self)
{
	struct avro_event_file *a = self;

	avro_codec_free(a->codec);
	buf_release(&a->plain);
	buf_release(&a->packed);
}

const struct serializer_type serializer_avro_event = {
	.names = { "avro_event", CLASSES("org.apache.flume.serialization.FlumeEventAvroEventSerializer$Builder",
	    "org.apache.flume.serialization.FlumeEventAvroEventSerializer") },
	.size = sizeof(struct avro_event_file),
	.configure = configure, .begin = begin, .put = put, .flush = flush, .end = flush, .release = release,
};
