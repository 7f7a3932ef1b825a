/*
 * offsets.c - slots of claims and positions (offsets.h).
 */
#include "store/offsets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/hash.h"
#include "store/offsets_file.h"

static void
encode(const struct slot *s, uint8_t b[SLOT_BYTES])
{
	memset(b, 0, SLOT_BYTES);
	put_be64(b, s->sequence);
	put_be64(b + 8, (uint64_t)s->generation);
	put_be64(b + 16, s->owner);
	memcpy(b + 24, s->topic.b, sizeof(s->topic.b));
	put_be64(b + 40, (uint64_t)s->offset);
	put_be32(b + 48, (uint32_t)s->leader_epoch);
	put_be64(b + 52, (uint64_t)s->time_ms);
	put_be32(b + SLOT_BYTES - 4, crc32c(b, SLOT_BYTES - 4));
}

static bool
decode(const uint8_t b[SLOT_BYTES], unsigned which, struct slot *s)
{
	if (get_be32(b + SLOT_BYTES - 4) != crc32c(b, SLOT_BYTES - 4))
		return false;
	s->sequence = get_be64(b);
	s->generation = (int64_t)get_be64(b + 8);
	s->owner = get_be64(b + 16);
	memcpy(s->topic.b, b + 24, sizeof(s->topic.b));
	s->offset = (int64_t)get_be64(b + 40);
	s->leader_epoch = (int32_t)get_be32(b + 48);
	s->time_ms = (int64_t)get_be64(b + 52);
	return s->sequence % 2 == which && s->generation >= 0 && s->offset >= -1;
}

static enum slot_state
newest(const uint8_t b[2 * SLOT_BYTES], struct slot *out)
{
	struct slot s[2];
	bool ok[2];

	ok[0] = decode(b, 0, &s[0]);
	ok[1] = decode(b + SLOT_BYTES, 1, &s[1]);
	if (!ok[0] && !ok[1])
		return SLOT_BAD;
	*out = ok[0] && (!ok[1] || s[0].sequence > s[1].sequence) ? s[0] : s[1];
	out->half = !ok[0] || !ok[1];
	return out->half ? SLOT_ONE : SLOT_WHOLE;
}

static off_t
slot_at(int32_t partition)
{
	return HEAD_BYTES + (off_t)partition * 2 * SLOT_BYTES;
}

void
offsets_first_slots(uint8_t b[2 * SLOT_BYTES])
{
	struct slot s = { .sequence = 0, .offset = -1, .leader_epoch = -1, .time_ms = -1 };

	encode(&s, b);
	s.sequence = 1;
	encode(&s, b + SLOT_BYTES);
}

int
offsets_read(const struct offsets *o, int32_t first, int32_t n, struct slot *slots, enum slot_state *states, struct err *e)
{
	uint8_t *b;
	ssize_t r;
	int32_t i;

	if ((b = calloc((size_t)n + 1, 2 * SLOT_BYTES)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for '%s'", o->label);
	if ((r = pread_full(o->fd, b, (size_t)n * 2 * SLOT_BYTES, slot_at(first))) == -1) {
		free(b);
		return err_sys(e, "cannot read '%s'", o->label);
	}
	for (i = 0; i < n; i++)
		states[i] = newest(b + (size_t)i * 2 * SLOT_BYTES, &slots[i]);
	free(b);
	return 0;
}

static int
look(const struct offsets *o, int32_t partition, struct slot *s, enum slot_state *state, struct err *e)
{
	uint8_t b[2 * SLOT_BYTES] = { 0 };

	if (pread_full(o->fd, b, sizeof(b), slot_at(partition)) == -1)
		return err_sys(e, "cannot read '%s'", o->label);
	*state = newest(b, s);
	return 0;
}

int
offsets_look(const struct offsets *o, int32_t partition, struct slot *s, struct err *e)
{
	enum slot_state state;
	int rc;

	if ((rc = look(o, partition, s, &state, e)) != 0)
		return rc;
	if (state == SLOT_BAD)
		return err_set(e, ERR_DAMAGE, "'%s': the position of partition %d is damaged; "
		    "plog-group reset -o WHERE -p %d --execute sets it", o->label, partition, partition);
	return 0;
}

/* One pwrite over the older of the two. */
static int
put(const struct offsets *o, int32_t partition, struct slot *s, struct err *e)
{
	uint8_t b[SLOT_BYTES];

	s->sequence++;
	encode(s, b);
	if (pwrite_full(o->fd, b, sizeof(b), slot_at(partition) + (off_t)(s->sequence % 2) * SLOT_BYTES, NULL) == -1)
		return err_sys(e, "cannot write '%s'", o->label);
	return 0;
}

static int
take(struct lock *l, const struct offsets *o, int lockfd, int32_t partition, struct err *e)
{
	struct err why;
	int rc;

	*l = (struct lock)LOCK_INIT;
	/* Without a sentence: it is taken again soon, and offsets_holder says who has it when it lasts. */
	rc = lock_take(l, lockfd, (off_t)(o->at + (uint64_t)partition), 0, NULL, o->label, NULL);
	if (rc != 0 && rc != -ERR_BUSY)
		rc = lock_take(l, lockfd, (off_t)(o->at + (uint64_t)partition), 0, NULL, o->label, e != NULL ? e : &why);
	return rc;
}

int
offsets_claim(const struct offsets *o, int lockfd, int32_t partition, uint64_t me, offsets_gone_fn *gone, void *arg,
    struct slot *out, struct err *e)
{
	struct lock l;
	int rc;

	/* First without the byte: who only looks holds nobody up. */
	if ((rc = offsets_look(o, partition, out, e)) != 0)
		return rc;
	if (out->owner != 0 && out->owner != me && !gone(arg, out->owner))
		return -ERR_EXIST;
	if ((rc = take(&l, o, lockfd, partition, e)) != 0)
		return rc;
	if ((rc = offsets_look(o, partition, out, e)) == 0) {
		if (out->owner != 0 && out->owner != me && !gone(arg, out->owner))
			rc = -ERR_EXIST;
		else {
			out->owner = me;
			out->generation++;
			rc = put(o, partition, out, e);
		}
	}
	lock_drop(&l);
	return rc;
}

int
offsets_commit(const struct offsets *o, int lockfd, int32_t partition, const struct slot *s, struct err *e)
{
	struct slot now;
	struct lock l;
	int rc;

	if ((rc = take(&l, o, lockfd, partition, e)) != 0)
		return rc;
	if ((rc = offsets_look(o, partition, &now, e)) == 0) {
		if (now.owner != s->owner || now.generation != s->generation)
			rc = err_set(e, ERR_FENCED, "'%s': partition %d belongs to another member now", o->label, partition);
		else {
			now.topic = s->topic;
			now.offset = s->offset;
			now.leader_epoch = s->leader_epoch;
			now.time_ms = s->time_ms;
			rc = put(o, partition, &now, e);
		}
	}
	lock_drop(&l);
	return rc;
}

int
offsets_release(const struct offsets *o, int lockfd, int32_t partition, uint64_t me, int64_t generation, struct err *e)
{
	struct slot now;
	struct lock l;
	int rc;

	if ((rc = take(&l, o, lockfd, partition, e)) != 0)
		return rc;
	if ((rc = offsets_look(o, partition, &now, e)) == 0 && now.owner == me && now.generation == generation) {
		now.owner = 0;
		rc = put(o, partition, &now, e);
	}
	lock_drop(&l);
	return rc;
}

int
offsets_set(const struct offsets *o, int lockfd, int32_t partition, const struct slot *s, offsets_gone_fn *gone, void *arg,
    struct err *e)
{
	enum slot_state state;
	struct slot now;
	struct lock l;
	int rc;

	if ((rc = take(&l, o, lockfd, partition, e)) != 0)
		return rc;
	if ((rc = look(o, partition, &now, &state, e)) == 0) {
		if (state == SLOT_BAD)
			now = (struct slot){ .sequence = 0 };
		if (now.owner != 0 && !gone(arg, now.owner))
			rc = -ERR_EXIST;
		else {
			now.owner = 0;
			now.generation++;
			now.topic = s->topic;
			now.offset = s->offset;
			now.leader_epoch = s->leader_epoch;
			now.time_ms = s->time_ms;
			/* Both where one was bad, so that nothing of it is left. */
			if ((rc = put(o, partition, &now, e)) == 0 && state != SLOT_WHOLE)
				rc = put(o, partition, &now, e);
		}
	}
	lock_drop(&l);
	return rc;
}

bool
offsets_holder(const struct offsets *o, int lockfd, int32_t partition, char *who, size_t n)
{
	return lock_holder(lockfd, (off_t)(o->at + (uint64_t)partition), who, n);
}

int
offsets_sync(const struct offsets *o, struct err *e)
{
	int rc;

	if (fdatasync(o->fd) == 0)
		return 0;
	rc = err_sys(e, "cannot sync '%s'", o->label);
	if (e != NULL)
		e->code = ERR_UNSYNCED;
	return rc == -ERR_NOMEM ? rc : -ERR_UNSYNCED;
}
