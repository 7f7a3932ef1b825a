/*
 * assign_claims.c - which of several claims to a partition counts (assign_in.h).
 *
 * Members are asked in the order in which Kafka asks them, because with three
 * claims to one partition that order decides whether it was claimed twice.
 */
#include "store/assign_in.h"

#include <stdlib.h>
#include <string.h>

static const struct assign_member *
member(const struct assign_in *in, uint32_t m)
{
	return &in->members[in->member[m]];
}

/* `last` is who claimed p last with success, or in vain with the same generation. */
static void
claim(struct claims *c, const struct assign_in *in, uint32_t *last, uint32_t m, uint32_t p)
{
	int32_t mine, other;

	if (last[p] == NOBODY) {
		last[p] = c->holder[p] = m;
		return;
	}
	mine = member(in, m)->owned_generation;
	other = member(in, last[p])->owned_generation;
	if (mine < other)
		return;
	c->holder[p] = m;
	if (mine == other) {
		c->holder[p] = NOBODY;
		c->twice[p] = 1;
	}
	last[p] = m;
}

/* A claim of a generation before the latest of all is remembered: the partition goes back there if that evens things out. */
static void
claim_before(struct claims *c, const struct assign_in *in, uint32_t m, uint32_t p)
{
	uint32_t was = c->before[p];

	if (!assign_may(in, m, in->topic_of[p]))
		return;
	if (was == NOBODY || member(in, m)->owned_generation > member(in, was)->owned_generation)
		c->before[p] = m;
}

bool
claims_open(struct claims *c, const struct assign_in *in)
{
	uint32_t *last = assign_numbers(in->np, NOBODY), p;
	const struct assign_member *m;
	int32_t latest = -1;
	size_t i, k;

	c->holder = assign_numbers(in->np, NOBODY);
	c->twice = assign_numbers(in->np, 0);
	c->before = assign_numbers(in->np, NOBODY);
	if (last == NULL || c->holder == NULL || c->twice == NULL || c->before == NULL) {
		free(last);
		claims_close(c);
		return false;
	}
	for (i = 0; i < in->n; i++)
		if (in->members[i].owned_generation > latest)
			latest = in->members[i].owned_generation;
	for (i = 0; i < in->n; i++) {
		m = member(in, in->visit[i]);
		for (k = 0; k < m->nowned; k++) {
			p = assign_number(in, &m->owned[k]);
			if (p == NOBODY)
				continue;
			claim(c, in, last, in->visit[i], p);
			if (m->owned_generation < latest)
				claim_before(c, in, in->visit[i], p);
		}
	}
	free(last);
	return true;
}

void
claims_close(struct claims *c)
{
	free(c->holder);
	free(c->twice);
	free(c->before);
	memset(c, 0, sizeof(*c));
}

bool
claims_of(const struct claims *c, const struct assign_in *in, uint32_t m, struct row *r)
{
	const struct assign_member *who = member(in, m);
	uint32_t p;
	size_t k;

	r->n = 0;
	for (k = 0; k < who->nowned; k++) {
		p = assign_number(in, &who->owned[k]);
		if (p != NOBODY && c->holder[p] == m && !row_add(r, p))
			return false;
	}
	return true;
}
