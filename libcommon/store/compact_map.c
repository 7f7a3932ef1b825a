/*
 * compact_map.c - see compact_map.h.
 */
#include <sys/mman.h>
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
	m->slots = mmap(NULL, n * sizeof(*m->slots), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->slots == MAP_FAILED) {
		m->slots = NULL;
		return false;
	}
	/* Every look-up is at another place: large pages, where the kernel has them. */
	(void)madvise(m->slots, n * sizeof(*m->slots), MADV_HUGEPAGE);
	return true;
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
	if (m->slots != NULL)
		(void)munmap(m->slots, m->n * sizeof(*m->slots));
	*m = (struct key_map){ .slots = NULL };
}

static struct key_slot *
find(const struct key_map *m, const struct key_hash *h)
{
	size_t i = key_map_slot(m, h);
	struct key_slot *s;

	for (;;) {
		s = &m->slots[i];
		if (s->next == 0 || (s->hash[0] == h->v[0] && s->hash[1] == h->v[1]))
			return s;
		if (++i == m->n)
			i = 0;
	}
}

bool
key_map_put(struct key_map *m, const struct key_hash *h, int64_t offset)
{
	struct key_slot *s = find(m, h);

	if (s->next == 0) {
		if (m->used == m->most)
			return false;
		m->used++;
		s->hash[0] = h->v[0];
		s->hash[1] = h->v[1];
	}
	if (s->next <= offset)
		s->next = offset + 1;
	return true;
}

int64_t
key_map_get(const struct key_map *m, const struct key_hash *h)
{
	return find(m, h)->next - 1;
}
