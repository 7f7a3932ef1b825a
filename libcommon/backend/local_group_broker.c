/*
 * local_group_broker.c - groups of a Kafka broker's directory: what its
 * __consumer_offsets says that was committed.  Read only, and without members,
 * which are in the broker's memory.
 *
 * Key: i16 0 or 1, group, topic, i32 partition (2: about the group itself).
 * Value: i16 version, i64 offset, from version 3 on i32 leader epoch, string
 * metadata, i64 commit time.  No value: it was deleted.  Strings have an i16
 * length, the one of a value of version 4 a short one.  The last record of a key counts.  Source: kafka-format 10.2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/local.h"
#include "backend/local_group.h"
#include "base/map.h"
#include "log/reader.h"
#include "store/topic.h"
#include "text/glob.h"

#define OFFSETS_TOPIC	"__consumer_offsets"
#define BATCH_LIMIT	(64 << 20)

struct committed {
	char *group;
	struct group_place place;
};

struct reading {
	struct map *found;		/* key bytes: struct committed */
	const char *group;		/* only this one, or NULL */
};

static void
committed_free(void *p)
{
	struct committed *c = p;

	if (c == NULL)
		return;
	free(c->group);
	free(c->place.topic);
	free(c);
}

static struct slice
text(struct rd *r)
{
	uint16_t n = rd_be16(r);
	const uint8_t *p = rd_bytes(r, n);

	return SLICE_OF(p, p == NULL ? 0 : n);
}

/* A string; from version 4 on a compact one: its length and one more, 7 bits a byte. */
static void
skip_metadata(struct rd *r, int16_t version)
{
	uint32_t n = 0;
	unsigned shift;
	uint8_t b;

	if (version < 4) {
		(void)text(r);
		return;
	}
	for (shift = 0; shift < 28; shift += 7) {
		b = rd_u8(r);
		n |= (uint32_t)(b & 0x7f) << shift;
		if (b < 0x80)
			break;
	}
	(void)rd_bytes(r, n > 0 ? n - 1 : 0);
}

static int
take(struct reading *v, const struct record *rec)
{
	struct rd k, val;
	struct slice group, topic;
	struct committed *c = NULL;
	void *old = NULL;
	int16_t version;
	int32_t partition;

	if (rec->key.p == NULL || rec->key.n < 2 || get_be16(rec->key.p) > 1)
		return 0;
	k = RD_OF(rec->key.p + 2, rec->key.n - 2);
	group = text(&k);
	topic = text(&k);
	partition = (int32_t)rd_be32(&k);
	if (k.bad || partition < 0 || (v->group != NULL && !slice_eq(group, slice_str(v->group))))
		return 0;
	if (rec->value.p == NULL) {
		committed_free(map_take(v->found, rec->key));
		return 0;
	}
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return -1;
	val = RD_OF(rec->value.p, rec->value.n);
	version = (int16_t)rd_be16(&val);
	c->place = (struct group_place){ .partition = partition, .offset = (int64_t)rd_be64(&val), .leader_epoch = -1, .time_ms = -1 };
	if (version >= 3)
		c->place.leader_epoch = (int32_t)rd_be32(&val);
	skip_metadata(&val, version);
	c->place.time_ms = (int64_t)rd_be64(&val);
	if (val.bad || version < 0 || c->place.offset < 0) {
		free(c);
		return 0;
	}
	c->group = strndup((const char *)group.p, group.n);
	c->place.topic = strndup((const char *)topic.p, topic.n);
	if (c->group == NULL || c->place.topic == NULL || map_put(v->found, rec->key, c, &old) == -1) {
		committed_free(c);
		return -1;
	}
	committed_free(old);
	return 0;
}

static int
read_partition(struct reading *v, const struct topic *t, int32_t number, struct err *e)
{
	struct reader_opts opts = { .log_start = topic_broker_log_start(t, number), .read_committed = true };
	struct batch_iter it = BATCH_ITER_INIT;
	struct reader *r = NULL;
	struct log_bounds bounds;
	struct log_batch b;
	struct partdir dir;
	struct record rec;
	int rc;

	if ((rc = topic_partition(t, number, &dir, e)) == 0 && (rc = reader_open(&r, &dir, &opts, e)) == 0 &&
	    (rc = reader_bounds(r, &bounds, e)) == 0)
		rc = reader_seek(r, bounds.start, e);
	while (rc == 0 && (rc = reader_next(r, &b, e)) == 1) {
		rc = b.deliver ? batch_open(&it, b.bytes, BATCH_LIMIT, e) : 0;
		while (rc == 0 && b.deliver && (rc = batch_next(&it, &rec, e)) == 1)
			rc = take(v, &rec) == -1 ? err_set(e, ERR_NOMEM, "no memory for the positions of groups") : 0;
	}
	batch_iter_release(&it);
	reader_close(r);
	return rc;
}

/* Everything of one group (NULL: of all). */
static int
read_all(struct backend *be, struct reading *v, struct err *e)
{
	int32_t *list = NULL;
	struct topic t;
	size_t n = 0, i;
	int rc;

	if ((v->found = map_new()) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the positions of groups");
	if ((rc = topic_open(&t, local_of(be)->store, OFFSETS_TOPIC, e)) == -ERR_NOENT)
		return 0;
	if (rc != 0)
		return rc;
	rc = topic_partitions(&t, &list, &n, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = read_partition(v, &t, list[i], e);
	free(list);
	topic_close(&t);
	return rc;
}

static int
by_place(const void *a, const void *b)
{
	const struct group_place *x = a, *y = b;
	int c = strcmp(x->topic, y->topic);

	return c != 0 ? c : (x->partition > y->partition) - (x->partition < y->partition);
}

int
broker_group_describe(struct backend *be, const char *group, struct group_info *out, struct err *e)
{
	struct reading v = { .group = group };
	struct committed *c;
	struct slice key;
	size_t at = 0;
	void *value;
	int rc;

	*out = (struct group_info)GROUP_INFO_INIT;
	if ((rc = read_all(be, &v, e)) == 0 && map_count(v.found) == 0)
		rc = err_set(e, ERR_NOENT, "group '%s' does not exist", group);
	if (rc == 0 && ((out->name = strdup(group)) == NULL ||
	    (out->places = calloc(map_count(v.found) + 1, sizeof(*out->places))) == NULL))
		rc = err_set(e, ERR_NOMEM, "no memory for a group's description");
	while (rc == 0 && map_next(v.found, &at, &key, &value)) {
		c = value;
		out->places[out->nplaces++] = c->place;
		c->place.topic = NULL;
	}
	if (rc == 0) {
		if (out->nplaces > 1)
			qsort(out->places, out->nplaces, sizeof(*out->places), by_place);
		out->state = "Empty";
		out->generation = -1;
	}
	map_free(v.found, committed_free);
	if (rc != 0)
		local_group_info_release(out);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
wanted(const char *name, const char *const *globs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (glob_match(slice_str(globs[i]), slice_str(name)))
			return true;
	return n == 0;
}

int
broker_group_list(struct backend *be, const char *const *globs, size_t n, char ***names, size_t *count, struct err *e)
{
	struct reading v = { .group = NULL };
	size_t at = 0, i, k = 0;
	struct slice key;
	void *value;
	char **l = NULL;
	int rc;

	*names = NULL;
	*count = 0;
	if ((rc = read_all(be, &v, e)) == 0 && (l = calloc(map_count(v.found) + 1, sizeof(*l))) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for the names of groups");
	while (rc == 0 && map_next(v.found, &at, &key, &value)) {
		struct committed *c = value;

		if (wanted(c->group, globs, n)) {
			l[(*count)++] = c->group;
			c->group = NULL;
		}
	}
	map_free(v.found, committed_free);
	if (rc != 0)
		return rc;
	if (*count > 1)
		qsort(l, *count, sizeof(*l), by_name);
	for (i = 0; i < *count; i++)
		if (k > 0 && strcmp(l[k - 1], l[i]) == 0)
			free(l[i]);
		else
			l[k++] = l[i];
	*count = k;
	*names = l;
	return 0;
}
