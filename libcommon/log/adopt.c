/*
 * adopt.c - a partition of a store made of another one's batches (copy.h).
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "log/copy.h"
#include "log/endstate.h"
#include "log/gaps.h"
#include "log/offindex.h"

#define TXNINDEX_MAX	(64 << 20)

/* The end state is about the segment whose indexes were made last. */
static int
make_lock(int dirfd, const struct copied *c, const struct index_state *ix, struct err *e)
{
	struct endstate s = ENDSTATE_INIT;
	char name[SEGMENT_NAME_MAX];
	struct stat st, dir;
	int fd, rc = 0;

	s.base = c->segments.base[c->segments.n - 1];
	segment_name(name, s.base, ".log");
	if (fstat(dirfd, &dir) == -1 || fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return err_sys(e, "cannot look at '%s'", name);
	clock_boot_id(s.boot_id);
	s.dev = st.st_dev;
	s.ino = st.st_ino;
	s.end = st.st_size;
	s.next_offset = c->end;
	s.epoch = c->epochs.v[c->epochs.n - 1].epoch;
	s.first_timestamp = c->first_timestamp;
	s.created_ms = clock_wall_ms();
	s.append_time = c->append_time;
	s.index = *ix;
	fd = open_at(dirfd, "lock", O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd == -1 || own_as_dir(fd, &dir, true) == -1 || endstate_write(fd, &s) == -1 || fsync(fd) == -1)
		rc = err_sys(e, "cannot make 'lock'");
	if (fd != -1)
		close(fd);
	return rc;
}

/* Which transactions were aborted, where compaction took the markers away; one that does not fit is no index to a reader. */
static int
take_txnindex(const struct partdir *from, int dirfd, int64_t base, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct buf b = BUF_INIT;
	int fd, rc = 0;

	if ((fd = partdir_open(from)) == -1)
		return 0;
	segment_name(name, base, ".txnindex");
	if (file_read(fd, name, TXNINDEX_MAX, &b, NULL) == 0 && b.n > 0)
		rc = file_replace(dirfd, name, b.p, b.n, e);
	buf_release(&b);
	close(fd);
	return rc;
}

static int
make_indexes(const struct partdir *from, int dirfd, const struct segment_list *l, int64_t interval, struct index_state *ix,
    struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n; i++) {
		segment_name(name, l->base[i], ".log");
		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			return err_sys(e, "cannot look at '%s'", name);
		rc = index_rebuild(dirfd, l->base[i], st.st_size, interval, i + 1 < l->n, ix, e);
		if (rc == 0)
			rc = take_txnindex(from, dirfd, l->base[i], e);
	}
	return rc;
}

static int
fill(int dirfd, const struct partdir *from, int64_t log_start, int64_t interval, int64_t *left, struct err *e)
{
	struct copied c = COPIED_INIT;
	struct index_state ix;
	int fd, rc;

	rc = log_copy(from, log_start, dirfd, COPY_AS_IS, &c, e);
	if (rc == 0 && c.epochs.n == 0 && epochs_add(&c.epochs, 0, c.segments.base[0]) == -1)
		rc = err_set(e, ERR_NOMEM, "no memory for a partition");
	if (rc == 0)
		rc = make_indexes(from, dirfd, &c.segments, interval, &ix, e);
	if (rc == 0)
		rc = epochs_write(dirfd, &c.epochs, e);
	if (rc == 0 && c.start > c.segments.base[0])
		rc = log_start_raise(dirfd, c.start, e);
	/* Compaction of this store begins anew, at the log's start. */
	if (rc == 0 && c.missing > 0)
		rc = cleaner_checkpoint_set(dirfd, c.missing, c.segments.base[0], e);
	if (rc == 0)
		rc = make_lock(dirfd, &c, &ix, e);
	if (rc == 0)
		rc = recovery_point_write(dirfd, c.end, e);
	if (rc == 0) {
		fd = open_at(dirfd, "recovery-point", O_WRONLY, 0);
		if (fd == -1 || fsync(fd) == -1)
			rc = err_sys(e, "cannot sync 'recovery-point'");
		if (fd != -1)
			close(fd);
	}
	if (rc == 0 && fsync_dir(dirfd) == -1)
		rc = err_sys(e, "cannot sync the new directory");
	*left = c.left;
	copied_release(&c);
	return rc;
}

int
partdir_create_copy(const struct partdir *d, mode_t dir_mode, const struct partdir *from, int64_t log_start,
    int64_t interval, int64_t *left, struct err *e)
{
	int fd, rc;

	if (mkdirat(d->holder, d->name, dir_mode) == -1) {
		if (errno == EEXIST)
			return err_set(e, ERR_EXIST, "partition '%s' is there already", d->label);
		return err_sys(e, "cannot make '%s'", d->label);
	}
	if ((fd = open_dir_at(d->holder, d->name)) == -1 || partdir_own(d->holder, fd, dir_mode) == -1)
		rc = err_sys(e, "cannot make '%s'", d->label);
	else
		rc = fill(fd, from, log_start, interval, left, e);
	if (fd != -1)
		close(fd);
	return rc;
}
