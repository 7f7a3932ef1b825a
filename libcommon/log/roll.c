/*
 * roll.c - the next segment: when, and how.
 *
 * Under the lock, in this order; what a crash behind each step leaves is what
 * the next writer begins with:
 *
 *  1. final time index entry, indexes cut to size	the roll has not begun
 *  2. fdatasync of log and indexes			nor now
 *  3. end state: the next segment, without an inode	roll_finish goes on from 4
 *  4. the new .log (whole; an empty one is taken),
 *     its indexes, fsync of the directory		the same
 *  5. end state with the inode				rolled
 *
 * Step 3 makes sure that no append goes to the old segment once a later one
 * may be there, so the name of an empty segment is always the log's end.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/segment.h"
#include "log/writer.h"

int64_t
jitter_draw(const struct log_config *c)
{
	int64_t most = c->segment_jitter_ms < c->segment_ms ? c->segment_jitter_ms : c->segment_ms;
	uint64_t r;

	if (most <= 0)
		return 0;
	arc4random_buf(&r, sizeof(r));
	return (int64_t)(r % (uint64_t)most);
}

static bool
waited_enough(const struct appender *ap, int64_t batch_timestamp, int64_t now)
{
	const struct log_config *c = &ap->opts.conf;
	const struct endstate *s = &ap->end;
	int64_t limit = c->segment_ms, jitter = s->roll_jitter_ms, waited;

	if (c->compacted && c->max_compaction_lag_ms > 0 && c->max_compaction_lag_ms < limit)
		limit = c->max_compaction_lag_ms;
	if (limit <= 0)
		return false;
	if (jitter > limit)
		jitter = limit;
	/* The data's own clock, where it has one. */
	if (batch_timestamp >= 0 && s->first_timestamp >= 0) {
		if (__builtin_sub_overflow(batch_timestamp, s->first_timestamp, &waited))
			return true;
	} else
		waited = now - s->created_ms;
	return waited > limit - jitter;
}

bool
roll_due(const struct appender *ap, const struct batch_head *h, size_t n, int64_t now)
{
	const struct log_config *c = &ap->opts.conf;
	const struct endstate *s = &ap->end;
	int64_t most = c->segment_bytes < SEGMENT_BYTES_MAX ? c->segment_bytes : SEGMENT_BYTES_MAX;
	int64_t stamp = c->timestamp_type == TIMESTAMP_LOG_APPEND ? now : h->max_timestamp;

	if (s->end == 0)
		return false;
	if (s->end > most - (int64_t)n || waited_enough(ap, stamp, now))
		return true;
	if (s->index.index_size / INDEX_ENTRY >= c->segment_index_bytes / INDEX_ENTRY ||
	    s->index.timeindex_size / TIMEINDEX_ENTRY >= c->segment_index_bytes / TIMEINDEX_ENTRY - 1)
		return true;
	return s->next_offset - s->base > INT32_MAX - h->last_offset_delta;
}

/* Step 1 for the indexes and their part of step 2.  They are caches: what cannot be written is left. */
static void
index_close(struct appender *ap)
{
	struct index_state *ix = &ap->end.index, before = *ix;
	struct index_entries en = { .has_index = false };

	if (index_intact(ap->dirfd, ap->end.base, ix)) {
		en.has_timeindex = index_final(ix, ap->end.base, en.timeindex);
		if (index_write(ap->dirfd, ap->end.base, &before, &en) == 0 &&
		    index_trim(ap->dirfd, ap->end.base, ix, true) == 0)
			return;
	}
	(void)index_rebuild(ap->dirfd, ap->end.base, ap->end.end, ap->opts.conf.index_interval_bytes, true, ix, NULL);
}

/* An empty file under a name that is nobody's, as the directory's modes want it. */
static int
new_file(int dirfd, const char *name)
{
	struct stat dir;
	int fd, rc, saved;

	if (fstat(dirfd, &dir) == -1 || (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT) ||
	    (fd = open_at(dirfd, name, O_RDWR | O_CREAT | O_EXCL, 0600)) == -1)
		return -1;
	rc = own_as_dir(fd, &dir, false);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/*
 * An empty file: a new one, or one that a roll left which did not come to its
 * end.  It takes its name when it has its mode: a reader never meets one that
 * it may not open.
 */
static int
log_create(struct appender *ap, int64_t base)
{
	char name[SEGMENT_NAME_MAX], tmp[SEGMENT_NAME_MAX];
	struct stat st;
	int tries;

	segment_name(name, base, ".log");
	segment_name(tmp, base, SEGMENT_NEW);
	for (tries = 0; tries < 2; tries++) {
		if (new_file(ap->dirfd, tmp) == -1)
			return -1;
		if (rename_new_at(ap->dirfd, tmp, name) == 0)
			return 0;
		if (errno != EEXIST || fstatat(ap->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return -1;
		(void)unlinkat(ap->dirfd, tmp, 0);
		errno = EEXIST;
		if (!S_ISREG(st.st_mode) || st.st_size != 0)
			return -1;
		if (st.st_nlink == 1 && faccessat(ap->dirfd, name, R_OK | W_OK, AT_EACCESS) == 0)
			return 0;
		/* Another user's, or one with a second name. */
		if (unlinkat(ap->dirfd, name, 0) == -1)
			return -1;
	}
	return -1;
}

/* Steps 4 and 5. */
int
roll_finish(struct appender *ap, struct err *e)
{
	struct endstate *s = &ap->end;
	struct stat st;

	active_leave(ap);
	if (log_create(ap, s->base) == -1 || index_create(ap->dirfd, s->base, false) == -1 ||
	    fsync_dir(ap->dirfd) == -1)
		return err_sys(e, "cannot make the segment of '%s' at offset %" PRId64, ap->dir.label, s->base);
	if (active_open(ap, s->base) == -1 || fstat(ap->active->fd, &st) == -1)
		return err_sys(e, "cannot open the segment of '%s' at offset %" PRId64, ap->dir.label, s->base);
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return end_write(ap, e);
}

/* ap->end is about the next segment, which is not there yet. */
static void
end_next(struct appender *ap)
{
	struct endstate *s = &ap->end;

	s->base = s->next_offset;
	s->end = 0;
	s->ino = 0;
	s->first_timestamp = -1;
	s->created_ms = clock_wall_ms();
	s->roll_jitter_ms = jitter_draw(&ap->opts.conf);
	s->index = (struct index_state)INDEX_STATE_INIT;
}

int
roll(struct appender *ap, struct err *e)
{
	struct endstate old = ap->end;
	int rc;

	if (ap->end.end > 0) {
		index_close(ap);
		written_sync(ap, ap->active);
		if (ap->to_close.error != 0)
			return close_lost(ap, e);
	}
	end_next(ap);
	if ((rc = end_write(ap, e)) != 0) {
		old.sequence = ap->end.sequence;
		ap->end = old;
		return rc;
	}
	(void)recovery_point_write(ap->dirfd, ap->end.base, NULL);
	return roll_finish(ap, e);
}

int
end_disown(struct appender *ap, struct err *e)
{
	struct endstate s = ap->end;

	memset(s.boot_id, 0, sizeof(s.boot_id));
	if (endstate_write(ap->lockfd, &s) == -1)
		return err_sys(e, "cannot write '%s'", ap->lock_path);
	ap->end.sequence = s.sequence;
	return 0;
}

/*
 * The segment is closed where it ends: nobody syncs it again, as a second sync
 * would say that all is well.  Where another writer has rolled meanwhile, only
 * the note and the epoch remain.  Between the checkpoint and the end state that
 * knows the new epoch no other writer may go on with the old one.
 */
int
close_lost(struct appender *ap, struct err *e)
{
	struct lost lost = ap->to_close;
	char text[256];
	int64_t point;
	int rc;

	(void)snprintf(text, sizeof(text), "segment %020" PRId64 ": sync failed: %s: offsets %" PRId64 " to %" PRId64
	    " may be lost (errno %d)", lost.base, strerror(lost.error), lost.from, lost.to - 1, lost.error);
	if (!lost.noted)
		leave_note(ap, lost.base, "unsynced", text);
	ap->to_close.noted = true;
	if (recovery_point_read(ap->dirfd, &point, NULL) == 0 && point > lost.from)
		(void)recovery_point_write(ap->dirfd, lost.from, NULL);
	if ((rc = end_disown(ap, e)) != 0 || (rc = epoch_raise(ap, e)) != 0)
		return rc;
	if (ap->end.base == lost.base && ap->end.end > 0)
		end_next(ap);
	if ((rc = end_write(ap, e)) != 0)
		return rc;
	ap->to_close.error = 0;
	return ap->end.ino == 0 ? roll_finish(ap, e) : 0;
}
