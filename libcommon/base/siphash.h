/*
 * siphash.h - SipHash-2-4 with 128 bits of result: a keyed hash that nobody
 * who does not know the key can prepare collisions for.
 *
 * Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", and the
 * authors' reference vectors (vectors_sip128), which the unit test has.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIPHASH_KEY	16

struct siphash {
	uint64_t v[4];
};

static inline uint64_t
siphash_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline uint64_t siphash_rotl(uint64_t v, int n) { return v << n | v >> (64 - n); }

static inline void
siphash_rounds(struct siphash *s, int n)
{
	uint64_t a = s->v[0], b = s->v[1], c = s->v[2], d = s->v[3];

	while (n-- > 0) {
		a += b; b = siphash_rotl(b, 13); b ^= a; a = siphash_rotl(a, 32);
		c += d; d = siphash_rotl(d, 16); d ^= c;
		a += d; d = siphash_rotl(d, 21); d ^= a;
		c += b; b = siphash_rotl(b, 17); b ^= c; c = siphash_rotl(c, 32);
	}
	s->v[0] = a; s->v[1] = b; s->v[2] = c; s->v[3] = d;
}

static inline void
siphash_word(struct siphash *s, uint64_t m)
{
	s->v[3] ^= m;
	siphash_rounds(s, 2);
	s->v[0] ^= m;
}

/* The 128 bits as two numbers, little endian as in the reference. */
static inline void
siphash128(const uint8_t key[SIPHASH_KEY], const void *bytes, size_t n, uint64_t out[2])
{
	const uint64_t k0 = siphash_le64(key), k1 = siphash_le64(key + 8);
	struct siphash s = { .v = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee,
	    k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 } };
	const uint8_t *p = bytes;
	uint64_t last = (uint64_t)n << 56;
	size_t left = n, i;

	for (; left >= 8; left -= 8, p += 8)
		siphash_word(&s, siphash_le64(p));
	for (i = 0; i < left; i++)
		last |= (uint64_t)p[i] << (8 * i);
	siphash_word(&s, last);
	s.v[2] ^= 0xee;
	siphash_rounds(&s, 4);
	out[0] = s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
	s.v[1] ^= 0xdd;
	siphash_rounds(&s, 4);
	out[1] = s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

#endif
