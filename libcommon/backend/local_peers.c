/*
 * local_peers.c - the members of the group as one of them sees them
 * (local_member.h).
 *
 * A member that was seen dead or fenced never comes back: its incarnation is
 * drawn anew at each start.  So only the living are asked again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/local_member.h"
#include "base/clock.h"

static struct peer *
find(struct member *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->npeers; i++)
		if (strcmp(m->peers[i].name, name) == 0)
			return &m->peers[i];
	return NULL;
}

static void
drop(struct member *m, size_t i)
{
	member_info_release(&m->peers[i].info);
	m->peers[i] = m->peers[--m->npeers];
}

void
peers_free(struct member *m)
{
	while (m->npeers > 0)
		drop(m, m->npeers - 1);
	free(m->peers);
	m->peers = NULL;
}

static void
fenced_ourselves(struct member *m)
{
	struct err e;

	(void)err_set(&e, ERR_FENCED, "member '%s' of group '%s' was fenced: another has its partitions now", m->me.id, m->g.name);
	member_fail(m, &e);
}

/* What became of one whose life was asked. */
static void
lives(struct member *m, struct peer *p, enum member_life life)
{
	if (p->life == MEMBER_ALIVE && life != MEMBER_ALIVE) {
		p->dead_ns = clock_steady_ns();
		m->act = true;
	}
	p->life = life;
	if (life != MEMBER_ALIVE)
		p->suspect = false;
	if (life != MEMBER_ALIVE && p->info.incarnation == m->me.incarnation)
		fenced_ourselves(m);
}

static struct peer *
add(struct member *m, const char *name)
{
	struct peer *p, *more;
	struct member_info info;
	int rc;

	if ((rc = member_file_read(&m->g, name, &info, NULL, NULL)) == -ERR_NOENT ||
	    (more = reallocarray(m->peers, m->npeers + 1, sizeof(*more))) == NULL) {
		member_info_release(&info);
		return NULL;
	}
	m->peers = more;
	p = &more[m->npeers++];
	*p = (struct peer){ .info = info, .whole = rc == 0, .life = MEMBER_ALIVE };
	snprintf(p->name, sizeof(p->name), "%s", name);
	lives(m, p, member_life(&m->g, name, &p->beat));
	if (p->life == MEMBER_ALIVE)
		m->joined_ns = clock_steady_ns();
	else	/* found dead: its session began to run out when it died, not now */
		p->dead_ns -= peer_silent_ns(m, p);
	peer_expire(m, p);
	if (rc == -ERR_DAMAGE)
		p->mend_ns = clock_steady_ns() + MEND_NS;
	return p;
}

/* One whose file was damaged: with its next beat it makes that good. */
static void
read_again(struct member *m, struct peer *p, int64_t now)
{
	struct member_info info;

	if (member_file_read(&m->g, p->name, &info, NULL, NULL) == 0) {
		member_info_release(&p->info);
		p->info = info;
		p->whole = true;
		p->mend_ns = 0;
		m->joined_ns = clock_steady_ns();
		m->look_topics = true;
		return;
	}
	member_info_release(&info);
	if (p->mend_ns != 0 && now >= p->mend_ns) {
		p->mend_ns = 0;
		member_notice(m, "'%s/members/%s' is damaged, that member gets no partitions", m->g.label, p->name);
	}
}

bool
peers_mend(const struct member *m)
{
	size_t i;

	for (i = 0; i < m->npeers; i++)
		if (m->peers[i].life == MEMBER_ALIVE && m->peers[i].mend_ns != 0)
			return true;
	return false;
}

int
peers_scan(struct member *m, struct err *e)
{
	char **names;
	struct peer *p;
	size_t n, i;
	int rc;

	if ((rc = member_names(&m->g, &names, &n, e)) != 0) {
		topic_names_free(names, n);
		return rc;
	}
	for (i = 0; i < m->npeers; i++)
		m->peers[i].seen = false;
	for (i = 0; i < n; i++) {
		if ((p = find(m, names[i])) == NULL)
			p = add(m, names[i]);
		else if (p->life == MEMBER_ALIVE)
			lives(m, p, member_life(&m->g, p->name, NULL));	/* its beat is for look_at_beat to compare */
		if (p != NULL)
			p->seen = true;
	}
	topic_names_free(names, n);
	for (i = m->npeers; i-- > 0;)
		if (!m->peers[i].seen) {
			lives(m, &m->peers[i], MEMBER_AWAY);
			drop(m, i);
		}
	return 0;
}

void
peers_event(struct member *m, const char *name)
{
	char base[MEMBER_NAME_MAX];
	size_t n = strlen(name);
	struct peer *p;

	if (n >= sizeof(base))
		return;
	memcpy(base, name, n + 1);
	if (n > 7 && strcmp(base + n - 7, ".fenced") == 0)
		base[n - 7] = '\0';
	if (member_name_incarnation(base) == 0)
		return;
	if ((p = find(m, base)) == NULL) {
		(void)add(m, base);
		return;
	}
	if (p->life != MEMBER_ALIVE && p->life != MEMBER_DEAD)
		return;
	lives(m, p, member_life(&m->g, base, NULL));
	if (p->life == MEMBER_ALIVE) {
		p->suspect = true;
		if (m->backoff_ms == 0)
			member_look_soon(m);
	}
}

void
peers_suspects(struct member *m)
{
	size_t i;

	for (i = 0; i < m->npeers; i++)
		if (m->peers[i].suspect && m->peers[i].life == MEMBER_ALIVE) {
			lives(m, &m->peers[i], member_life(&m->g, m->peers[i].name, NULL));
			if (m->backoff_ms == 0)
				m->peers[i].suspect = false;
		}
}

static void
look_at_beat(struct member *m, struct peer *p, int64_t now)
{
	uint64_t before = p->beat;
	int64_t ms;

	lives(m, p, member_life(&m->g, p->name, &p->beat));
	if (p->life != MEMBER_ALIVE || p->info.incarnation == m->me.incarnation)
		return;
	if (p->looked_ns == 0 || p->beat != before)
		p->still_ms = 0;
	else {
		ms = (now - p->looked_ns) / 1000000;
		p->still_ms += ms > LOOK_MOST_MS ? LOOK_MOST_MS : ms;
	}
	p->looked_ns = now;
	if (!p->whole || p->info.max_poll_interval_ms < 0 || p->still_ms <= p->info.max_poll_interval_ms ||
	    p->still_ms < STILL_LEAST_MS)
		return;
	if (member_fence(&m->g, p->name, NULL) == 0) {
		member_notice(m, "member '%s' stood still for %lld s, its partitions go to others", p->info.id,
		    (long long)(p->still_ms / 1000));
		lives(m, p, MEMBER_FENCED);
	}
}

void
peers_tick(struct member *m)
{
	int64_t now = clock_steady_ns();
	size_t i;

	(void)peers_scan(m, NULL);
	for (i = 0; i < m->npeers; i++)
		if (m->peers[i].life == MEMBER_ALIVE) {
			if (!m->peers[i].whole)
				read_again(m, &m->peers[i], now);
			look_at_beat(m, &m->peers[i], now);
		} else
			peer_expire(m, &m->peers[i]);
	/* The first of the living clears away after the dead. */
	for (i = m->npeers; peers_rank(m) == 0 && i-- > 0;)
		if (m->peers[i].life != MEMBER_ALIVE && !peer_counts(m, &m->peers[i]) && m->peers[i].info.incarnation != m->me.incarnation) {
			member_file_remove(&m->g, m->peers[i].name);
			if (m->peers[i].life == MEMBER_DEAD)
				drop(m, i);
		}
}

size_t
peers_rank(const struct member *m)
{
	size_t i, rank = 0;

	for (i = 0; i < m->npeers; i++)
		if (m->peers[i].life == MEMBER_ALIVE && m->peers[i].whole && m->peers[i].still_ms <= LOOK_MOST_MS &&
		    m->peers[i].info.incarnation < m->me.incarnation)
			rank++;
	return rank;
}

/* Asked under a partition's byte: the owner cannot come back, and who owns joined before. */
bool
peers_gone(void *arg, uint64_t owner)
{
	struct member *m = arg;
	int again;
	size_t i;

	if (owner == m->me.incarnation)
		return false;
	if (owner == m->gone_owner)
		return true;
	for (again = 0; again < 2; again++) {
		for (i = 0; i < m->npeers; i++)
			if (m->peers[i].info.incarnation == owner) {
				/* The kernel's word; an event that comes later tells the same again. */
				lives(m, &m->peers[i], m->peers[i].life == MEMBER_ALIVE ?
				    member_life(&m->g, m->peers[i].name, NULL) : m->peers[i].life);
				return m->peers[i].life != MEMBER_ALIVE;
			}
		if (peers_scan(m, NULL) != 0)
			return false;
	}
	m->gone_owner = owner;
	return true;
}

int
peers_admit(struct member *m, struct err *e)
{
	struct assign_member *all;
	enum assignor how;
	size_t i, n = 0;
	int rc;

	peers_free(m);
	member_files_sweep(&m->g);
	if ((rc = peers_scan(m, e)) != 0)
		return rc;
	if ((all = calloc(m->npeers + 1, sizeof(*all))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the members of group '%s'", m->g.name);
	all[n++] = (struct assign_member){ .id = m->me.id, .likes = m->me.likes, .nlikes = m->me.nlikes };
	for (i = 0; rc == 0 && i < m->npeers; i++) {
		struct peer *p = &m->peers[i];
		bool older = m->me.instance != NULL && p->info.instance != NULL && strcmp(p->info.instance, m->me.instance) == 0;

		if (p->life != MEMBER_ALIVE || !p->whole || older)
			continue;
		if (strcmp(p->info.id, m->me.id) == 0)
			rc = err_set(e, ERR_BUSY, "group '%s' has a member '%s' already (process %lld)", m->g.name, m->me.id,
			    (long long)p->info.pid);
		else
			all[n++] = (struct assign_member){ .id = p->info.id, .likes = p->info.likes, .nlikes = p->info.nlikes };
	}
	if (rc == 0 && (rc = assignor_choose(all, n, &how, e)) != 0)
		(void)err_prefix(e, "cannot join group '%s'", m->g.name);
	free(all);
	peers_free(m);
	return rc;
}
