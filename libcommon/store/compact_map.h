/*
 * compact_map.h - the last offset of each key: open addressing over slots of
 * 24 bytes (a 128-bit hash of the key, the offset), filled to nine tenths.
 *
 * Keys are told apart by the hash alone, keyed at random for each map: of 2^40
 * keys two agree with a chance of 2^-49, and nobody can prepare two that do.
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

#define KEY_MAP_MIN	(64 * sizeof(struct key_slot))

/* Room for `keys`, but no more than `memory` bytes.  False: no memory. */
bool key_map_init(struct key_map *, size_t memory, uint64_t keys);
void key_map_clear(struct key_map *);
void key_map_release(struct key_map *);
/* False: it is full, and the key is not in it. */
bool key_map_put(struct key_map *, struct slice key, int64_t offset);
/* -1: not there. */
int64_t key_map_get(const struct key_map *, struct slice key);

#endif
