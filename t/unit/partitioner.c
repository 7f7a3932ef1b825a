/*
 * Which partition a record goes to: Kafka's results, and what sticky means.
 */
#include <string.h>

#include "backend/partitioner.h"
#include "unit/check.h"

static const struct {
	const char *name;
	enum partitioner_kind kind;
	int rc;
} parses[] = {
	{ "murmur2", PARTITIONER_MURMUR2, 0 }, { "sticky", PARTITIONER_STICKY, 0 },
	{ "roundrobin", PARTITIONER_ROUNDROBIN, 0 }, { "random", PARTITIONER_RANDOM, 0 },
	{ "crc32", PARTITIONER_CRC32, 0 }, { "Murmur2", 0, -ERR_INVALID }, { "", 0, -ERR_INVALID },
};

static const struct {
	const char *key;
	enum partitioner_kind kind;
	int32_t partitions, want;
} keys[] = {
	{ "key", PARTITIONER_MURMUR2, 12, 1 }, { "abc", PARTITIONER_MURMUR2, 12, 3 },
	{ "foobar", PARTITIONER_MURMUR2, 12, 6 }, { "user-1", PARTITIONER_MURMUR2, 6, 2 },
	{ "", PARTITIONER_MURMUR2, 1000, (0x106e08d9 & 0x7fffffff) % 1000 },
	{ "foo", PARTITIONER_CRC32, 10, 0x8c736521 % 10 }, { "bar", PARTITIONER_CRC32, 7, 0x76ff8caa % 7 },
	{ "any", PARTITIONER_MURMUR2, 1, 0 },
};

static void
sticky(enum partitioner_kind kind)
{
	struct record rec = RECORD_INIT;
	struct partitioner pt;
	int seen[5] = { 0 }, i;
	int32_t first, next;

	partitioner_init(&pt, kind, 5);
	for (i = 0; i < 200; i++) {
		first = partitioner_pick(&pt, &rec);
		CHECK(first >= 0 && first < 5, "sticky: partition %d", (int)first);
		CHECK_INT(partitioner_pick(&pt, &rec), first);
		partitioner_batch_ended(&pt);
		next = partitioner_pick(&pt, &rec);
		CHECK(next != first, "sticky: %d again behind a batch's end", (int)first);
		seen[next]++;
	}
	for (i = 0; i < 5; i++)
		CHECK(seen[i] > 0, "sticky: never partition %d", i);
}

int
main(void)
{
	struct record rec = RECORD_INIT;
	enum partitioner_kind kind = PARTITIONER_MURMUR2;
	struct partitioner pt;
	struct err e = ERR_INIT;
	size_t i;
	int seen[4] = { 0 }, n;

	for (i = 0; i < sizeof(parses) / sizeof(parses[0]); i++) {
		CHECK_INT(partitioner_parse(parses[i].name, &kind, &e), parses[i].rc);
		if (parses[i].rc == 0)
			CHECK_INT(kind, parses[i].kind);
	}
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		partitioner_init(&pt, keys[i].kind, keys[i].partitions);
		rec.key = slice_str(keys[i].key);
		n = partitioner_pick(&pt, &rec);
		CHECK(n == keys[i].want, "key '%s' of %d: %d, not %d", keys[i].key, (int)keys[i].partitions, n, (int)keys[i].want);
	}
	sticky(PARTITIONER_MURMUR2);		/* rec has no key there */
	sticky(PARTITIONER_STICKY);

	partitioner_init(&pt, PARTITIONER_ROUNDROBIN, 3);
	for (n = 0; n < 7; n++)
		CHECK_INT(partitioner_pick(&pt, &rec), n % 3);
	partitioner_init(&pt, PARTITIONER_RANDOM, 4);
	for (n = 0; n < 400; n++)
		seen[partitioner_pick(&pt, &rec)]++;
	for (i = 0; i < 4; i++)
		CHECK(seen[i] > 20, "random: partition %zu only %d times of 400", i, seen[i]);
	return check_done();
}
