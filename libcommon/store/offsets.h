/*
 * offsets.h - claims and committed positions of one topic in one group: the
 * file offsets/TOPIC.
 *
 * Format, numbers big endian.  A head of 128 bytes: "plogOFF1", partitions
 * (4), zeros, CRC-32C of all before it (the last 4).  Then for each partition
 * two slots of 128 bytes:
 *
 *	8 sequence	rises with each write; sequence N is in slot N mod 2
 *	8 generation	rises each time that somebody takes the partition
 *	8 owner		incarnation of the member that has it; 0: nobody
 *	16 topic id	of the topic that was read when offset was committed
 *	8 offset	the next one to read; -1: nothing was committed
 *	4 leader epoch	of the batch before offset; -1: not known
 *	8 time		of the commit, ms; -1: none
 *	zeros, and in the last 4 bytes the CRC-32C of all before
 *
 * All slots are valid from the start, so zeros are damage too.
 *
 * What always holds:
 *  - a slot is written under its partition's byte of the group's lock, by one
 *    pwrite, over the older of the two;
 *  - the valid slot with the higher sequence counts; the other is what was
 *    there before, so a write that was cut short takes back nothing but itself;
 *  - who takes a partition raises the generation and sees, under the byte,
 *    that the owner gave it up or is no member any more;
 *  - who commits sees, under the byte, that owner and generation are its own.
 *    So at every moment at most one member can commit.
 *
 * Reading needs no lock.
 */
#ifndef STORE_OFFSETS_H
#define STORE_OFFSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/lock.h"
#include "store/group.h"
#include "store/topic.h"

struct offsets {
	int fd;				/* -1: not open */
	int32_t partitions;
	uint64_t at;			/* of its bytes in the group's lock */
	char label[600];		/* "groups/NAME/offsets/TOPIC" */
	const char *lock_label;		/* borrowed: the group's label */
};

struct slot {
	uint64_t sequence;
	int64_t generation;
	uint64_t owner;
	struct topic_id topic;
	int64_t offset;
	int32_t leader_epoch;
	int64_t time_ms;
	bool half;			/* as it was read: the other one of the two was damaged */
};

enum slot_state {
	SLOT_WHOLE,
	SLOT_ONE,			/* only one of the two could be read: what it says is used */
	SLOT_BAD,			/* neither */
};

/* -ERR_NOENT: there is none.  -ERR_DAMAGE: its head cannot be read. */
int offsets_open(struct offsets *, const struct group *, const char *topic, bool write, struct err *);
bool offsets_exist(const struct group *, const char *topic);
/* Writes a new head over a damaged one, or where the file got lost; what slots there are stay as they are, all others are bad. */
int offsets_mend(const struct group *, const char *topic, int32_t partitions, struct err *);
/* The same, made or grown to hold that many partitions; on disk when it returns. */
int offsets_make(struct offsets *, const struct group *, const char *topic, int32_t partitions, struct err *);
void offsets_close(struct offsets *);
int offsets_remove(const struct group *, const char *topic, struct err *);	/* not there: 0 */

/* Topics that the group has such a file of, sorted; topic_names_free. */
int offsets_topics(const struct group *, char ***names, size_t *n, struct err *);

/* n slots from partition first on, in one read.  Beyond the end of the file: SLOT_BAD.  -ERR_SYS. */
int offsets_read(const struct offsets *, int32_t first, int32_t n, struct slot *, enum slot_state *, struct err *);
/* One; -ERR_DAMAGE when it is SLOT_BAD, with what to do about it. */
int offsets_look(const struct offsets *, int32_t partition, struct slot *, struct err *);

/* Is this owner no member any more?  Asked under the partition's byte. */
typedef bool offsets_gone_fn(void *arg, uint64_t owner);

/*
 * All of these take the partition's byte by lockfd (the group's, one
 * descriptor a thread) without waiting, and give it back.  -ERR_BUSY: another
 * process holds the byte (no sentence).  -ERR_DAMAGE, -ERR_SYS.
 *
 * Claim: me becomes the owner; *out is the new slot.  -ERR_EXIST: it has an
 * owner that is a member (*out is its slot).
 */
int offsets_claim(const struct offsets *, int lockfd, int32_t partition, uint64_t me, offsets_gone_fn *, void *arg,
    struct slot *out, struct err *);
/* The position, in what s says of topic, offset, leader_epoch, time_ms.  -ERR_FENCED: owner or generation is not s's any more. */
int offsets_commit(const struct offsets *, int lockfd, int32_t partition, const struct slot *s, struct err *);
/* The owner leaves it.  Not the owner any more: 0, nothing to do. */
int offsets_release(const struct offsets *, int lockfd, int32_t partition, uint64_t me, int64_t generation, struct err *);
/* The position by command; mends a bad slot.  -ERR_EXIST: it has an owner that is a member. */
int offsets_set(const struct offsets *, int lockfd, int32_t partition, const struct slot *s, offsets_gone_fn *, void *arg,
    struct err *);

/* "process 123 (name)" of who holds the partition's byte; false: cannot tell.  Slow. */
bool offsets_holder(const struct offsets *, int lockfd, int32_t partition, char *who, size_t n);

int offsets_sync(const struct offsets *, struct err *);		/* -ERR_UNSYNCED */

#endif
