/*
 * Records taken from the log for commands.
 */
#include "consume/stock.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "codec/hash.h"
#include "tool/msg.h"

static struct lane *
lane_new(struct stock *s)
{
	struct lane *l = calloc(1, sizeof(*l));

	if (l == NULL)
		die("out of memory");
	STAILQ_INIT(&l->items);
	TAILQ_INSERT_TAIL(&s->lanes, l, link);
	return l;
}

void
stock_open(struct stock *s, struct holding *g)
{
	const struct options *o = g->run->o;

	*s = (struct stock){ .g = g };
	TAILQ_INIT(&s->lanes);
	if (!o->by_key)
		return;
	s->nkeys = (unsigned)o->jobs;
	if ((s->by_key = calloc(s->nkeys, sizeof(*s->by_key))) == NULL)
		die("out of memory");
	for (unsigned i = 0; i < s->nkeys; i++)
		s->by_key[i] = lane_new(s);
}

/* Records without a key have no order to keep: they go to each lane in turn. */
static struct lane *
lane_of(struct stock *s, const struct item *it)
{
	if (s->by_key == NULL) {
		if (it->part->lane == NULL)
			it->part->lane = lane_new(s);
		return it->part->lane;
	}
	if (it->rec.key.p == NULL)
		return s->by_key[s->turn++ % s->nkeys];
	return s->by_key[crc32c(it->rec.key.p, it->rec.key.n) % s->nkeys];
}

/* The slice copied behind what is in data; its address is set when data has stopped growing. */
static void
copy_slice(struct buf *data, struct slice *s)
{
	size_t at = data->n;

	if (s->p == NULL)
		return;
	buf_put(data, s->p, s->n);
	s->p = (const uint8_t *)(uintptr_t)(at + 1);
}

static void
settle_slice(const struct buf *data, struct slice *s)
{
	if (s->p != NULL)
		s->p = data->p + ((uintptr_t)s->p - 1);
}

static void
crate_add(struct crate *c, size_t *cap, const struct record *rec, struct owned *p, int64_t count)
{
	struct item *it;

	if (c->n == *cap) {
		*cap = *cap == 0 ? 64 : *cap * 2;
		if ((it = reallocarray(c->items, *cap, sizeof(*it))) == NULL)
			die("out of memory");
		c->items = it;
	}
	it = &c->items[c->n++];
	*it = (struct item){ .rec = *rec, .part = p, .nth = p->taken++, .count = count,
	    .bytes = rec->key.n + rec->value.n + rec->headers.n };
	copy_slice(&c->data, &it->rec.key);
	copy_slice(&c->data, &it->rec.value);
	copy_slice(&c->data, &it->rec.headers);
}

/* 0, or -1: said. */
static int
fill(struct stock *s, struct crate *c, struct owned *p, const struct chunk *chunk)
{
	struct run *run = s->g->run;
	struct record recs[RECORDS];
	struct err e = ERR_INIT;
	size_t cap = 0;
	int n, rc;

	if (run->o->form == OUT_RAW) {
		crate_add(c, &cap, &(struct record){ .offset = chunk->first_offset, .value = chunk->raw }, p, chunk->count);
		return 0;
	}
	while (!s->full && (n = run->be->ops->records(s->g->f, recs, RECORDS, &e)) != 0) {
		if (n < 0) {
			msg_err(&e);
			return -1;
		}
		for (int i = 0; i < n && !s->full; i++) {
			if ((rc = filter_pass(run->filter, &recs[i], &e)) < 0) {
				msg_err(&e);
				return -1;
			}
			if (rc == 0)
				continue;
			crate_add(c, &cap, &recs[i], p, 1);
			if (++s->taken == (uint64_t)run->o->max) {
				s->full = true;
				p->next = recs[i].offset + 1;
			}
		}
	}
	return 0;
}

int
stock_take(struct stock *s, struct owned *p, const struct chunk *chunk)
{
	struct crate *c = calloc(1, sizeof(*c));
	int64_t now = clock_steady_ns(), next = p->next;
	int rc;

	if (c == NULL)
		die("out of memory");
	c->data = (struct buf)BUF_INIT;
	c->epoch_before = p->epoch;
	c->epoch = p->epoch = chunk->leader_epoch;
	p->next = chunk->next_offset;
	s->g->run->offsets += (uint64_t)(chunk->next_offset - chunk->first_offset);
	rc = fill(s, c, p, chunk);
	if (c->data.failed)
		die("out of memory");
	/* Nothing of a batch that could not be read to its end was delivered: its records come again. */
	if (rc != 0) {
		p->next = next;
		p->epoch = c->epoch_before;
	}
	if (rc != 0 || c->n == 0) {
		buf_release(&c->data);
		free(c->items);
		free(c);
		return rc;
	}
	TAILQ_INSERT_TAIL(&p->crates, c, link);
	for (size_t i = 0; i < c->n; i++) {
		struct item *it = &c->items[i];
		struct lane *l;

		settle_slice(&c->data, &it->rec.key);
		settle_slice(&c->data, &it->rec.value);
		settle_slice(&c->data, &it->rec.headers);
		l = lane_of(s, it);
		if (STAILQ_EMPTY(&l->items))
			l->since_ns = now;
		STAILQ_INSERT_TAIL(&l->items, it, next);
		l->n++;
		l->bytes += it->bytes;
		p->waiting++;
		p->bytes += it->bytes;
		s->bytes += it->bytes;
	}
	return 0;
}

struct item *
lane_head(struct lane *l)
{
	return STAILQ_FIRST(&l->items);
}

static void
uncount(struct stock *s, struct lane *l, const struct item *it)
{
	l->n--;
	l->bytes -= it->bytes;
	it->part->waiting--;
	it->part->bytes -= it->bytes;
	s->bytes -= it->bytes;
}

void
lane_take(struct stock *s, struct lane *l)
{
	uncount(s, l, STAILQ_FIRST(&l->items));
	STAILQ_REMOVE_HEAD(&l->items, next);
}

void
stock_withdraw(struct stock *s, struct owned *p)
{
	struct lane *l;

	if (p->waiting == 0)
		return;
	TAILQ_FOREACH(l, &s->lanes, link) {
		struct item *it, *next, *kept = NULL;

		it = STAILQ_FIRST(&l->items);
		STAILQ_INIT(&l->items);
		for (; it != NULL; it = next) {
			next = STAILQ_NEXT(it, next);
			if (it->part == p) {
				uncount(s, l, it);
				continue;
			}
			if (kept == NULL)
				STAILQ_INSERT_HEAD(&l->items, it, next);
			else
				STAILQ_INSERT_AFTER(&l->items, kept, it, next);
			kept = it;
		}
	}
}

static const struct item *
first_undone(const struct owned *p, const struct crate **in)
{
	TAILQ_FOREACH(*in, &p->crates, link)
		for (size_t i = (*in)->first; i < (*in)->n; i++)
			if (!(*in)->items[i].done)
				return &(*in)->items[i];
	return NULL;
}

void
stock_place(const struct owned *p, int64_t *offset, int32_t *epoch)
{
	const struct crate *c;
	const struct item *it = first_undone(p, &c);

	*offset = it != NULL ? it->rec.offset : p->next;
	*epoch = it == NULL ? p->epoch : it == c->items ? c->epoch_before : c->epoch;
}

uint64_t
stock_lowest(const struct owned *p)
{
	const struct crate *c;
	const struct item *it = first_undone(p, &c);

	return it != NULL ? it->nth : p->taken;
}

static void
crate_free(struct owned *p, struct crate *c)
{
	TAILQ_REMOVE(&p->crates, c, link);
	buf_release(&c->data);
	free(c->items);
	free(c);
}

void
stock_clean(struct owned *p)
{
	struct crate *c;

	while ((c = TAILQ_FIRST(&p->crates)) != NULL) {
		while (c->first < c->n && c->items[c->first].done)
			c->first++;
		if (c->first < c->n)
			return;
		crate_free(p, c);
	}
}

void
stock_drop(struct owned *p)
{
	while (!TAILQ_EMPTY(&p->crates))
		crate_free(p, TAILQ_FIRST(&p->crates));
}

void
stock_leave(struct stock *s, struct owned *p)
{
	stock_withdraw(s, p);
	if (p->lane == NULL)
		return;
	TAILQ_REMOVE(&s->lanes, p->lane, link);
	free(p->lane);
	p->lane = NULL;
}

void
stock_close(struct stock *s)
{
	struct lane *l;

	while ((l = TAILQ_FIRST(&s->lanes)) != NULL) {
		TAILQ_REMOVE(&s->lanes, l, link);
		free(l);
	}
	free(s->by_key);
}
