/*
 * plog-check dump: the records of __consumer_offsets and __transaction_state
 * taken apart, in the words of Kafka's schemas.
 */
#include <inttypes.h>
#include <string.h>

#include "check/dump.h"
#include "codec/internal_record.h"
#include "store/topic.h"
#include "text/json.h"

/* Is this the topic of the partition?  Its name is "orders-3", or of a store its label ".../orders/3". */
static bool
is_of(const struct partdir *p, const char *topic)
{
	const char *at = p->broker || strchr(p->name, '-') != NULL ? p->name : p->label, *slash;

	if (at == p->label && (slash = strrchr(at, '/')) != NULL)
		while (slash > at && slash[-1] != '/')
			slash--;
	else
		slash = at;
	return strncmp(slash, topic, strlen(topic)) == 0 && slash[strlen(topic)] != '\0' && strchr("-/", slash[strlen(topic)]) != NULL;
}

enum dump_internal
dump_internal_topic(const struct partdir *p)
{
	if (is_of(p, OFFSETS_TOPIC))
		return DUMP_OFFSETS;
	return is_of(p, TRANSACTIONS_TOPIC) ? DUMP_TRANSACTIONS : DUMP_PLAIN;
}

static void
text(struct buf *o, const char *name, struct slice s)
{
	buf_printf(o, "\"%s\":", name);
	json_bytes(s, o);
}

static bool
offsets_key(struct slice bytes, struct buf *o)
{
	struct internal_key k;

	if (internal_key_read(bytes, &k, NULL) != 0)
		return false;
	buf_printf(o, "{\"type\":\"%d\",\"data\":{", k.version);
	text(o, k.kind == INTERNAL_GROUP_EPOCH ? "groupId" : "group", k.group);
	if (k.kind == INTERNAL_OFFSET) {
		buf_putc(o, ',');
		text(o, "topic", k.topic);
		buf_printf(o, ",\"partition\":%" PRId32, k.partition);
	}
	buf_puts(o, "}}");
	return true;
}

static bool
offset(struct slice bytes, struct buf *o)
{
	struct topic_id id;
	struct offset_value v;
	char id_text[23];

	if (offset_value_read(bytes, &v, NULL) != 0)
		return false;
	buf_printf(o, "{\"version\":\"%d\",\"data\":{\"offset\":%" PRId64, v.version, v.offset);
	if (v.version >= 3)
		buf_printf(o, ",\"leaderEpoch\":%" PRId32, v.leader_epoch);
	buf_putc(o, ',');
	text(o, "metadata", v.metadata);
	buf_printf(o, ",\"commitTimestamp\":%" PRId64, v.commit_ms);
	if (v.version == 1)
		buf_printf(o, ",\"expireTimestamp\":%" PRId64, v.expire_ms);
	if (v.topic_id != NULL) {
		memcpy(id.b, v.topic_id, sizeof(id.b));
		topic_id_text(id, id_text);
		buf_printf(o, ",\"topicId\":\"%s\"", id_text);
	}
	buf_puts(o, "}}");
	return true;
}

static void
member(const struct group_value *v, const struct internal_member *m, struct buf *o)
{
	struct assigned a;
	struct slice topic;
	int32_t partition;
	const char *comma = "";

	buf_putc(o, '{');
	text(o, "memberId", m->id);
	if (v->version >= 3) {
		buf_putc(o, ',');
		text(o, "groupInstanceId", m->instance);
	}
	buf_putc(o, ',');
	text(o, "clientId", m->client);
	buf_putc(o, ',');
	text(o, "clientHost", m->host);
	if (v->version >= 1)
		buf_printf(o, ",\"rebalanceTimeout\":%" PRId32, m->rebalance_timeout_ms);
	buf_printf(o, ",\"sessionTimeout\":%" PRId32, m->session_timeout_ms);
	if (slice_eq(v->protocol_type, slice_str("consumer"))) {
		buf_puts(o, ",\"assignment\":[");
		for (assigned_open(&a, m->assignment); assigned_next(&a, &topic, &partition); comma = ",") {
			buf_printf(o, "%s{", comma);
			text(o, "topic", topic);
			buf_printf(o, ",\"partition\":%" PRId32 "}", partition);
		}
		buf_putc(o, ']');
	}
	buf_putc(o, '}');
}

static bool
group(struct slice bytes, struct buf *o)
{
	struct internal_member m;
	struct group_value v;
	const char *comma = "";

	if (group_value_read(bytes, &v, NULL) != 0)
		return false;
	buf_printf(o, "{\"version\":\"%d\",\"data\":{", v.version);
	text(o, "protocolType", v.protocol_type);
	buf_printf(o, ",\"generation\":%" PRId32 ",", v.generation);
	text(o, "protocol", v.protocol);
	buf_putc(o, ',');
	text(o, "leader", v.leader);
	if (v.version >= 2)
		buf_printf(o, ",\"currentStateTimestamp\":%" PRId64, v.state_ms);
	buf_puts(o, ",\"members\":[");
	for (; group_member_next(&v, &m); comma = ",") {
		buf_puts(o, comma);
		member(&v, &m, o);
	}
	buf_puts(o, "]}}");
	return true;
}

static bool
offsets_value(struct slice key, struct slice value, struct buf *o)
{
	struct internal_key k;

	if (internal_key_read(key, &k, NULL) != 0 || k.kind == INTERNAL_GROUP_EPOCH)
		return false;
	return k.kind == INTERNAL_OFFSET ? offset(value, o) : group(value, o);
}

static bool
txn_key(struct slice bytes, struct buf *o)
{
	struct slice id;

	if (txn_key_read(bytes, &id, NULL) != 0)
		return false;
	buf_puts(o, "{\"type\":\"0\",\"data\":{");
	text(o, "transactionalId", id);
	buf_puts(o, "}}");
	return true;
}

static void
txn_topics(struct txn_value *v, struct buf *o)
{
	struct txn_topic t;
	const char *comma = "";
	int32_t i;

	buf_puts(o, ",\"transactionPartitions\":");
	if (v->ntopics == -1) {
		buf_puts(o, "null");
		return;
	}
	buf_putc(o, '[');
	for (; txn_topic_next(v, &t); comma = ",") {
		buf_printf(o, "%s{", comma);
		text(o, "topic", t.topic);
		buf_puts(o, ",\"partitionIds\":[");
		for (i = 0; i < t.npartitions; i++)
			buf_printf(o, "%s%" PRId32, i == 0 ? "" : ",", (int32_t)get_be32(t.partitions.p + 4 * i));
		buf_puts(o, "]}");
	}
	buf_putc(o, ']');
}

/* A tagged field that has its default is left out, as Kafka does. */
static bool
txn_value(struct slice bytes, struct buf *o)
{
	struct txn_value v;

	if (txn_value_read(bytes, &v, NULL) != 0)
		return false;
	buf_printf(o, "{\"version\":\"%d\",\"data\":{\"producerId\":%" PRId64, v.version, v.producer_id);
	if (v.previous_producer_id != -1)
		buf_printf(o, ",\"previousProducerId\":%" PRId64, v.previous_producer_id);
	if (v.next_producer_id != -1)
		buf_printf(o, ",\"nextProducerId\":%" PRId64, v.next_producer_id);
	buf_printf(o, ",\"producerEpoch\":%d", v.producer_epoch);
	if (v.next_producer_epoch != -1)
		buf_printf(o, ",\"nextProducerEpoch\":%d", v.next_producer_epoch);
	buf_printf(o, ",\"transactionTimeoutMs\":%" PRId32 ",\"transactionStatus\":%d", v.timeout_ms, v.status);
	txn_topics(&v, o);
	buf_printf(o, ",\"transactionLastUpdateTimestampMs\":%" PRId64 ",\"transactionStartTimestampMs\":%" PRId64, v.update_ms,
	    v.start_ms);
	if (v.client_version != 0)
		buf_printf(o, ",\"clientTransactionVersion\":%d", v.client_version);
	buf_puts(o, "}}");
	return true;
}

bool
dump_internal_key(enum dump_internal topic, struct slice bytes, struct buf *o)
{
	return topic == DUMP_OFFSETS ? offsets_key(bytes, o) : topic == DUMP_TRANSACTIONS && txn_key(bytes, o);
}

bool
dump_internal_value(enum dump_internal topic, struct slice key, struct slice value, struct buf *o)
{
	if (value.p == NULL)
		return false;
	return topic == DUMP_OFFSETS ? offsets_value(key, value, o) : topic == DUMP_TRANSACTIONS && txn_value(value, o);
}
