/*
 * Which partition a record goes to.
 */
#include "backend/partitioner.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "codec/hash.h"

static const char *const names[] = { "murmur2", "sticky", "roundrobin", "random", "crc32", NULL };

int
partitioner_parse(const char *name, enum partitioner_kind *kind, struct err *e)
{
	const char *near;
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0) {
			*kind = (enum partitioner_kind)i;
			return 0;
		}
	near = nearest_name(name, names);
	if (near != NULL)
		return err_set(e, ERR_INVALID, "unknown partitioner '%s', did you mean '%s'?", name, near);
	return err_set(e, ERR_INVALID, "unknown partitioner '%s': there are murmur2, sticky, roundrobin, random and crc32", name);
}

void
partitioner_init(struct partitioner *pt, enum partitioner_kind kind, int32_t partitions)
{
	*pt = (struct partitioner){ .kind = kind, .partitions = partitions };
}

/* xorshift64*: spread, not secrets. */
static uint32_t
draw(struct partitioner *pt, uint32_t below)
{
	if (pt->random == 0) {
		arc4random_buf(&pt->random, sizeof(pt->random));
		pt->random |= 1;
	}
	pt->random ^= pt->random >> 12;
	pt->random ^= pt->random << 25;
	pt->random ^= pt->random >> 27;
	return (uint32_t)((((pt->random * 0x2545f4914f6cdd1dULL) >> 32) * below) >> 32);
}

static int32_t
sticky(struct partitioner *pt)
{
	if (!pt->chosen) {
		pt->current = (int32_t)draw(pt, (uint32_t)pt->partitions);
		pt->chosen = true;
	}
	return pt->current;
}

void
partitioner_batch_ended(struct partitioner *pt)
{
	if (!pt->chosen || pt->partitions < 2)
		return;
	/* Any but this one, each as likely. */
	pt->current += 1 + (int32_t)draw(pt, (uint32_t)pt->partitions - 1);
	if (pt->current >= pt->partitions)
		pt->current -= pt->partitions;
}

int32_t
partitioner_pick(struct partitioner *pt, const struct record *rec)
{
	if (pt->partitions == 1)
		return 0;
	switch (pt->kind) {
	case PARTITIONER_MURMUR2:
		if (rec->key.p != NULL)
			return partition_murmur2(rec->key, pt->partitions);
		return sticky(pt);
	case PARTITIONER_STICKY:
		return sticky(pt);
	case PARTITIONER_CRC32:
		/* consistent_random: an empty key is as none. */
		if (rec->key.n > 0)
			return partition_crc32(rec->key, pt->partitions);
		return (int32_t)draw(pt, (uint32_t)pt->partitions);
	case PARTITIONER_RANDOM:
		return (int32_t)draw(pt, (uint32_t)pt->partitions);
	case PARTITIONER_ROUNDROBIN:
		if (pt->chosen && ++pt->current >= pt->partitions)
			pt->current = 0;
		pt->chosen = true;
		return pt->current;
	}
	return 0;
}
