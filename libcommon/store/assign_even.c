/*
 * assign_even.c - sticky where all subscribe to the same topics (assignor.h).
 *
 * Everybody gets np / n partitions, np % n members one more.  First each keeps
 * what it held, as far as that allows; who held the larger share already may
 * keep it, in the order of the members' HashMap.  Then what is left is dealt
 * in a circle to those below the smaller share, and the last ones to those at
 * it.
 */
#include "store/assign_in.h"

#include <stdlib.h>
#include <string.h>

struct even {
	struct assign_in *in;
	const struct claims *claims;
	size_t low, high;		/* the smaller share, the larger (or the same) */
	size_t large, large_max;	/* members with the larger share, and how many may have it */
	struct row under;		/* below the smaller share */
	struct row at;			/* at it, and one more may come */
	uint32_t *taken;		/* np: 1 when it has its member */
	struct row held;
};

static int
held_cmp(const void *x, const void *y, void *v)
{
	const struct assign_in *in = v;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	uint32_t na = a - in->first[in->topic_of[a]], nb = b - in->first[in->topic_of[b]];

	if (na != nb)
		return na < nb ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int
number_cmp(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a < b ? -1 : a > b;
}

/* What is held, by number of the partition, then topic; without what two claimed. */
static bool
held_by(struct even *s, uint32_t m)
{
	size_t i, n = 0;

	if (!claims_of(s->claims, s->in, m, &s->held))
		return false;
	for (i = 0; i < s->held.n; i++)
		if (!s->claims->twice[s->held.p[i]])
			s->held.p[n++] = s->held.p[i];
	s->held.n = n;
	if (n > 1)
		qsort_r(s->held.p, n, sizeof(*s->held.p), held_cmp, s->in);
	return true;
}

static bool
keep(struct even *s, uint32_t m)
{
	size_t i, n;

	if (!held_by(s, m))
		return false;
	n = s->held.n;
	if (n < s->low) {
		if (!row_add(&s->under, m))
			return false;
	} else if (n >= s->high && s->large < s->large_max) {
		n = s->high;
		if (++s->large == s->large_max)
			s->at.n = 0;
	} else {
		n = s->low;
		if (s->large < s->large_max && !row_add(&s->at, m))
			return false;
	}
	for (i = 0; i < n; i++) {
		s->taken[s->held.p[i]] = 1;
		if (!row_add(&s->in->got[m], s->held.p[i]))
			return false;
	}
	return true;
}

static bool
deal(struct even *s)
{
	size_t turn = 0, next = 0;
	uint32_t p, m;

	for (p = 0; p < s->in->np; p++) {
		if (s->taken[p])
			continue;
		if (turn >= s->under.n)
			turn = 0;
		m = s->under.n > 0 ? s->under.p[turn++] : s->at.p[next++];
		if (!row_add(&s->in->got[m], p))
			return false;
		if (s->in->got[m].n == s->low) {
			row_drop(&s->under, m);
			turn--;
			if (!row_add(&s->at, m))
				return false;
		}
	}
	return true;
}

bool
assign_even(struct assign_in *in, const struct claims *claims)
{
	struct even s = { .in = in, .claims = claims };
	bool ok;
	size_t i;

	if (in->n == 0 || in->np == 0)
		return true;
	s.low = in->np / in->n;
	s.large_max = in->np % in->n;
	s.high = s.low + (s.large_max > 0);
	s.taken = assign_numbers(in->np, 0);
	ok = s.taken != NULL;
	for (i = 0; ok && i < in->n; i++)
		ok = keep(&s, in->visit[i]);
	if (ok && s.under.n > 1)
		qsort(s.under.p, s.under.n, sizeof(*s.under.p), number_cmp);
	if (ok && s.at.n > 1)
		qsort(s.at.p, s.at.n, sizeof(*s.at.p), number_cmp);
	ok = ok && deal(&s);
	free(s.taken);
	free(s.under.p);
	free(s.at.p);
	free(s.held.p);
	return ok;
}
