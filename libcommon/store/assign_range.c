/*
 * assign_range.c - the assignors without a memory: range and roundrobin
 * (assignor.h).
 */
#include "store/assign_in.h"

#include <stdlib.h>
#include <string.h>

/* Static members first, by instance id; then the others by id, which is what their numbers say. */
static int
seat_cmp(const void *x, const void *y, void *v)
{
	const struct assign_in *in = v;
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
	const char *ia = in->members[in->member[a]].instance, *ib = in->members[in->member[b]].instance;
	int c;

	if ((ia == NULL) != (ib == NULL))
		return ia == NULL ? 1 : -1;
	if (ia != NULL && (c = strcmp(ia, ib)) != 0)
		return c;
	return a < b ? -1 : a > b;
}

static uint32_t *
seats(struct assign_in *in)
{
	uint32_t *seat = assign_numbers(in->n, 0), i;

	if (seat == NULL)
		return NULL;
	for (i = 0; i < in->n; i++)
		seat[i] = i;
	if (in->n > 1)
		qsort_r(seat, in->n, sizeof(*seat), seat_cmp, in);
	return seat;
}

bool
assign_range(struct assign_in *in)
{
	uint32_t *seat = seats(in), t, p, each, more, k;
	bool ok = seat != NULL;
	size_t i;

	for (t = 0; ok && t < in->nt; t++) {
		each = (in->first[t + 1] - in->first[t]) / (uint32_t)in->readers[t].n;
		more = (in->first[t + 1] - in->first[t]) % (uint32_t)in->readers[t].n;
		p = in->first[t];
		for (i = 0; ok && i < in->n && p < in->first[t + 1]; i++) {
			if (!assign_may(in, seat[i], t))
				continue;
			for (k = each + (more > 0); ok && k > 0; k--)
				ok = row_add(&in->got[seat[i]], p++);
			more -= more > 0;
		}
	}
	free(seat);
	return ok;
}

bool
assign_roundrobin(struct assign_in *in)
{
	uint32_t *seat = seats(in), p;
	bool ok = seat != NULL;
	size_t at = 0;

	for (p = 0; ok && p < in->np; p++) {
		while (!assign_may(in, seat[at], in->topic_of[p]))
			at = (at + 1) % in->n;
		ok = row_add(&in->got[seat[at]], p);
		at = (at + 1) % in->n;
	}
	free(seat);
	return ok;
}
