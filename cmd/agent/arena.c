/*
 * arena.c - memory that only grows, shared and given back as a whole (event.h).
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "agent/event.h"

#define LEAST	512		/* of a piece, with its head */
#define MOST	(1u << 20)	/* pieces double up to here */

struct piece {
	struct piece *older;
	uint8_t *at, *end;
};

struct arena {
	atomic_uint refs;
	size_t bytes;
	struct piece *now;
	struct piece first;		/* its bytes lie behind this struct */
};

struct arena *
arena_new(size_t first)
{
	size_t n = first + sizeof(struct arena) + 64 < LEAST ? LEAST : first + sizeof(struct arena) + 64;
	struct arena *a = malloc(n);

	if (a == NULL)
		return NULL;
	atomic_init(&a->refs, 1);
	a->bytes = n;
	a->first = (struct piece){ .older = NULL, .at = (uint8_t *)(a + 1), .end = (uint8_t *)a + n };
	a->now = &a->first;
	return a;
}

void
arena_ref(struct arena *a)
{
	atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
}

void
arena_unref(struct arena *a)
{
	struct piece *p, *older;

	if (a == NULL || atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (p = a->now; p != &a->first; p = older) {
		older = p->older;
		free(p);
	}
	free(a);
}

/* A new piece with room for n. */
static int
grow(struct arena *a, size_t n)
{
	size_t want = a->bytes < MOST ? a->bytes : MOST;
	struct piece *p;

	if (n > SIZE_MAX / 4)
		return -1;
	if (want < n + sizeof(*p))
		want = n + sizeof(*p);
	if ((p = malloc(want)) == NULL)
		return -1;
	*p = (struct piece){ .older = a->now, .at = (uint8_t *)(p + 1), .end = (uint8_t *)p + want };
	a->bytes += want;
	a->now = p;
	return 0;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	size_t pad = -(uintptr_t)a->now->at & (sizeof(void *) - 1);
	uint8_t *p;

	if ((size_t)(a->now->end - a->now->at) < n + pad) {
		if (grow(a, n + sizeof(void *)) != 0)
			return NULL;
		pad = -(uintptr_t)a->now->at & (sizeof(void *) - 1);
	}
	p = a->now->at + pad;
	a->now->at = p + n;
	return p;
}

uint8_t *
arena_room(struct arena *a, size_t n, size_t *have)
{
	if ((size_t)(a->now->end - a->now->at) < n && grow(a, n) != 0)
		return NULL;
	*have = (size_t)(a->now->end - a->now->at);
	return a->now->at;
}

void
arena_keep(struct arena *a, size_t used)
{
	a->now->at += used;
}

uint8_t *
arena_copy(struct arena *a, const void *from, size_t n)
{
	size_t have;
	uint8_t *p = arena_room(a, n, &have);

	if (p == NULL)
		return NULL;
	if (n > 0)
		memcpy(p, from, n);
	arena_keep(a, n);
	return p;
}

size_t
arena_bytes(const struct arena *a)
{
	return a->bytes;
}
