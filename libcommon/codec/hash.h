/*
 * hash.h - the checksums and hashes that Kafka's bytes and partitioners fix.
 *
 * crc32c: Castagnoli, reflected 0x82F63B78, init and final xor ~0 (RFC 3720
 * B.4), by ISA-L; "123456789" gives e3069283.
 * crc32_zlib: the zlib one, of librdkafka's "consistent" partitioner.
 * murmur2: MurmurHash2 with Kafka's seed 0x9747b28c over the key's bytes.
 */
#ifndef CODEC_HASH_H
#define CODEC_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

uint32_t crc32c(const void *, size_t n);
uint32_t crc32c_more(uint32_t crc, const void *, size_t n);	/* goes on from crc32c of what came before */
uint32_t crc32_zlib(const void *, size_t n);
uint32_t murmur2(const void *, size_t n);

/* Kafka's partition of a key: (murmur2 & 0x7fffffff) % partitions; and librdkafka's: crc32 % partitions. */
int32_t partition_murmur2(struct slice key, int32_t partitions);
int32_t partition_crc32(struct slice key, int32_t partitions);

const char *hash_library(void);		/* for --version */

#endif
