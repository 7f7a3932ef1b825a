/*
 * What groups have not read yet: kept with --keep-unread, told with -v.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "retain/retain.h"
#include "store/group.h"
#include "store/member_file.h"
#include "store/offsets.h"
#include "tool/msg.h"

struct reading {			/* a group that reads the topic */
	char *name;
	bool counts;			/* false: it expired */
	struct slot *slots;		/* of partitions 0 to n - 1 */
	enum slot_state *states;
	int32_t n;
};

static bool
has_members(const struct group *g)
{
	char **names;
	size_t n, i;
	bool alive = false;

	if (member_names(g, &names, &n, NULL) != 0)
		return true;
	for (i = 0; !alive && i < n; i++)
		alive = member_life(g, names[i], NULL) == MEMBER_ALIVE;
	topic_names_free(names, n);
	return alive;
}

/* Nobody is in it, and its newest commit of this topic is older than --group-expiry. */
static bool
expired(const struct group *g, const struct reading *r, const struct retain_opts *o)
{
	int64_t newest = -1;
	int32_t i;

	for (i = 0; i < r->n; i++) {
		if (r->states[i] == SLOT_BAD)
			return false;
		if (r->slots[i].time_ms > newest)
			newest = r->slots[i].time_ms;
	}
	return newest >= 0 && o->clock_ok && o->now_ms - newest > o->group_expiry_ms && !has_members(g);
}

static bool
wanted(const struct retain_opts *o, const char *group)
{
	const char *p = o->keep_groups, *at;
	size_t n = strlen(group);

	if (p == NULL)
		return true;
	for (at = p; (at = strstr(at, group)) != NULL; at++)
		if ((at == p || at[-1] == ',') && (at[n] == '\0' || at[n] == ','))
			return true;
	return false;
}

int
groups_look(struct retain_opts *o)
{
	struct err e = ERR_INIT;
	char *names, *at, *name;
	struct group g;

	if (o->keep_groups == NULL)
		return EXIT_DONE;
	if ((names = at = strdup(o->keep_groups)) == NULL)
		die("%s", strerror(ENOMEM));
	while (o->keep_lost == NULL && (name = strsep(&at, ",")) != NULL)
		if (group_open(&g, o->store, NULL, name, GROUP_READ, &e) == 0)
			group_close(&g);
		else {
			/* A name that was mistyped must not cost what its group has not read. */
			msg("--keep-unread: %s: all is kept", e.text);
			if ((o->keep_lost = strdup(name)) == NULL)
				die("%s", strerror(ENOMEM));
		}
	free(names);
	return o->keep_lost == NULL ? EXIT_DONE : EXIT_FAILED;
}

/* 1: it reads the topic; 0: it does not; or an error. */
static int
read_group(struct reading *r, const struct retain_opts *o, const char *name, const struct topic *t, struct err *e)
{
	struct offsets off;
	struct group g;
	int rc;

	*r = (struct reading){ .counts = true };
	if ((rc = group_open(&g, o->store, NULL, name, GROUP_READ, e)) != 0)
		return rc == -ERR_NOENT ? 0 : rc;
	if ((rc = offsets_open(&off, &g, t->name, false, e)) == 0) {
		r->n = off.partitions;
		r->slots = calloc((size_t)r->n + 1, sizeof(*r->slots));
		r->states = calloc((size_t)r->n + 1, sizeof(*r->states));
		if (r->slots == NULL || r->states == NULL || (r->name = strdup(name)) == NULL)
			die("%s", strerror(ENOMEM));
		rc = offsets_read(&off, 0, r->n, r->slots, r->states, e);
		offsets_close(&off);
		if (rc == 0 && expired(&g, r, o)) {
			r->counts = false;
			if (o->keep_unread)
				msg("group '%s' has no members and committed nothing of '%s' for long: what it has not read is not kept",
				    name, t->name);
		}
		rc = rc == 0 ? 1 : rc;
	} else if (rc == -ERR_NOENT)
		rc = 0;
	group_close(&g);
	return rc;
}

int
groups_read(struct readers *rs, const struct retain_opts *o, const struct topic *t, struct err *e)
{
	char **names;
	size_t n, i;
	int rc;

	*rs = (struct readers){ .v = NULL };
	if ((rc = group_list(o->store, NULL, NULL, 0, &names, &n, e)) != 0)
		return rc;
	if ((rs->v = calloc(n + 1, sizeof(*rs->v))) == NULL)
		die("%s", strerror(ENOMEM));
	for (i = 0; rc >= 0 && i < n; i++) {
		if (!wanted(o, names[i]))
			continue;
		if ((rc = read_group(&rs->v[rs->n], o, names[i], t, e)) == 1)
			rs->n++;
	}
	topic_names_free(names, n);
	return rc < 0 ? rc : 0;
}

/* What the group reads next; a position of another topic of that name, or one that cannot be read, counts as none. */
static int64_t
next_of(const struct reading *r, const struct topic *t, int32_t partition)
{
	const struct slot *s;

	if (partition >= r->n || r->states[partition] == SLOT_BAD)
		return 0;
	s = &r->slots[partition];
	return s->offset >= 0 && memcmp(&s->topic, &t->id, sizeof(t->id)) == 0 ? s->offset : 0;
}

int64_t
groups_keep_from(const struct readers *rs, const struct topic *t, int32_t partition, const char **group)
{
	int64_t least = INT64_MAX, next;
	size_t i;

	for (i = 0; i < rs->n; i++)
		if (rs->v[i].counts && (next = next_of(&rs->v[i], t, partition)) < least) {
			least = next;
			*group = rs->v[i].name;
		}
	return least;
}

void
groups_warn(const struct readers *rs, const struct topic *t, int32_t partition, const struct retain_log *l, bool dry)
{
	int64_t next, end;
	size_t i;

	if (l->go == 0)
		return;
	end = l->v[l->go - 1].next;
	for (i = 0; i < rs->n; i++)
		if ((next = next_of(&rs->v[i], t, partition)) < end)
			msg("group '%s' has not read offsets %" PRId64 " to %" PRId64 " of '%s', which %s", rs->v[i].name,
			    next > l->v[0].base ? next : l->v[0].base, end - 1, l->dir.label, dry ? "would go" : "went");
}

void
groups_release(struct readers *rs)
{
	while (rs->n > 0) {
		struct reading *r = &rs->v[--rs->n];

		free(r->name);
		free(r->slots);
		free(r->states);
	}
	free(rs->v);
	rs->v = NULL;
}
