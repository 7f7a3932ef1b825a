/*
 * appender.c - one batch behind the other: see appender.h for the protocol,
 * writer.h for the rooms.
 *
 * An append that meets nothing unusual is, between taking the lock and giving
 * it back: pread of the end state, fstat of the segment, pwrite of the batch,
 * pwrite of an index entry when it is due, pwrite of the end state.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/segment.h"
#include "log/swap.h"
#include "log/writer.h"

#define UNSYNCED_MAX	16		/* segments whose descriptors wait for a sync */
#define PLAIN_MAX	(64 << 20)	/* of a batch whose keys are looked at */

static int
open_dir(struct appender *ap, struct err *e)
{
	const char *fs = "network";
	int saved;

	if ((ap->dirfd = partdir_open(&ap->dir)) == -1) {
		saved = errno;
		(void)err_sys(e, "cannot open '%s'", ap->dir.label);
		return saved != ENOENT ? -ERR_SYS : err_set(e, ERR_NOENT, "no partition '%s'", ap->dir.label);
	}
	if (!ap->opts.network_ok && fs_is_network(ap->dirfd, &fs))
		return err_set(e, ERR_READONLY, "'%s' is on a network file system (%s): locks do not hold there, "
		    "so nothing is appended", ap->dir.label, fs);
	return 0;
}

/* The file that is never unlinked; a copy of a store may lack it. */
static int
open_lock(struct appender *ap, struct err *e)
{
	struct stat dir, st;

	ap->lockfd = open_at(ap->dirfd, "lock", O_RDWR, 0);
	if (ap->lockfd == -1 && errno == ENOENT) {
		ap->lockfd = open_at(ap->dirfd, "lock", O_RDWR | O_CREAT, 0600);
		if (ap->lockfd != -1 && (fstat(ap->dirfd, &dir) == -1 || own_as_dir(ap->lockfd, &dir, true) == -1))
			return err_sys(e, "cannot make '%s'", ap->lock_path);
	}
	if (ap->lockfd == -1 || fstat(ap->lockfd, &st) == -1)
		return err_sys(e, "cannot open '%s'", ap->lock_path);
	if (st.st_nlink > 1)
		return err_set(e, ERR_READONLY, "'%s' has %llu names (a copy by cp -al?): two stores would share one lock, "
		    "so nothing is appended", ap->lock_path, (unsigned long long)st.st_nlink);
	return 0;
}

int
appender_open(struct appender **out, const struct partdir *dir, const struct appender_opts *opts, struct err *e)
{
	static const uint8_t unknown[BOOT_ID_LEN];
	struct appender *ap;
	int rc;

	*out = NULL;
	if (dir->broker)
		return err_set(e, ERR_READONLY, "'%s' is in a Kafka broker's directory, read only", dir->label);
	if ((ap = calloc(1, sizeof(*ap))) == NULL)
		return err_set(e, ERR_NOMEM, "cannot open '%s': no memory", dir->label);
	ap->dir = *dir;
	ap->opts = *opts;
	ap->dirfd = ap->lockfd = -1;
	ap->held = (struct lock)LOCK_INIT;
	ap->keys = (struct batch_iter)BATCH_ITER_INIT;
	TAILQ_INIT(&ap->segments);
	pthread_mutex_init(&ap->syncing, NULL);
	pthread_mutex_init(&ap->writing, NULL);
	pthread_mutex_init(&ap->list, NULL);
	(void)snprintf(ap->lock_path, sizeof(ap->lock_path), "%s/lock", dir->label);
	clock_boot_id(ap->boot_id);
	ap->boot_known = memcmp(ap->boot_id, unknown, BOOT_ID_LEN) != 0;
	if ((rc = open_dir(ap, e)) != 0 || (rc = open_lock(ap, e)) != 0) {
		appender_close(ap);
		return rc;
	}
	*out = ap;
	return 0;
}

void
appender_close(struct appender *ap)
{
	struct written *w;

	if (ap == NULL)
		return;
	if (ap->dirfd != -1)
		point_flush(ap);
	while ((w = TAILQ_FIRST(&ap->segments)) != NULL)
		written_free(ap, w);
	batch_iter_release(&ap->keys);
	if (ap->lockfd != -1)
		close(ap->lockfd);
	if (ap->dirfd != -1)
		close(ap->dirfd);
	pthread_mutex_destroy(&ap->syncing);
	pthread_mutex_destroy(&ap->writing);
	pthread_mutex_destroy(&ap->list);
	free(ap);
}

/*
 * What a writer does once, before it first takes the lock: it opens the active
 * segment and looks whether the indexes are what the end state says.  Before
 * that it finishes what an interrupted compaction committed to.
 */
static void
begin(struct appender *ap)
{
	struct endstate s;

	ap->begun = true;
	swap_finish_if_free(ap->dirfd, ap->lockfd, ap->dir.label, ap->opts.conf.index_interval_bytes);
	if (endstate_read(ap->lockfd, &s) != 1 || !same_boot(ap, &s) || s.deleted || s.ino == 0)
		return;
	(void)active_open(ap, s.base);
	ap->suspect_base = s.base;
	ap->index_suspect = !index_intact(ap->dirfd, s.base, &s.index);
}

/* Takes the lock and finds the end; 0: held. */
static int
hold(struct appender *ap, struct err *e)
{
	int rc;

	if (!ap->begun)
		begin(ap);
	if ((rc = lock_take(&ap->held, ap->lockfd, LOCK_BYTE_WRITER, ap->opts.lock_timeout_ms, ap->opts.stop,
	    ap->lock_path, e)) != 0)
		return rc;
	rc = end_find(ap, e);
	if (rc == 0 && ap->index_suspect && ap->suspect_base == ap->end.base)
		/* Caches: where they cannot be made anew, they are left. */
		(void)index_rebuild(ap->dirfd, ap->end.base, ap->end.end, ap->opts.conf.index_interval_bytes, false,
		    &ap->end.index, NULL);
	if (rc == 0)
		ap->index_suspect = false;
	else
		lock_drop(&ap->held);
	return rc;
}

static int
check_keys(struct appender *ap, void *batch, size_t n, struct err *e)
{
	size_t limit = ap->opts.conf.max_message_bytes > PLAIN_MAX ? (size_t)ap->opts.conf.max_message_bytes : PLAIN_MAX;
	struct record rec;
	int rc, number = 0;

	if ((rc = batch_open(&ap->keys, SLICE_OF(batch, n), limit, e)) != 0)
		return rc;
	while ((rc = batch_next(&ap->keys, &rec, e)) == 1) {
		number++;
		if (rec.key.p == NULL)
			return err_set(e, ERR_INVALID, "'%s' is compacted: record %d of the batch has no key",
			    ap->dir.label, number);
	}
	return rc;
}

static int
check_batch(struct appender *ap, void *batch, size_t n, struct batch_head *h, struct err *e)
{
	const struct log_config *c = &ap->opts.conf;

	if (batch_head_read(SLICE_OF(batch, n), h) != BATCH_GOOD || h->size != (int64_t)n)
		return err_set(e, ERR_INVALID, "cannot append to '%s': not one whole batch", ap->dir.label);
	if ((int64_t)n > c->max_message_bytes)
		return err_set(e, ERR_TOOBIG, "cannot append to '%s': a batch of %zu bytes, max.message.bytes is %" PRId64,
		    ap->dir.label, n, c->max_message_bytes);
	if ((int64_t)n > c->segment_bytes || n > SEGMENT_BYTES_MAX)
		return err_set(e, ERR_TOOBIG, "cannot append to '%s': a batch of %zu bytes, segment.bytes is %" PRId64,
		    ap->dir.label, n, c->segment_bytes);
	return c->compacted && !batch_is_control(h) ? check_keys(ap, batch, n, e) : 0;
}

static void
count(struct appender *ap, const struct batch_head *h)
{
	struct written *w = ap->active;

	pthread_mutex_lock(&ap->list);
	if (w->appends == w->synced)
		w->from = h->base_offset;
	w->appends++;
	w->to = ap->seen = batch_last_offset(h) + 1;
	pthread_mutex_unlock(&ap->list);
}

/* The batch at the end.  It is whole in the log, or nothing of it. */
static int
put(struct appender *ap, void *batch, size_t n, struct batch_head *h, int64_t now, struct appended *res, struct err *e)
{
	struct endstate *s = &ap->end;
	char name[SEGMENT_NAME_MAX];
	int64_t stamp = -1;
	int saved, cut;

	if (ap->opts.conf.timestamp_type == TIMESTAMP_LOG_APPEND) {
		stamp = now > s->append_time ? now : s->append_time;
		batch_patch_append_time(batch, n, stamp);
		h->max_timestamp = stamp;
		h->attributes |= BATCH_LOG_APPEND_TIME;
	}
	batch_patch_offset(batch, s->next_offset, s->epoch);
	h->base_offset = s->next_offset;
	if (pwrite_full(ap->active->fd, batch, n, s->end, NULL) == -1) {
		saved = errno;
		/* Where this fails too, the next writer finds more than the end state counts, and cuts it. */
		cut = ftruncate(ap->active->fd, s->end);
		errno = saved;
		segment_name(name, s->base, ".log");
		return err_sys(e, "cannot append to '%s/%s' at offset %" PRId64 "%s", ap->dir.label, name, s->next_offset,
		    cut == -1 ? " (nor cut what was written of it)" : "");
	}
	count(ap, h);
	*res = (struct appended){ .base_offset = h->base_offset, .last_offset = batch_last_offset(h),
	    .append_time = stamp, .leader_epoch = s->epoch };
	end_take(ap, h);
	/*
	 * The batch is in the log, where readers see it, so it stays.  What the
	 * end state does not count the next writer finds behind it; if it cannot
	 * write the end state either, that one says so.
	 */
	(void)end_write(ap, NULL);
	return 0;
}

static int
append_held(struct appender *ap, void *batch, size_t n, struct batch_head *h, struct appended *res, struct err *e)
{
	bool synced = false;
	int64_t now;
	int rc;

	for (;;) {
		if ((rc = hold(ap, e)) != 0)
			return rc;
		now = clock_wall_ms();
		if (ap->end.next_offset >= INT64_MAX - h->last_offset_delta) {
			rc = err_set(e, ERR_READONLY, "'%s' has used up its offsets", ap->dir.label);
			break;
		}
		if (ap->end.end == 0)
			ap->end.roll_jitter_ms = jitter_draw(&ap->opts.conf);
		if (!roll_due(ap, h, n, now))
			break;
		if (synced) {
			rc = roll(ap, e);
			break;
		}
		/* The long part of the sync without the lock; the roll then has little left. */
		lock_drop(&ap->held);
		written_sync(ap, ap->active);
		synced = true;
	}
	if (rc == 0)
		rc = put(ap, batch, n, h, now, res, e);
	lock_pass(&ap->held);
	return rc;
}

int
appender_append(struct appender *ap, void *batch, size_t n, struct appended *res, struct err *e)
{
	struct batch_head h;
	int rc;

	if ((rc = check_batch(ap, batch, n, &h, e)) != 0)
		return rc;
	sync_backlog(ap, UNSYNCED_MAX);
	pthread_mutex_lock(&ap->writing);
	rc = append_held(ap, batch, n, &h, res, e);
	pthread_mutex_unlock(&ap->writing);
	return rc;
}

int
appender_roll(struct appender *ap, struct err *e)
{
	int rc;

	pthread_mutex_lock(&ap->writing);
	if ((rc = hold(ap, e)) == 0) {
		if (ap->end.end > 0)
			rc = roll(ap, e);
		lock_drop(&ap->held);
	}
	pthread_mutex_unlock(&ap->writing);
	return rc;
}

/* The checkpoint made anew, one epoch higher than all batches; a recovery that met damage has done it. */
static int
epochs_mend(struct appender *ap, bool asked, struct err *e)
{
	struct epoch_list l;
	int rc = epochs_read(ap->dirfd, &l, NULL);

	if (rc == 0)
		epochs_release(&l);
	if (rc != -ERR_DAMAGE && !asked)
		return 0;
	if ((rc = end_disown(ap, e)) != 0 || (rc = epochs_renew(ap, e)) != 0)
		return rc;
	return end_write(ap, e);
}

/*
 * A segment was put behind the one that the end state names: no writer looks
 * for one, each would go on before it.  Readers take it for the last one, so
 * that is what it becomes.
 */
static int
last_mend(struct appender *ap, struct err *e)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct endstate known = ap->end;
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	int rc = segment_list_read(ap->dirfd, &l, e);
	int64_t last = l.n > 0 ? l.base[l.n - 1] : -1;

	segment_list_release(&l);
	if (rc != 0 || last <= known.base)
		return rc;
	segment_name(name, last, ".log");
	if (fstatat(ap->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode))
		return 0;
	/* The recovery point is going to be behind it. */
	written_sync(ap, ap->active);
	return recover(ap, &known, e);
}

int
appender_mend(struct appender *ap, const struct appender_mend *m, struct err *e)
{
	bool lifted = false;
	int rc;

	pthread_mutex_lock(&ap->writing);
	ap->floor = m->floor;
	if ((rc = hold(ap, e)) == 0) {
		if ((rc = last_mend(ap, e)) == 0 && (rc = epochs_mend(ap, m->epochs, e)) == 0 && (rc = end_lift(ap, &lifted, e)) == 0 &&
		    (lifted || (m->close_active && ap->end.end > 0)))
			rc = roll(ap, e);
		lock_drop(&ap->held);
	}
	ap->floor = 0;
	pthread_mutex_unlock(&ap->writing);
	return rc;
}
