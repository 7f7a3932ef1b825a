/*
 * batch_clean.c - see batch_clean.h.
 */
#include "codec/batch_clean.h"

#include "base/varint.h"

struct pass {
	size_t records, kept;
	bool tombstone;			/* one that stays */
	int64_t first_timestamp, max_timestamp;	/* of those that stay */
};

/* Which stay; leaves the iterator as it was. */
static int
decide(struct batch_cleaner *c, batch_keep_fn *keep, void *arg, struct pass *p, struct err *e)
{
	const struct rd rd = c->it.rd;
	const int32_t left = c->it.left;
	struct record rec;
	uint8_t *bits;
	int rc;

	buf_clear(&c->keep);
	if ((bits = buf_room(&c->keep, (size_t)left + 1)) == NULL)
		return err_set(e, ERR_NOMEM, "cannot clean a batch: no memory");
	while ((rc = batch_next(&c->it, &rec, e)) == 1) {
		const bool stays = keep(arg, &c->it.head, &rec);

		bits[p->records++] = stays;
		if (!stays)
			continue;
		if (p->kept++ == 0)
			p->first_timestamp = rec.timestamp;
		if (p->kept == 1 || rec.timestamp > p->max_timestamp)
			p->max_timestamp = rec.timestamp;
		p->tombstone |= rec.value.p == NULL;
	}
	c->it.rd = rd;
	c->it.left = left;
	c->it.last_delta = -1;
	return rc;
}

/* A record as it was but for the difference to the base timestamp. */
static void
put_record(struct buf *b, const uint8_t *from, const uint8_t *end, int64_t delta)
{
	struct rd r = { .p = from, .end = end };
	const uint8_t *offset;
	uint8_t *p, attributes;
	size_t body, tail;

	(void)rd_varint(&r);
	attributes = rd_u8(&r);
	(void)rd_varlong(&r);
	offset = r.p;			/* offset delta, key, value, headers */
	tail = (size_t)(end - offset);
	body = 1 + varlong_size(delta) + tail;
	if ((p = buf_room(b, VARLONG_MAX + body)) == NULL)
		return;
	b->n += varlong_size((int64_t)body) + body;
	p = varlong_put(p, (int64_t)body);
	*p++ = attributes;
	p = varlong_put(p, delta);
	memcpy(p, offset, tail);
}

static int
copy(struct batch_cleaner *c, int64_t base_timestamp, struct err *e)
{
	const bool same = base_timestamp == c->it.head.base_timestamp &&
	    (c->it.head.attributes & BATCH_LOG_APPEND_TIME) == 0;
	const uint8_t *run = NULL, *from;
	struct record rec;
	size_t i = 0;
	int rc;

	for (;;) {
		from = c->it.rd.p;
		rc = batch_next(&c->it, &rec, e);
		/* Where nothing changes, neighbours are copied at once. */
		if (run != NULL && (rc != 1 || !c->keep.p[i])) {
			buf_put(&c->out, run, (size_t)(from - run));
			run = NULL;
		}
		if (rc != 1)
			return rc;
		if (!c->keep.p[i++])
			continue;
		if (!same)
			put_record(&c->out, from, c->it.rd.p, (int64_t)((uint64_t)rec.timestamp - (uint64_t)base_timestamp));
		else if (run == NULL)
			run = from;
	}
}

static int
pack(struct batch_cleaner *c, int codec, struct buf **out, struct err *e)
{
	enum codec which;
	int level, rc;

	*out = &c->out;
	if (codec == CODEC_NONE)
		return 0;
	if (c->comp[codec] == NULL && ((rc = codec_parse(codec_name(codec), &which, &level, e)) != 0 ||
	    (rc = compressor_new(&c->comp[codec], which, level, e)) != 0))
		return rc;
	buf_clear(&c->packed);
	if (buf_room(&c->packed, BATCH_HEAD) != NULL)
		c->packed.n = BATCH_HEAD;
	*out = &c->packed;
	return compressor_run(c->comp[codec], SLICE_OF(c->out.p + BATCH_HEAD, c->out.n - BATCH_HEAD), &c->packed, e);
}

static int
rebuild(struct batch_cleaner *c, const struct pass *p, int64_t horizon, struct slice *out, struct err *e)
{
	struct batch_head h = c->it.head;
	struct buf *b;
	int rc;

	h.count = (int32_t)p->kept;
	h.base_timestamp = p->first_timestamp;
	if (horizon >= 0) {
		h.base_timestamp = horizon;
		h.attributes |= BATCH_DELETE_HORIZON;
	} else if (h.attributes & BATCH_DELETE_HORIZON)
		h.base_timestamp = c->it.head.base_timestamp;
	if ((h.attributes & BATCH_LOG_APPEND_TIME) == 0)
		h.max_timestamp = p->max_timestamp;
	if (p->kept == 0) {
		h.base_timestamp = -1;
		h.max_timestamp = c->it.head.max_timestamp;
		h.attributes &= ~(BATCH_CODEC_MASK | BATCH_DELETE_HORIZON);
	}
	buf_clear(&c->out);
	if (buf_room(&c->out, BATCH_HEAD) != NULL)
		c->out.n = BATCH_HEAD;
	if ((rc = copy(c, h.base_timestamp, e)) != 0 || (rc = pack(c, batch_codec(&h), &b, e)) != 0)
		return rc;
	if (c->out.failed || b->failed)
		return err_set(e, ERR_NOMEM, "cannot clean a batch: no memory");
	if (b->n > INT32_MAX)
		return err_set(e, ERR_TOOBIG, "a cleaned batch of %zu bytes", b->n);
	batch_head_write(b->p, b->n, &h);
	*out = buf_slice(b);
	return 0;
}

int
batch_clean(struct batch_cleaner *c, struct slice bytes, size_t limit, batch_keep_fn *keep, void *arg, int64_t horizon,
    enum batch_left *left, struct slice *out, struct err *e)
{
	struct pass p = { .kept = 0, .max_timestamp = -1 };
	int rc;

	if ((rc = batch_open(&c->it, bytes, limit, e)) != 0 || (rc = decide(c, keep, arg, &p, e)) != 0)
		return rc;
	if (!p.tombstone || (c->it.head.attributes & BATCH_DELETE_HORIZON) != 0)
		horizon = -1;
	if (p.kept == p.records && horizon < 0) {
		*left = BATCH_LEFT_WHOLE;
		*out = SLICE_OF(bytes.p, (size_t)c->it.head.size);
		return 0;
	}
	*left = p.kept > 0 ? BATCH_LEFT_SOME : BATCH_LEFT_NONE;
	return rebuild(c, &p, horizon, out, e);
}

void
batch_cleaner_release(struct batch_cleaner *c)
{
	int i;

	for (i = 0; i < CODEC_COUNT; i++)
		if (c->comp[i] != NULL)
			compressor_free(c->comp[i]);
	batch_iter_release(&c->it);
	buf_release(&c->keep);
	buf_release(&c->out);
	buf_release(&c->packed);
	*c = (struct batch_cleaner)BATCH_CLEANER_INIT;
}
