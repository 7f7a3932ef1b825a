/*
 * hash.c - CRC-32C and CRC-32 by ISA-L, MurmurHash2 as Kafka has it (hash.h).
 */
#include "codec/hash.h"

#include <isa-l.h>

#define STEP	((size_t)1 << 30)	/* ISA-L counts in int */

uint32_t
crc32c_more(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *at = p;
	size_t step;

	/* ISA-L leaves the inversions before and after to the caller. */
	crc = ~crc;
	for (; n > 0; at += step, n -= step) {
		step = n < STEP ? n : STEP;
		crc = crc32_iscsi((unsigned char *)(uintptr_t)at, (int)step, crc);
	}
	return ~crc;
}

uint32_t
crc32c(const void *p, size_t n)
{
	return crc32c_more(0, p, n);
}

uint32_t
crc32_zlib(const void *p, size_t n)
{
	return crc32_gzip_refl(0, p, n);
}

/* Words are little-endian, whatever the machine; tail bytes are xored as if unsigned. */
uint32_t
murmur2(const void *key, size_t n)
{
	const uint32_t m = 0x5bd1e995;
	const uint8_t *p = key;
	uint32_t h = 0x9747b28c ^ (uint32_t)n, k;

	for (; n >= 4; p += 4, n -= 4) {
		k = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		k *= m;
		k ^= k >> 24;
		k *= m;
		h *= m;
		h ^= k;
	}
	if (n >= 3)
		h ^= (uint32_t)p[2] << 16;
	if (n >= 2)
		h ^= (uint32_t)p[1] << 8;
	if (n >= 1) {
		h ^= p[0];
		h *= m;
	}
	h ^= h >> 13;
	h *= m;
	return h ^ h >> 15;
}

int32_t
partition_murmur2(struct slice key, int32_t partitions)
{
	return (int32_t)((murmur2(key.p, key.n) & 0x7fffffff) % (uint32_t)partitions);
}

int32_t
partition_crc32(struct slice key, int32_t partitions)
{
	return (int32_t)(crc32_zlib(key.p, key.n) % (uint32_t)partitions);
}

#define TEXT_(n)	#n
#define TEXT(n)		TEXT_(n)

const char *
hash_library(void)
{
	return "isa-l " TEXT(ISAL_MAJOR_VERSION) "." TEXT(ISAL_MINOR_VERSION) "." TEXT(ISAL_PATCH_VERSION);
}
