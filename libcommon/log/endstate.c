/*
 * endstate.c - the two slots in the file `lock`.  See endstate.h.
 *
 * A slot is 256 bytes, numbers big endian: what is listed below at its place,
 * zeros, and at byte 252 the CRC-32C of all before.  Slot 0 is at byte 0 of
 * the file, slot 1 at byte 256; sequence N is written to slot N mod 2.  (The
 * locks that are taken on bytes 0 and 1 of the same file have nothing to do
 * with what these bytes hold.)
 *
 * What always holds, between any two system calls: at least one slot is whole,
 * and it is the one written last or the one before.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/hash.h"
#include "log/endstate.h"

#define SLOT		256
#define SLOTS		2
#define CRC_AT		(SLOT - 4)
#define FLAG_DELETED	1

static const char MAGIC[8] = "plogEND1";

static uint8_t *
put64(uint8_t *p, int64_t v)
{
	put_be64(p, (uint64_t)v);
	return p + 8;
}

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	put_be32(p, v);
	return p + 4;
}

static void
encode(const struct endstate *s, uint8_t slot[SLOT])
{
	const struct index_state *ix = &s->index;
	uint8_t *p = slot;

	memset(slot, 0, SLOT);
	memcpy(p, MAGIC, sizeof(MAGIC));
	p = put64(p + sizeof(MAGIC), (int64_t)s->sequence);
	memcpy(p, s->boot_id, BOOT_ID_LEN);
	p = put64(p + BOOT_ID_LEN, (int64_t)s->dev);
	p = put64(p, (int64_t)s->ino);
	p = put64(p, s->base);
	p = put64(p, s->end);
	p = put64(p, s->next_offset);
	p = put32(p, (uint32_t)s->epoch);
	p = put32(p, s->deleted ? FLAG_DELETED : 0);
	p = put64(p, s->first_timestamp);
	p = put64(p, s->created_ms);
	p = put64(p, s->roll_jitter_ms);
	p = put64(p, s->append_time);
	p = put64(p, ix->index_size);
	p = put64(p, ix->timeindex_size);
	p = put64(p, ix->last_indexed);
	p = put64(p, ix->last_timestamp);
	p = put64(p, ix->max_timestamp);
	p = put64(p, ix->max_timestamp_offset);
	p = put32(p, ix->index_crc);
	put32(p, ix->timeindex_crc);
	put_be32(slot + CRC_AT, crc32c(slot, CRC_AT));
}

static bool
sane(const struct endstate *s)
{
	const struct index_state *ix = &s->index;

	return s->base >= 0 && s->end >= 0 && s->next_offset >= s->base && s->epoch >= 0 &&
	    ix->index_size >= 0 && ix->index_size % INDEX_ENTRY == 0 &&
	    ix->timeindex_size >= 0 && ix->timeindex_size % TIMEINDEX_ENTRY == 0 &&
	    ix->last_indexed >= 0 && ix->last_indexed <= s->end;
}

static bool
decode(const uint8_t slot[SLOT], struct endstate *s)
{
	struct index_state *ix = &s->index;
	struct rd r = RD_OF(slot, SLOT);
	const uint8_t *p;

	if (get_be32(slot + CRC_AT) != crc32c(slot, CRC_AT) || memcmp(slot, MAGIC, sizeof(MAGIC)) != 0)
		return false;
	(void)rd_bytes(&r, sizeof(MAGIC));
	s->sequence = rd_be64(&r);
	if ((p = rd_bytes(&r, BOOT_ID_LEN)) != NULL)
		memcpy(s->boot_id, p, BOOT_ID_LEN);
	s->dev = rd_be64(&r);
	s->ino = rd_be64(&r);
	s->base = (int64_t)rd_be64(&r);
	s->end = (int64_t)rd_be64(&r);
	s->next_offset = (int64_t)rd_be64(&r);
	s->epoch = (int32_t)rd_be32(&r);
	s->deleted = rd_be32(&r) & FLAG_DELETED;
	s->first_timestamp = (int64_t)rd_be64(&r);
	s->created_ms = (int64_t)rd_be64(&r);
	s->roll_jitter_ms = (int64_t)rd_be64(&r);
	s->append_time = (int64_t)rd_be64(&r);
	ix->index_size = (int64_t)rd_be64(&r);
	ix->timeindex_size = (int64_t)rd_be64(&r);
	ix->last_indexed = (int64_t)rd_be64(&r);
	ix->last_timestamp = (int64_t)rd_be64(&r);
	ix->max_timestamp = (int64_t)rd_be64(&r);
	ix->max_timestamp_offset = (int64_t)rd_be64(&r);
	ix->index_crc = rd_be32(&r);
	ix->timeindex_crc = rd_be32(&r);
	return !r.bad && sane(s);
}

int
endstate_read(int lockfd, struct endstate *out)
{
	uint8_t b[SLOTS * SLOT];
	struct endstate s;
	ssize_t r;
	int i, found = 0;

	if ((r = pread_full(lockfd, b, sizeof(b), 0)) == -1)
		return -1;
	memset(b + r, 0, sizeof(b) - (size_t)r);
	for (i = 0; i < SLOTS; i++) {
		if (!decode(b + i * SLOT, &s) || (found && s.sequence <= out->sequence))
			continue;
		*out = s;
		found = 1;
	}
	if (!found)
		*out = (struct endstate)ENDSTATE_INIT;
	return found;
}

int
endstate_write(int lockfd, struct endstate *s)
{
	uint8_t slot[SLOT];

	s->sequence++;
	encode(s, slot);
	if (pwrite_full(lockfd, slot, SLOT, (off_t)(s->sequence % SLOTS) * SLOT, NULL) == 0)
		return 0;
	s->sequence--;
	return -1;
}

int
endstate_mark_deleted(int lockfd)
{
	struct endstate s;

	if (endstate_read(lockfd, &s) == -1)
		return -1;
	s.deleted = true;
	/* Both slots, so that no damage to one brings the topic back. */
	if (endstate_write(lockfd, &s) == -1)
		return -1;
	return endstate_write(lockfd, &s);
}
