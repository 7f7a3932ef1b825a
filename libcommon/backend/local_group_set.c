/*
 * local_group_set.c - positions set and groups taken away by command
 * (group.h): not while there are members.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/local_group.h"
#include "backend/local.h"
#include "base/clock.h"
#include "store/assignment.h"
#include "store/member_file.h"
#include "store/offsets.h"

/* Holding GROUP_BYTE, so nobody joins: is anybody there? */
static int
nobody(const struct group *g, struct err *e)
{
	char **names;
	size_t n, i, alive = 0;
	int rc;

	if ((rc = member_names(g, &names, &n, e)) == 0)
		for (i = 0; i < n; i++)
			alive += member_life(g, names[i], NULL) == MEMBER_ALIVE;
	topic_names_free(names, n);
	if (alive > 0)
		rc = err_set(e, ERR_BUSY, "group '%s' has %zu member%s; its positions are set when it has none", g->name, alive,
		    alive == 1 ? "" : "s");
	return rc;
}

static int
begin(struct backend *be, const char *dir, const char *name, enum group_mode mode, struct group *g, struct lock *l, struct err *e)
{
	int rc;

	*l = (struct lock)LOCK_INIT;
	if ((rc = group_open(g, local_of(be)->store, dir, name, mode, e)) != 0)
		return rc;
	if ((rc = group_hold(l, g, NULL, e)) == 0 && (rc = nobody(g, e)) == 0)
		return 0;
	lock_drop(l);
	group_close(g);
	return rc;
}

static bool
all_gone(void *arg, uint64_t owner)
{
	(void)arg;
	(void)owner;
	return true;		/* nobody() has looked, and nobody joins */
}

/* Had it positions when the last assignment was made, which got lost with their file? */
static bool
lost(const struct group *g, const struct topic *t)
{
	struct assignment a = ASSIGNMENT_INIT;
	bool begun = false;
	size_t i;

	if (!offsets_exist(g, t->name) && assignment_read(g, &a, NULL) == 0)
		for (i = 0; i < a.ntopics; i++)
			begun |= a.topics[i].begun && strcmp(a.topics[i].name, t->name) == 0 &&
			    memcmp(&a.topics[i].id, &t->id, sizeof(t->id)) == 0;
	assignment_release(&a);
	return begun;
}

static int
set_one(struct backend *be, const struct group *g, const struct group_place *p, struct err *e)
{
	struct slot s = { .offset = p->offset, .leader_epoch = p->leader_epoch, .time_ms = clock_wall_ms() };
	struct offsets o;
	struct topic t;
	int rc;

	if ((rc = topic_open(&t, local_of(be)->store, p->topic, e)) != 0)
		return rc;
	s.topic = t.id;
	if (p->partition < 0 || p->partition >= t.partitions)
		rc = err_set(e, ERR_NOENT, "topic '%s' has no partition %d, it has %d", p->topic, p->partition, t.partitions);
	else
		rc = lost(g, &t) ? -ERR_DAMAGE : offsets_make(&o, g, p->topic, t.partitions, e);
	/* The partitions that are not set stay damaged until they are. */
	if (rc == -ERR_DAMAGE && (rc = offsets_mend(g, p->topic, t.partitions, e)) == 0)
		rc = offsets_make(&o, g, p->topic, t.partitions, e);
	topic_close(&t);
	if (rc != 0)
		return rc;
	if ((rc = offsets_set(&o, g->lock, p->partition, &s, all_gone, NULL, e)) == 0)
		rc = offsets_sync(&o, e);
	else if (rc == -ERR_BUSY)
		(void)err_set(e, ERR_BUSY, "'%s': partition %d is held by another process", o.label, p->partition);
	offsets_close(&o);
	return rc;
}

int
local_group_set(struct backend *be, const char *dir, const char *group, const struct group_place *places, size_t n, struct err *e)
{
	struct group g;
	struct lock l;
	size_t i;
	int rc;

	if ((rc = begin(be, dir, group, GROUP_CREATE, &g, &l, e)) != 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++)
		rc = set_one(be, &g, &places[i], e);
	lock_drop(&l);
	group_close(&g);
	return rc;
}

int
local_group_remove(struct backend *be, const char *dir, const char *group, struct err *e)
{
	struct group g;
	struct lock l;
	int rc;

	if ((rc = begin(be, dir, group, GROUP_WRITE, &g, &l, e)) != 0)
		return rc;
	rc = group_remove(&g, e);
	lock_drop(&l);
	group_close(&g);
	return rc;
}

int
local_group_remove_offsets(struct backend *be, const char *dir, const char *group, const char *topic, struct err *e)
{
	struct group g;
	struct lock l;
	int rc;

	if ((rc = begin(be, dir, group, GROUP_WRITE, &g, &l, e)) != 0)
		return rc;
	if (!offsets_exist(&g, topic))
		rc = err_set(e, ERR_NOENT, "group '%s' has no positions of topic '%s'", group, topic);
	/* First the word that there is nothing to be missed. */
	else if ((rc = assignment_clear(&g, e)) == 0)
		rc = offsets_remove(&g, topic, e);
	lock_drop(&l);
	group_close(&g);
	return rc;
}
