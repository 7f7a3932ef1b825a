/*
 * avro.c - the deserializer AVRO: each datum of an Avro container file is the
 * body of an event, its schema named in a header.
 *
 *	schemaType HASH		flume.avro.schema.hash: CRC-64-AVRO of the schema, 16 hex digits
 *	schemaType LITERAL	flume.avro.schema.literal: the schema itself
 *
 * A place in a file is the sync mark in front of a block, as Flume keeps it:
 * opened there again, the events of that block come once more.
 */
#include <stdlib.h>

#include "agent/avro_schema.h"
#include "agent/component.h"
#include "agent/wire/avro_file.h"
#include "base/io.h"
#include "base/module.h"
#include "text/hex.h"

#define EMPTY_MOST	((uint64_t)1 << 20)
#define READ_FIRST	((size_t)64 << 10)

struct avro_in {
	bool literal;
	const struct avro_schema_ops *ops;
	int fd;
	int64_t at;			/* of file.p in the file */
	struct buf file, plain;
	struct avro_file_header h;	/* its slices are no longer looked at */
	struct avro_codec *codec;
	void *schema;
	struct buf header;		/* the value of each event's header */
	struct rd r;			/* over plain */
	int64_t left, next;		/* data of the block still to come; where the next block begins */
};

static void
configure(void *self, struct context *c)
{
	static const char *const types[] = { "HASH", "LITERAL", NULL };
	struct avro_in *a = self;
	struct err e = ERR_INIT;

	a->fd = -1;
	if ((a->ops = module_load("avro", &e)) == NULL)
		ctx_err(c, NULL, &e);
	a->literal = ctx_choice(c, "schemaType", 0, types) == 1;
}

/* More of the file behind what is there: 1; 0: there is no more. */
static int
more(struct avro_in *a, struct err *e)
{
	size_t room = a->file.n < READ_FIRST ? READ_FIRST : a->file.n;
	ssize_t n;

	if (buf_room(&a->file, room) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for an Avro file");
	n = pread_full(a->fd, a->file.p + a->file.n, room, (off_t)(a->at + (int64_t)a->file.n));
	if (n < 0)
		return err_sys(e, "cannot read an Avro file");
	a->file.n += (size_t)n;
	return n > 0;
}

static void
hash_header(struct buf *out, struct slice canonical)
{
	uint64_t f = avro_fingerprint(canonical);
	uint8_t bytes[8];
	int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(f >> (8 * i));
	hex_write(SLICE_OF(bytes, sizeof(bytes)), out);
}

static int
open_header(struct avro_in *a, struct err *e)
{
	struct buf form = BUF_INIT;
	int rc;

	while ((rc = avro_file_header_get(&a->h, a->file.p, a->file.n, e)) == 0)
		if ((rc = more(a, e)) <= 0)
			return rc < 0 ? rc : err_set(e, ERR_DAMAGE, "an Avro file that ends in its header");
	if (rc < 0)
		return rc;
	if ((rc = avro_codec_new(&a->codec, a->h.codec, -1, e)) != 0 || (rc = a->ops->parse(&a->schema, a->h.schema, e)) != 0)
		return rc;
	if (a->literal) {
		buf_put(&a->header, a->h.schema.p, a->h.schema.n);
	} else if ((rc = a->ops->canonical(a->schema, &form, e)) == 0) {
		hash_header(&a->header, buf_slice(&form));
	}
	buf_release(&form);
	a->next = (int64_t)a->h.size;
	return rc;
}

/* The first block behind the sync mark that comes at or after a place. */
static int
seek_to(struct avro_in *a, int64_t at, struct err *e)
{
	const uint8_t *p;
	int rc;

	buf_clear(&a->file);
	a->at = at;
	for (;;) {
		p = a->file.n < AVRO_SYNC ? NULL : memmem(a->file.p, a->file.n, a->h.sync, AVRO_SYNC);
		if (p != NULL) {
			a->next = a->at + (p - a->file.p) + AVRO_SYNC;
			return 0;
		}
		/* A mark may lie across the end of what was read. */
		if (a->file.n >= AVRO_SYNC) {
			a->at += (int64_t)(a->file.n - AVRO_SYNC + 1);
			buf_consume(&a->file, a->file.n - AVRO_SYNC + 1);
		}
		if ((rc = more(a, e)) <= 0) {
			a->next = a->at + (int64_t)a->file.n;
			return rc;
		}
	}
}

static void
close_file(void *self)
{
	struct avro_in *a = self;

	avro_codec_free(a->codec);
	a->ops->free(a->schema);
	buf_release(&a->file);
	buf_release(&a->plain);
	buf_release(&a->header);
	a->codec = NULL;
	a->schema = NULL;
	a->fd = -1;
}

static int
open_file(void *self, int fd, int64_t at, struct err *e)
{
	struct avro_in *a = self;
	int rc;

	a->fd = fd;
	a->at = 0;
	a->left = 0;
	rc = open_header(a, e);
	if (rc == 0 && at > 0)
		rc = seek_to(a, at, e);
	if (rc != 0)
		close_file(a);
	return rc;
}

/* The next block, unpacked: 1; 0: the end of the file. */
static int
next_block(struct avro_in *a, struct err *e)
{
	struct avro_file_block b;
	size_t skip = (size_t)(a->next - a->at);
	int rc;

	if (skip >= a->file.n) {
		buf_clear(&a->file);
		a->at = a->next;
	} else {
		buf_consume(&a->file, skip);
		a->at += (int64_t)skip;
	}
	while ((rc = avro_file_block_get(&b, a->h.sync, a->file.p, a->file.n, e)) == 0)
		if ((rc = more(a, e)) <= 0) {
			if (rc == 0 && a->file.n > 0)
				return err_set(e, ERR_DAMAGE, "an Avro file that ends in the middle of a block");
			return rc;
		}
	if (rc < 0)
		return rc;
	buf_clear(&a->plain);
	if ((rc = avro_codec_unpack(a->codec, b.packed, &a->plain, e)) != 0)
		return rc;
	/* Data may have no bytes (a schema of null), but not without end. */
	if ((uint64_t)b.count > a->plain.n + EMPTY_MOST)
		return err_set(e, ERR_DAMAGE, "a block of %lld data in %zu bytes", (long long)b.count, a->plain.n);
	a->r = RD_OF(buf_slice(&a->plain).p, a->plain.n);
	a->left = b.count;
	a->next = a->at + (int64_t)b.size;
	return 1;
}

static ssize_t
read_events(void *self, struct batch *b, size_t max, struct err *e)
{
	struct avro_in *a = self;
	struct slice name = slice_str(a->literal ? "flume.avro.schema.literal" : "flume.avro.schema.hash");
	struct event *ev;
	const uint8_t *p;
	ssize_t n = 0;
	int rc;

	while ((size_t)n < max) {
		if (a->left == 0) {
			if ((rc = next_block(a, e)) < 0)
				return rc;
			if (rc == 0)
				break;
			continue;
		}
		p = a->r.p;
		if (!a->ops->skip(a->schema, &a->r))
			return err_set(e, ERR_DAMAGE, "a datum that is not of its file's schema");
		if ((ev = batch_add(b, p, (size_t)(a->r.p - p))) == NULL || event_set(b, ev, name, buf_slice(&a->header)) != 0)
			return err_set(e, ERR_NOMEM, "no memory for events");
		a->left--;
		n++;
	}
	return n;
}

static int64_t
tell(void *self)
{
	struct avro_in *a = self;

	/* In the middle of a block: its own mark; else the one in front of the next. */
	return (a->left > 0 ? a->at : a->next) - AVRO_SYNC;
}

const struct deserializer_type deserializer_avro = {
	.names = { "AVRO", CLASSES("org.apache.flume.serialization.AvroEventDeserializer$Builder",
	    "org.apache.flume.serialization.AvroEventDeserializer") },
	.size = sizeof(struct avro_in),
	.configure = configure, .open = open_file, .read = read_events, .tell = tell, .close = close_file,
};
