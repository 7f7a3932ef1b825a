/*
 * local_group_info.c - a group as a reader sees it (group.h): nothing is
 * written, and no member notices.
 */
#include <sys/stat.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/local_group.h"
#include "backend/local.h"
#include "base/clock.h"
#include "store/assignment.h"
#include "store/member_file.h"
#include "store/offsets.h"

struct seen_member {
	char name[MEMBER_NAME_MAX];
	struct member_info info;
	bool whole, alive;
	size_t owns;
};

struct seen {
	struct group g;
	struct seen_member *members;
	size_t nmembers;
	struct assignment a;
	struct group_info *out;
	size_t wanted, held;		/* assigned partitions; those that their member has */
};

static int
nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for a group's description");
}

int
local_group_damaged(struct group_info *out, const char *fmt, ...)
{
	char **more = reallocarray(out->damaged, out->ndamaged + 1, sizeof(*more));
	va_list ap;
	int rc;

	if (more == NULL)
		return -1;
	out->damaged = more;
	va_start(ap, fmt);
	rc = vasprintf(&more[out->ndamaged], fmt, ap);
	va_end(ap);
	if (rc == -1)
		return -1;
	out->ndamaged++;
	return 0;
}

/* A static member that died counts for its session timeout since its last beat. */
static bool
session_runs(const struct group *g, const struct seen_member *s)
{
	return s->info.instance != NULL && member_silent_ms(g, s->name) < s->info.session_timeout_ms;
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct seen_member *)a)->info.id, ((const struct seen_member *)b)->info.id);
}

static int
see_members(struct seen *v, struct err *e)
{
	enum member_life life;
	struct seen_member *s;
	char **names;
	size_t n, i;
	int rc;

	if ((rc = member_names(&v->g, &names, &n, e)) == 0 && (v->members = calloc(n + 1, sizeof(*v->members))) == NULL)
		rc = nomem(e);
	for (i = 0; rc == 0 && i < n; i++) {
		s = &v->members[v->nmembers];
		*s = (struct seen_member){ .owns = 0 };
		snprintf(s->name, sizeof(s->name), "%s", names[i]);
		life = member_life(&v->g, names[i], NULL);
		rc = member_file_read(&v->g, names[i], &s->info, NULL, e);
		s->whole = rc == 0;
		s->alive = life == MEMBER_ALIVE;
		if (rc == -ERR_DAMAGE && local_group_damaged(v->out, "%s", e != NULL ? e->text : "a member's file is damaged") == -1)
			rc = nomem(e);
		else if (rc == -ERR_DAMAGE)
			rc = 0;
		if (rc == 0 && (life == MEMBER_ALIVE || (life == MEMBER_DEAD && session_runs(&v->g, s))))
			v->nmembers++;
		else
			member_info_release(&s->info);
		if (rc == -ERR_NOENT)
			rc = 0;
	}
	topic_names_free(names, n);
	if (rc == 0 && v->nmembers > 1)
		qsort(v->members, v->nmembers, sizeof(*v->members), by_id);
	return rc;
}

static struct seen_member *
member_of(struct seen *v, uint64_t incarnation)
{
	size_t i;

	for (i = 0; i < v->nmembers; i++)
		if (v->members[i].info.incarnation == incarnation)
			return &v->members[i];
	return NULL;
}

/* Who is to have each of the topic's n partitions in the assignment in force: an incarnation, or 0. */
static void
meant_for(const struct seen *v, const char *topic, uint64_t *out, int32_t n)
{
	size_t i, k, t;

	for (t = 0; t < v->a.ntopics && strcmp(v->a.topics[t].name, topic) != 0; t++)
		;
	for (i = 0; i < v->a.nmembers; i++)
		for (k = 0; k < v->a.members[i].nparts; k++) {
			const struct assign_part *p = &v->a.members[i].parts[k];

			if ((size_t)p->topic == t && p->partition < n)
				out[p->partition] = v->a.members[i].incarnation;
		}
}

static int
add_place(struct seen *v, const char *topic, int32_t partition, const struct slot *s, const struct seen_member *owner)
{
	struct group_info *out = v->out;
	struct group_place *p;

	if ((out->nplaces & (out->nplaces - 1)) == 0) {
		p = reallocarray(out->places, out->nplaces == 0 ? 1 : out->nplaces * 2, sizeof(*p));
		if (p == NULL)
			return -1;
		out->places = p;
	}
	p = &out->places[out->nplaces++];
	*p = (struct group_place){ .partition = partition, .offset = s->offset, .leader_epoch = s->leader_epoch, .time_ms = s->time_ms };
	p->topic = strdup(topic);
	p->member = owner != NULL ? strdup(owner->info.id) : NULL;
	return p->topic != NULL && (owner == NULL || p->member != NULL) ? 0 : -1;
}

static int
see_slots(struct seen *v, const char *topic, const struct offsets *o, const struct slot *slots, const enum slot_state *states,
    const uint64_t *meant)
{
	int32_t i;

	for (i = 0; i < o->partitions; i++) {
		struct slot s = slots[i];
		struct seen_member *owner = NULL;

		if (states[i] == SLOT_BAD) {
			if (local_group_damaged(v->out, "'%s': the position of partition %d is damaged", o->label, i) == -1)
				return -1;
			s = (struct slot){ .offset = -1, .leader_epoch = -1, .time_ms = -1 };
		}
		if (states[i] == SLOT_ONE && local_group_damaged(v->out, "'%s': one of the two slots of partition %d is damaged, the other counts",
		    o->label, i) == -1)
			return -1;
		/* What a static member left behind is kept for it. */
		if (s.owner == 0 && meant[i] != 0 && (owner = member_of(v, meant[i])) != NULL && !owner->alive)
			s.owner = meant[i];
		if ((owner = s.owner != 0 ? member_of(v, s.owner) : NULL) != NULL)
			owner->owns++;
		if (v->nmembers > 0 && meant[i] != 0) {
			v->wanted++;
			v->held += meant[i] == s.owner;
		}
		if ((s.offset != -1 || owner != NULL || states[i] == SLOT_BAD) && add_place(v, topic, i, &s, owner) == -1)
			return -1;
	}
	return 0;
}

static int
see_topic(struct seen *v, const char *topic, struct err *e)
{
	enum slot_state *states = NULL;
	struct slot *slots = NULL;
	uint64_t *meant = NULL;
	struct offsets o;
	int rc;

	rc = offsets_open(&o, &v->g, topic, false, e);
	if (rc == -ERR_NOENT)
		return 0;
	if (rc == -ERR_DAMAGE)
		return local_group_damaged(v->out, "'%s/offsets/%s' is damaged", v->g.label, topic) == -1 ? nomem(e) : 0;
	if (rc != 0)
		return rc;
	slots = calloc((size_t)o.partitions + 1, sizeof(*slots));
	states = calloc((size_t)o.partitions + 1, sizeof(*states));
	meant = calloc((size_t)o.partitions + 1, sizeof(*meant));
	if (slots == NULL || states == NULL || meant == NULL)
		rc = nomem(e);
	else if ((rc = offsets_read(&o, 0, o.partitions, slots, states, e)) == 0) {
		meant_for(v, topic, meant, o.partitions);
		if (see_slots(v, topic, &o, slots, states, meant) == -1)
			rc = nomem(e);
	}
	free(meant);
	free(slots);
	free(states);
	offsets_close(&o);
	return rc;
}

/* A topic that is there, had positions when the assignment was made, and has no file of them. */
static int
see_missing(struct seen *v, struct store *st, struct err *e)
{
	struct topic t;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < v->a.ntopics; i++) {
		const struct assignment_topic *a = &v->a.topics[i];

		if (!a->begun || offsets_exist(&v->g, a->name) || topic_open(&t, st, a->name, NULL) != 0)
			continue;
		if (memcmp(&t.id, &a->id, sizeof(t.id)) == 0 &&
		    local_group_damaged(v->out, "'%s/offsets/%s' is missing, and with it the group's positions", v->g.label, a->name) == -1)
			rc = nomem(e);
		topic_close(&t);
	}
	return rc;
}

static int
see_places(struct seen *v, struct store *st, struct err *e)
{
	char **names;
	size_t n, i;
	int rc;

	if ((rc = offsets_topics(&v->g, &names, &n, e)) != 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++)
		rc = see_topic(v, names[i], e);
	topic_names_free(names, n);
	return rc != 0 ? rc : see_missing(v, st, e);
}

/* The members of the assignment are those that are there. */
static bool
settled(struct seen *v)
{
	size_t i;

	if (v->a.damaged || v->a.nmembers != v->nmembers || v->held != v->wanted)
		return false;
	for (i = 0; i < v->a.nmembers; i++)
		if (member_of(v, v->a.members[i].incarnation) == NULL)
			return false;
	return true;
}

static int
put_members(struct seen *v, struct err *e)
{
	struct group_info *out = v->out;
	size_t i, k;

	if ((out->members = calloc(v->nmembers + 1, sizeof(*out->members))) == NULL)
		return nomem(e);
	for (i = 0; i < v->nmembers; i++) {
		struct seen_member *s = &v->members[i];
		struct group_member *g = &out->members[out->nmembers++];
		char likes[256] = "";

		*g = (struct group_member){ .id = s->info.id, .instance = s->info.instance, .host = s->info.host, .client = s->info.client,
			.pid = s->info.pid, .alive = s->alive, .npartitions = s->owns };
		s->info.id = s->info.instance = s->info.host = s->info.client = NULL;
		for (k = 0; k < s->info.nlikes; k++)
			snprintf(likes + strlen(likes), sizeof(likes) - strlen(likes), "%s%s", k > 0 ? "," : "",
			    assignor_name(s->info.likes[k]));
		if ((g->assignors = strdup(likes)) == NULL)
			return nomem(e);
	}
	return 0;
}

static int
see(struct seen *v, struct store *st, struct err *e)
{
	int rc;

	if ((v->out->name = strdup(v->g.name)) == NULL)
		return nomem(e);
	if ((rc = see_members(v, e)) != 0 || (rc = assignment_read(&v->g, &v->a, e)) != 0 || (rc = see_places(v, st, e)) != 0)
		return rc;
	if (v->a.damaged && local_group_damaged(v->out, "'%s/assignment.%lld' is damaged", v->g.label, (long long)v->a.generation) == -1)
		return nomem(e);
	v->out->generation = v->a.generation == 0 ? -1 : v->a.generation;
	v->out->state = v->nmembers == 0 ? "Empty" : settled(v) ? "Stable" : "PreparingRebalance";
	if (v->a.nmembers > 0 && v->nmembers > 0 && (v->out->assignor = strdup(assignor_name(v->a.how))) == NULL)
		return nomem(e);
	return put_members(v, e);
}

int
local_group_describe(struct backend *be, const char *dir, const char *group, struct group_info *out, struct err *e)
{
	struct seen v = { .out = out };
	size_t i;
	int rc;

	if (dir == NULL && store_is_broker(local_of(be)->store))
		return broker_group_describe(be, group, out, e);
	*out = (struct group_info)GROUP_INFO_INIT;
	if ((rc = group_open(&v.g, local_of(be)->store, dir, group, GROUP_READ, e)) != 0)
		return rc;
	rc = see(&v, local_of(be)->store, e);
	for (i = 0; i < v.nmembers; i++)
		member_info_release(&v.members[i].info);
	free(v.members);
	assignment_release(&v.a);
	group_close(&v.g);
	if (rc != 0)
		local_group_info_release(out);
	return rc;
}

void
local_group_info_release(struct group_info *i)
{
	size_t k;

	for (k = 0; k < i->nplaces; k++) {
		free(i->places[k].topic);
		free(i->places[k].member);
	}
	for (k = 0; k < i->nmembers; k++) {
		free(i->members[k].id);
		free(i->members[k].instance);
		free(i->members[k].host);
		free(i->members[k].client);
		free(i->members[k].assignors);
	}
	for (k = 0; k < i->ndamaged; k++)
		free(i->damaged[k]);
	free(i->places);
	free(i->members);
	free(i->damaged);
	free(i->name);
	free(i->assignor);
	*i = (struct group_info)GROUP_INFO_INIT;
}
