/*
 * compact_map.c - see compact_map.h.
 */
#include <stdlib.h>
#include <string.h>

#include "store/compact_map.h"

bool
key_map_init(struct key_map *m, size_t memory, uint64_t keys)
{
	size_t n = memory / sizeof(*m->slots);

	*m = (struct key_map){ .slots = NULL };
	arc4random_buf(m->secret, sizeof(m->secret));
	/* A tenth stays free. */
	if (keys < (uint64_t)n / 2)
		n = (size_t)(keys + keys / 8) + 16;
	m->n = n;
	m->most = n - n / 10 - 1;
	return (m->slots = calloc(n, sizeof(*m->slots))) != NULL;
}

void
key_map_clear(struct key_map *m)
{
	memset(m->slots, 0, m->n * sizeof(*m->slots));
	m->used = 0;
}

void
key_map_release(struct key_map *m)
{
	free(m->slots);
	*m = (struct key_map){ .slots = NULL };
}

static struct key_slot *
find(const struct key_map *m, const uint64_t hash[2])
{
	size_t i = (size_t)(((unsigned __int128)hash[0] * m->n) >> 64);
	struct key_slot *s;

	for (;;) {
		s = &m->slots[i];
		if (s->next == 0 || (s->hash[0] == hash[0] && s->hash[1] == hash[1]))
			return s;
		if (++i == m->n)
			i = 0;
	}
}

bool
key_map_put(struct key_map *m, struct slice key, int64_t offset)
{
	struct key_slot *s;
	uint64_t hash[2];

	siphash128(m->secret, key.p, key.n, hash);
	s = find(m, hash);
	if (s->next == 0) {
		if (m->used == m->most)
			return false;
		m->used++;
		s->hash[0] = hash[0];
		s->hash[1] = hash[1];
	}
	if (s->next <= offset)
		s->next = offset + 1;
	return true;
}

int64_t
key_map_get(const struct key_map *m, struct slice key)
{
	uint64_t hash[2];

	siphash128(m->secret, key.p, key.n, hash);
	return find(m, hash)->next - 1;
}
