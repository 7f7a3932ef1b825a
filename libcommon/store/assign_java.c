/*
 * assign_java.c - the order of Java's hash tables (assign_java.h).
 */
#include "store/assign_java.h"

#include <stdlib.h>
#include <string.h>

#define BINS_FIRST	16
#define BINS_FEW	64	/* below that a long bin makes a larger table, not a tree */
#define BIN_LONG	8

uint32_t
java_string_hash(const char *s)
{
	uint32_t h = 0;

	while (*s != '\0')
		h = h * 31 + (unsigned char)*s++;
	return h;
}

uint32_t
java_part_hash(uint32_t topic_hash, int32_t partition)
{
	return (31 + (uint32_t)partition) * 31 + topic_hash;
}

static uint32_t
bin_of(const struct java_set *s, uint32_t hash)
{
	return (hash ^ hash >> 16) & (s->bins - 1);
}

static size_t
bin_length(const struct java_set *s, uint32_t bin)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		n += bin_of(s, s->e[i].hash) == bin;
	return n;
}

bool
java_set_add(struct java_set *s, uint32_t hash, uint32_t value)
{
	struct java_entry *e;

	if (s->n == s->room) {
		e = reallocarray(s->e, s->room * 2 + 8, sizeof(*e));
		if (e == NULL)
			return false;
		s->e = e;
		s->room = s->room * 2 + 8;
	}
	if (s->bins == 0)
		s->bins = BINS_FIRST;
	s->e[s->n++] = (struct java_entry){ hash, value };
	if (s->bins < BINS_FEW && bin_length(s, bin_of(s, hash)) > BIN_LONG)
		s->bins *= 2;
	if (s->n > s->bins / 4 * 3)
		s->bins *= 2;
	return true;
}

void
java_set_remove(struct java_set *s, uint32_t value)
{
	size_t i;

	for (i = 0; i < s->n && s->e[i].value != value; i++)
		;
	if (i == s->n)
		return;
	s->n--;
	memmove(&s->e[i], &s->e[i + 1], (s->n - i) * sizeof(*s->e));
}

uint32_t
java_set_first(const struct java_set *s)
{
	size_t i, best = 0;

	for (i = 1; i < s->n; i++)
		if (bin_of(s, s->e[i].hash) < bin_of(s, s->e[best].hash))
			best = i;
	return s->e[best].value;
}

struct placed {
	uint32_t bin, age, value;
};

static int
placed_cmp(const void *x, const void *y)
{
	const struct placed *a = x, *b = y;

	if (a->bin != b->bin)
		return a->bin < b->bin ? -1 : 1;
	return a->age < b->age ? -1 : a->age > b->age;
}

bool
java_set_order(const struct java_set *s, uint32_t *values)
{
	struct placed *t = calloc(s->n + 1, sizeof(*t));
	size_t i;

	if (t == NULL)
		return false;
	for (i = 0; i < s->n; i++)
		t[i] = (struct placed){ bin_of(s, s->e[i].hash), (uint32_t)i, s->e[i].value };
	qsort(t, s->n, sizeof(*t), placed_cmp);
	for (i = 0; i < s->n; i++)
		values[i] = t[i].value;
	free(t);
	return true;
}

void
java_set_free(struct java_set *s)
{
	free(s->e);
	memset(s, 0, sizeof(*s));
}
