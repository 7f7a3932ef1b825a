/*
 * assign_uneven.c - sticky where subscriptions differ (assignor.h).
 *
 * Each keeps what it held and still subscribes to.  What nobody has goes, topics
 * with the fewest readers first, to the reader with the least.  Then partitions
 * move from who has two more than another reader of the topic, new ones first,
 * until nothing can be moved; if that made the whole not more even, and there
 * was something to keep, it is taken back.
 */
#include "store/assign_in.h"

#include <stdlib.h>
#include <string.h>

#include "store/assign_moves.h"

struct uneven {
	struct assign_in *in;
	const struct claims *claims;
	uint32_t *owner;	/* np: member, NOBODY before it is given */
	uint32_t *fixed;	/* n: 1: nothing to win or lose */
	uint32_t *most;		/* nt: the largest share of those who own one of its partitions */
	struct row all;		/* partitions by number of the topic's readers, topic, number */
	struct row fresh;	/* those of all that nobody held */
	struct row *before;	/* n: got[] before anything moved */
	struct moves moves;
	bool revoked;		/* somebody held what it does not subscribe to any more */
	bool balanced;		/* as found by balanced(), until the next move */
};

static int
readers_cmp(const void *x, const void *y, void *v)
{
	const struct assign_in *in = v;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	if (in->readers[a].n != in->readers[b].n)
		return in->readers[a].n < in->readers[b].n ? -1 : 1;
	return a < b ? -1 : a > b;
}

static bool
keep(struct uneven *s)
{
	struct assign_in *in = s->in;
	struct row held = { .n = 0 };
	bool ok = true;
	uint32_t m;
	size_t i;

	for (m = 0; ok && m < in->n; m++) {
		ok = claims_of(s->claims, in, m, &held);
		for (i = 0; ok && i < held.n; i++) {
			if (assign_may(in, m, in->topic_of[held.p[i]])) {
				s->owner[held.p[i]] = m;
				ok = row_add(&in->got[m], held.p[i]);
			} else
				s->revoked = true;
		}
	}
	free(held.p);
	return ok;
}

/* all and fresh. */
static bool
list(struct uneven *s)
{
	uint32_t *order = assign_numbers(s->in->nt, 0), t, p;
	bool ok = order != NULL;
	size_t i;

	for (t = 0; ok && t < s->in->nt; t++)
		order[t] = t;
	if (ok && s->in->nt > 1)
		qsort_r(order, s->in->nt, sizeof(*order), readers_cmp, s->in);
	for (i = 0; ok && i < s->in->nt; i++)
		for (p = s->in->first[order[i]]; ok && p < s->in->first[order[i] + 1]; p++)
			ok = row_add(&s->all, p) && (s->owner[p] != NOBODY || row_add(&s->fresh, p));
	free(order);
	return ok;
}

/* The reader of a topic with the least, the first by id of several. */
static uint32_t
poorest(const struct uneven *s, uint32_t t)
{
	const struct row *r = &s->in->readers[t];
	uint32_t best = r->p[0];
	size_t i;

	for (i = 1; i < r->n; i++)
		if (s->in->got[r->p[i]].n < s->in->got[best].n)
			best = r->p[i];
	return best;
}

static bool
give(struct uneven *s)
{
	size_t i;
	uint32_t m;

	for (i = 0; i < s->fresh.n; i++) {
		m = poorest(s, s->in->topic_of[s->fresh.p[i]]);
		s->owner[s->fresh.p[i]] = m;
		if (!row_add(&s->in->got[m], s->fresh.p[i]))
			return false;
	}
	return true;
}

/* Topics with one reader cannot change, nor can who has all of its topics and shares none. */
static void
narrow(struct uneven *s)
{
	struct assign_in *in = s->in;
	struct row *list[2] = { &s->all, &s->fresh }, *r;
	size_t i, k, n, parts;
	uint32_t m, t;

	for (k = 0; k < 2; k++) {
		r = list[k];
		for (i = n = 0; i < r->n; i++)
			if (in->readers[in->topic_of[r->p[i]]].n >= 2)
				r->p[n++] = r->p[i];
		r->n = n;
	}
	for (m = 0; m < in->n; m++) {
		s->fixed[m] = 1;
		for (i = parts = 0; i < in->reads[m].n; i++) {
			t = in->reads[m].p[i];
			parts += in->first[t + 1] - in->first[t];
			if (in->readers[t].n >= 2)
				s->fixed[m] = 0;
		}
		if (in->got[m].n < parts)
			s->fixed[m] = 0;
	}
}

/* No member reads a topic of which another one with two more has a partition. */
static bool
balanced(struct uneven *s)
{
	struct assign_in *in = s->in;
	size_t min = SIZE_MAX, max = 0, i;
	uint32_t m, p;

	if (s->balanced)
		return true;
	for (m = 0; m < in->n; m++) {
		if (s->fixed[m])
			continue;
		min = in->got[m].n < min ? in->got[m].n : min;
		max = in->got[m].n > max ? in->got[m].n : max;
	}
	s->balanced = true;
	if (max == 0 || min >= max - 1)
		return true;
	memset(s->most, 0, in->nt * sizeof(*s->most));
	for (p = 0; p < in->np; p++)
		if (in->got[s->owner[p]].n > s->most[in->topic_of[p]])
			s->most[in->topic_of[p]] = (uint32_t)in->got[s->owner[p]].n;
	for (m = 0; m < in->n; m++)
		for (i = 0; i < in->reads[m].n; i++)
			if (in->got[m].n + 1 < s->most[in->reads[m].p[i]]) {
				s->balanced = false;
				return false;
			}
	return true;
}

static bool
move(struct uneven *s, uint32_t p, uint32_t to)
{
	uint32_t from;

	p = moves_pick(&s->moves, p, s->owner[p], to);
	from = s->owner[p];
	row_drop(&s->in->got[from], p);
	s->owner[p] = to;
	s->balanced = false;
	return row_add(&s->in->got[to], p) && moves_note(&s->moves, p, from, to);
}

/* -1: no memory; 1: something moved. */
static int
even_out(struct uneven *s, const struct row *r)
{
	struct assign_in *in = s->in;
	int moved = 0, again = 1;
	uint32_t p, to;
	size_t i, mine;

	while (again) {
		again = 0;
		for (i = 0; i < r->n && !balanced(s); i++) {
			p = r->p[i];
			mine = in->got[s->owner[p]].n;
			to = s->claims->before[p];
			if (to == NOBODY || mine <= in->got[to].n + 1)
				to = poorest(s, in->topic_of[p]);
			if (mine <= in->got[to].n + 1)
				continue;
			if (!move(s, p, to))
				return -1;
			moved = again = 1;
		}
	}
	return moved;
}

static int
size_cmp(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a < b ? -1 : a > b;
}

/* The sum of the differences of all pairs of those that are not fixed; -1: no memory. */
static int64_t
score(const struct uneven *s, const struct row *got)
{
	uint32_t *size = assign_numbers(s->in->n, 0);
	int64_t sum = 0;
	size_t i, n = 0;

	if (size == NULL)
		return -1;
	for (i = 0; i < s->in->n; i++)
		if (!s->fixed[i])
			size[n++] = (uint32_t)got[i].n;
	qsort(size, n, sizeof(*size), size_cmp);
	for (i = 0; i < n; i++)
		sum += (int64_t)size[i] * (2 * (int64_t)i - (int64_t)n + 1);
	free(size);
	return sum;
}

static bool
even_all(struct uneven *s, bool fresh_start)
{
	struct assign_in *in = s->in;
	struct row t;
	int64_t was, is;
	int moved;
	size_t i;

	for (i = 0; i < in->n; i++)
		if (!row_copy(&s->before[i], &in->got[i]))
			return false;
	if (!s->revoked && even_out(s, &s->fresh) < 0)
		return false;
	moved = even_out(s, &s->all);
	if (moved <= 0 || fresh_start)
		return moved >= 0;
	was = score(s, s->before);
	is = score(s, in->got);
	for (i = 0; is >= was && i < in->n; i++) {
		t = in->got[i];
		in->got[i] = s->before[i];
		s->before[i] = t;
	}
	return was >= 0 && is >= 0;
}

bool
assign_uneven(struct assign_in *in, const struct claims *claims)
{
	struct uneven s = { .in = in, .claims = claims };
	bool ok, fresh_start = true;
	size_t i;

	s.owner = assign_numbers(in->np, NOBODY);
	s.fixed = assign_numbers(in->n, 0);
	s.most = assign_numbers(in->nt, 0);
	s.before = calloc(in->n + 1, sizeof(*s.before));
	ok = s.owner != NULL && s.fixed != NULL && s.most != NULL && s.before != NULL && moves_open(&s.moves, in) &&
	    keep(&s) && list(&s);
	for (i = 0; i < in->n; i++)
		fresh_start = fresh_start && in->got[i].n == 0;
	ok = ok && give(&s);
	if (ok) {
		narrow(&s);
		ok = even_all(&s, fresh_start);
	}
	moves_close(&s.moves);
	for (i = 0; s.before != NULL && i < in->n; i++)
		free(s.before[i].p);
	free(s.before);
	free(s.owner);
	free(s.fixed);
	free(s.most);
	free(s.all.p);
	free(s.fresh.p);
	return ok;
}
