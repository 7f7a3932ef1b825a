/*
 * Checksums and hashes against published values.
 */
#include <stdlib.h>

#include "codec/hash.h"
#include "unit/check.h"

static const struct {
	const char *key;
	uint32_t hash;
} murmurs[] = {
	{ "21", 0xc5f2f8ec }, { "foobar", 0xd0e47bbe }, { "a-little-bit-long-string", 0xc53b1da0 },
	{ "a-little-bit-longer-string", 0xa768c9c3 }, { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", 0xfc7d49cd },
	{ "abc", 0x1c94221b }, { "kafka", 0xd067cf64 }, { "4", 0x5a4b5ca1 }, { "giberish123456789", 0x8f552b0c },
	{ "PreAmbleWillBeRemoved,ThePrePartThatIs", 0x78424f1c }, { "1234", 0x9fc97b14 },
	{ "reAmbleWillBeRemoved,ThePrePartThatIs", 0x4a62b377 }, { "234", 0xe7c009ca },
	{ "eAmbleWillBeRemoved,ThePrePartThatIs", 0xe0e4e09e }, { "34", 0x873930da },
	{ "AmbleWillBeRemoved,ThePrePartThatIs", 0x62b8b43f }, { "", 0x106e08d9 },
};

static const struct {
	const char *key;
	int in[6];
} partitions[] = {
	{ "key", { 1, 1, 1, 1, 1, 1 } }, { "abc", { 1, 0, 3, 3, 3, 3 } }, { "foobar", { 0, 0, 2, 0, 6, 6 } },
	{ "user-1", { 0, 2, 0, 2, 4, 8 } }, { "user-2", { 0, 2, 0, 2, 0, 8 } }, { "0", { 0, 2, 0, 2, 4, 8 } },
	{ "1", { 1, 0, 3, 3, 7, 3 } }, { "2", { 0, 2, 0, 2, 0, 8 } }, { "3", { 1, 2, 3, 5, 7, 11 } }, { "", { 1, 0, 1, 3, 1, 9 } },
};

/* CRC-32C a bit at a time: what the library's answer is held against. */
static uint32_t
crc32c_slow(const uint8_t *p, size_t n)
{
	uint32_t crc = 0xffffffff;
	int k;

	for (; n > 0; p++, n--)
		for (crc ^= *p, k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	return ~crc;
}

int
main(void)
{
	static const int counts[] = { 2, 3, 4, 6, 8, 12 };
	uint8_t bytes[1100], zeros[32] = { 0 };
	uint32_t r = 1;
	size_t i, j, n;

	CHECK_TRUE(crc32c("123456789", 9) == 0xe3069283);
	CHECK_TRUE(crc32c("", 0) == 0);
	CHECK_TRUE(crc32c(zeros, 32) == 0x8a9136aa);		/* RFC 3720 B.4 */
	CHECK_TRUE(crc32_zlib("123456789", 9) == 0xcbf43926);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((r = r * 1664525 + 1013904223) >> 24);
	for (n = 0; n < sizeof(bytes); n += 1 + n / 16) {
		uint32_t whole = crc32c(bytes, n);

		CHECK(whole == crc32c_slow(bytes, n), "crc of %zu", n);
		for (j = 0; j <= n; j += 1 + n / 8)
			CHECK(crc32c_more(crc32c(bytes, j), bytes + j, n - j) == whole, "crc of %zu in two at %zu", n, j);
	}
	for (i = 0; i < sizeof(murmurs) / sizeof(murmurs[0]); i++)
		CHECK(murmur2(murmurs[i].key, strlen(murmurs[i].key)) == murmurs[i].hash, "murmur2 of %s", murmurs[i].key);
	for (i = 0; i < sizeof(partitions) / sizeof(partitions[0]); i++)
		for (j = 0; j < 6; j++)
			CHECK(partition_murmur2(slice_str(partitions[i].key), counts[j]) == partitions[i].in[j],
			    "partition of '%s' in %d", partitions[i].key, counts[j]);
	CHECK_INT(partition_crc32(slice_str("123456789"), 10), 0xcbf43926u % 10);
	/* Tail bytes above 127 count as unsigned. */
	CHECK_TRUE(murmur2("\xff\xfe\xfd", 3) != murmur2("\x7f\x7e\x7d", 3));
	return check_done();
}
