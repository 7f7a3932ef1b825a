/*
 * assign_in.c - members and topics become numbers (assign_in.h).
 */
#include "store/assign_in.h"

#include <stdlib.h>
#include <string.h>

#include "store/assign_java.h"

bool
row_add(struct row *r, uint32_t v)
{
	uint32_t *p;

	if (r->n == r->room) {
		p = reallocarray(r->p, r->room * 2 + 8, sizeof(*p));
		if (p == NULL)
			return false;
		r->p = p;
		r->room = r->room * 2 + 8;
	}
	r->p[r->n++] = v;
	return true;
}

void
row_drop(struct row *r, uint32_t v)
{
	size_t i;

	for (i = 0; i < r->n && r->p[i] != v; i++)
		;
	if (i == r->n)
		return;
	r->n--;
	memmove(&r->p[i], &r->p[i + 1], (r->n - i) * sizeof(*r->p));
}

bool
row_copy(struct row *to, const struct row *from)
{
	size_t i;

	to->n = 0;
	for (i = 0; i < from->n; i++)
		if (!row_add(to, from->p[i]))
			return false;
	return true;
}

static void
rows_free(struct row *r, size_t n)
{
	size_t i;

	for (i = 0; r != NULL && i < n; i++)
		free(r[i].p);
	free(r);
}

uint32_t *
assign_numbers(size_t n, uint32_t value)
{
	uint32_t *p = reallocarray(NULL, n + 1, sizeof(*p));
	size_t i;

	for (i = 0; p != NULL && i <= n; i++)
		p[i] = value;
	return p;
}

bool
assign_may(const struct assign_in *in, uint32_t m, uint32_t t)
{
	return in->may[m * ((in->nt + 63) / 64) + t / 64] >> t % 64 & 1;
}

uint32_t
assign_number(const struct assign_in *in, const struct assign_part *p)
{
	uint32_t t;

	if (p->topic < 0 || (size_t)p->topic >= in->nnumber || p->partition < 0 ||
	    p->partition >= in->topics[p->topic].partitions)
		return NOBODY;
	t = in->number[p->topic];
	return t == NOBODY ? NOBODY : in->first[t] + (uint32_t)p->partition;
}

static int
member_cmp(const void *x, const void *y, void *v)
{
	const struct assign_member *m = v;

	return strcmp(m[*(const uint32_t *)x].id, m[*(const uint32_t *)y].id);
}

static int
topic_cmp(const void *x, const void *y, void *v)
{
	const struct assign_topic *t = v;

	return strcmp(t[*(const uint32_t *)x].name, t[*(const uint32_t *)y].name);
}

static int
name_cmp(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* The names a member subscribes to, sorted, each once; NULL: no memory. */
static const char **
names_of(const struct assign_member *m, size_t *n)
{
	const char **p = reallocarray(NULL, m->ntopics + 1, sizeof(*p));
	size_t i;

	*n = 0;
	if (p == NULL)
		return NULL;
	if (m->ntopics > 0)
		memcpy(p, m->topics, m->ntopics * sizeof(*p));
	qsort(p, m->ntopics, sizeof(*p), name_cmp);
	for (i = 0; i < m->ntopics; i++)
		if (*n == 0 || strcmp(p[*n - 1], p[i]) != 0)
			p[(*n)++] = p[i];
	return p;
}

/* Puts the places in `order` (topics sorted by name) of the names that are among them, and have partitions, in a row. */
static bool
places_of(const struct assign_in *in, const uint32_t *order, size_t nt, const char **name, size_t n, struct row *r)
{
	size_t i, at = 0, lo, hi, mid;
	int c;

	for (i = 0; i < n; i++) {
		for (lo = at, hi = nt; lo < hi;) {
			mid = lo + (hi - lo) / 2;
			c = strcmp(in->topics[order[mid]].name, name[i]);
			if (c < 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		at = lo;
		if (at < nt && strcmp(in->topics[order[at]].name, name[i]) == 0 && in->topics[order[at]].partitions > 0 &&
		    !row_add(r, (uint32_t)at))
			return false;
	}
	return true;
}

/* reads[] of everybody, still with places in `order` for topics; alike. */
static bool
subscriptions(struct assign_in *in, const uint32_t *order, size_t nt)
{
	const char **first = NULL, **name;
	size_t nfirst = 0, n, i, k;
	bool ok = true;

	in->alike = true;
	for (i = 0; ok && i < in->n; i++) {
		name = names_of(&in->members[in->member[i]], &n);
		if (name == NULL || !places_of(in, order, nt, name, n, &in->reads[i]))
			ok = false;
		if (ok && i > 0 && in->alike) {
			for (k = 0; k < n && n == nfirst && strcmp(name[k], first[k]) == 0; k++)
				;
			in->alike = n == nfirst && k == n;
		}
		if (i == 0) {
			first = name;
			nfirst = n;
		} else
			free(name);
	}
	free(first);
	return ok;
}

/* Numbers the topics that have readers, and their partitions. */
static int
number_topics(struct assign_in *in, const uint32_t *order, size_t nt, uint32_t *used)
{
	size_t i, k;
	uint64_t parts = 0;

	for (i = 0; i < in->n; i++)
		for (k = 0; k < in->reads[i].n; k++)
			used[in->reads[i].p[k]] = 0;
	for (i = 0; i < nt; i++) {
		if (used[i] == NOBODY)
			continue;
		used[i] = (uint32_t)in->nt;
		in->number[order[i]] = (uint32_t)in->nt;
		in->topic[in->nt] = order[i];
		in->first[in->nt++] = (uint32_t)parts;
		parts += (uint64_t)in->topics[order[i]].partitions;
		if (parts > INT32_MAX)
			return -1;
	}
	in->first[in->nt] = (uint32_t)parts;
	in->np = (size_t)parts;
	for (i = 0; i < in->n; i++)
		for (k = 0; k < in->reads[i].n; k++)
			in->reads[i].p[k] = used[in->reads[i].p[k]];
	return 0;
}

static bool
readers(struct assign_in *in)
{
	size_t words = (in->nt + 63) / 64, i, k;
	uint32_t t;

	in->topic_of = assign_numbers(in->np, 0);
	in->may = calloc(in->n * words + 1, sizeof(*in->may));
	in->readers = calloc(in->nt + 1, sizeof(*in->readers));
	if (in->topic_of == NULL || in->may == NULL || in->readers == NULL)
		return false;
	for (t = 0; t < in->nt; t++)
		for (i = in->first[t]; i < in->first[t + 1]; i++)
			in->topic_of[i] = t;
	for (i = 0; i < in->n; i++)
		for (k = 0; k < in->reads[i].n; k++) {
			t = in->reads[i].p[k];
			in->may[i * words + t / 64] |= UINT64_C(1) << t % 64;
			if (!row_add(&in->readers[t], (uint32_t)i))
				return false;
		}
	return true;
}

static bool
visits(struct assign_in *in)
{
	struct java_set s = { .n = 0 };
	bool ok = true;
	uint32_t i;

	for (i = 0; ok && i < in->n; i++)
		ok = java_set_add(&s, java_string_hash(in->members[in->member[i]].id), i);
	ok = ok && java_set_order(&s, in->visit);
	java_set_free(&s);
	return ok;
}

static bool
allocate(struct assign_in *in, size_t nt)
{
	in->nnumber = nt;
	in->member = assign_numbers(in->n, 0);
	in->visit = assign_numbers(in->n, 0);
	in->topic = assign_numbers(nt, 0);
	in->first = assign_numbers(nt, 0);
	in->number = assign_numbers(nt, NOBODY);
	in->reads = calloc(in->n + 1, sizeof(*in->reads));
	in->got = calloc(in->n + 1, sizeof(*in->got));
	return in->member != NULL && in->visit != NULL && in->topic != NULL && in->first != NULL &&
	    in->number != NULL && in->reads != NULL && in->got != NULL;
}

int
assign_open(struct assign_in *in, const struct assign_member *m, size_t n, const struct assign_topic *t, size_t nt,
    struct err *e)
{
	uint32_t *order = assign_numbers(nt, 0), *used = assign_numbers(nt, NOBODY);
	uint32_t i;
	bool ok;

	memset(in, 0, sizeof(*in));
	in->members = m;
	in->topics = t;
	in->n = n;
	ok = n < NOBODY && nt < NOBODY && allocate(in, nt) && order != NULL && used != NULL;
	for (i = 0; ok && i < nt; i++)
		order[i] = i;
	for (i = 0; ok && i < n; i++)
		in->member[i] = i;
	if (ok && nt > 1)
		qsort_r(order, nt, sizeof(*order), topic_cmp, (void *)(uintptr_t)t);
	if (ok && n > 1)
		qsort_r(in->member, n, sizeof(*in->member), member_cmp, (void *)(uintptr_t)m);
	ok = ok && subscriptions(in, order, nt) && number_topics(in, order, nt, used) == 0 && readers(in) && visits(in);
	free(order);
	free(used);
	if (!ok) {
		assign_close(in);
		return err_set(e, ERR_NOMEM, "cannot assign %zu topics to %zu members: no memory", nt, n);
	}
	for (i = 1; i < n; i++)
		if (strcmp(m[in->member[i - 1]].id, m[in->member[i]].id) == 0) {
			err_set(e, ERR_INVALID, "two members have the id '%s'", m[in->member[i]].id);
			assign_close(in);
			return -ERR_INVALID;
		}
	return 0;
}

void
assign_close(struct assign_in *in)
{
	free(in->member);
	free(in->topic);
	free(in->number);
	free(in->first);
	free(in->topic_of);
	free(in->may);
	free(in->visit);
	rows_free(in->reads, in->n);
	rows_free(in->readers, in->nt);
	rows_free(in->got, in->n);
	memset(in, 0, sizeof(*in));
}
