/*
 * internal_record.h - what a Kafka broker keeps in __consumer_offsets: where
 * groups are, and who is in them.
 *
 *	rc = internal_key_read(rec.key, &k, &e);
 *	k.kind == INTERNAL_OFFSET:	offset_value_read(rec.value, &v, &e)	// a committed position
 *	k.kind == INTERNAL_GROUP:	group_value_read(rec.value, &v, &e)	// the members' last round
 *
 * The record behind replaces the one before of the same key; one without a
 * value deletes it.  Slices borrow from the record.  The readers take any
 * bytes: a structure that does not end where its bytes do is -ERR_DAMAGE, a
 * version that is not known is -ERR_VERSION.
 *
 *	key	i16 kind: 0, 1 OffsetCommitKey { group, topic, i32 partition },
 *		2 GroupMetadataKey { group }, 3 ConsumerGroupMetadataKey { group }
 *	value	i16 version, then
 *	  OffsetCommitValue	i64 offset, (3+) i32 leaderEpoch, metadata, i64 commitTimestamp,
 *				(1 only) i64 expireTimestamp, (4+) tagged: 0 topicId
 *	  GroupMetadataValue	protocolType, i32 generation, protocol?, leader?, (2+) i64 currentStateTimestamp,
 *				members: memberId, (3+) groupInstanceId?, clientId, clientHost, (1+) i32 rebalanceTimeout,
 *				i32 sessionTimeout, subscription bytes, assignment bytes
 *
 * Strings have an i16 length, -1 is null; from version 4 on both values are
 * flexible: lengths are unsigned varints of one more, 0 is null, and each
 * structure ends with tagged fields.
 *
 * Source: Kafka's OffsetCommitKey and -Value, GroupMetadataKey and -Value
 * schemas (group coordinator; KIP-482 for the flexible ones), the assignment
 * of its consumer protocol.
 */
#ifndef CODEC_INTERNAL_RECORD_H
#define CODEC_INTERNAL_RECORD_H

#include "base/bytes.h"
#include "base/err.h"

#define OFFSETS_TOPIC	"__consumer_offsets"

enum internal_kind {
	INTERNAL_OFFSET,
	INTERNAL_GROUP,
	INTERNAL_GROUP_EPOCH,		/* of a group of the newer protocol (KIP-848) */
};

struct internal_key {
	enum internal_kind kind;
	int version;			/* the first number of the key */
	struct slice group;
	struct slice topic;		/* INTERNAL_OFFSET only */
	int32_t partition;
};

struct offset_value {
	int version;
	int64_t offset;
	int32_t leader_epoch;		/* -1: not known */
	struct slice metadata;
	int64_t commit_ms, expire_ms;	/* expire_ms -1: none */
	const uint8_t *topic_id;	/* 16 bytes, or NULL */
};

struct group_value {
	int version;
	struct slice protocol_type;
	int32_t generation;
	struct slice protocol, leader;	/* may be NULL */
	int64_t state_ms;		/* -1: not known */
	int32_t nmembers;
	struct rd members;		/* group_member_next takes them */
};

struct internal_member {
	struct slice id, instance, client, host;	/* instance may be NULL */
	int32_t rebalance_timeout_ms, session_timeout_ms;	/* rebalance_timeout_ms -1: not known */
	struct slice assignment;
};

int internal_key_read(struct slice key, struct internal_key *, struct err *);
int offset_value_read(struct slice value, struct offset_value *, struct err *);
/* Members and all: group_member_next never fails on what this took. */
int group_value_read(struct slice value, struct group_value *, struct err *);
bool group_member_next(struct group_value *, struct internal_member *);

/*
 * What a member of the classic protocol was assigned ("consumer" groups):
 *	struct assigned a;
 *	assigned_open(&a, m.assignment);
 *	while (assigned_next(&a, &topic, &partition)) ...
 * Wrong bytes end it, a.rd.bad says so.
 */
struct assigned {
	struct rd rd;
	uint32_t topics, parts;		/* left; parts of the topic in hand */
	struct slice topic;
};
void assigned_open(struct assigned *, struct slice);
bool assigned_next(struct assigned *, struct slice *topic, int32_t *partition);

#endif
