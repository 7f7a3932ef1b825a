/*
 * batch_clean.c - see batch_clean.h.
 */
#include "codec/batch_clean.h"

#include "base/varint.h"

struct kept {			/* a record that stays */
	uint32_t from, end;		/* in the plain records */
	int64_t timestamp;
};
struct pass {
	size_t records, kept;
	bool tombstone;			/* one that stays */
	int64_t first_timestamp, max_timestamp;	/* of those that stay */
};

static bool
take(struct batch_cleaner *c, struct pass *p, const struct kept *k, bool tombstone)
{
	if (p->kept++ == 0) {
		p->first_timestamp = p->max_timestamp = k->timestamp;
	} else if (k->timestamp > p->max_timestamp)
		p->max_timestamp = k->timestamp;
	p->tombstone |= tombstone;
	buf_put(&c->kept, k, sizeof(*k));
	return !c->kept.failed;
}

/* Which stay.  So many at once that who decides can look ahead. */
static int
decide(struct batch_cleaner *c, const struct batch_clean_how *how, struct pass *p, struct err *e)
{
	const uint8_t *start = c->it.rd.p;
	struct record recs[BATCH_CLEAN_AT_ONCE];
	struct kept at[BATCH_CLEAN_AT_ONCE];
	bool stay[BATCH_CLEAN_AT_ONCE];
	size_t n, i;
	int rc = 1;

	buf_clear(&c->kept);
	if (rd_left(&c->it.rd) > UINT32_MAX)
		return err_set(e, ERR_TOOBIG, "a batch of more than 4 GiB");
	while (rc == 1) {
		for (n = 0; n < BATCH_CLEAN_AT_ONCE; n++) {
			at[n].from = (uint32_t)(c->it.rd.p - start);
			if ((rc = batch_next(&c->it, &recs[n], e)) != 1)
				break;
			at[n].end = (uint32_t)(c->it.rd.p - start);
			at[n].timestamp = recs[n].timestamp;
		}
		how->keep(how->arg, &c->it.head, recs, n, stay);
		for (i = 0; i < n; i++)
			if (stay[i] && !take(c, p, &at[i], recs[i].value.p == NULL))
				return err_set(e, ERR_NOMEM, "cannot clean a batch: no memory");
		p->records += n;
	}
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

/* The records that stay; where nothing changes in them, neighbours at once. */
static void
copy(struct batch_cleaner *c, const uint8_t *records, int64_t base_timestamp)
{
	const bool same = base_timestamp == c->it.head.base_timestamp &&
	    (c->it.head.attributes & BATCH_LOG_APPEND_TIME) == 0;
	const size_t n = c->kept.n / sizeof(struct kept);
	struct kept k, next;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&k, c->kept.p + i * sizeof(k), sizeof(k));
		if (!same) {
			put_record(&c->out, records + k.from, records + k.end,
			    (int64_t)((uint64_t)k.timestamp - (uint64_t)base_timestamp));
			continue;
		}
		for (; i + 1 < n; i++) {
			memcpy(&next, c->kept.p + (i + 1) * sizeof(next), sizeof(next));
			if (next.from != k.end)
				break;
			k.end = next.end;
		}
		buf_put(&c->out, records + k.from, k.end - k.from);
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
rebuild(struct batch_cleaner *c, const uint8_t *records, const struct pass *p, int64_t horizon, struct slice *out,
    struct err *e)
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
	copy(c, records, h.base_timestamp);
	if ((rc = pack(c, batch_codec(&h), &b, e)) != 0)
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
batch_clean(struct batch_cleaner *c, struct slice bytes, const struct batch_clean_how *how, enum batch_left *left,
    struct slice *out, struct err *e)
{
	struct pass p = { .kept = 0, .max_timestamp = -1 };
	int64_t horizon = how->horizon;
	const uint8_t *records;
	int rc;

	if ((rc = batch_open(&c->it, bytes, how->limit, e)) != 0)
		return rc;
	records = c->it.rd.p;
	if ((rc = decide(c, how, &p, e)) != 0)
		return rc;
	if ((!p.tombstone && !how->always) || (c->it.head.attributes & BATCH_DELETE_HORIZON) != 0)
		horizon = -1;
	if (p.kept > 0 && p.kept == p.records && horizon < 0) {
		*left = BATCH_LEFT_WHOLE;
		*out = SLICE_OF(bytes.p, (size_t)c->it.head.size);
		return 0;
	}
	*left = p.kept > 0 ? BATCH_LEFT_SOME : BATCH_LEFT_NONE;
	return rebuild(c, records, &p, horizon, out, e);
}

void
batch_cleaner_release(struct batch_cleaner *c)
{
	int i;

	for (i = 0; i < CODEC_COUNT; i++)
		if (c->comp[i] != NULL)
			compressor_free(c->comp[i]);
	batch_iter_release(&c->it);
	buf_release(&c->kept);
	buf_release(&c->out);
	buf_release(&c->packed);
	*c = (struct batch_cleaner)BATCH_CLEANER_INIT;
}
