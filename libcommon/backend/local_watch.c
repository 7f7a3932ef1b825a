/*
 * local_watch.c - the membership thread: it beats once a second and looks
 * when something may have changed (local_member.h).
 *
 * inotify only ever means "look again"; each second everything is looked at
 * without it.  The watch on offsets/ is there only while we wait for somebody
 * to give a partition up, since each commit of anybody raises an event in it.
 */
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/local_member.h"
#include "base/clock.h"
#include "base/io.h"
#include "log/follow.h"

#define BACKOFF_MOST_MS	64
#define LEAST_NS	1000000L

void
member_kick(struct member *m)
{
	static const uint64_t one = 1;

	(void)write_full(m->kick, &one, sizeof(one), NULL);
}

int
event_push(struct member *m, int kind, struct mtopic *t, int32_t partition, const struct slot *slot)
{
	static const uint64_t one = 1;
	struct raw_event *ev = calloc(1, sizeof(*ev));

	if (ev == NULL)
		return -1;
	ev->kind = kind;
	ev->t = t;
	ev->partition = partition;
	if (slot != NULL)
		ev->slot = *slot;
	STAILQ_INSERT_TAIL(&m->events, ev, link);
	(void)write_full(m->ready, &one, sizeof(one), NULL);
	return 0;
}

void
member_notice(struct member *m, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	pthread_mutex_lock(&m->mutex);
	if (text == NULL || event_push(m, RAW_NOTICE, NULL, -1, NULL) == -1)
		free(text);
	else
		STAILQ_LAST(&m->events, raw_event, link)->text = text;
	pthread_mutex_unlock(&m->mutex);
}

void
member_fail(struct member *m, const struct err *e)
{
	static const uint64_t one = 1;

	pthread_mutex_lock(&m->mutex);
	if (m->failed.code == 0)
		m->failed = *e;
	(void)write_full(m->ready, &one, sizeof(one), NULL);
	pthread_mutex_unlock(&m->mutex);
}

void
member_look_soon(struct member *m)
{
	m->backoff_ms = 1;
	m->next_look = clock_steady_ns() + 1000000;
}

/* ---- inotify ---- */

static void
watches_set(struct member *m)
{
	char path[64];

	if ((m->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) == -1) {
		m->notify_error = errno;
		return;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m->g.members);
	m->watch_members = inotify_add_watch(m->notify, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m->g.fd);
	if (m->watch_members != -1)
		m->watch_group = inotify_add_watch(m->notify, path, IN_CREATE | IN_MOVED_TO);
	if (m->watch_members == -1 || m->watch_group == -1) {
		m->notify_error = errno;
		close(m->notify);
		m->notify = -1;
		return;
	}
	m->watch_offsets = m->watch_topics = -1;
	if (store_topics_fd(m->local->store) != -1) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", store_topics_fd(m->local->store));
		m->watch_topics = inotify_add_watch(m->notify, path, IN_MOVED_TO | IN_MOVED_FROM);
		if (m->watch_topics == -1)
			m->notify_error = errno;
	}
}

/* Somebody is to give up what we wait for: only then each write to a slot is of interest. */
static void
watch_slots(struct member *m, bool wanted)
{
	char path[64];

	if (m->notify == -1 || wanted == (m->watch_offsets != -1))
		return;
	if (wanted) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", m->g.offsets);
		m->watch_offsets = inotify_add_watch(m->notify, path, IN_MODIFY);
		m->act = true;
	} else {
		(void)inotify_rm_watch(m->notify, m->watch_offsets);
		m->watch_offsets = -1;
	}
}

static void
on_event(struct member *m, const struct inotify_event *ev)
{
	const char *name = ev->len > 0 ? ev->name : "";

	if ((ev->mask & IN_Q_OVERFLOW) != 0)
		m->lost_events = m->look_peers = m->look_assignment = m->look_topics = m->act = true;
	else if (ev->wd == m->watch_members) {
		if (strchr(name, '~') == NULL)
			peers_event(m, name);
	} else if (ev->wd == m->watch_group) {
		if (strncmp(name, "assignment.", 11) == 0)
			m->look_assignment = true;
	} else if (ev->wd == m->watch_offsets)
		m->act = true;
	else if (ev->wd == m->watch_topics)
		m->look_topics = true;
}

static void
drain(struct member *m)
{
	_Alignas(struct inotify_event) char b[16384];
	const struct inotify_event *ev;
	uint64_t count;
	ssize_t n, at;

	(void)read_some(m->kick, &count, sizeof(count));
	while (m->notify != -1 && (n = read_some(m->notify, b, sizeof(b))) > 0)
		for (at = 0; at + (ssize_t)sizeof(*ev) <= n; at += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = (const struct inotify_event *)(b + at);
			on_event(m, ev);
		}
}

/* ---- the thread ---- */

static void
say_polling(struct member *m)
{
	const char *what = m->notify == -1 ? "" : m->notify_error != 0 ? "for topics that come or go " : NULL;

	if (!m->o.verbose || m->told_polling)
		return;
	if (what != NULL)
		member_notice(m, "group '%s' is looked at %seach second: %s", m->g.name, what, follow_reason(m->notify_error));
	else if (m->lost_events)
		member_notice(m, "group '%s': inotify lost events (fs.inotify.max_queued_events), all is looked at again", m->g.name);
	else
		return;
	m->told_polling = true;
}

static void
tick(struct member *m, int64_t now)
{
	if (now < m->next_tick)
		return;
	m->next_tick = now + TICK_NS;
	if (member_beat(m->file, &m->me, ++m->beats) == 1)
		member_notice(m, "'%s/members/%s' was damaged, it is written anew", m->g.label, m->name);
	peers_tick(m);
	m->look_assignment = m->look_topics = m->act = true;
	say_polling(m);
}

static bool
waits_for_slots(struct member *m)
{
	const struct mtopic *t;
	bool waits = false;
	int32_t i;

	pthread_mutex_lock(&m->mutex);
	STAILQ_FOREACH(t, &m->topics, link)
		for (i = 0; !waits && i < t->nparts; i++)
			waits = t->parts[i].state == PART_WANTED;
	pthread_mutex_unlock(&m->mutex);
	return waits;
}

static void
look(struct member *m)
{
	if (m->look_peers && peers_scan(m, NULL) == 0)
		m->look_peers = false;
	peers_suspects(m);
	if (m->look_topics)
		share_topics(m);
	share_look(m);
	if (m->act) {
		m->acted_ns = clock_steady_ns();
		claim_act(m);
	}
	watch_slots(m, waits_for_slots(m));
	if (m->act)		/* the watch was just set: what was given up before it is seen now */
		claim_act(m);
}

/* How long to sleep. */
static int
pause_ms(struct member *m, int64_t now)
{
	int64_t until = m->next_tick;

	if (m->act)
		return 0;
	if (m->backoff_ms != 0 && m->next_look < until)
		until = m->next_look;
	if (m->due_since != 0 && now + 2000000 < until)
		until = now + 2000000;
	if (until <= now)
		return 0;
	return (int)((until - now + 999999) / 1000000);
}

static bool
ends(struct member *m)
{
	bool end;

	pthread_mutex_lock(&m->mutex);
	end = m->quit || m->failed.code != 0;
	pthread_mutex_unlock(&m->mutex);
	return end;
}

static void *
run(void *arg)
{
	const struct timespec least = { .tv_nsec = LEAST_NS };
	struct member *m = arg;
	struct pollfd p[2];
	int64_t now;

	while (!ends(m)) {
		now = clock_steady_ns();
		if (m->backoff_ms != 0 && now >= m->next_look) {
			m->act = true;
			m->backoff_ms = m->backoff_ms >= BACKOFF_MOST_MS ? 0 : m->backoff_ms * 2;
			m->next_look = now + m->backoff_ms * 1000000;
		}
		tick(m, now);
		look(m);
		p[0] = (struct pollfd){ .fd = m->kick, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = m->notify, .events = POLLIN };
		if (poll(p, 2, pause_ms(m, clock_steady_ns())) > 0) {
			/* While we wait for a slot each commit of anybody wakes us: not more than once a millisecond. */
			if (m->watch_offsets != -1 && clock_steady_ns() - m->acted_ns < LEAST_NS)
				(void)nanosleep(&least, NULL);
			drain(m);
		}
	}
	return NULL;
}

int
watch_start(struct member *m, struct err *e)
{
	sigset_t all, old;
	int rc;

	/* The watch first, then the look. */
	watches_set(m);
	m->look_peers = m->look_assignment = m->look_topics = m->act = true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&m->thread, NULL, run, m);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		errno = rc;
		return err_sys(e, "cannot start a thread");
	}
	m->running = true;
	return 0;
}

void
watch_stop(struct member *m)
{
	if (m->running) {
		pthread_mutex_lock(&m->mutex);
		m->quit = true;
		pthread_mutex_unlock(&m->mutex);
		member_kick(m);
		pthread_join(m->thread, NULL);
		m->running = false;
	}
	if (m->notify != -1)
		close(m->notify);
	m->notify = -1;
}
