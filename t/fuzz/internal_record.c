/*
 * Any bytes as keys and values of __consumer_offsets and __transaction_state:
 * what is taken lies within them, and a group or a transaction that was taken
 * has the members and topics it says.
 */
#include <stdlib.h>

#include "codec/internal_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
within(struct slice s, struct slice all)
{
	if (s.p != NULL && (s.p < all.p || s.n > all.n || (size_t)(s.p - all.p) > all.n - s.n))
		abort();
}

static void
members(struct group_value v, struct slice all)
{
	int32_t want = v.nmembers, n = 0, partition;
	struct internal_member m;
	struct assigned a;
	struct slice topic;

	for (; group_member_next(&v, &m); n++) {
		within(m.id, all);
		within(m.instance, all);
		within(m.client, all);
		within(m.host, all);
		within(m.assignment, all);
		for (assigned_open(&a, m.assignment); assigned_next(&a, &topic, &partition);)
			within(topic, m.assignment);
	}
	if (n != want)
		abort();
}

static void
topics(struct txn_value v, struct slice all)
{
	int32_t want = v.ntopics < 0 ? 0 : v.ntopics, n = 0;
	struct txn_topic t;

	for (; txn_topic_next(&v, &t); n++) {
		within(t.topic, all);
		within(t.partitions, all);
		if (t.partitions.n != (size_t)t.npartitions * 4)
			abort();
	}
	if (n != want)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice all = SLICE_OF(data, n);
	struct offset_value o;
	struct internal_key k;
	struct group_value g;
	struct txn_value t;
	struct slice id;

	if (txn_key_read(all, &id, NULL) == 0)
		within(id, all);
	if (txn_value_read(all, &t, NULL) == 0)
		topics(t, all);
	if (internal_key_read(all, &k, NULL) == 0) {
		within(k.group, all);
		within(k.topic, all);
	}
	if (offset_value_read(all, &o, NULL) == 0) {
		within(o.metadata, all);
		if (o.topic_id != NULL)
			within(SLICE_OF(o.topic_id, 16), all);
	}
	if (group_value_read(all, &g, NULL) == 0) {
		within(g.protocol, all);
		within(g.leader, all);
		members(g, all);
	}
	return 0;
}
