/*
 * sync.c - what was appended gets to the disk, or is known not to have.
 *
 * A sync vouches only for what was written through its descriptor, or by
 * others while it was open: an error of the disk is told once to each
 * descriptor that was open then, and to nobody who comes later.  So a segment
 * that was written to stays open until a sync that began behind the last
 * append to it has returned 0, whoever has rolled meanwhile.
 *
 * After a failed sync the pages count as clean: a second one would return 0
 * for bytes that are gone.  The descriptor is thrown away, the segment is
 * closed under the lock (roll.c, close_lost), and the failure is told once.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/segment.h"
#include "log/writer.h"

#define POINT_EVERY_NS	INT64_C(1000000000)
#define EINTR_MAX	1000

int
data_sync(int fd)
{
	int tries;

	for (tries = 0; fdatasync(fd) == -1; tries++)
		if (errno != EINTR || tries == EINTR_MAX)
			return errno;
	return 0;
}

void
written_free(struct appender *ap, struct written *w)
{
	if (!w->dead) {
		TAILQ_REMOVE(&ap->segments, w, next);
		ap->segment_count--;
	}
	close(w->fd);
	free(w);
}

static void
lost_add(struct lost *l, const struct lost *more)
{
	if (l->error == 0) {
		*l = *more;
		return;
	}
	if (more->from < l->from)
		l->from = more->from;
	if (more->to > l->to)
		l->to = more->to;
}

void
written_lost(struct appender *ap, struct written *w)
{
	struct lost l = { .error = w->error, .base = w->base, .from = w->from, .to = w->to };

	pthread_mutex_lock(&ap->list);
	if (!w->dead) {
		if (w->appends == w->synced)
			l.from = l.to = w == ap->active ? ap->end.next_offset : ap->seen;
		else
			lost_add(&ap->to_tell, &l);
		lost_add(&ap->to_close, &l);
		if (w == ap->active)
			ap->active = NULL;
		TAILQ_REMOVE(&ap->segments, w, next);
		ap->segment_count--;
		w->dead = true;
		if (w->users == 0)
			written_free(ap, w);
	}
	pthread_mutex_unlock(&ap->list);
}

/* fdatasync of what was appended so far; an error stays with the descriptor.  The caller is one of its users. */
static void
written_try(struct appender *ap, struct written *w)
{
	uint64_t appends;
	int64_t to;
	int error;

	pthread_mutex_lock(&ap->list);
	appends = w->appends;
	to = w->to;
	error = w->error;
	pthread_mutex_unlock(&ap->list);
	if (error != 0)
		return;
	error = data_sync(w->fd);
	pthread_mutex_lock(&ap->list);
	if (error != 0)
		w->error = error;
	else if (w->error == 0 && appends > w->synced) {
		w->synced = appends;
		w->from = to;
	}
	pthread_mutex_unlock(&ap->list);
}

static void
written_release(struct appender *ap, struct written *w)
{
	if (--w->users == 0 && w->dead)
		written_free(ap, w);
}

void
written_sync(struct appender *ap, struct written *w)
{
	pthread_mutex_lock(&ap->list);
	w->users++;
	pthread_mutex_unlock(&ap->list);
	written_try(ap, w);
	if (w->error != 0)
		written_lost(ap, w);
	pthread_mutex_lock(&ap->list);
	written_release(ap, w);
	pthread_mutex_unlock(&ap->list);
}

/* The one to be synced next: the oldest with something to sync; ones that were only kept for a sync go. */
static struct written *
next_dirty(struct appender *ap)
{
	struct written *w, *next;

	for (w = TAILQ_FIRST(&ap->segments); w != NULL; w = next) {
		next = TAILQ_NEXT(w, next);
		if (w->appends != w->synced || w->error != 0) {
			w->users++;
			return w;
		}
		if (w != ap->active && w->users == 0)
			written_free(ap, w);
	}
	return NULL;
}

void
point_flush(struct appender *ap)
{
	int64_t due, now;

	pthread_mutex_lock(&ap->list);
	due = ap->point_due;
	ap->point_due = 0;
	pthread_mutex_unlock(&ap->list);
	/* Others write it too; it only moves back where a sync failed. */
	if (due == 0 || (recovery_point_read(ap->dirfd, &now, NULL) == 0 && now >= due))
		return;
	(void)recovery_point_write(ap->dirfd, due, NULL);
}

static void
point_reached(struct appender *ap, int64_t seen)
{
	int64_t now = clock_steady_ns();

	pthread_mutex_lock(&ap->list);
	ap->point_due = seen;
	pthread_mutex_unlock(&ap->list);
	if (ap->point_written_ns != 0 && now - ap->point_written_ns < POINT_EVERY_NS)
		return;
	ap->point_written_ns = now;
	point_flush(ap);
}

/* Closes the segment of a failed sync now, if the lock can be had; else the next append does. */
static void
close_now(struct appender *ap)
{
	if (ap->to_close.error == 0 ||
	    lock_take(&ap->held, ap->lockfd, LOCK_BYTE_WRITER, ap->opts.lock_timeout_ms, ap->opts.stop, ap->lock_path, NULL) != 0)
		return;
	(void)end_find(ap, NULL);
	lock_drop(&ap->held);
}

/* The word of appender_sync about what failed, once. */
static int
tell(struct appender *ap, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct lost l;
	int rc;

	pthread_mutex_lock(&ap->list);
	l = ap->to_tell;
	ap->to_tell.error = 0;
	pthread_mutex_unlock(&ap->list);
	if (l.error == 0)
		return 0;
	segment_name(name, l.base, ".log");
	rc = err_set(e, ERR_UNSYNCED, "cannot sync '%s/%s': %s: offsets %" PRId64 " to %" PRId64 " may be lost",
	    ap->dir.label, name, strerror(l.error), l.from, l.to - 1);
	if (e != NULL)
		e->sys = l.error;
	return rc;
}

/* What was dirty when it began is synced, or lost; what is appended meanwhile may keep others busy, but not this. */
static void
sync_all(struct appender *ap)
{
	struct written *w;
	unsigned left;

	pthread_mutex_lock(&ap->list);
	for (left = ap->segment_count; left > 0 && (w = next_dirty(ap)) != NULL; left--) {
		pthread_mutex_unlock(&ap->list);
		written_try(ap, w);
		if (w->error != 0) {
			pthread_mutex_lock(&ap->writing);
			written_lost(ap, w);
			close_now(ap);
			pthread_mutex_unlock(&ap->writing);
		}
		pthread_mutex_lock(&ap->list);
		written_release(ap, w);
	}
	pthread_mutex_unlock(&ap->list);
}

void
sync_backlog(struct appender *ap, unsigned max)
{
	bool many;

	pthread_mutex_lock(&ap->list);
	many = ap->segment_count > max;
	pthread_mutex_unlock(&ap->list);
	if (!many)
		return;
	pthread_mutex_lock(&ap->syncing);
	sync_all(ap);
	pthread_mutex_unlock(&ap->syncing);
}

int
appender_sync(struct appender *ap, struct err *e)
{
	int64_t seen;
	int rc;

	pthread_mutex_lock(&ap->syncing);
	pthread_mutex_lock(&ap->list);
	seen = ap->seen;
	pthread_mutex_unlock(&ap->list);
	sync_all(ap);
	if ((rc = tell(ap, e)) == 0)
		point_reached(ap, seen);
	pthread_mutex_unlock(&ap->syncing);
	return rc;
}

bool
appender_dirty(struct appender *ap)
{
	struct written *w;
	bool dirty;

	pthread_mutex_lock(&ap->list);
	dirty = ap->to_tell.error != 0;
	TAILQ_FOREACH(w, &ap->segments, next)
		dirty = dirty || w->appends != w->synced;
	pthread_mutex_unlock(&ap->list);
	return dirty;
}
