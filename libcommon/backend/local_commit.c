/*
 * local_commit.c - committing and giving up, in the caller's thread, and the
 * thread that brings committed positions to disk (local_member.h).
 *
 * A commit is written before it returns, so that other processes see it; on
 * disk it is at most 100 ms later, and always before the partition is given up.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backend/local_member.h"
#include "base/clock.h"

#define NS_PER_S	1000000000L
#define SYNC_AFTER_NS	50000000L	/* the first commit since the last sync may wait this long */
#define BUSY_SAID_MS	1000		/* who holds the byte is said after this long */
#define STOP_MS		500		/* how long a commit is tried after a signal asked to end */

/* ---- syncing ---- */

static void
sync_topic(struct member *m, struct mtopic *t)
{
	struct err e = ERR_INIT;
	uint64_t upto = t->commits;
	int rc;

	t->users++;
	pthread_mutex_unlock(&m->mutex);
	rc = offsets_sync(&t->o, &e);
	pthread_mutex_lock(&m->mutex);
	t->users--;
	mtopic_close_gone(t);
	if (upto > t->synced)
		t->synced = upto;
	if (rc != 0)
		member_notice(m, "%s: positions committed lately may be older after a power loss", e.text);
}

static bool
is_dirty(struct member *m)
{
	struct mtopic *t;

	STAILQ_FOREACH(t, &m->topics, link)
		if (t->synced < t->commits && t->o.fd != -1)
			return true;
	return false;
}

/* A while for more commits to come, or until the member leaves. */
static void
gather_commits(struct member *m)
{
	const int64_t until = clock_steady_ns() + SYNC_AFTER_NS;
	const struct timespec ts = { .tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S };

	while (!m->quit && pthread_cond_clockwait(&m->ending, &m->mutex, CLOCK_MONOTONIC, &ts) == 0)
		;
}

static void *
sync_run(void *arg)
{
	struct member *m = arg;
	struct mtopic *t;

	pthread_mutex_lock(&m->mutex);
	for (;;) {
		while (!m->quit && !is_dirty(m))
			pthread_cond_wait(&m->dirty, &m->mutex);
		gather_commits(m);
		/* What is dirty then is synced by who leaves, before it gives up. */
		if (m->quit)
			break;
		STAILQ_FOREACH(t, &m->topics, link)
			if (t->synced < t->commits && t->o.fd != -1)
				sync_topic(m, t);
	}
	pthread_mutex_unlock(&m->mutex);
	return NULL;
}

int
syncer_start_member(struct member *m, struct err *e)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&m->syncer, NULL, sync_run, m);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		errno = rc;
		return err_sys(e, "cannot start a thread");
	}
	m->syncing = true;
	return 0;
}

void
syncer_stop_member(struct member *m)
{
	if (!m->syncing)
		return;
	pthread_mutex_lock(&m->mutex);
	m->quit = true;
	pthread_cond_signal(&m->dirty);
	pthread_cond_signal(&m->ending);
	pthread_mutex_unlock(&m->mutex);
	pthread_join(m->syncer, NULL);
	m->syncing = false;
}

/* ---- writing a slot ---- */

/*
 * Ours, with its generation, until done_with; or why not.  A claim that the caller was not told
 * of yet is not the one it speaks of: a batch of an earlier tenure is late.
 */
static int
owned(struct member *m, const char *topic, int32_t partition, struct mtopic **t, int64_t *generation, struct err *e)
{
	int rc = 0;

	pthread_mutex_lock(&m->mutex);
	*t = mtopic_find(m, topic);
	if (m->failed.code != 0)
		rc = err_set(e, m->failed.code, "%s", m->failed.text);
	else if (*t == NULL || partition < 0 || partition >= (*t)->nparts || (*t)->parts[partition].state < PART_OWNED ||
	    (*t)->parts[partition].told != (*t)->parts[partition].generation)
		rc = err_set(e, ERR_FENCED, "partition %d of topic '%s' is not owned by member '%s' of group '%s'", partition,
		    topic, m->me.id, m->g.name);
	else {
		*generation = (*t)->parts[partition].generation;
		(*t)->users++;
	}
	pthread_mutex_unlock(&m->mutex);
	return rc;
}

static void
done_with(struct member *m, struct mtopic *t)
{
	pthread_mutex_lock(&m->mutex);
	t->users--;
	mtopic_close_gone(t);
	pthread_mutex_unlock(&m->mutex);
}

static void
notice(struct member *m, const char *text)
{
	if (m->o.notice != NULL)
		m->o.notice(m->o.arg, text);
}

struct trying {
	int64_t began, pause_ms, stopped;
	bool told;
};

static void
say_waiting(struct member *m, const struct mtopic *t, int32_t partition, int rc, const struct err *e)
{
	char text[ERR_TEXT_MAX + 128], who[64];

	if (rc != -ERR_BUSY)
		snprintf(text, sizeof(text), "%s; it is tried again for %lld s", e->text, (long long)(m->o.commit_timeout_ms / 1000));
	else if (offsets_holder(&t->o, m->call_lock, partition, who, sizeof(who)))
		snprintf(text, sizeof(text), "'%s': partition %d is held by %s", t->o.label, partition, who);
	else
		snprintf(text, sizeof(text), "'%s': partition %d is held by another process", t->o.label, partition);
	notice(m, text);
}

/* After a write that did not work: true when it is to be tried again. */
static bool
again(struct member *m, struct trying *try, const struct mtopic *t, int32_t partition, int rc, struct err *e)
{
	int64_t now = clock_steady_ns(), spent = (now - try->began) / 1000000;
	struct timespec ts;

	if (rc != -ERR_BUSY && rc != -ERR_SYS)
		return false;
	if (m->local->stop != NULL && *m->local->stop && try->stopped == 0)
		try->stopped = now;
	if (spent >= m->o.commit_timeout_ms || (try->stopped != 0 && now - try->stopped > STOP_MS * 1000000LL)) {
		if (rc == -ERR_BUSY)
			(void)err_set(e, ERR_BUSY, "'%s': partition %d is held by another process", t->o.label, partition);
		return false;
	}
	if (!try->told && (rc == -ERR_SYS || spent >= BUSY_SAID_MS)) {
		try->told = true;
		say_waiting(m, t, partition, rc, e);
	}
	if (try->pause_ms == 0 || rc == -ERR_SYS)
		try->pause_ms = rc == -ERR_SYS ? (try->pause_ms < 100 ? 100 : try->pause_ms < 1000 ? try->pause_ms * 2 : 1000) : 1;
	else if (try->pause_ms < 64)
		try->pause_ms *= 2;
	ts = (struct timespec){ .tv_sec = try->pause_ms / 1000, .tv_nsec = try->pause_ms % 1000 * 1000000 };
	(void)nanosleep(&ts, NULL);
	return true;
}

/* Another has it, or it cannot be reached any more. */
static void
not_ours(struct member *m, struct mtopic *t, int32_t partition)
{
	pthread_mutex_lock(&m->mutex);
	t->parts[partition].state = PART_FREE;
	pthread_mutex_unlock(&m->mutex);
	member_kick(m);
}

static int
commit(struct member *m, struct mtopic *t, int32_t partition, struct slot *s, struct err *e)
{
	struct trying try = { .began = clock_steady_ns() };
	int rc;

	s->topic = t->id;
	do
		rc = offsets_commit(&t->o, m->call_lock, partition, s, e);
	while (rc != 0 && again(m, &try, t, partition, rc, e));
	if (rc == -ERR_FENCED)
		not_ours(m, t, partition);
	if (rc != 0)
		return rc;
	if (try.told)
		notice(m, "the position is committed");
	pthread_mutex_lock(&m->mutex);
	t->commits++;
	pthread_cond_signal(&m->dirty);
	pthread_mutex_unlock(&m->mutex);
	return 0;
}

int
local_member_commit(struct member *m, const char *topic, int32_t partition, int64_t offset, int32_t leader_epoch, struct err *e)
{
	struct slot s = { .owner = m->me.incarnation, .offset = offset, .leader_epoch = leader_epoch, .time_ms = clock_wall_ms() };
	struct mtopic *t;
	int rc;

	if ((rc = owned(m, topic, partition, &t, &s.generation, e)) != 0)
		return rc;
	if (!m->o.no_commit)
		rc = commit(m, t, partition, &s, e);
	done_with(m, t);
	return rc;
}

/* What was committed is on disk before anybody else goes on from it. */
static int
sync_before(struct member *m, struct mtopic *t, struct err *e)
{
	uint64_t upto;
	bool dirty;
	int rc = 0;

	pthread_mutex_lock(&m->mutex);
	upto = t->commits;
	dirty = t->synced < upto;
	pthread_mutex_unlock(&m->mutex);
	if (dirty && (rc = offsets_sync(&t->o, e)) == 0) {
		pthread_mutex_lock(&m->mutex);
		if (upto > t->synced)
			t->synced = upto;
		pthread_mutex_unlock(&m->mutex);
	}
	return rc;
}

int
local_member_give_up(struct member *m, const char *topic, int32_t partition, struct err *e)
{
	struct trying try = { .began = clock_steady_ns() };
	struct err why = ERR_INIT;
	int64_t generation;
	struct mtopic *t;
	int rc;

	/* Not ours any more: nothing to give up. */
	if ((rc = owned(m, topic, partition, &t, &generation, e)) != 0)
		return rc == -ERR_FENCED ? 0 : rc;
	rc = sync_before(m, t, e);
	if (rc == 0) {
		do
			rc = offsets_release(&t->o, m->call_lock, partition, m->me.incarnation, generation, &why);
		while (rc != 0 && again(m, &try, t, partition, rc, &why));
		if (rc != 0)
			rc = err_set(e, why.code, "%s", why.text);
	}
	not_ours(m, t, partition);
	done_with(m, t);
	return rc;
}

int
commit_release_all(struct member *m, struct err *e)
{
	struct mtopic *t;
	int32_t i;
	int rc, first = 0;

	STAILQ_FOREACH(t, &m->topics, link) {
		if (t->gone || t->o.fd == -1)
			continue;
		if ((rc = sync_before(m, t, first == 0 ? e : NULL)) != 0 && first == 0)
			first = rc;
		for (i = 0; i < t->nparts; i++) {
			if (t->parts[i].state < PART_OWNED)
				continue;
			/* A byte that is held now is given up by our death: the slot names nobody who lives. */
			(void)offsets_release(&t->o, m->call_lock, i, m->me.incarnation, t->parts[i].generation, NULL);
			t->parts[i].state = PART_FREE;
		}
	}
	return first;
}
