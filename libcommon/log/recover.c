/*
 * recover.c - the end of a log that no end state vouches for: another boot, a
 * copy, a restored or shortened file, a damaged lock file.
 *
 * The last segment is gone over (walk.c): from a batch below the recovery
 * point that the indexes lead to, or its first byte; headers alone below the
 * point (what is there was synced), checksums from there on.  The segments
 * before it were synced before it was made, and nothing is ever cut in them,
 * so they are not read.
 *
 * At the first bytes that are no batch: a valid batch behind them is damage,
 * which stays as it is, the segment is closed and the log goes on behind the
 * last valid batch; none is a torn tail, which is cut.  A batch whose checksum
 * is right but whose offset or epoch is not is never cut.
 *
 * Unless the end state is of this boot and what it counted is all there, bytes
 * that a reader has seen may be gone, so the leader epoch rises.  (After a
 * reboot this cannot be told from the recovery point: it says up to where the
 * log is on disk, not that nothing was appended behind it and lost.)
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/gaps.h"
#include "log/scan.h"
#include "log/segment.h"
#include "log/walk.h"
#include "log/writer.h"

int32_t
epoch_last(struct appender *ap)
{
	struct epoch_list l;
	int32_t epoch = -1;

	if (epochs_read(ap->dirfd, &l, NULL) != 0)
		return -1;
	if (l.n > 0)
		epoch = l.v[l.n - 1].epoch;
	epochs_release(&l);
	return epoch;
}

/*
 * Those of one segment, damage passed over.  The log's first epoch begins with
 * its first segment, whatever is left of that.  0, -ERR_NOMEM.
 */
static int
epochs_of(struct scan *s, int64_t base, struct epoch_list *l)
{
	struct batch_head h;
	int64_t at = 0;

	while (at != -1 && at < s->size) {
		if (scan_head(s, at, &h) != BATCH_GOOD) {
			at = scan_search(s, at + 1, INT64_MIN / 2, base, &h);
			continue;
		}
		if (h.leader_epoch >= 0 && (l->n == 0 || h.leader_epoch > l->v[l->n - 1].epoch) &&
		    epochs_add(l, h.leader_epoch, l->n == 0 ? base : h.base_offset) == -1)
			return -(int)ERR_NOMEM;
		at += h.size;
	}
	return 0;
}

/* The checkpoint from the batches themselves: it is damaged, and is kept beside the new one. */
static int
epochs_gather(struct appender *ap, struct epoch_list *l, struct err *e)
{
	struct segment_list segs = SEGMENT_LIST_INIT;
	char name[SEGMENT_NAME_MAX];
	struct scan s = SCAN_INIT;
	struct stat st;
	size_t i;
	int fd, rc = segment_list_read(ap->dirfd, &segs, e);

	keep_file(ap, "leader-epoch-checkpoint", "was damaged, and was made anew from the batches");
	for (i = 0; rc == 0 && i < segs.n; i++) {
		segment_name(name, segs.base[i], ".log");
		if ((fd = open_at(ap->dirfd, name, O_RDONLY, 0)) == -1)
			continue;
		if (fstat(fd, &st) == 0 && (rc = scan_open(&s, fd, st.st_size, e)) == 0)
			rc = epochs_of(&s, segs.base[i], l);
		if (rc == -ERR_NOMEM)
			(void)err_set(e, ERR_NOMEM, "cannot recover '%s': no memory", ap->dir.label);
		scan_close(&s);
		close(fd);
	}
	segment_list_release(&segs);
	return rc;
}

static int
raise_from(struct appender *ap, bool anew, struct err *e)
{
	struct epoch_list l = { .v = NULL, .n = 0 };
	/* Whatever the checkpoint says may have been used. */
	int32_t last = epoch_last(ap), epoch = last > ap->end.epoch && last < INT32_MAX ? last : ap->end.epoch;
	int rc = anew ? -ERR_DAMAGE : epochs_read(ap->dirfd, &l, e);

	if (rc == -ERR_DAMAGE)
		rc = epochs_gather(ap, &l, e);
	if (rc == 0 && l.n > 0 && l.v[l.n - 1].epoch > epoch)
		epoch = l.v[l.n - 1].epoch;
	if (rc == 0 && epoch == INT32_MAX)
		rc = err_set(e, ERR_READONLY, "'%s' has used up its leader epochs", ap->dir.label);
	if (rc == 0 && epochs_add(&l, ++epoch, ap->end.next_offset) == -1)
		rc = err_set(e, ERR_NOMEM, "cannot raise the leader epoch of '%s': no memory", ap->dir.label);
	if (rc == 0 && (rc = epochs_write(ap->dirfd, &l, e)) == 0)
		ap->end.epoch = epoch;
	epochs_release(&l);
	if (rc != 0)
		(void)err_prefix(e, "'%s'", ap->dir.label);
	return rc;
}

int
epoch_raise(struct appender *ap, struct err *e)
{
	return raise_from(ap, false, e);
}

int
epochs_renew(struct appender *ap, struct err *e)
{
	return raise_from(ap, true, e);
}

/* Nothing to read: the log goes on where what stands beside it says that it was. */
static int
no_segment(struct appender *ap, int64_t point, struct err *e)
{
	struct epoch_list l;
	int64_t start;
	int rc;

	if ((rc = log_start_read(ap->dirfd, &start, e)) != 0 ||
	    (rc = epochs_read(ap->dirfd, &l, e)) != 0) {
		(void)err_prefix(e, "'%s' has no segment, and where its log ended cannot be told", ap->dir.label);
		return rc;
	}
	if (start < point)
		start = point;
	if (l.n > 0 && start < l.v[l.n - 1].start_offset)
		start = l.v[l.n - 1].start_offset;
	epochs_release(&l);
	if (ap->end.next_offset < start)
		ap->end.next_offset = start;
	ap->end.end = 0;
	return 0;
}

int
end_lift(struct appender *ap, bool *lifted, struct err *e)
{
	struct gap g = { .from = ap->end.next_offset, .next = ap->floor };
	int32_t epoch = epoch_last(ap);
	int rc;

	if (g.from >= g.next)
		return 0;
	if ((rc = gaps_add(ap->dirfd, &g, 1, e)) != 0)
		return rc;
	ap->end.next_offset = ap->floor;
	/* One that began behind the end that was found is the one of what comes next. */
	if (ap->end.epoch < epoch)
		ap->end.epoch = epoch;
	*lifted = true;
	return 0;
}

/*
 * What was trimmed before it was on disk: the power took the records, the log
 * start stayed.  Nothing is appended below it, where no reader looks.
 */
static void
end_reach_start(struct appender *ap, bool *lifted)
{
	int64_t start;

	if (log_start_read(ap->dirfd, &start, NULL) != 0 || start <= ap->end.next_offset)
		return;
	ap->end.next_offset = start;
	*lifted = true;
}

/* The walk's result becomes the end state; cuts, closes, makes the indexes. */
static int
settle(struct appender *ap, struct walk *w, const struct stat *st, struct err *e)
{
	struct endstate *s = &ap->end;
	int rc;

	s->dev = st->st_dev;
	s->ino = st->st_ino;
	s->base = w->base;
	s->end = w->end;
	s->next_offset = w->next_offset;
	s->first_timestamp = w->first_timestamp;
	s->created_ms = clock_wall_ms();
	s->roll_jitter_ms = jitter_draw(&ap->opts.conf);
	if (w->append_time > s->append_time)
		s->append_time = w->append_time;
	if (w->epoch > s->epoch)
		s->epoch = w->epoch;
	s->index = w->index;
	if ((rc = walk_write_indexes(w, ap->dirfd, e)) != 0)
		return rc;
	if (w->damaged) {
		s->end = w->scan.size;
		leave_note(ap, s->base, "damage", "damage was found behind the recovery point; the segment was closed as it is");
		return 0;
	}
	if (w->end < w->scan.size)
		return tail_cut(ap, w->end, w->scan.size, "found when the log was opened after a reboot, or from a copy", e);
	return 0;
}

static int
recover_segment(struct appender *ap, int64_t base, int64_t point, const struct endstate *known, bool *damaged, struct err *e)
{
	struct walk w = WALK_INIT;
	struct stat st;
	int rc;

	w.base = base;
	w.point = point;
	w.epoch_max = epoch_last(ap);

	/* A descriptor of our own may be of a file that had the name before. */
	active_leave(ap);
	if (active_open(ap, base) == -1 || fstat(ap->active->fd, &st) == -1)
		return err_sys(e, "cannot open the segment of '%s' at offset %" PRId64, ap->dir.label, base);
	if (known != NULL && known->dev == st.st_dev && known->ino == st.st_ino && known->end == st.st_size)
		w.log_end = known->next_offset;
	if ((rc = walk_open(&w, ap->dirfd, ap->active->fd, st.st_size, ap->opts.conf.index_interval_bytes, e)) == 0) {
		if ((errno = walk_run(&w)) != 0)
			rc = err_sys(e, "cannot read the segment of '%s' at offset %" PRId64, ap->dir.label, base);
		else
			rc = settle(ap, &w, &st, e);
		*damaged = w.damaged;
	}
	walk_close(&w);
	return rc;
}

/* What was found is on disk from now on, so the next reboot need not look at it again. */
static void
point_settle(struct appender *ap)
{
	written_sync(ap, ap->active);
	if (ap->to_close.error == 0)
		(void)recovery_point_write(ap->dirfd, ap->end.next_offset, NULL);
	pthread_mutex_lock(&ap->list);
	ap->point_due = 0;
	pthread_mutex_unlock(&ap->list);
}

int
recover(struct appender *ap, const struct endstate *known, struct err *e)
{
	struct segment_list segs = SEGMENT_LIST_INIT;
	struct stat st;
	int64_t point = 0;
	bool damaged = false, whole;
	int rc;

	if (fstat(ap->dirfd, &st) == 0 && st.st_nlink == 0)
		return gone(ap, e);
	if ((rc = lock_stands(ap, e)) != 0)
		return rc;
	(void)recovery_point_read(ap->dirfd, &point, NULL);
	ap->index_suspect = false;
	ap->end = known != NULL ? *known : (struct endstate)ENDSTATE_INIT;
	if ((rc = segment_list_read(ap->dirfd, &segs, e)) != 0) {
		(void)err_prefix(e, "'%s'", ap->dir.label);
		return rc;
	}
	whole = segs.n > 0 && known != NULL && same_boot(ap, known);
	if (segs.n > 0)
		rc = recover_segment(ap, segs.base[segs.n - 1], point, known, &damaged, e);
	else
		rc = no_segment(ap, point, e);
	if (rc == 0)
		rc = end_lift(ap, &damaged, e);
	if (rc == 0)
		end_reach_start(ap, &damaged);
	if (rc == 0 && !(whole && ap->end.next_offset >= known->next_offset))
		rc = epoch_raise(ap, e);
	if (rc == 0 && (damaged || segs.n == 0))
		rc = roll(ap, e);
	else if (rc == 0) {
		point_settle(ap);
		rc = end_write(ap, e);
	}
	segment_list_release(&segs);
	return rc;
}
