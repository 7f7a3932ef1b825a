/*
 * local_member.c - joining and leaving a group of a store, and what the
 * caller asks of its membership (group.h, local_member.h).
 */
#include "backend/local_member.h"

#include <sys/eventfd.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"

#define HOST_MAX	64

static int
copy_likes(struct member *m, const struct member_opts *o, struct err *e)
{
	size_t i;
	int rc;

	for (i = 0; o->assignors != NULL && o->assignors[i] != NULL; i++) {
		if (m->me.nlikes == ASSIGNOR_COUNT)
			return err_set(e, ERR_INVALID, "an assignor is named twice");
		if ((rc = assignor_parse(o->assignors[i], &m->me.likes[m->me.nlikes], e)) != 0)
			return rc;
		m->me.nlikes++;
	}
	if (m->me.nlikes == 0)
		m->me.likes[m->me.nlikes++] = ASSIGNOR_COOPERATIVE_STICKY;
	return 0;
}

/* Who we are, as the member file says it. */
static int
introduce(struct member *m, const struct member_opts *o, struct err *e)
{
	char host[HOST_MAX + 1] = "localhost";
	struct member_info *me = &m->me;
	size_t i;
	int rc;

	(void)gethostname(host, sizeof(host) - 1);
	if (member_name_check("member", host, NULL) != 0)
		snprintf(host, sizeof(host), "localhost");
	me->incarnation = member_draw_incarnation();
	me->pid = getpid();
	me->session_timeout_ms = o->session_timeout_ms;
	me->max_poll_interval_ms = o->max_poll_interval_ms;
	if ((rc = copy_likes(m, o, e)) != 0 ||
	    (o->id != NULL && (rc = member_name_check("member", o->id, e)) != 0) ||
	    (o->instance != NULL && (rc = member_name_check("instance", o->instance, e)) != 0))
		return rc;
	if (o->id != NULL)
		me->id = strdup(o->id);
	else if (asprintf(&me->id, "%s.%ld.%08llx", host, (long)me->pid, (unsigned long long)(me->incarnation >> 32)) == -1)
		me->id = NULL;
	me->host = strdup(host);
	me->client = o->client != NULL ? strdup(o->client) : NULL;
	me->instance = o->instance != NULL ? strdup(o->instance) : NULL;
	me->topics = calloc(o->ntopics + 1, sizeof(*me->topics));
	for (i = 0; me->topics != NULL && i < o->ntopics; i++)
		if ((me->topics[me->ntopics] = strdup(o->topics[i])) != NULL)
			me->ntopics++;
	if (me->id == NULL || me->host == NULL || me->ntopics != o->ntopics || (o->instance != NULL && me->instance == NULL) ||
	    (o->client != NULL && me->client == NULL))
		return err_set(e, ERR_NOMEM, "no memory for a member");
	member_file_name(me, m->name);
	return 0;
}

static void
free_topics(struct member *m)
{
	struct mtopic *t;

	while ((t = STAILQ_FIRST(&m->topics)) != NULL) {
		STAILQ_REMOVE_HEAD(&m->topics, link);
		offsets_close(&t->o);
		free(t->name);
		free(t->parts);
		free(t);
	}
}

static void
member_free(struct member *m)
{
	struct raw_event *ev;
	int fds[] = { m->file, m->call_lock, m->kick, m->ready };
	size_t i;

	while ((ev = STAILQ_FIRST(&m->events)) != NULL) {
		STAILQ_REMOVE_HEAD(&m->events, link);
		free(ev->text);
		free(ev);
	}
	free_topics(m);
	peers_free(m);
	share_free(m);
	member_info_release(&m->me);
	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] != -1)
			close(fds[i]);
	group_close(&m->g);
	free(m->event_topic);
	pthread_mutex_destroy(&m->mutex);
	pthread_cond_destroy(&m->dirty);
	pthread_cond_destroy(&m->ending);
	free(m);
}

/* Becomes a member, alone with the others: nobody else joins meanwhile. */
static int
enter(struct member *m, struct err *e)
{
	struct lock l = LOCK_INIT;
	bool said = false;
	struct err who;
	int rc;

	/* Whoever was stopped while it joined goes on or dies: it is waited for, and said whom. */
	while ((rc = group_hold(&l, &m->g, m->local->stop, &who)) == -ERR_BUSY) {
		if (!said && m->o.notice != NULL)
			m->o.notice(m->o.arg, who.text);
		said = true;
	}
	if (rc != 0)
		return err_set(e, who.code, "%s", who.text);
	/* First the new one, then the mark of the old: so the instance never has nobody. */
	if ((rc = peers_admit(m, e)) == 0 && (rc = member_file_make(&m->g, &m->me, &m->file, e)) == 0)
		rc = peers_replace(m, e);
	lock_drop(&l);
	return rc;
}

static int
open_all(struct member *m, const struct member_opts *o, struct err *e)
{
	int rc, tries = 0;

	if ((rc = introduce(m, o, e)) != 0)
		return rc;
	if ((m->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 || (m->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return err_sys(e, "cannot join group '%s'", o->group);
	do {
		/* It may be removed between opening and entering: then it is made again. */
		group_close(&m->g);
		if ((rc = group_open(&m->g, m->local->store, o->groups_dir, o->group, GROUP_CREATE, e)) == 0)
			rc = enter(m, e);
	} while (rc == -ERR_NOENT && ++tries < 10);
	if (rc == 0 && (m->call_lock = group_lock_again(&m->g)) == -1)
		rc = err_sys(e, "cannot open the lock of group '%s'", m->g.label);
	if (rc == 0 && (rc = watch_start(m, e)) == 0)
		rc = syncer_start_member(m, e);
	return rc;
}

/* Recursive: what is said while it is held takes it too. */
static void
init_mutex(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}

int
local_member_join(struct backend *be, const struct member_opts *o, struct member **out, struct err *e)
{
	struct member *m;
	int rc;

	*out = NULL;
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a member");
	m->local = local_of(be);
	m->o = *o;
	m->file = m->call_lock = m->kick = m->ready = m->notify = -1;
	m->g = (struct group){ .parent = -1, .fd = -1, .members = -1, .offsets = -1, .lock = -1 };
	STAILQ_INIT(&m->events);
	STAILQ_INIT(&m->topics);
	init_mutex(&m->mutex);
	pthread_cond_init(&m->dirty, NULL);
	pthread_cond_init(&m->ending, NULL);
	if ((rc = open_all(m, o, e)) != 0) {
		(void)local_member_leave(m, NULL);
		return rc;
	}
	*out = m;
	return 0;
}

int
local_member_fd(struct member *m)
{
	return m->ready;
}

const char *
local_member_id(struct member *m)
{
	return m->me.id;
}

/* The next raw event, or NULL; *failed when there is none and the membership ended. */
static struct raw_event *
take_event(struct member *m, struct err *failed)
{
	struct raw_event *ev;
	uint64_t count;

	pthread_mutex_lock(&m->mutex);
	*failed = m->failed;
	/* After the end nothing that was queued is true any more, but what is to be said is. */
	while ((ev = STAILQ_FIRST(&m->events)) != NULL) {
		STAILQ_REMOVE_HEAD(&m->events, link);
		if (failed->code == 0 || ev->kind == RAW_NOTICE)
			break;
		free(ev);
	}
	if (STAILQ_EMPTY(&m->events) && failed->code == 0)
		(void)read_some(m->ready, &count, sizeof(count));
	pthread_mutex_unlock(&m->mutex);
	return ev;
}

/* 1: *out is set; 0: it was for our own use. */
static int
hand_out(struct member *m, const struct raw_event *raw, struct member_event *out, struct err *e)
{
	static const enum member_event_kind kinds[] = { MEMBER_ASSIGNED, MEMBER_REVOKE, MEMBER_LOST, MEMBER_SETTLED };
	int rc;

	if (raw->kind == RAW_NOTICE) {
		if (m->o.notice != NULL)
			m->o.notice(m->o.arg, raw->text);
		return 0;
	}
	*out = (struct member_event){ .kind = kinds[raw->kind], .partition = raw->partition, .offset = -1 };
	free(m->event_topic);
	m->event_topic = NULL;
	if (raw->t == NULL)
		return 1;
	if ((m->event_topic = strdup(raw->t->name)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for an event");
	out->topic = m->event_topic;
	if (raw->kind != RAW_ASSIGNED)
		return 1;
	pthread_mutex_lock(&m->mutex);
	raw->t->parts[raw->partition].told = raw->slot.generation;
	pthread_mutex_unlock(&m->mutex);
	if ((rc = start_place(m, raw->t, raw->partition, &raw->slot, &out->offset, e)) == -ERR_NOENT)
		return 0;	/* deleted meanwhile: a later event says so */
	return rc == 0 ? 1 : rc;
}

int
local_member_event(struct member *m, struct member_event *out, struct err *e)
{
	struct raw_event *ev;
	struct err failed;
	int rc;

	while ((ev = take_event(m, &failed)) != NULL) {
		rc = hand_out(m, ev, out, e);
		free(ev->text);
		free(ev);
		if (rc != 0)
			return rc;
	}
	if (failed.code == 0)
		return 0;
	return err_set(e, failed.code, "%s", failed.text);
}

int
local_member_owns(struct member *m, const char *topic, int32_t partition)
{
	enum slot_state state;
	struct mtopic *t;
	struct slot s;
	int owns = 0;

	pthread_mutex_lock(&m->mutex);
	t = mtopic_find(m, topic);
	if (m->failed.code == 0 && t != NULL && partition >= 0 && partition < t->nparts && t->parts[partition].state >= PART_OWNED &&
	    offsets_read(&t->o, partition, 1, &s, &state, NULL) == 0)
		owns = state != SLOT_BAD && s.owner == m->me.incarnation && s.generation == t->parts[partition].told;
	pthread_mutex_unlock(&m->mutex);
	return owns;
}

/* Another living member's, by the files: the membership thread's list of peers is not ours to read. */
static bool
owner_lives(const struct member *m, uint64_t owner)
{
	char **names = NULL;
	size_t n = 0, i;
	bool lives = false;

	if (member_names(&m->g, &names, &n, NULL) != 0)
		return true;
	for (i = 0; i < n; i++)
		if (member_name_incarnation(names[i]) == owner)
			lives = member_life(&m->g, names[i], NULL) == MEMBER_ALIVE;
	topic_names_free(names, n);
	return lives;
}

int
local_member_elsewhere(struct member *m, const char *topic, int32_t partition, int64_t *committed, struct err *e)
{
	enum slot_state state = SLOT_BAD;
	struct offsets o;
	struct slot s = { .offset = -1 };
	int rc;

	*committed = -1;
	rc = offsets_open(&o, &m->g, topic, false, e);
	if (rc == -ERR_NOENT)
		return 0;
	if (rc != 0)
		return rc;
	rc = offsets_read(&o, partition, 1, &s, &state, e);
	offsets_close(&o);
	if (rc != 0 || state == SLOT_BAD)
		return rc;
	*committed = s.offset;
	return s.owner != 0 && s.owner != m->me.incarnation && owner_lives(m, s.owner);
}

int
local_member_leave(struct member *m, struct err *e)
{
	int rc = 0;

	if (m == NULL)
		return 0;
	watch_stop(m);
	syncer_stop_member(m);
	if (m->file != -1) {
		if (m->call_lock != -1)
			rc = commit_release_all(m, e);
		/* A static member's file stays: it may come back within the session timeout. */
		if (m->me.instance == NULL || m->failed.code == ERR_FENCED)
			member_file_leave(&m->g, m->name);
	}
	member_free(m);
	return rc;
}
