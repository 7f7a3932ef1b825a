/*
 * local_group_broker.c - the groups of a Kafka broker, read from the records
 * of its topic __consumer_offsets (codec/internal_record.h): the newest of a
 * key counts, one without a value deletes it.
 *
 * Positions committed in a transaction count once it is committed.  Members
 * are those of the last round that the broker wrote down.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/local.h"
#include "backend/local_group.h"
#include "base/map.h"
#include "base/parse.h"
#include "codec/internal_record.h"
#include "store/topic.h"
#include "text/glob.h"

struct kept {
	struct internal_key key;	/* borrows from bytes */
	struct slice value;		/* that too */
	int32_t partition;		/* of __consumer_offsets, and the record's offset in it */
	int64_t offset;
	uint8_t bytes[];
};

struct scan {
	const char *group;		/* only this one; NULL: all */
	struct group_info *out;		/* where damage is told; NULL: it ends the scan */
	struct map *kept;
	struct buf key;
};

static int
nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for the groups of a broker");
}

/* Kafka lets names be any text: one that cannot be a line of output is no group's here. */
static bool
is_line(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return s.n > 0;
}

static int
left_aside(struct scan *s, int32_t partition, int64_t offset, const struct err *why, struct err *e)
{
	if (s->out == NULL)
		return err_set(e, why->code, "'" OFFSETS_TOPIC "/%d': the record at offset %lld: %s", partition, (long long)offset, why->text);
	return local_group_damaged(s->out, "'" OFFSETS_TOPIC "/%d': the record at offset %lld: %s", partition, (long long)offset,
	    why->text) == -1 ? nomem(e) : 0;
}

static int
keep(struct scan *s, const struct internal_key *key, const struct record *r, int32_t partition, struct err *e)
{
	/* The list needs names alone. */
	size_t nvalue = s->group == NULL ? 0 : r->value.n;
	struct kept *k = malloc(sizeof(*k) + r->key.n + nvalue);
	void *old;

	if (k == NULL)
		return nomem(e);
	*k = (struct kept){ .value = SLICE_OF(k->bytes + r->key.n, nvalue), .partition = partition, .offset = r->offset };
	memcpy(k->bytes, r->key.p, r->key.n);
	memcpy(k->bytes + r->key.n, r->value.p, nvalue);
	(void)internal_key_read(SLICE_OF(k->bytes, r->key.n), &k->key, NULL);
	buf_clear(&s->key);
	buf_putc(&s->key, (int)key->kind);
	buf_put(&s->key, r->key.p + 2, r->key.n - 2);
	if (s->key.failed || map_put(s->kept, buf_slice(&s->key), k, &old) == -1) {
		free(k);
		return nomem(e);
	}
	free(old);
	return 0;
}

static int
take(struct scan *s, const struct record *r, int32_t partition, struct err *e)
{
	struct internal_key key;
	struct err why = ERR_INIT;
	int rc;

	rc = internal_key_read(r->key, &key, &why);
	if (rc == -ERR_VERSION)
		return 0;		/* of other kinds of groups: no position, no name that the others do not give */
	if (rc != 0)
		return left_aside(s, partition, r->offset, &why, e);
	if (!is_line(key.group) || (s->group != NULL && !slice_eq(key.group, slice_str(s->group))))
		return 0;
	if (r->value.p != NULL)
		return keep(s, &key, r, partition, e);
	buf_clear(&s->key);
	buf_putc(&s->key, (int)key.kind);
	buf_put(&s->key, r->key.p + 2, r->key.n - 2);
	if (s->key.failed)
		return nomem(e);
	free(map_take(s->kept, buf_slice(&s->key)));
	return 0;
}

static void
passed_over(void *arg, const char *text)
{
	struct scan *s = arg;

	if (s->out != NULL)
		(void)local_group_damaged(s->out, "%s", text);
}

static int
scan_all(struct scan *s, struct fetcher *f, const struct topic_info *t, struct err *e)
{
	struct record recs[64];
	struct chunk c;
	int rc = 0, n, i;
	size_t p;

	for (p = 0; rc == 0 && p < t->nhere; p++)
		rc = local_fetcher_add(f, OFFSETS_TOPIC, t->parts[p].partition, t->parts[p].start, t->parts[p].end, e);
	while (rc == 0 && (rc = local_fetcher_next(f, &c, e)) == 1) {
		rc = 0;
		while (rc == 0 && (n = local_fetcher_records(f, recs, 64, e)) != 0) {
			rc = n < 0 ? n : 0;
			for (i = 0; rc == 0 && i < n; i++)
				rc = take(s, &recs[i], c.partition, e);
		}
	}
	return rc;
}

static int
scan(struct scan *s, struct backend *be, struct err *e)
{
	struct fetcher_opts opts = { .read_committed = true, .skip_damage = s->out != NULL, .arg = s, .notice = passed_over };
	struct topic_info t = TOPIC_INFO_INIT;
	struct fetcher *f;
	int rc;

	s->kept = NULL;
	s->key = (struct buf)BUF_INIT;
	rc = local_describe(be, OFFSETS_TOPIC, &t, e);
	if (rc == -ERR_NOENT)
		return err_set(e, ERR_NOENT, "'%s' has no topic " OFFSETS_TOPIC, store_dir(local_of(be)->store));
	if (rc != 0)
		return rc;
	if ((s->kept = map_new()) == NULL)
		rc = nomem(e);
	else if ((rc = local_fetcher_open(be, &opts, &f, e)) == 0) {
		rc = scan_all(s, f, &t, e);
		local_fetcher_close(f);
	}
	local_info_release(&t);
	return rc;
}

static void
scan_done(struct scan *s)
{
	map_free(s->kept, free);
	buf_release(&s->key);
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
broker_group_list(struct backend *be, const char *const *globs, size_t nglobs, char ***names, size_t *count, struct err *e)
{
	struct scan s = { .group = NULL };
	size_t n = 0, at = 0, i, out = 0;
	char **v = NULL, *name;
	struct slice key;
	void *value;
	int rc;

	if ((rc = scan(&s, be, e)) == 0 && (v = calloc(map_count(s.kept) + 1, sizeof(*v))) == NULL)
		rc = nomem(e);
	while (rc == 0 && map_next(s.kept, &at, &key, &value)) {
		const struct kept *k = value;

		if ((name = strndup((const char *)k->key.group.p, k->key.group.n)) == NULL)
			rc = nomem(e);
		else if (wanted(name, globs, nglobs))
			v[n++] = name;
		else
			free(name);
	}
	scan_done(&s);
	if (rc != 0) {
		topic_names_free(v, n);
		return rc;
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_name);
	for (i = 0; i < n; i++)
		if (out > 0 && strcmp(v[out - 1], v[i]) == 0)
			free(v[i]);
		else
			v[out++] = v[i];
	v[out] = NULL;
	*names = v;
	*count = out;
	return 0;
}

/* For people to read: bytes that no terminal should get are question marks. */
static char *
shown(struct slice s)
{
	char *text = strndup(s.p == NULL ? "" : (const char *)s.p, s.n), *p;

	for (p = text; p != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return text;
}

static int
by_place(const void *a, const void *b)
{
	const struct group_place *x = a, *y = b;
	int rc = strcmp(x->topic, y->topic);

	return rc != 0 ? rc : (x->partition > y->partition) - (x->partition < y->partition);
}

static int
add_place(struct group_info *out, size_t *room, const struct internal_key *k, const struct offset_value *v, struct err *e)
{
	struct group_place *more;
	char topic[250];

	if (k->topic.n >= sizeof(topic) || memchr(k->topic.p, '\0', k->topic.n) != NULL)
		return err_set(e, ERR_INVALID, "its topic has no name that a topic can have");
	memcpy(topic, k->topic.p, k->topic.n);
	topic[k->topic.n] = '\0';
	if (name_check("topic", topic, e) != 0)
		return -ERR_INVALID;
	if (out->nplaces == *room) {
		if ((more = reallocarray(out->places, *room * 2 + 8, sizeof(*more))) == NULL)
			return nomem(e);
		out->places = more;
		*room = *room * 2 + 8;
	}
	out->places[out->nplaces] = (struct group_place){ .topic = strdup(topic), .partition = k->partition, .offset = v->offset,
		.leader_epoch = v->leader_epoch, .time_ms = v->commit_ms };
	if (out->places[out->nplaces].topic == NULL)
		return nomem(e);
	out->nplaces++;
	return 0;
}

/* The partitions with a position that the member was assigned are its own. */
static int
own(struct group_info *out, struct group_member *g, struct slice assignment, struct err *e)
{
	struct assigned a;
	struct group_place *p, like;
	struct slice topic;
	char name[250];

	assigned_open(&a, assignment);
	while (assigned_next(&a, &topic, &like.partition)) {
		g->npartitions++;
		if (topic.n >= sizeof(name) || out->nplaces == 0)
			continue;
		memcpy(name, topic.p, topic.n);
		name[topic.n] = '\0';
		like.topic = name;
		p = bsearch(&like, out->places, out->nplaces, sizeof(*p), by_place);
		if (p != NULL && p->member == NULL && (p->member = strdup(g->id)) == NULL)
			return nomem(e);
	}
	return 0;
}

static int
add_members(struct group_info *out, struct group_value v, struct err *e)
{
	struct internal_member m;
	struct group_member *g;
	int rc = 0;

	out->generation = v.generation;
	if (v.protocol.p != NULL && (out->assignor = shown(v.protocol)) == NULL)
		return nomem(e);
	if (v.nmembers > 0)
		out->state = "Stable";
	if ((out->members = calloc((size_t)v.nmembers + 1, sizeof(*out->members))) == NULL)
		return nomem(e);
	while (rc == 0 && group_member_next(&v, &m)) {
		g = &out->members[out->nmembers++];
		*g = (struct group_member){ .id = shown(m.id), .host = shown(m.host), .client = shown(m.client), .pid = -1, .alive = true,
			.instance = m.instance.p == NULL ? NULL : shown(m.instance), .assignors = shown(v.protocol) };
		if (g->id == NULL || g->host == NULL || g->client == NULL || g->assignors == NULL ||
		    (m.instance.p != NULL && g->instance == NULL))
			return nomem(e);
		if (v.protocol_type.n == 8 && memcmp(v.protocol_type.p, "consumer", 8) == 0)
			rc = own(out, g, m.assignment, e);
	}
	return rc;
}

static int
fill(struct scan *s, struct group_info *out, struct err *e)
{
	const struct kept *group = NULL;
	struct err why = ERR_INIT;
	size_t at = 0, room = 0;
	struct offset_value o;
	struct group_value g;
	struct slice key;
	void *value;
	int rc;

	while (map_next(s->kept, &at, &key, &value)) {
		const struct kept *k = value;

		if (k->key.kind == INTERNAL_GROUP)
			group = k;
		else if (k->key.kind == INTERNAL_GROUP_EPOCH)
			out->state = "Unknown";
		else if ((rc = offset_value_read(k->value, &o, &why)) != 0 || (rc = add_place(out, &room, &k->key, &o, &why)) != 0)
			if (rc == -ERR_NOMEM || (rc = left_aside(s, k->partition, k->offset, &why, e)) != 0)
				return rc == -ERR_NOMEM ? nomem(e) : rc;
	}
	if (out->nplaces > 1)
		qsort(out->places, out->nplaces, sizeof(*out->places), by_place);
	if (group == NULL)
		return 0;
	if (group_value_read(group->value, &g, &why) != 0)
		return left_aside(s, group->partition, group->offset, &why, e);
	return add_members(out, g, e);
}

int
broker_group_describe(struct backend *be, const char *group, struct group_info *out, struct err *e)
{
	struct scan s = { .group = group, .out = out };
	int rc;

	*out = (struct group_info)GROUP_INFO_INIT;
	out->generation = -1;
	out->state = "Empty";
	if ((rc = scan(&s, be, e)) == 0 && map_count(s.kept) == 0)
		rc = err_set(e, ERR_NOENT, "group '%s' does not exist", group);
	if (rc == 0 && (out->name = strdup(group)) == NULL)
		rc = nomem(e);
	if (rc == 0)
		rc = fill(&s, out, e);
	scan_done(&s);
	if (rc != 0)
		local_group_info_release(out);
	return rc;
}
