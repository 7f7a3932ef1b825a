/*
 * compact_keys.c - the first half of a pass: the last offset of each key that
 * is dirty goes into the map (compact_in.h).
 */
#include "store/compact_in.h"

#define AT_ONCE	BATCH_CLEAN_AT_ONCE

/* Up to AT_ONCE records of a batch: 1 go on; 0: the map is full, what is in does no harm. */
static int
map_some(struct compact *c, const struct record *recs, size_t n)
{
	struct key_hash hash[AT_ONCE];
	size_t i;

	for (i = 0; i < n; i++)
		key_map_hash(&c->map, recs[i].key, &hash[i]);
	for (i = 0; i < n; i++)
		if (!key_map_put(&c->map, &hash[i], recs[i].offset))
			return 0;
	return 1;
}

static int
map_batch(struct compact *c, struct slice bytes, struct err *e)
{
	struct record recs[AT_ONCE];
	size_t n = 0;
	int rc;

	if ((rc = batch_open(&c->it, bytes, COMPACT_PLAIN_MAX, e)) != 0)
		return rc;
	while ((rc = batch_next(&c->it, &recs[n], e)) == 1) {
		if (recs[n].offset < c->dirty || recs[n].key.p == NULL)
			continue;
		if (++n < AT_ONCE)
			continue;
		if (map_some(c, recs, n) == 0)
			return 0;
		n = 0;
	}
	return rc != 0 ? rc : map_some(c, recs, n);
}

static int
map_segment(struct compact *c, const struct seg *seg, struct err *e)
{
	struct seg_read s;
	struct batch_head h;
	struct slice b;
	int rc, in = 1;

	if ((rc = seg_open(c, &s, seg, e)) != 0)
		return rc;
	while (in == 1 && !compact_stopped(c) && (rc = seg_next(c, &s, &h, &b, e)) == 1) {
		if (batch_last_offset(&h) < c->dirty)
			continue;
		if (batch_is_transactional(&h) && (rc = compact_need_txns(c, e)) != 0)
			break;
		if (seg->base >= c->until)
			in = 0;
		else if (!batch_is_control(&h) && (c->txns == NULL || !compact_txns_aborted(c->txns, &h)))
			in = map_batch(c, b, e);
		if (in == 1)
			c->map_end = batch_last_offset(&h) + 1;
	}
	seg_close(&s);
	if (rc < 0 || in < 0)
		return rc < 0 ? rc : in;
	/* Offsets may be missing at its end. */
	if (in == 1)
		c->map_end = seg->next;
	return in;
}

int
compact_map_fill(struct compact *c, struct err *e)
{
	size_t i;
	int rc = 1;

	c->map_end = c->dirty;
	for (i = 0; rc == 1 && i < c->n && c->v[i].base < c->until && !compact_stopped(c); i++)
		if (c->v[i].next > c->dirty)
			rc = map_segment(c, &c->v[i], e);
	return rc < 0 ? rc : 0;
}
