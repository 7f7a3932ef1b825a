/*
 * internal_record.h - what a Kafka broker keeps in __consumer_offsets: where
 * groups are, and who is in them; and in __transaction_state: how far each
 * producer's transaction is.
 *
 *	rc = internal_key_read(rec.key, &k, &e);
 *	k.kind == INTERNAL_OFFSET:	offset_value_read(rec.value, &v, &e)	// a committed position
 *	k.kind == INTERNAL_GROUP:	group_value_read(rec.value, &v, &e)	// the members' last round
 *	rc = txn_key_read(rec.key, &id, &e); txn_value_read(rec.value, &v, &e)
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
 *	TransactionLogKey: i16 0, transactionalId
 *	TransactionLogValue: i16 version, i64 producerId, i16 producerEpoch, i32 timeoutMs, i8 status,
 *		partitions?: topic, partitionIds: i32 each; i64 lastUpdateMs, i64 startMs,
 *		(1+) tagged: 0 i64 previousProducerId, 1 i64 nextProducerId, 2 i16 clientTransactionVersion,
 *		3 i16 nextProducerEpoch
 *
 * Strings have an i16 length, -1 is null; from version 4 on (of transactions
 * from 1 on) values are flexible: lengths are unsigned varints of one more, 0 is null, and each
 * structure ends with tagged fields.
 *
 * Source: Kafka's OffsetCommitKey and -Value, GroupMetadataKey and -Value,
 * TransactionLogKey and -Value schemas (group coordinator; KIP-482 for the flexible ones), the assignment
 * of its consumer protocol.
 */
#ifndef CODEC_INTERNAL_RECORD_H
#define CODEC_INTERNAL_RECORD_H

#include "base/bytes.h"
#include "base/err.h"

#define OFFSETS_TOPIC	"__consumer_offsets"
#define TRANSACTIONS_TOPIC "__transaction_state"

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

struct txn_value {
	int version;
	int64_t producer_id, previous_producer_id, next_producer_id;	/* -1: none */
	int16_t producer_epoch, next_producer_epoch, client_version;	/* next -1: none; client 0: none */
	int32_t timeout_ms;
	int8_t status;			/* 0 Empty, 1 Ongoing, 2 PrepareCommit, 3 PrepareAbort, 4 CompleteCommit, 5 CompleteAbort, 6 Dead ... */
	int32_t ntopics;		/* -1: null */
	struct rd topics;		/* txn_topic_next takes them */
	int64_t update_ms, start_ms;	/* start -1: none */
};

struct txn_topic {
	struct slice topic;
	int32_t npartitions;
	struct slice partitions;	/* 4 bytes each */
};

int txn_key_read(struct slice key, struct slice *transactional_id, struct err *);
/* Topics and all: txn_topic_next never fails on what this took. */
int txn_value_read(struct slice value, struct txn_value *, struct err *);
bool txn_topic_next(struct txn_value *, struct txn_topic *);

#endif
