/*
 * compact_map.h - the last offset of each key: open addressing over slots of
 * 24 bytes (a 128-bit hash of the key, the offset), filled to nine tenths.
 *
 * Keys are told apart by the hash alone, keyed at random for each map: of 2^40
 * keys two agree with a chance of 2^-49, and nobody can prepare two that do.
 *
 *	for (...)			// some records at once
 *		key_map_hash(&m, key[i], &h[i]);
 *	for (...)
 *		key_map_put(&m, &h[i], offset[i]);	// or key_map_get
 *
 * key_map_hash asks for the slot's memory, which is there by the time it is
 * looked at: the map is far larger than the processor's caches.
 */
#ifndef STORE_COMPACT_MAP_H
#define STORE_COMPACT_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/siphash.h"

struct key_slot {
	uint64_t hash[2];
	int64_t next;			/* offset + 1; 0: a free slot */
};

struct key_map {
	uint8_t secret[SIPHASH_KEY];
	struct key_slot *slots;
	size_t n, used, most;
};
struct key_hash {
	uint64_t v[2];
};

#define KEY_MAP_MIN	(64 * sizeof(struct key_slot))

/* Room for `keys`, but no more than `memory` bytes.  False: no memory. */
bool key_map_init(struct key_map *, size_t memory, uint64_t keys);
void key_map_clear(struct key_map *);
void key_map_release(struct key_map *);

static inline size_t
key_map_slot(const struct key_map *m, const struct key_hash *h)
{
	return (size_t)(((unsigned __int128)h->v[0] * m->n) >> 64);
}

static inline void
key_map_hash(const struct key_map *m, struct slice key, struct key_hash *h)
{
	siphash128(m->secret, key.p, key.n, h->v);
	__builtin_prefetch(&m->slots[key_map_slot(m, h)]);
}

/* False: it is full, and the key is not in it. */
bool key_map_put(struct key_map *, const struct key_hash *, int64_t offset);
/* -1: not there. */
int64_t key_map_get(const struct key_map *, const struct key_hash *);

#endif
