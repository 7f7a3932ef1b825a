/*
 * internal_record.c - keys and values of __consumer_offsets and
 * __transaction_state (internal_record.h).
 */
#include "codec/internal_record.h"

#define OFFSET_VALUE_LAST	4
#define GROUP_VALUE_LAST	4
#define FLEXIBLE		4	/* from this version on, of both values */
#define TXN_VALUE_LAST		1
#define TXN_FLEXIBLE		1
enum { TAG_PREVIOUS_ID, TAG_NEXT_ID, TAG_CLIENT_VERSION, TAG_NEXT_EPOCH, TXN_TAGS };

static uint32_t
unsigned_varint(struct rd *r)
{
	uint32_t v = 0;
	int shift;
	uint8_t c;

	for (shift = 0; shift < 35; shift += 7) {
		c = rd_u8(r);
		if (shift == 28 && c > 0x0f)
			break;
		v |= (uint32_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

static struct slice
take(struct rd *r, size_t n)
{
	const uint8_t *p = rd_bytes(r, n);

	return p == NULL ? SLICE_NULL : SLICE_OF(p, n);
}

static struct slice
string_or_null(struct rd *r, bool flexible)
{
	int32_t n = flexible ? (int32_t)(unsigned_varint(r) - 1) : (int16_t)rd_be16(r);

	if (n == -1)
		return SLICE_NULL;
	if (n < 0) {
		r->bad = true;
		return SLICE_NULL;
	}
	return take(r, (size_t)n);
}

static struct slice
string(struct rd *r, bool flexible)
{
	struct slice s = string_or_null(r, flexible);

	if (s.p == NULL)
		r->bad = true;
	return s;
}

static struct slice
blob(struct rd *r, bool flexible)
{
	int32_t n = (int32_t)(flexible ? unsigned_varint(r) - 1 : rd_be32(r));

	if (n < 0) {
		r->bad = true;
		return SLICE_NULL;
	}
	return take(r, (size_t)n);
}

/* Fields that only newer writers know are passed over; known[i] is the one with tag i, of count. */
static void
tagged(struct rd *r, bool flexible, struct slice *known, uint32_t count)
{
	uint32_t n = flexible ? unsigned_varint(r) : 0, tag;
	struct slice s;

	for (; n > 0 && !r->bad; n--) {
		tag = unsigned_varint(r);
		s = take(r, unsigned_varint(r));
		if (tag < count)
			known[tag] = s;
	}
}

static int
wrong(struct err *e, const char *what)
{
	return err_set(e, ERR_DAMAGE, "its %s is damaged", what);
}

int
internal_key_read(struct slice key, struct internal_key *k, struct err *e)
{
	struct rd r;

	*k = (struct internal_key){ .partition = -1 };
	if (key.n < 2)
		return wrong(e, "key");
	r = RD_OF(key.p, key.n);
	k->version = (int16_t)rd_be16(&r);
	if (k->version < 0 || k->version > 3)
		return err_set(e, ERR_VERSION, "its key is of kind %d, which is not known", k->version);
	k->kind = k->version < 2 ? INTERNAL_OFFSET : k->version == 2 ? INTERNAL_GROUP : INTERNAL_GROUP_EPOCH;
	k->group = string(&r, false);
	if (k->kind == INTERNAL_OFFSET) {
		k->topic = string(&r, false);
		k->partition = (int32_t)rd_be32(&r);
	}
	if (r.bad || rd_left(&r) > 0 || (k->kind == INTERNAL_OFFSET && k->partition < 0))
		return wrong(e, "key");
	return 0;
}

/* The version in front of a value. */
static int
version_read(struct rd *r, struct slice value, int last, int *version, struct err *e)
{
	if (value.n < 2)
		return wrong(e, "value");
	*r = RD_OF(value.p, value.n);
	*version = (int16_t)rd_be16(r);
	if (*version < 0 || *version > last)
		return err_set(e, ERR_VERSION, "its value is of version %d, known are 0 to %d", *version, last);
	return 0;
}

int
offset_value_read(struct slice value, struct offset_value *v, struct err *e)
{
	struct slice id = SLICE_NULL;
	struct rd r;
	int rc;

	*v = (struct offset_value){ .leader_epoch = -1, .expire_ms = -1 };
	if ((rc = version_read(&r, value, OFFSET_VALUE_LAST, &v->version, e)) != 0)
		return rc;
	v->offset = (int64_t)rd_be64(&r);
	if (v->version >= 3)
		v->leader_epoch = (int32_t)rd_be32(&r);
	v->metadata = string(&r, v->version >= FLEXIBLE);
	v->commit_ms = (int64_t)rd_be64(&r);
	if (v->version == 1)
		v->expire_ms = (int64_t)rd_be64(&r);
	tagged(&r, v->version >= FLEXIBLE, &id, 1);
	if (r.bad || rd_left(&r) > 0 || v->offset < 0 || (id.p != NULL && id.n != 16))
		return wrong(e, "value");
	v->topic_id = id.p;
	return 0;
}

static void
member(struct rd *r, int version, struct internal_member *m)
{
	bool flexible = version >= FLEXIBLE;

	*m = (struct internal_member){ .rebalance_timeout_ms = -1 };
	m->id = string(r, flexible);
	if (version >= 3)
		m->instance = string_or_null(r, flexible);
	m->client = string(r, flexible);
	m->host = string(r, flexible);
	if (version >= 1)
		m->rebalance_timeout_ms = (int32_t)rd_be32(r);
	m->session_timeout_ms = (int32_t)rd_be32(r);
	(void)blob(r, flexible);		/* what it subscribed to */
	m->assignment = blob(r, flexible);
	tagged(r, flexible, NULL, 0);
}

int
group_value_read(struct slice value, struct group_value *v, struct err *e)
{
	struct internal_member m;
	bool flexible;
	struct rd r;
	int32_t i;
	int rc;

	*v = (struct group_value){ .state_ms = -1 };
	if ((rc = version_read(&r, value, GROUP_VALUE_LAST, &v->version, e)) != 0)
		return rc;
	flexible = v->version >= FLEXIBLE;
	v->protocol_type = string(&r, flexible);
	v->generation = (int32_t)rd_be32(&r);
	v->protocol = string_or_null(&r, flexible);
	v->leader = string_or_null(&r, flexible);
	if (v->version >= 2)
		v->state_ms = (int64_t)rd_be64(&r);
	v->nmembers = (int32_t)(flexible ? unsigned_varint(&r) - 1 : rd_be32(&r));
	if (r.bad || v->nmembers < 0)
		return wrong(e, "value");
	v->members = r;
	for (i = 0; i < v->nmembers && !r.bad; i++)
		member(&r, v->version, &m);
	tagged(&r, flexible, NULL, 0);
	if (r.bad || rd_left(&r) > 0)
		return wrong(e, "value");
	return 0;
}

bool
group_member_next(struct group_value *v, struct internal_member *m)
{
	if (v->nmembers <= 0)
		return false;
	v->nmembers--;
	member(&v->members, v->version, m);
	return !v->members.bad;
}

/* i16 version, topics: name, partitions; what newer versions have behind them is not looked at. */
void
assigned_open(struct assigned *a, struct slice s)
{
	*a = (struct assigned){ .topics = 0 };
	if (s.n == 0)
		return;			/* nothing was assigned yet */
	a->rd = RD_OF(s.p, s.n);
	(void)rd_be16(&a->rd);
	a->topics = rd_be32(&a->rd);
}

bool
assigned_next(struct assigned *a, struct slice *topic, int32_t *partition)
{
	while (a->parts == 0) {
		if (a->topics == 0 || a->rd.bad)
			return false;
		a->topics--;
		a->topic = string(&a->rd, false);
		a->parts = rd_be32(&a->rd);
	}
	a->parts--;
	*topic = a->topic;
	*partition = (int32_t)rd_be32(&a->rd);
	if (*partition < 0)
		a->rd.bad = true;
	return !a->rd.bad;
}

int
txn_key_read(struct slice key, struct slice *id, struct err *e)
{
	struct rd r;
	int version;

	if (key.n < 2)
		return wrong(e, "key");
	r = RD_OF(key.p, key.n);
	version = (int16_t)rd_be16(&r);
	if (version != 0)
		return err_set(e, ERR_VERSION, "its key is of kind %d, which is not known", version);
	*id = string(&r, false);
	return r.bad || rd_left(&r) > 0 ? wrong(e, "key") : 0;
}

/* Of a tagged field that is there: n bytes. */
static int64_t
tagged_number(struct slice s, size_t n, struct rd *r)
{
	if (s.p == NULL)
		return -1;
	if (s.n != n) {
		r->bad = true;
		return -1;
	}
	return n == 8 ? (int64_t)get_be64(s.p) : (int16_t)get_be16(s.p);
}

static int32_t
count_or_null(struct rd *r, bool flexible)
{
	return (int32_t)(flexible ? unsigned_varint(r) - 1 : rd_be32(r));
}

int
txn_value_read(struct slice value, struct txn_value *v, struct err *e)
{
	struct slice tags[TXN_TAGS] = { SLICE_NULL, SLICE_NULL, SLICE_NULL, SLICE_NULL };
	struct txn_topic t;
	struct txn_value all;
	bool flexible;
	struct rd r;
	int rc;

	*v = (struct txn_value){ .ntopics = -1 };
	if ((rc = version_read(&r, value, TXN_VALUE_LAST, &v->version, e)) != 0)
		return rc;
	flexible = v->version >= TXN_FLEXIBLE;
	v->producer_id = (int64_t)rd_be64(&r);
	v->producer_epoch = (int16_t)rd_be16(&r);
	v->timeout_ms = (int32_t)rd_be32(&r);
	v->status = (int8_t)rd_u8(&r);
	v->ntopics = count_or_null(&r, flexible);
	v->topics = r;
	for (all = *v; txn_topic_next(&all, &t);)
		;
	if (all.topics.bad || all.ntopics > 0 || v->ntopics < -1)
		return wrong(e, "value");
	r = all.topics;
	v->update_ms = (int64_t)rd_be64(&r);
	v->start_ms = (int64_t)rd_be64(&r);
	tagged(&r, flexible, tags, TXN_TAGS);
	v->previous_producer_id = tagged_number(tags[TAG_PREVIOUS_ID], 8, &r);
	v->next_producer_id = tagged_number(tags[TAG_NEXT_ID], 8, &r);
	v->next_producer_epoch = (int16_t)tagged_number(tags[TAG_NEXT_EPOCH], 2, &r);
	v->client_version = tags[TAG_CLIENT_VERSION].p == NULL ? 0 : (int16_t)tagged_number(tags[TAG_CLIENT_VERSION], 2, &r);
	if (r.bad || rd_left(&r) > 0)
		return wrong(e, "value");
	return 0;
}

bool
txn_topic_next(struct txn_value *v, struct txn_topic *t)
{
	bool flexible = v->version >= TXN_FLEXIBLE;
	struct rd *r = &v->topics;

	if (v->ntopics <= 0 || r->bad)
		return false;
	v->ntopics--;
	t->topic = string(r, flexible);
	t->npartitions = count_or_null(r, flexible);
	if (t->npartitions < 0)
		r->bad = true;
	t->partitions = take(r, r->bad ? 0 : (size_t)t->npartitions * 4);
	tagged(r, flexible, NULL, 0);
	return !r->bad;
}
