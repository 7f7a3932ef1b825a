/*
 * map.h - a hash map from byte strings to pointers, for names (topics,
 * groups, properties).  Keys are copied; values are the caller's.  The hash
 * is keyed at random for each map, so nobody can prepare collisions.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

#include "base/bytes.h"

struct map;

struct map *map_new(void);			/* NULL: no memory */
void map_free(struct map *, void (*free_value)(void *));	/* NULL is fine, twice */
void *map_find(const struct map *, struct slice key);	/* borrowed, or NULL */
/* Adds or replaces; the old value (or NULL) goes to *old (may be NULL).  -1: no memory. */
int map_put(struct map *, struct slice key, void *value, void **old);
void *map_take(struct map *, struct slice key);	/* removes; the value, or NULL */
size_t map_count(const struct map *);
/*
 * In no order: *at starts at 0; false when done.  The map may not change
 * meanwhile.  A NUL stands behind the bytes of key.
 */
bool map_next(const struct map *, size_t *at, struct slice *key, void **value);

#endif
