/*
 * local_claim.c - from what was assigned to what is owned (local_member.h).
 *
 * A partition that goes to another is revoked: the caller finishes its batch,
 * commits and gives it up.  One that comes to us is claimed as soon as its
 * owner gave it up or is no member any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/local_member.h"
#include "base/clock.h"

#define BUSY_SAID_NS	1000000000LL	/* who holds a byte is said after this long */

struct mtopic *
mtopic_find(struct member *m, const char *topic)
{
	struct mtopic *t;

	STAILQ_FOREACH(t, &m->topics, link)
		if (!t->gone && strcmp(t->name, topic) == 0)
			return t;
	return NULL;
}

void
mtopic_close_gone(struct mtopic *t)
{
	if (t->gone && t->users == 0)
		offsets_close(&t->o);
}

static int
resize(struct mtopic *t, int32_t n)
{
	struct mpart *more;

	if (n <= t->nparts)
		return 0;
	if ((more = reallocarray(t->parts, (size_t)n, sizeof(*more))) == NULL)
		return -1;
	memset(more + t->nparts, 0, (size_t)(n - t->nparts) * sizeof(*more));
	t->parts = more;
	t->nparts = n;
	return 0;
}

/* The topic is not there any more, or another has its name: nothing of it can be committed. */
static void
lose(struct member *m, struct mtopic *t)
{
	int32_t i;

	t->gone = true;
	for (i = 0; i < t->nparts; i++) {
		if (t->parts[i].state >= PART_OWNED)
			(void)event_push(m, RAW_LOST, t, i, NULL);
		t->parts[i].state = PART_FREE;
		t->parts[i].assigned = false;
	}
	mtopic_close_gone(t);
}

static struct mtopic *
topic_for(struct member *m, const struct assignment_topic *of, struct err *e)
{
	struct mtopic *t = mtopic_find(m, of->name);
	struct offsets o;

	if (t != NULL && memcmp(&t->id, &of->id, sizeof(t->id)) != 0) {
		lose(m, t);
		t = NULL;
	}
	if (t == NULL) {
		if ((t = calloc(1, sizeof(*t))) == NULL || (t->name = strdup(of->name)) == NULL) {
			free(t);
			(void)err_set(e, ERR_NOMEM, "no memory for topic '%s'", of->name);
			return NULL;
		}
		t->id = of->id;
		t->o.fd = -1;
		STAILQ_INSERT_TAIL(&m->topics, t, link);
	}
	if (t->o.fd == -1 || t->o.partitions < of->partitions) {
		if (of->begun && !offsets_exist(&m->g, t->name)) {
			(void)err_set(e, ERR_DAMAGE, "'%s/offsets/%s' is missing, and with it the group's positions; "
			    "plog-group reset -o WHERE --execute %s %s sets them", m->g.label, t->name, m->g.name, t->name);
			return NULL;
		}
		if (offsets_make(&o, &m->g, t->name, of->partitions, e) != 0)
			return NULL;
		/* The descriptor stays what it is: caller and syncer use it without the mutex. */
		if (t->o.fd == -1)
			t->o = o;
		else {
			t->o.partitions = o.partitions;
			offsets_close(&o);
		}
	}
	if (resize(t, of->partitions) == -1) {
		(void)err_set(e, ERR_NOMEM, "no memory for topic '%s'", of->name);
		return NULL;
	}
	return t;
}

static const struct assignment_member *
ours(const struct member *m)
{
	size_t i;

	for (i = 0; i < m->a.nmembers; i++)
		if (m->a.members[i].incarnation == m->me.incarnation)
			return &m->a.members[i];
	return NULL;
}

static bool
is_known(const struct member *m, const struct mtopic *t)
{
	size_t i;

	for (i = 0; i < m->nknown; i++)
		if (strcmp(m->known[i].name, t->name) == 0 && memcmp(&m->known[i].id, &t->id, sizeof(t->id)) == 0)
			return true;
	return !m->known_valid;
}

/* What is assigned becomes wanted, what is not is revoked. */
static int
follow_assignment(struct member *m, struct err *e)
{
	const struct assignment_member *mine = ours(m);
	struct mtopic *t;
	size_t i;
	int32_t p;

	STAILQ_FOREACH(t, &m->topics, link) {
		if (!t->gone && !is_known(m, t))
			lose(m, t);
		for (p = 0; p < t->nparts; p++)
			t->parts[p].assigned = false;
	}
	for (i = 0; mine != NULL && i < mine->nparts; i++) {
		if ((t = topic_for(m, &m->a.topics[mine->parts[i].topic], e)) == NULL)
			return -1;
		t->parts[mine->parts[i].partition].assigned = true;
	}
	STAILQ_FOREACH(t, &m->topics, link)
		for (p = 0; p < t->nparts; p++) {
			struct mpart *part = &t->parts[p];

			if (part->assigned && part->state == PART_FREE)
				part->state = PART_WANTED;
			else if (!part->assigned && part->state == PART_WANTED)
				part->state = PART_FREE;
			else if (!part->assigned && part->state == PART_OWNED) {
				part->state = PART_REVOKING;
				(void)event_push(m, RAW_REVOKE, t, p, NULL);
			}
		}
	return 0;
}

struct claims {
	bool busy, failed;
	size_t left;
	const struct mtopic *held;	/* whose byte has been held for long; NULL: none */
	int32_t held_partition;
	struct err e;
};

/* Somebody holds the byte: for microseconds, unless it was stopped just then. */
static void
wait_for_byte(struct mtopic *t, int32_t p, struct claims *c)
{
	struct mpart *part = &t->parts[p];

	c->busy = true;
	if (part->busy_ns == 0)
		part->busy_ns = clock_steady_ns();
	else if (part->busy_ns > 0 && c->held == NULL && clock_steady_ns() - part->busy_ns >= BUSY_SAID_NS) {
		part->busy_ns = -1;
		c->held = t;
		c->held_partition = p;
	}
}

static void
say_held(struct member *m, const struct mtopic *t, int32_t p)
{
	char who[64] = "another process";

	(void)offsets_holder(&t->o, m->g.lock, p, who, sizeof(who));
	member_notice(m, "'%s': partition %d is held by %s, it is waited for", t->o.label, p, who);
}

static void
claim(struct member *m, struct mtopic *t, int32_t p, struct claims *c)
{
	struct mpart *part = &t->parts[p];
	struct slot s;
	int rc;

	rc = offsets_claim(&t->o, m->g.lock, p, m->me.incarnation, peers_gone, m, &s, &c->e);
	if (rc != -ERR_BUSY)
		part->busy_ns = 0;
	switch (rc) {
	case 0:
		part->state = PART_OWNED;
		part->generation = s.generation;
		t->commits++;
		pthread_cond_signal(&m->dirty);
		(void)event_push(m, RAW_ASSIGNED, t, p, &s);
		if (s.half)
			member_notice(m, "'%s': one of the two slots of partition %d was damaged, the other counts", t->o.label, p);
		return;
	case -ERR_EXIST:
		break;
	case -ERR_BUSY:
		wait_for_byte(t, p, c);
		break;
	default:
		c->failed = true;
		break;
	}
	c->left++;
}

/* With the mutex: it guards what the caller asks about. */
static void
claim_all(struct member *m, struct claims *c)
{
	struct mtopic *t;
	int32_t p;

	STAILQ_FOREACH(t, &m->topics, link)
		for (p = 0; p < t->nparts; p++) {
			if (t->parts[p].state == PART_WANTED)
				claim(m, t, p, c);
			else if (t->parts[p].state == PART_REVOKING && t->parts[p].assigned)
				c->left++;
		}
}

void
claim_act(struct member *m)
{
	struct claims c = { .left = 0 };

	m->act = false;
	if (m->a.generation == 0)
		return;
	pthread_mutex_lock(&m->mutex);
	if (m->failed.code == 0) {
		if (follow_assignment(m, &c.e) == -1)
			c.failed = true;
		else
			claim_all(m, &c);
		if (c.left == 0 && !c.failed && m->settled != m->a.generation && ours(m) != NULL) {
			m->settled = m->a.generation;
			(void)event_push(m, RAW_SETTLED, NULL, -1, NULL);
		}
	}
	pthread_mutex_unlock(&m->mutex);
	if (c.failed && c.e.code == ERR_DAMAGE)
		member_fail(m, &c.e);		/* never begins at 0 by itself */
	else if (c.failed && !m->told_write) {
		m->told_write = true;
		member_notice(m, "%s; it is tried again", c.e.text);
	} else if (!c.failed)
		m->told_write = false;
	if (c.held != NULL)
		say_held(m, c.held, c.held_partition);
	if (c.busy && m->backoff_ms == 0)
		member_look_soon(m);
}
