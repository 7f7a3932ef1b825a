/*
 * assign_moves.c - moves of partitions between members (assign_moves.h).
 */
#include "store/assign_moves.h"

#include <stdlib.h>
#include <string.h>

#include "store/assign_java.h"

struct moved {
	struct moved *next;
	uint32_t topic, from, to;
	struct java_set parts;	/* never empty */
};

bool
moves_open(struct moves *s, const struct assign_in *in)
{
	s->in = in;
	for (s->size = 64; s->size < in->np; s->size *= 2)
		;
	s->from = assign_numbers(in->np, NOBODY);
	s->to = assign_numbers(in->np, NOBODY);
	s->table = calloc(s->size, sizeof(*s->table));
	if (s->from != NULL && s->to != NULL && s->table != NULL)
		return true;
	moves_close(s);
	return false;
}

void
moves_close(struct moves *s)
{
	struct moved *m;
	size_t i;

	for (i = 0; s->table != NULL && i < s->size; i++)
		while ((m = s->table[i]) != NULL) {
			s->table[i] = m->next;
			java_set_free(&m->parts);
			free(m);
		}
	free(s->table);
	free(s->from);
	free(s->to);
	memset(s, 0, sizeof(*s));
}

/* The place that points to the set, or to where it would be added. */
static struct moved **
find(const struct moves *s, uint32_t topic, uint32_t from, uint32_t to)
{
	struct moved **m;
	uint64_t h = topic;

	h = (h * 0x9e3779b1 + from) * 0x9e3779b1 + to;
	for (m = &s->table[(h ^ h >> 29) & (s->size - 1)]; *m != NULL; m = &(*m)->next)
		if ((*m)->topic == topic && (*m)->from == from && (*m)->to == to)
			break;
	return m;
}

uint32_t
moves_pick(const struct moves *s, uint32_t p, uint32_t from, uint32_t to)
{
	const struct moved *m;

	if (s->from[p] != NOBODY)
		from = s->from[p];
	m = *find(s, s->in->topic_of[p], to, from);
	return m == NULL ? p : java_set_first(&m->parts);
}

static void
forget(struct moves *s, uint32_t p)
{
	struct moved **at = find(s, s->in->topic_of[p], s->from[p], s->to[p]), *m = *at;

	java_set_remove(&m->parts, p);
	if (m->parts.n == 0) {
		*at = m->next;
		java_set_free(&m->parts);
		free(m);
	}
	s->from[p] = s->to[p] = NOBODY;
}

bool
moves_note(struct moves *s, uint32_t p, uint32_t from, uint32_t to)
{
	uint32_t t = s->in->topic_of[p];
	struct moved **at, *m;

	if (s->from[p] != NOBODY) {
		from = s->from[p];
		forget(s, p);
		if (from == to)
			return true;
	}
	at = find(s, t, from, to);
	if (*at == NULL) {
		m = calloc(1, sizeof(*m));
		if (m == NULL)
			return false;
		m->topic = t;
		m->from = from;
		m->to = to;
		*at = m;
	}
	s->from[p] = from;
	s->to[p] = to;
	return java_set_add(&(*at)->parts, java_part_hash(java_string_hash(s->in->topics[s->in->topic[t]].name),
	    (int32_t)(p - s->in->first[t])), p);
}
