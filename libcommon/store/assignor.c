/*
 * assignor.c - the assignors by name, the vote for one, and what has to wait
 * (assignor.h).
 */
#include "store/assignor.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "store/assign_in.h"

/* The last is the end of the list, for nearest_name(). */
static const char *const names[ASSIGNOR_COUNT + 1] = {
	[ASSIGNOR_RANGE] = "range",
	[ASSIGNOR_ROUNDROBIN] = "roundrobin",
	[ASSIGNOR_COOPERATIVE_STICKY] = "cooperative-sticky",
};

const char *
assignor_name(enum assignor a)
{
	return names[a];
}

int
assignor_parse(const char *name, enum assignor *a, struct err *e)
{
	const char *near;
	int i;

	for (i = 0; i < ASSIGNOR_COUNT; i++)
		if (strcmp(name, names[i]) == 0) {
			*a = (enum assignor)i;
			return 0;
		}
	near = nearest_name(name, names);
	if (near != NULL)
		return err_set(e, ERR_INVALID, "unknown assignor '%s', did you mean '%s'", name, near);
	return err_set(e, ERR_INVALID, "unknown assignor '%s': there are range, roundrobin and cooperative-sticky", name);
}

static unsigned
liked(const struct assign_member *m)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < m->nlikes; i++)
		bits |= 1u << m->likes[i];
	return bits;
}

static int
no_common(const struct assign_member *m, size_t n, struct err *e)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = i + 1; k < n; k++)
			if ((liked(&m[i]) & liked(&m[k])) == 0)
				return err_set(e, ERR_INVALID, "members '%s' and '%s' have no assignor in common", m[i].id,
				    m[k].id);
	return err_set(e, ERR_INVALID, "the members have no assignor that all of them can do");
}

int
assignor_choose(const struct assign_member *m, size_t n, enum assignor *a, struct err *e)
{
	unsigned common = n == 0 ? 0 : ~0u;
	size_t votes[ASSIGNOR_COUNT] = { 0 }, i, k;
	int best = 0;

	for (i = 0; i < n; i++)
		common &= liked(&m[i]);
	if (common == 0)
		return no_common(m, n, e);
	for (i = 0; i < n; i++)
		for (k = 0; k < m[i].nlikes; k++)
			if (common & 1u << m[i].likes[k]) {
				votes[m[i].likes[k]]++;
				break;
			}
	for (i = 1; i < ASSIGNOR_COUNT; i++)
		if (votes[i] > votes[best])
			best = (int)i;
	*a = (enum assignor)best;
	return 0;
}

static bool
assign_sticky(struct assign_in *in)
{
	struct claims c;
	bool ok;

	if (!claims_open(&c, in))
		return false;
	ok = in->alike ? assign_even(in, &c) : assign_uneven(in, &c);
	claims_close(&c);
	return ok;
}

static bool
answer(const struct assign_in *in, struct assign_part **out, size_t *nout)
{
	struct assign_part *o;
	size_t i, k;
	uint32_t t;

	for (i = 0; i < in->n; i++) {
		if (in->got[i].n == 0)
			continue;
		o = reallocarray(NULL, in->got[i].n, sizeof(*o));
		if (o == NULL)
			return false;
		out[in->member[i]] = o;
		nout[in->member[i]] = in->got[i].n;
		for (k = 0; k < in->got[i].n; k++) {
			t = in->topic_of[in->got[i].p[k]];
			o[k].topic = (int32_t)in->topic[t];
			o[k].partition = (int32_t)(in->got[i].p[k] - in->first[t]);
		}
	}
	return true;
}

int
assign(enum assignor a, const struct assign_member *m, size_t n, const struct assign_topic *t, size_t nt,
    struct assign_part **out, size_t *nout, struct err *e)
{
	struct assign_in in;
	bool ok;
	int rc;

	if (n == 0)
		return 0;
	memset(out, 0, n * sizeof(*out));
	memset(nout, 0, n * sizeof(*nout));
	rc = assign_open(&in, m, n, t, nt, e);
	if (rc != 0)
		return rc;
	ok = a == ASSIGNOR_RANGE ? assign_range(&in) :
	    a == ASSIGNOR_ROUNDROBIN ? assign_roundrobin(&in) : assign_sticky(&in);
	ok = ok && answer(&in, out, nout);
	assign_close(&in);
	if (ok)
		return 0;
	assign_free(out, n);
	memset(nout, 0, n * sizeof(*nout));
	return err_set(e, ERR_NOMEM, "cannot assign %zu topics to %zu members: no memory", nt, n);
}

void
assign_free(struct assign_part **out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(out[i]);
		out[i] = NULL;
	}
}

/*
 * Who still owns a partition: where subscriptions are alike its holder, and
 * what was claimed twice is everybody's; else whoever says so, but not one
 * that is to have it.
 */
struct owners {
	const struct assign_in *in;
	const struct claims *claims;
	uint32_t *said;		/* np: how many claim it */
	uint32_t *mine;		/* np: who of the members looked at claimed it last, + 1 */
};

static bool
waits(const struct owners *o, uint32_t m, uint32_t p)
{
	uint32_t holder;

	if (!o->in->alike)
		return o->said[p] > 0 && o->mine[p] != m + 1;
	holder = o->claims->holder[p];
	return o->claims->twice[p] || (holder != NOBODY && holder != m);
}

static int
withhold(struct owners *o, struct assign_part **out, size_t *nout)
{
	const struct assign_in *in = o->in;
	const struct assign_member *who;
	uint32_t m, p, at;
	size_t i, kept;
	int count = 0;

	for (m = 0; m < in->n; m++) {
		at = in->member[m];
		who = &in->members[at];
		for (i = 0; i < who->nowned; i++)
			if ((p = assign_number(in, &who->owned[i])) != NOBODY)
				o->mine[p] = m + 1;
		for (i = kept = 0; i < nout[at]; i++) {
			p = assign_number(in, &out[at][i]);
			if (p != NOBODY && waits(o, m, p))
				count++;
			else
				out[at][kept++] = out[at][i];
		}
		nout[at] = kept;
	}
	return count;
}

int
assign_withhold(const struct assign_member *m, size_t n, const struct assign_topic *t, size_t nt,
    struct assign_part **out, size_t *nout, struct err *e)
{
	struct assign_in in;
	struct claims c = { .holder = NULL };
	struct owners o = { .in = &in, .claims = &c };
	uint32_t p;
	size_t i, k;
	int rc;

	rc = assign_open(&in, m, n, t, nt, e);
	if (rc != 0)
		return rc;
	o.said = assign_numbers(in.np, 0);
	o.mine = assign_numbers(in.np, 0);
	if (o.said == NULL || o.mine == NULL || !claims_open(&c, &in))
		rc = err_set(e, ERR_NOMEM, "cannot assign %zu topics to %zu members: no memory", nt, n);
	else {
		for (i = 0; i < n; i++)
			for (k = 0; k < m[i].nowned; k++)
				if ((p = assign_number(&in, &m[i].owned[k])) != NOBODY)
					o.said[p]++;
		rc = withhold(&o, out, nout);
		claims_close(&c);
	}
	free(o.said);
	free(o.mine);
	assign_close(&in);
	return rc;
}
