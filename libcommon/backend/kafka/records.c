/*
 * What was fetched from a cluster, as records and as batches (fetcher.h).
 */
#include "backend/kafka/fetcher.h"

#include <string.h>

#define VARINTS		10		/* of a header: two lengths */

int32_t
headers_of(const rd_kafka_message_t *m, struct buf *out)
{
	rd_kafka_headers_t *headers;
	struct header h;
	const char *name;
	const void *value;
	size_t size, i;

	if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	for (i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
		h = (struct header){ .name = slice_str(name), .value = SLICE_OF(value, size) };
		headers_add(out, &h);
	}
	return (int32_t)i;
}

static size_t
headers_size(const rd_kafka_message_t *m)
{
	rd_kafka_headers_t *headers;
	const char *name;
	const void *value;
	size_t size, i, n = 0;

	if (rd_kafka_message_headers(m, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	for (i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
		n += strlen(name) + size + VARINTS;
	return n;
}

/* Room for the headers of the whole chunk at once, as none of them may move while it is in hand. */
static int
reserve_headers(struct fetcher *f)
{
	size_t n = 0, i;

	if (f->has_headers)
		return 0;
	for (i = f->taken; i < f->nchunk; i++)
		n += headers_size(f->chunk[i]);
	buf_clear(&f->headers);
	f->has_headers = true;
	return n == 0 || buf_room(&f->headers, n) != NULL ? 0 : -1;
}

static void
record_of(const rd_kafka_message_t *m, struct record *rec, struct buf *headers)
{
	rd_kafka_timestamp_type_t type;
	size_t before = headers->n;

	*rec = (struct record){ .offset = m->offset, .key = SLICE_OF(m->key, m->key_len), .value = SLICE_OF(m->payload, m->len) };
	rec->timestamp = rd_kafka_message_timestamp(m, &type);
	if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE)
		rec->timestamp = TIMESTAMP_NONE;
	rec->timestamp_type = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? TIMESTAMP_LOG_APPEND : TIMESTAMP_CREATE;
	rec->header_count = headers_of(m, headers);
	if (rec->header_count > 0)
		rec->headers = SLICE_OF(headers->p + before, headers->n - before);
}

int
kafka_fetcher_records(struct fetcher *f, struct record *recs, int max, struct err *e)
{
	int n = 0;

	if (reserve_headers(f) != 0)
		return err_set(e, ERR_NOMEM, "cannot read: out of memory");
	while (n < max && f->taken < f->nchunk)
		record_of(f->chunk[f->taken++], &recs[n++], &f->headers);
	return n;
}

int
kafka_fetcher_values(struct fetcher *f, uint8_t delim, size_t most, struct buf *out, uint64_t *bytes, struct err *e)
{
	size_t start = out->n;
	int n = 0;

	for (; f->taken < f->nchunk && out->n - start < most; f->taken++, n++) {
		const rd_kafka_message_t *m = f->chunk[f->taken];
		uint8_t *to;

		if (m->payload == NULL)
			break;
		if ((to = buf_room(out, m->len + 1)) == NULL)
			return err_set(e, ERR_NOMEM, "cannot read: out of memory");
		memcpy(to, m->payload, m->len);
		to[m->len] = delim;
		out->n += m->len + 1;
	}
	*bytes = out->n - start - (uint64_t)n;
	return n;
}

/* Of the messages in hand the first ones, with offsets that follow each other, as a batch; how many. */
static size_t
make_raw(struct fetcher *f, struct slice *raw)
{
	const struct batch_how how = BATCH_HOW_PLAIN;
	struct record rec;
	size_t i;

	batch_builder_clear(&f->raw);
	for (i = 0; i < f->nchunk && f->chunk[i]->offset == f->chunk[0]->offset + (int64_t)i; i++) {
		buf_clear(&f->headers);
		record_of(f->chunk[i], &rec, &f->headers);
		if (batch_builder_add(&f->raw, &rec) != 0)
			break;
	}
	if (i == 0 || batch_seal(&f->raw, &how, raw, NULL) != 0)
		return 0;
	/* The bytes are the builder's, which is ours. */
	batch_patch_offset((void *)(uintptr_t)raw->p, f->chunk[0]->offset, 0);
	return i;
}

void
chunk_make(struct fetcher *f, struct range *r, struct chunk *c)
{
	size_t n;

	while (f->nchunk < POPPED && r->at < r->n && (r->to < 0 || r->v[r->at]->offset < r->to)) {
		r->bytes -= r->v[r->at]->len + r->v[r->at]->key_len;
		f->chunk[f->nchunk++] = r->v[r->at++];
	}
	*c = (struct chunk){ .topic = r->topic, .partition = r->partition, .first_offset = f->chunk[0]->offset, .leader_epoch = -1,
		.whole = true };
	if (f->opts.raw) {
		n = make_raw(f, &c->raw);
		/* A record that no batch takes goes by itself, without one. */
		for (n = n > 0 ? n : 1; f->nchunk > n;)
			r->v[--r->at] = f->chunk[--f->nchunk];
	}
	c->next_offset = f->chunk[f->nchunk - 1]->offset + 1;
	c->count = (int64_t)f->nchunk;
	r->from = c->next_offset;
}

void
chunk_release(struct fetcher *f)
{
	size_t i;

	for (i = 0; i < f->nchunk; i++)
		rd_kafka_message_destroy(f->chunk[i]);
	f->nchunk = f->taken = 0;
	f->has_headers = false;
}
