/*
 * format.c - serializer, packing and SequenceFile put together (format.h).
 */
#include "agent/sinks/hdfs/format.h"

#include <stdlib.h>

#include "agent/escape.h"
#include "agent/sinks/hdfs/seqfile.h"

#define PIECE	((size_t)1 << 20)	/* plain bytes that are packed at once, when no flush comes sooner */

struct format {
	const struct format_how *how;
	struct seqfile *seq;
	void *serializer;
	struct buf plain;		/* of a compressed file: what was put since the last piece */
};

int
format_ready(struct format_how *h, struct err *e)
{
	if (h->codec == NULL || h->packing != NULL)
		return 0;
	return packing_new(&h->packing, h->codec, e);
}

void
format_done(struct format_how *h)
{
	packing_free(h->packing);
	h->packing = NULL;
}

struct format *
format_new(const struct format_how *h)
{
	struct format *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->how = h;
	if (h->type == FILE_SEQUENCE) {
		f->seq = seqfile_new(h->text, h->codec, h->packing);
	} else if ((f->serializer = calloc(1, h->serializer->size + 1)) != NULL && h->serializer->configure != NULL) {
		h->serializer->configure(f->serializer, h->serializer_ctx);
	}
	if (f->seq == NULL && f->serializer == NULL) {
		free(f);
		return NULL;
	}
	return f;
}

void
format_free(struct format *f)
{
	if (f == NULL)
		return;
	if (f->serializer != NULL && f->how->serializer->release != NULL)
		f->how->serializer->release(f->serializer);
	free(f->serializer);
	seqfile_free(f->seq);
	buf_release(&f->plain);
	free(f);
}

/* Where a serializer writes to. */
static struct buf *
below(struct format *f, struct buf *out)
{
	return f->how->type == FILE_COMPRESSED ? &f->plain : out;
}

static int
pack(struct format *f, struct buf *out, struct err *e)
{
	int rc;

	if (f->plain.failed)
		return err_set(e, ERR_NOMEM, "no memory to compress");
	rc = packing_run(f->how->packing, buf_slice(&f->plain), out, e);
	buf_clear(&f->plain);
	return rc;
}

int
format_begin(struct format *f, struct buf *out, struct err *e)
{
	const struct serializer_type *t = f->how->serializer;
	int rc = 0;

	buf_clear(&f->plain);
	if (f->seq != NULL)
		seqfile_begin(f->seq, out);
	else if (t->begin != NULL)
		rc = t->begin(f->serializer, below(f, out), e);
	if (rc == 0 && f->how->type == FILE_COMPRESSED)
		rc = pack(f, out, e);
	return rc != 0 ? rc : out->failed ? err_set(e, ERR_NOMEM, "no memory for a file") : 0;
}

int
format_key(const struct event *ev, int64_t now_ms, int64_t *key, struct err *e)
{
	static const struct escape_time header = { .now = false };

	*key = now_ms;
	return event_get(ev, slice_str("timestamp")).p == NULL ? 0 : escape_event_time(&header, ev, now_ms, key, e);
}

int
format_put(struct format *f, const struct event *v, size_t n, int64_t now_ms, struct buf *out, struct err *e)
{
	int64_t key;
	size_t i;
	int rc = 0;

	if (f->seq != NULL) {
		for (i = 0; i < n && rc == 0; i++) {
			(void)format_key(&v[i], now_ms, &key, NULL);
			rc = seqfile_put(f->seq, key, event_body(&v[i]), out, e);
		}
	} else if ((rc = f->how->serializer->put(f->serializer, v, n, below(f, out), e)) == 0 && f->plain.n >= PIECE) {
		rc = pack(f, out, e);
	}
	return rc != 0 ? rc : out->failed ? err_set(e, ERR_NOMEM, "no memory for a file") : 0;
}

int
format_flush(struct format *f, struct buf *out, struct err *e)
{
	const struct serializer_type *t = f->how->serializer;
	int rc = 0;

	if (f->seq != NULL)
		return seqfile_flush(f->seq, out, e);
	if (t->flush != NULL)
		rc = t->flush(f->serializer, below(f, out), e);
	if (rc == 0 && f->how->type == FILE_COMPRESSED)
		rc = pack(f, out, e);
	return rc != 0 ? rc : out->failed ? err_set(e, ERR_NOMEM, "no memory for a file") : 0;
}

int
format_end(struct format *f, struct buf *out, struct err *e)
{
	const struct serializer_type *t = f->how->serializer;
	int rc = format_flush(f, out, e);

	if (rc == 0 && f->seq == NULL && t->end != NULL)
		rc = t->end(f->serializer, below(f, out), e);
	if (rc == 0 && f->how->type == FILE_COMPRESSED)
		rc = pack(f, out, e);
	return rc;
}
