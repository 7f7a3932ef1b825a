/*
 * map.c - open addressing with linear probing; the table is a power of two and
 * at most three quarters full, a removal moves the following run back, so there
 * are no graves.  SipHash-1-3 with a random key for each map.
 */
#include "base/map.h"

#include <sys/random.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	uint8_t *key;		/* NULL: free */
	size_t n;
	uint64_t hash;
	void *value;
};

struct map {
	struct slot *slots;
	size_t size, count;
	uint64_t k0, k1;
};

#define MAP_FIRST	16

static inline uint64_t
rotl(uint64_t x, int b)
{
	return x << b | x >> (64 - b);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1]; v[1] = rotl(v[1], 13) ^ v[0]; v[0] = rotl(v[0], 32);
	v[2] += v[3]; v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3]; v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1]; v[1] = rotl(v[1], 17) ^ v[2]; v[2] = rotl(v[2], 32);
}

static uint64_t
hash_of(const struct map *m, struct slice key)
{
	uint64_t v[4] = {
		m->k0 ^ 0x736f6d6570736575, m->k1 ^ 0x646f72616e646f6d,
		m->k0 ^ 0x6c7967656e657261, m->k1 ^ 0x7465646279746573,
	};
	uint64_t w;
	size_t at;

	for (at = 0; key.n - at >= 8; at += 8) {
		memcpy(&w, key.p + at, 8);
		v[3] ^= w;
		sip_round(v);
		v[0] ^= w;
	}
	w = 0;
	if (key.n > at)
		memcpy(&w, key.p + at, key.n - at);
	w |= (uint64_t)key.n << 56;
	v[3] ^= w;
	sip_round(v);
	v[0] ^= w;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct map *
map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));
	uint64_t k[2] = { 0, 0 };

	if (m == NULL)
		return NULL;
	/* A few bytes never block or fall short once the kernel is up; without them the map still works. */
	if (getrandom(k, sizeof(k), GRND_NONBLOCK) != (ssize_t)sizeof(k))
		k[0] = (uint64_t)(uintptr_t)m;
	m->k0 = k[0];
	m->k1 = k[1];
	return m;
}

void
map_free(struct map *m, void (*free_value)(void *))
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->size; i++) {
		if (m->slots[i].key == NULL)
			continue;
		if (free_value != NULL)
			free_value(m->slots[i].value);
		free(m->slots[i].key);
	}
	free(m->slots);
	free(m);
}

/* The slot of the key, or the free one where it would go; NULL in an empty map. */
static struct slot *
seek(const struct map *m, struct slice key, uint64_t hash)
{
	size_t i;
	struct slot *s;

	if (m->size == 0)
		return NULL;
	for (i = hash & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
		s = &m->slots[i];
		if (s->key == NULL || (s->hash == hash && s->n == key.n &&
		    (key.n == 0 || memcmp(s->key, key.p, key.n) == 0)))
			return s;
	}
}

void *
map_find(const struct map *m, struct slice key)
{
	struct slot *s = seek(m, key, hash_of(m, key));

	return s == NULL || s->key == NULL ? NULL : s->value;
}

static int
enlarge(struct map *m)
{
	size_t i, j, size = m->size == 0 ? MAP_FIRST : m->size * 2;
	struct slot *slots = calloc(size, sizeof(*slots));

	if (slots == NULL)
		return -1;
	for (i = 0; i < m->size; i++) {
		if (m->slots[i].key == NULL)
			continue;
		for (j = m->slots[i].hash & (size - 1); slots[j].key != NULL; j = (j + 1) & (size - 1))
			;
		slots[j] = m->slots[i];
	}
	free(m->slots);
	m->slots = slots;
	m->size = size;
	return 0;
}

int
map_put(struct map *m, struct slice key, void *value, void **old)
{
	uint64_t hash = hash_of(m, key);
	struct slot *s;
	uint8_t *copy;

	if (old != NULL)
		*old = NULL;
	s = seek(m, key, hash);
	if (s != NULL && s->key != NULL) {
		if (old != NULL)
			*old = s->value;
		s->value = value;
		return 0;
	}
	if (m->count >= m->size / 4 * 3 && enlarge(m) == -1)
		return -1;
	if ((copy = malloc(key.n + 1)) == NULL)
		return -1;
	if (key.n > 0)
		memcpy(copy, key.p, key.n);
	copy[key.n] = '\0';
	s = seek(m, key, hash);
	*s = (struct slot){ .key = copy, .n = key.n, .hash = hash, .value = value };
	m->count++;
	return 0;
}

void *
map_take(struct map *m, struct slice key)
{
	struct slot *s = seek(m, key, hash_of(m, key));
	size_t hole, i, home, mask = m->size - 1;
	void *value;

	if (s == NULL || s->key == NULL)
		return NULL;
	value = s->value;
	free(s->key);
	hole = (size_t)(s - m->slots);
	/* Whoever stands behind the hole and could not have stood there without it moves up. */
	for (i = (hole + 1) & mask; m->slots[i].key != NULL; i = (i + 1) & mask) {
		home = m->slots[i].hash & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		m->slots[hole] = m->slots[i];
		hole = i;
	}
	m->slots[hole] = (struct slot){ .key = NULL };
	m->count--;
	return value;
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

bool
map_next(const struct map *m, size_t *at, struct slice *key, void **value)
{
	struct slot *s;

	while (*at < m->size) {
		s = &m->slots[(*at)++];
		if (s->key == NULL)
			continue;
		if (key != NULL)
			*key = SLICE_OF(s->key, s->n);
		if (value != NULL)
			*value = s->value;
		return true;
	}
	return false;
}
