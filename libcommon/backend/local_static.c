/*
 * local_static.c - static members: one instance, a process after another
 * (local_member.h).
 */
#include <stdlib.h>
#include <string.h>

#include "backend/local_member.h"
#include "base/clock.h"

/* How long it has been dead, at least: it beat once a second. */
int64_t
peer_silent_ns(const struct member *m, const struct peer *p)
{
	int64_t ns = member_silent_ms(&m->g, p->name) * 1000000 - TICK_NS;

	return ns > 0 ? ns : 0;
}

/*
 * A static member whose session timeout passed is over when its file is gone:
 * so all see the same, whenever each of them saw it die.
 */
void
peer_expire(struct member *m, struct peer *p)
{
	if (p->life != MEMBER_DEAD || !p->whole || p->info.instance == NULL || p->over ||
	    clock_steady_ns() - p->dead_ns < p->info.session_timeout_ms * 1000000)
		return;
	member_file_remove(&m->g, p->name);
	p->over = true;
}

/* Is there another of the same instance that lives, or one that died later? */
static bool
replaced(const struct member *m, const struct peer *p)
{
	const struct peer *q;
	size_t i;

	for (i = 0; i < m->npeers; i++) {
		q = &m->peers[i];
		if (q == p || q->info.instance == NULL || strcmp(q->info.instance, p->info.instance) != 0)
			continue;
		if (q->life == MEMBER_ALIVE || (q->life == MEMBER_DEAD && q->info.incarnation > p->info.incarnation))
			return true;
	}
	return false;
}

bool
peer_counts(const struct member *m, const struct peer *p)
{
	if (!p->whole)
		return false;
	if (p->life == MEMBER_ALIVE)
		return true;
	return p->life == MEMBER_DEAD && p->info.instance != NULL && !p->over && !replaced(m, p);
}

static bool
twin_of(const struct member *m, const struct peer *p)
{
	const struct peer *q;
	size_t i;

	for (i = 0; i < m->npeers; i++) {
		q = &m->peers[i];
		if (q != p && q->life == MEMBER_ALIVE && q->info.instance != NULL && strcmp(q->info.instance, p->info.instance) == 0)
			return true;
	}
	return false;
}

bool
peers_twins(const struct member *m)
{
	size_t i;

	for (i = 0; i < m->npeers; i++)
		if (m->peers[i].life == MEMBER_ALIVE && m->peers[i].whole && m->peers[i].info.instance != NULL &&
		    twin_of(m, &m->peers[i]))
			return true;
	return false;
}

int
peers_replace(struct member *m, struct err *e)
{
	struct peer *p;
	size_t i;
	int rc;

	if (m->me.instance == NULL)
		return 0;
	rc = peers_scan(m, e);
	for (i = 0; rc == 0 && i < m->npeers; i++) {
		p = &m->peers[i];
		if (p->info.incarnation == m->me.incarnation || p->info.instance == NULL || strcmp(p->info.instance, m->me.instance) != 0)
			continue;
		if (p->life == MEMBER_ALIVE)
			rc = member_fence(&m->g, p->name, e);
		else if (p->life == MEMBER_DEAD)
			member_file_remove(&m->g, p->name);	/* or who looks would see the instance twice */
	}
	peers_free(m);
	return rc;
}
