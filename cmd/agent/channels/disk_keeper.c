/*
 * disk_keeper.c - the thread of a queue on disk: syncs the position 100 ms
 * after it moved, the log each sync_ms where puts do not wait for it, and each
 * checkpoint_ms takes away the segments that were delivered.
 */
#include <signal.h>
#include <time.h>

#include "agent/channels/disk_in.h"
#include "base/clock.h"
#include "store/retain.h"

#define MS		1000000LL
#define POSITION_MS	100
#define AGAIN_MS	1000		/* after something that failed */

void
keeper_call(struct disk *d)
{
	pthread_cond_signal(&d->work);
}

/* All of these are called and return under the lock, and free it meanwhile. */

static void
sync_log(struct disk *d)
{
	struct err e = ERR_INIT;
	int rc;

	d->unsynced_ns = 0;
	pthread_mutex_unlock(&d->lock);
	if ((rc = appender_sync(d->ap, &e)) != 0)
		say(d->o.self, LOG_ERROR, "%s", e.text);
	pthread_mutex_lock(&d->lock);
}

static void
sync_position(struct disk *d)
{
	struct err e = ERR_INIT;
	int rc;

	if (d->unwritten && !d->fenced)
		disk_moved(d);
	d->moved_ns = 0;
	pthread_mutex_unlock(&d->lock);
	if ((rc = claim_sync(&d->claim, &e)) != 0)
		say(d->o.self, LOG_ERROR, "%s", e.text);
	pthread_mutex_lock(&d->lock);
	if (d->unwritten && !d->fenced)
		d->moved_ns = clock_steady_ns() + AGAIN_MS * MS;
}

static void
trim(struct disk *d)
{
	struct retain_rules rules = { .retention_ms = RETAIN_NO_LIMIT, .retention_bytes = RETAIN_NO_LIMIT, .keep_from = INT64_MAX,
		.now_ms = clock_wall_ms(), .conf = d->conf, .lock_timeout_ms = AGAIN_MS };
	struct retain_log l = RETAIN_LOG_INIT;
	int64_t to = d->position;
	struct err e = ERR_INIT;
	int rc;

	d->trimmed = to;
	d->trim_ns = clock_steady_ns();
	pthread_mutex_unlock(&d->lock);
	if ((rc = partdir_trim(&d->dir, to, AGAIN_MS, &e)) == 0)
		rc = retain_run(&l, &d->dir, &rules, &e);
	retain_release(&l);
	/* -ERR_BUSY: plog-check or plog-retain is at it; the next time will do. */
	if (rc != 0 && rc != -ERR_BUSY)
		say(d->o.self, LOG_WARN, "cannot take away what was delivered: %s", e.text);
	pthread_mutex_lock(&d->lock);
}

/* When something is due, and what; INT64_MAX: nothing is. */
static int64_t
next_due(const struct disk *d, void (**what)(struct disk *))
{
	int64_t due = INT64_MAX, at;

	if (d->moved_ns != 0) {
		due = d->moved_ns + POSITION_MS * MS;
		*what = sync_position;
	}
	if (d->unsynced_ns != 0 && (at = d->unsynced_ns + d->o.sync_ms * MS) < due) {
		due = at;
		*what = sync_log;
	}
	if (d->position > d->trimmed && (at = d->trim_ns + d->o.checkpoint_ms * MS) < due) {
		due = at;
		*what = trim;
	}
	return due;
}

static void *
keep(void *arg)
{
	struct disk *d = arg;
	void (*what)(struct disk *) = NULL;
	struct timespec t;
	int64_t due;

	pthread_mutex_lock(&d->lock);
	while (!d->quit) {
		due = next_due(d, &what);
		if (due == INT64_MAX)
			pthread_cond_wait(&d->work, &d->lock);
		else if (clock_steady_ns() >= due)
			what(d);
		else {
			t = (struct timespec){ .tv_sec = due / 1000000000, .tv_nsec = due % 1000000000 };
			(void)pthread_cond_timedwait(&d->work, &d->lock, &t);
		}
	}
	if (d->unsynced_ns != 0)
		sync_log(d);
	if (d->moved_ns != 0)
		sync_position(d);
	if (d->position > d->trimmed)
		trim(d);
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

int
keeper_start(struct disk *d, struct err *e)
{
	sigset_t all, old;

	d->trim_ns = clock_steady_ns();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	d->running = pthread_create(&d->thread, NULL, keep, d) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return d->running ? 0 : err_set(e, ERR_NOMEM, "cannot start a thread for the channel");
}

void
keeper_stop(struct disk *d)
{
	if (!d->running)
		return;
	pthread_mutex_lock(&d->lock);
	d->quit = true;
	keeper_call(d);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	d->running = false;
}
