/*
 * The sync each flush.ms, in a thread of its own and without the partition's
 * lock.  A run of one batch never starts it: the sync at its end is enough.
 */
#include "backend/local_producer.h"

#include <signal.h>
#include <time.h>

#include "base/clock.h"

#define STACK_BYTES	(256 * 1024)
#define FEW_BATCHES	2

void
syncer_init(struct producer *p)
{
	struct syncer *s = &p->sync;
	pthread_condattr_t attr;

	TAILQ_INIT(&s->list);
	pthread_mutex_init(&s->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &attr);
	pthread_condattr_destroy(&attr);
	pthread_cond_init(&s->idle, NULL);
}

/* All that is in the list now; the mutex is held, and free during each sync. */
static void
sync_list(struct syncer *s)
{
	struct part *part, *last = TAILQ_LAST(&s->list, part_list);
	struct err e = ERR_INIT;
	bool end = false;
	int rc;

	while (!end && (part = TAILQ_FIRST(&s->list)) != NULL) {
		end = part == last;
		TAILQ_REMOVE(&s->list, part, sync_link);
		part->unsynced = false;
		part->syncing = true;
		pthread_mutex_unlock(&s->mutex);
		rc = appender_sync(part->ap, &e);
		pthread_mutex_lock(&s->mutex);
		part->syncing = false;
		pthread_cond_broadcast(&s->idle);
		if (rc != 0 && !s->failed) {
			s->why = e;
			__atomic_store_n(&s->failed, true, __ATOMIC_RELEASE);
		}
	}
	s->since_ns = clock_steady_ns();
}

static void *
syncer_main(void *arg)
{
	struct syncer *s = arg;
	struct timespec t;
	int64_t due;

	pthread_mutex_lock(&s->mutex);
	while (!s->quit) {
		if (TAILQ_EMPTY(&s->list)) {
			pthread_cond_wait(&s->wake, &s->mutex);
			continue;
		}
		due = s->since_ns + s->period_ns;
		if (clock_steady_ns() < due) {
			t.tv_sec = due / 1000000000;
			t.tv_nsec = due % 1000000000;
			(void)pthread_cond_timedwait(&s->wake, &s->mutex, &t);
			continue;
		}
		sync_list(s);
	}
	pthread_mutex_unlock(&s->mutex);
	return NULL;
}

/* Signals stay with the thread that reads. */
static void
start(struct syncer *s)
{
	pthread_attr_t attr;
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	s->running = pthread_create(&s->thread, &attr, syncer_main, s) == 0;
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void
syncer_note(struct producer *p, struct part *part)
{
	struct syncer *s = &p->sync;

	pthread_mutex_lock(&s->mutex);
	if (!part->unsynced) {
		if (TAILQ_EMPTY(&s->list)) {
			s->since_ns = clock_steady_ns();
			pthread_cond_signal(&s->wake);
		}
		part->unsynced = true;
		TAILQ_INSERT_TAIL(&s->list, part, sync_link);
	}
	pthread_mutex_unlock(&s->mutex);
	if (!s->running && ++s->noted > FEW_BATCHES)
		start(s);
}

int64_t
syncer_tick(struct producer *p)
{
	struct syncer *s = &p->sync;
	int64_t left;

	if (s->running || TAILQ_EMPTY(&s->list))
		return -1;
	left = s->since_ns + s->period_ns - clock_steady_ns();
	if (left > 0)
		return left / 1000000 + 1;
	start(s);
	return -1;
}

void
syncer_forget(struct producer *p, struct part *part)
{
	struct syncer *s = &p->sync;

	pthread_mutex_lock(&s->mutex);
	while (part->syncing)
		pthread_cond_wait(&s->idle, &s->mutex);
	if (part->unsynced) {
		TAILQ_REMOVE(&s->list, part, sync_link);
		part->unsynced = false;
	}
	pthread_mutex_unlock(&s->mutex);
}

void
syncer_stop(struct producer *p)
{
	struct syncer *s = &p->sync;

	if (!s->running)
		return;
	pthread_mutex_lock(&s->mutex);
	s->quit = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->thread, NULL);
	s->running = false;
}

int
syncer_check(struct producer *p, struct err *e)
{
	struct syncer *s = &p->sync;

	if (!__atomic_load_n(&s->failed, __ATOMIC_ACQUIRE))
		return 0;
	pthread_mutex_lock(&s->mutex);
	*e = s->why;
	s->failed = false;
	pthread_mutex_unlock(&s->mutex);
	return -(int)e->code;
}
