/*
 * avro_fingerprint.c - CRC-64-AVRO (the Avro 1.11 specification, "Schema Fingerprints").
 */
#include "agent/avro_schema.h"

#define EMPTY	UINT64_C(0xc15d213aa4d7a795)

uint64_t
avro_fingerprint(struct slice s)
{
	uint64_t f = EMPTY;
	size_t i;
	int k;

	for (i = 0; i < s.n; i++) {
		f ^= s.p[i];
		for (k = 0; k < 8; k++)
			f = f >> 1 ^ (EMPTY & -(f & 1));
	}
	return f;
}
