/*
 * tail.c - where the log ends: the end state, where it can be believed, and
 * what a writer that died left behind its end.
 *
 * The end state is believed when it was written in this boot, about this very
 * inode, which has one name, and the file is as long as it says.  A longer
 * file of this boot ends in what the last writer had not yet counted: whole
 * batches are kept, the rest is cut or, where a valid batch stands behind it,
 * is damage.  For everything else there is recover.c.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/scan.h"
#include "log/segment.h"
#include "log/writer.h"

int
gone(const struct appender *ap, struct err *e)
{
	const char *slash = strrchr(ap->dir.label, '/');
	int n = slash != NULL ? (int)(slash - ap->dir.label) : (int)strlen(ap->dir.label);

	return err_set(e, ERR_GONE, "topic '%.*s' was deleted", n, ap->dir.label);
}

bool
same_boot(const struct appender *ap, const struct endstate *s)
{
	if (memcmp(s->boot_id, ap->boot_id, BOOT_ID_LEN) != 0)
		return false;
	/* Without a boot id only what this process wrote itself is of this boot. */
	return ap->boot_known || (ap->sequence != 0 && ap->sequence == s->sequence);
}

void
active_leave(struct appender *ap)
{
	struct written *w = ap->active;

	if (w == NULL)
		return;
	pthread_mutex_lock(&ap->list);
	ap->active = NULL;
	if (w->appends == w->synced && w->error == 0 && w->users == 0)
		written_free(ap, w);
	pthread_mutex_unlock(&ap->list);
}

int
active_open(struct appender *ap, int64_t base)
{
	char name[SEGMENT_NAME_MAX];
	struct written *w;

	if (ap->active != NULL && ap->active->base == base)
		return 0;
	active_leave(ap);
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return -1;
	segment_name(name, base, ".log");
	if ((w->fd = open_at(ap->dirfd, name, O_RDWR, 0)) == -1) {
		free(w);
		return -1;
	}
	w->base = base;
	pthread_mutex_lock(&ap->list);
	TAILQ_INSERT_TAIL(&ap->segments, w, next);
	ap->segment_count++;
	ap->active = w;
	pthread_mutex_unlock(&ap->list);
	return 0;
}

int
end_write(struct appender *ap, struct err *e)
{
	memcpy(ap->end.boot_id, ap->boot_id, BOOT_ID_LEN);
	if (endstate_write(ap->lockfd, &ap->end) == -1)
		return err_sys(e, "cannot write '%s'", ap->lock_path);
	ap->sequence = ap->end.sequence;
	return 0;
}

/* Entries that cannot be written are left out: an index may be sparse.  One that is not what it should be is made anew. */
static void
index_put(struct appender *ap, const struct index_state *before, const struct index_entries *en)
{
	struct index_state now = ap->end.index;

	if (index_write(ap->dirfd, ap->end.base, before, en) == 0)
		return;
	if ((errno == EILSEQ || errno == ENOENT) && index_rebuild(ap->dirfd, ap->end.base,
	    ap->end.end, ap->opts.conf.index_interval_bytes, false, &ap->end.index, NULL) == 0)
		return;
	ap->end.index = *before;
	ap->end.index.max_timestamp = now.max_timestamp;
	ap->end.index.max_timestamp_offset = now.max_timestamp_offset;
}

void
end_take(struct appender *ap, const struct batch_head *h)
{
	struct endstate *s = &ap->end;
	struct index_state before = s->index;
	struct index_entries en;

	if (s->end == 0)
		s->first_timestamp = h->max_timestamp;
	index_add(&s->index, s->base, h, s->end, ap->opts.conf.index_interval_bytes, &en);
	s->end += h->size;
	s->next_offset = batch_last_offset(h) + 1;
	if (h->attributes & BATCH_LOG_APPEND_TIME && h->max_timestamp > s->append_time)
		s->append_time = h->max_timestamp;
	if (en.has_index)
		index_put(ap, &before, &en);
}

/*
 * Could [at, size) be the beginning of one batch whose writer died?  Within a
 * boot that is all that a death leaves, and then no search is needed: it could
 * only find batches that are part of a record's value.
 */
static bool
is_beginning(struct scan *s, int64_t at, const struct appender *ap)
{
	struct batch_head h;

	if (s->size - at < BATCH_HEAD)
		return true;
	return scan_head(s, at, &h) == BATCH_SHORT && h.base_offset == ap->end.next_offset &&
	    h.leader_epoch == ap->end.epoch;
}

/* Closes the segment as it is: what follows goes to a new one, behind all that is valid here. */
static int
close_damaged(struct appender *ap, struct scan *s, int64_t at, struct batch_head *h, struct err *e)
{
	char text[256];
	int64_t from = ap->end.next_offset, lost = at;

	do {
		ap->end.next_offset = batch_last_offset(h) + 1;
		at += h->size;
		while (scan_verify(s, at, h) == BATCH_GOOD && h->base_offset == ap->end.next_offset) {
			ap->end.next_offset = batch_last_offset(h) + 1;
			at += h->size;
		}
		if (at >= s->size)
			break;
		at = scan_search(s, at + 1, at, ap->end.next_offset, h);
	} while (at != -1);
	if (s->error != 0) {
		errno = s->error;
		return err_sys(e, "cannot read '%s'", ap->dir.label);
	}
	(void)snprintf(text, sizeof(text), "damage before byte %" PRId64 " of the segment, offsets from %" PRId64
	    "; closed, the log goes on at offset %" PRId64, lost, from, ap->end.next_offset);
	leave_note(ap, ap->end.base, "damage", text);
	ap->end.end = s->size;
	return roll(ap, e);
}

static int
behind_end(struct appender *ap, struct scan *s, struct err *e)
{
	struct endstate *st = &ap->end;
	struct batch_head h;
	int64_t at, from = st->end;

	while (st->end < s->size && scan_verify(s, st->end, &h) == BATCH_GOOD &&
	    h.base_offset == st->next_offset && h.leader_epoch == st->epoch)
		end_take(ap, &h);
	if (s->error == 0 && st->end < s->size) {
		if (is_beginning(s, st->end, ap) ||
		    (at = scan_search(s, st->end, st->end, st->next_offset, &h)) == -1) {
			if (s->error == 0)
				return tail_cut(ap, st->end, s->size, "a writer died while it appended this", e);
		} else
			return close_damaged(ap, s, at, &h, e);
	}
	if (s->error != 0) {
		errno = s->error;
		return err_sys(e, "cannot read '%s' behind byte %" PRId64, ap->dir.label, from);
	}
	return 0;
}

int
lock_stands(const struct appender *ap, struct err *e)
{
	struct stat st;

	if (fstat(ap->lockfd, &st) == -1)
		return err_sys(e, "cannot look at '%s'", ap->lock_path);
	if (st.st_nlink == 0)
		return err_set(e, ERR_GONE, "'%s' was removed while it was in use: others lock another file", ap->lock_path);
	return 0;
}

static int
catch_up(struct appender *ap, int64_t size, struct err *e)
{
	struct scan s = SCAN_INIT;
	int rc;

	if ((rc = lock_stands(ap, e)) != 0)
		return rc;
	if ((rc = scan_open(&s, ap->active->fd, size, e)) == 0 && (rc = behind_end(ap, &s, e)) == 0)
		rc = end_write(ap, e);
	scan_close(&s);
	return rc;
}

/*
 * A roll that did not come to its end leaves no segment of that base, or an
 * empty one.  In a copy of a log in use the end state may be older than that.
 */
static bool
next_is_there(const struct appender *ap, int64_t base)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	segment_name(name, base, ".log");
	return fstatat(ap->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

/* 1: ap->end is good, st is of its segment; 0: it cannot be believed; negative: an error. */
static int
believe(struct appender *ap, const struct endstate *s, struct stat *st, struct err *e)
{
	int again;

	ap->end = *s;
	if (s->ino == 0)
		return !next_is_there(ap, s->base);
	for (again = 0; again < 2; again++) {
		if (active_open(ap, s->base) == -1) {
			if (errno == ENOENT || errno == ELOOP)
				return 0;
			return err_sys(e, "cannot open the segment of '%s' at offset %" PRId64, ap->dir.label, s->base);
		}
		if (fstat(ap->active->fd, st) == -1)
			return err_sys(e, "cannot look at '%s'", ap->dir.label);
		if (st->st_dev == s->dev && st->st_ino == s->ino)
			return st->st_nlink > 0 && st->st_size >= s->end;
		/* Ours is a descriptor of a file that had the name before. */
		active_leave(ap);
	}
	return 0;
}

int
end_find(struct appender *ap, struct err *e)
{
	struct endstate s;
	struct stat st;
	int rc, valid;

	if (ap->active != NULL && ap->active->error != 0)
		written_lost(ap, ap->active);
	if ((valid = endstate_read(ap->lockfd, &s)) == -1)
		return err_sys(e, "cannot read '%s'", ap->lock_path);
	if (s.deleted)
		return gone(ap, e);
	rc = valid && same_boot(ap, &s) ? believe(ap, &s, &st, e) : 0;
	if (rc == 0)
		rc = recover(ap, valid ? &s : NULL, e);
	else if (rc == 1 && s.ino == 0)
		rc = roll_finish(ap, e);
	else if (rc == 1) {
		rc = st.st_size > s.end ? catch_up(ap, st.st_size, e) : 0;
		/* A copy made by hard links would see what is appended here. */
		if (rc == 0 && st.st_nlink > 1 && ap->end.ino == s.ino)
			rc = roll(ap, e);
	}
	if (rc == 0 && ap->to_close.error != 0)
		rc = close_lost(ap, e);
	return rc;
}
