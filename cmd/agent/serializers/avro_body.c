/*
 * avro_body.c - the serializer of events whose bodies are Avro data: they go
 * into a container file as they are, behind the schema of the first one.
 *
 * The schema: flume.avro.schema.url of the event, else its
 * flume.avro.schema.literal, else what schemaURL leads to.
 */
#include <string.h>

#include "agent/avro_schema.h"
#include "agent/avro_schema_url.h"
#include "agent/component.h"
#include "agent/wire/avro_blocks.h"
#include "base/module.h"

struct avro_body {
	struct avro_blocks blocks;
	const struct avro_schema_ops *ops;
	const char *url;		/* of events that name none; NULL */
	struct words allowed;		/* what a URL of an event must begin with; none: anything will do */
	bool begun;			/* the file has its schema, */
	bool literal;			/* which the events had in them; else by URL */
	struct buf from;		/* that schema, or URL */
};

static void
configure(void *self, struct context *c)
{
	struct avro_body *a = self;
	size_t interval = (size_t)ctx_int(c, "syncIntervalBytes", 2048000, 32, 1 << 30);
	struct err e = ERR_INIT;

	if (avro_blocks_open(&a->blocks, ctx_str(c, "compressionCodec", "null"), interval, &e) != 0)
		ctx_err(c, "compressionCodec", &e);
	if ((a->ops = module_load("avro", &e)) == NULL)
		ctx_err(c, NULL, &e);
	a->url = ctx_str(c, "schemaURL", NULL);
	a->allowed = ctx_words(c, "allowedSchemaURLs", " \t");
}

static int
begin(void *self, struct buf *out, struct err *e)
{
	struct avro_body *a = self;

	(void)out;
	(void)e;
	a->begun = false;
	return 0;
}

static bool
may_lead_to(const struct avro_body *a, struct slice url)
{
	size_t i, n;

	for (i = 0; i < a->allowed.n; i++) {
		n = strlen(a->allowed.v[i]);
		if (url.n >= n && memcmp(url.p, a->allowed.v[i], n) == 0)
			return true;
	}
	return a->allowed.n == 0;
}

struct origin {			/* of a schema */
	bool literal;		/* it is the schema itself; else a URL */
	bool of_event;
	struct slice text;
};

static int
origin_of(const struct avro_body *a, const struct event *ev, struct origin *o, struct err *e)
{
	*o = (struct origin){ .of_event = true, .text = event_get(ev, slice_str("flume.avro.schema.url")) };
	if (o->text.p != NULL)
		return 0;
	*o = (struct origin){ .literal = true, .of_event = true, .text = event_get(ev, slice_str("flume.avro.schema.literal")) };
	if (o->text.p != NULL)
		return 0;
	if (a->url == NULL)
		return err_set(e, ERR_INVALID, "Could not find schema for event: it has no header flume.avro.schema.url or "
		    "flume.avro.schema.literal, and there is no schemaURL");
	*o = (struct origin){ .text = slice_str(a->url) };
	return 0;
}

/* The schema at the head of the file. */
static int
head(struct avro_body *a, const struct origin *o, struct buf *out, struct err *e)
{
	struct buf text = BUF_INIT;
	void *schema = NULL;
	int rc = 0;

	if (o->literal)
		buf_put(&text, o->text.p, o->text.n);
	else if (o->of_event && !may_lead_to(a, o->text))
		rc = err_set(e, ERR_INVALID, "'%.*s' begins with none of allowedSchemaURLs", o->text.n < 200 ? (int)o->text.n : 200,
		    (const char *)o->text.p);
	else
		rc = avro_schema_fetch(o->text, &text, e);
	/* What has a schema that cannot be read is read by nobody. */
	if (rc == 0 && (rc = a->ops->parse(&schema, buf_slice(&text), e)) == 0)
		rc = avro_blocks_begin(&a->blocks, buf_str(&text), out, e);
	if (schema != NULL)
		a->ops->free(schema);
	buf_release(&text);
	return rc;
}

/* Of the events, all have the schema of the file, or of the first of them where it has none yet. */
static int
agree(struct avro_body *a, const struct event *v, size_t n, struct origin *first, struct err *e)
{
	struct origin o;
	size_t i;
	int rc;

	if ((rc = origin_of(a, v, first, e)) != 0)
		return rc;
	if (!a->begun) {
		a->literal = first->literal;
		buf_clear(&a->from);
		buf_put(&a->from, first->text.p, first->text.n);
		if (a->from.failed)
			return err_set(e, ERR_NOMEM, "no memory for an Avro file");
	}
	for (i = 0; i < n; i++) {
		if ((rc = origin_of(a, &v[i], &o, e)) != 0)
			return rc;
		if (o.literal != a->literal || !slice_eq(o.text, buf_slice(&a->from)))
			return err_set(e, ERR_INVALID, "an event of another Avro schema than the file has: give each schema files of "
			    "its own, by a header in hdfs.path");
	}
	return 0;
}

/* Nothing of a batch is in a block when it is refused, as it will come again. */
static int
put(void *self, const struct event *v, size_t n, struct buf *out, struct err *e)
{
	struct avro_body *a = self;
	bool begun = a->begun;
	struct origin first;
	struct slice body;
	size_t i;
	int rc;

	if (n == 0)
		return 0;
	if ((rc = agree(a, v, n, &first, e)) != 0 || (!a->begun && (rc = head(a, &first, out, e)) != 0))
		return rc;
	a->begun = true;
	for (i = 0; i < n && rc == 0; i++) {
		body = event_body(&v[i]);
		buf_put(&a->blocks.plain, body.p, body.n);
		rc = avro_blocks_added(&a->blocks, out, e);
	}
	if (rc != 0)
		a->begun = begun;
	return rc;
}

static int
flush(void *self, struct buf *out, struct err *e)
{
	struct avro_body *a = self;

	return avro_blocks_end(&a->blocks, out, e);
}

static void
release(void *self)
{
	struct avro_body *a = self;

	avro_blocks_close(&a->blocks);
	buf_release(&a->from);
}

const struct serializer_type serializer_avro_body = {
	.names = { "avro_body", CLASSES("org.apache.flume.sink.hdfs.AvroEventSerializer$Builder",
	    "org.apache.flume.sink.hdfs.AvroEventSerializer") },
	.size = sizeof(struct avro_body),
	.configure = configure, .begin = begin, .put = put, .flush = flush, .end = flush, .release = release,
};
