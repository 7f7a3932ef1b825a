/*
 * What a broker keeps in __consumer_offsets: its own bytes, every version,
 * and bytes that are wrong.
 */
#include <stdlib.h>

#include "codec/internal_record.h"
#include "unit/check.h"
#include "unit/hexin.h"

static const struct {
	const char *hex;
	int rc;
	enum internal_kind kind;
	const char *group, *topic;
	int32_t partition;
} keys[] = {
	{ "0001 0007 62696c6c696e67 0006 6f7264657273 00000001", 0, INTERNAL_OFFSET, "billing", "orders", 1 },
	{ "0000 0001 67 0001 74 00000000", 0, INTERNAL_OFFSET, "g", "t", 0 },
	{ "0001 0000 0001 74 00000000", 0, INTERNAL_OFFSET, "", "t", 0 },
	{ "0002 0005 636c65726b", 0, INTERNAL_GROUP, "clerk", "", -1 },
	{ "0003 0005 636c65726b", 0, INTERNAL_GROUP_EPOCH, "clerk", "", -1 },
	{ "0004 0005 636c65726b", -ERR_VERSION, 0, NULL, NULL, 0 },
	{ "ffff 0005 636c65726b", -ERR_VERSION, 0, NULL, NULL, 0 },
	{ "", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "00", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0002", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0002 ffff", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0002 fffe", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0002 7fff 61", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0002 0001 61 00", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0001 0001 67 0001 74 000000", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0001 0001 67 0001 74 ffffffff", -ERR_DAMAGE, 0, NULL, NULL, 0 },
	{ "0001 0001 67 ffff 00000000", -ERR_DAMAGE, 0, NULL, NULL, 0 },
};

#define OFFSET	"0000000000000011 "
#define TIME	"000001a204574c45"
#define ID	"84f1ac405dd54812b286161f6d833dab"

static const struct {
	const char *hex;
	int rc;
	int32_t epoch;
	const char *metadata;
	int64_t expire;
	bool id;
} offsets[] = {
	{ "0000" OFFSET "0001 78" TIME, 0, -1, "x", -1, false },
	{ "0001" OFFSET "0000" TIME "0000000000000005", 0, -1, "", 5, false },
	{ "0002" OFFSET "0000" TIME, 0, -1, "", -1, false },
	{ "0003" OFFSET "00000007 0000" TIME, 0, 7, "", -1, false },
	{ "0004" OFFSET "ffffffff 0f 616674657220747275636b203137" TIME "01 00 10" ID, 0, -1, "after truck 17", -1, true },
	{ "0004" OFFSET "ffffffff 01" TIME "00", 0, -1, "", -1, false },
	{ "0004" OFFSET "ffffffff 01" TIME "01 09 02 abcd", 0, -1, "", -1, false },	/* a tag of the future */
	{ "0004" OFFSET "ffffffff 01" TIME "01 00 0f" ID, -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff 01" TIME "01 00 11" ID, -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff 01" TIME "ffffffff0f", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff 01" TIME "ffffffffff", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff 01" TIME, -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff 00" TIME "00", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff ffffffff0f" TIME "00", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff ffffffff1f" TIME "00", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0004" OFFSET "ffffffff 8080808008" TIME "00", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0003" OFFSET "00000007 ffff" TIME, -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0003" OFFSET "00000007 0000" TIME "00", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0003 8000000000000000 00000007 0000" TIME, -ERR_DAMAGE, 0, NULL, 0, false },
	{ "0005" OFFSET "00000007 0000" TIME, -ERR_VERSION, 0, NULL, 0, false },
	{ "", -ERR_DAMAGE, 0, NULL, 0, false },
	{ "00", -ERR_DAMAGE, 0, NULL, 0, false },
};

#define MEMBER	"0001 6d"
#define REST	"0001 63 0001 68"
#define BYTES	"00000000 00000019 0003 00000001 0001 74 00000002 00000000 00000003 ffffffff"

static const struct {
	const char *hex;
	int rc, members;
	const char *protocol;
} groups[] = {
	{ "0000 0008 636f6e73756d6572 00000003 0005 72616e6765 0001 6d 00000001" MEMBER REST "0000afc8" BYTES, 0, 1, "range" },
	{ "0001 0008 636f6e73756d6572 00000003 0005 72616e6765 0001 6d 00000001" MEMBER REST "00000001 0000afc8" BYTES, 0, 1, "range" },
	{ "0002 0008 636f6e73756d6572 00000003 ffff ffff" TIME "00000000", 0, 0, "" },
	{ "0003 0008 636f6e73756d6572 00000003 0005 72616e6765 0001 6d" TIME "00000001" MEMBER "ffff" REST "00000001 0000afc8"
	    BYTES, 0, 1, "range" },
	{ "0004 09 636f6e73756d6572 00000003 06 72616e6765 02 6d" TIME "02 02 6d 00 02 63 02 68 00000001 0000afc8 01"
	    "1a 0003 00000001 0001 74 00000002 00000000 00000003 ffffffff 00 00", 0, 1, "range" },
	{ "0003 0008 636f6e73756d6572 00000003 ffff ffff" TIME "7fffffff", -ERR_DAMAGE, 0, NULL },
	{ "0003 0008 636f6e73756d6572 00000003 ffff ffff" TIME "ffffffff", -ERR_DAMAGE, 0, NULL },
	{ "0003 0008 636f6e73756d6572 00000003 ffff ffff" TIME "00000000 00", -ERR_DAMAGE, 0, NULL },
	{ "0004 09 636f6e73756d6572 00000003 00 00" TIME "00 00", -ERR_DAMAGE, 0, NULL },
	{ "0003 0008 636f6e73756d6572", -ERR_DAMAGE, 0, NULL },
	{ "0005 0008 636f6e73756d6572", -ERR_VERSION, 0, NULL },
	{ "00", -ERR_DAMAGE, 0, NULL },
};

/* Exactly as long as they are, so that a sanitizer sees a read behind them. */
static struct slice
bytes(const char *hex)
{
	uint8_t out[512];
	size_t n = hexin(hex, out, sizeof(out));
	uint8_t *p = malloc(n + (n == 0));

	if (p == NULL)
		abort();
	memcpy(p, out, n);
	return SLICE_OF(p, n);
}

#define CHECK_SLICE(s, text)	CHECK_BYTES((s).p, (s).n, text, strlen(text))

static void
check_members(struct group_value *v, const char *hex)
{
	struct internal_member m;
	struct assigned a;
	struct slice topic;
	int32_t partition;
	int n = 0, parts = 0;

	for (; group_member_next(v, &m); n++) {
		CHECK_SLICE(m.id, "m");
		CHECK_SLICE(m.client, "c");
		CHECK_SLICE(m.host, "h");
		CHECK_INT(m.session_timeout_ms, 45000);
		for (assigned_open(&a, m.assignment); assigned_next(&a, &topic, &partition); parts++) {
			CHECK_SLICE(topic, "t");
			CHECK_INT(partition, parts * 3);
		}
		CHECK(!a.rd.bad && parts == 2, "%s: %d partitions", hex, parts);
	}
}

static void
assignments(void)
{
	static const char *const wrong[] = { "00", "0003 00000001", "0003 ffffffff ffff 00000000", "0003 00000001 0001 74 ffffffff",
		"0003 00000001 0001 74 00000001 ffffffff" };
	struct slice topic, s;
	struct assigned a;
	int32_t partition;
	size_t i;

	assigned_open(&a, SLICE_NULL);
	CHECK_TRUE(!assigned_next(&a, &topic, &partition) && !a.rd.bad);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		s = bytes(wrong[i]);
		assigned_open(&a, s);
		CHECK(!assigned_next(&a, &topic, &partition), "%s is taken", wrong[i]);
		CHECK(a.rd.bad, "%s is not bad", wrong[i]);
		free((void *)(uintptr_t)s.p);
	}
}

int
main(void)
{
	struct offset_value o;
	struct group_value g;
	struct internal_key k;
	struct slice s;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		s = bytes(keys[i].hex);
		rc = internal_key_read(s, &k, NULL);
		CHECK(rc == keys[i].rc, "key %s: %d", keys[i].hex, rc);
		if (rc == 0) {
			CHECK_INT(k.kind, keys[i].kind);
			CHECK_SLICE(k.group, keys[i].group);
			CHECK_SLICE(k.topic, keys[i].topic);
			CHECK_INT(k.partition, keys[i].partition);
		}
		free((void *)(uintptr_t)s.p);
	}
	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		s = bytes(offsets[i].hex);
		rc = offset_value_read(s, &o, NULL);
		CHECK(rc == offsets[i].rc, "value %s: %d", offsets[i].hex, rc);
		if (rc == 0) {
			CHECK_INT(o.offset, 17);
			CHECK_INT(o.commit_ms, 0x1a204574c45);
			CHECK_INT(o.leader_epoch, offsets[i].epoch);
			CHECK_INT(o.expire_ms, offsets[i].expire);
			CHECK_SLICE(o.metadata, offsets[i].metadata);
			CHECK_INT(o.topic_id != NULL, offsets[i].id);
		}
		free((void *)(uintptr_t)s.p);
	}
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		s = bytes(groups[i].hex);
		rc = group_value_read(s, &g, NULL);
		CHECK(rc == groups[i].rc, "group %s: %d", groups[i].hex, rc);
		if (rc == 0) {
			CHECK_INT(g.generation, 3);
			CHECK_INT(g.nmembers, groups[i].members);
			CHECK_SLICE(g.protocol, groups[i].protocol);
			check_members(&g, groups[i].hex);
		}
		free((void *)(uintptr_t)s.p);
	}
	assignments();
	CHECK_INT(internal_key_read(SLICE_NULL, &k, NULL), -ERR_DAMAGE);
	CHECK_INT(offset_value_read(SLICE_NULL, &o, NULL), -ERR_DAMAGE);
	CHECK_INT(group_value_read(SLICE_NULL, &g, NULL), -ERR_DAMAGE);
	return check_done();
}
