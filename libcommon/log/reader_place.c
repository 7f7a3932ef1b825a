/*
 * reader_place.c - which segment an offset is in, and from one to the next.
 *
 * The list of segments is a picture that grows old: it is made again when the
 * directory's time of change says so, and any file of it may be gone when it
 * is opened.  A file may be another one under the same name (compaction), so
 * a position never outlives its descriptor unless the batch there says that
 * it is the right one (unsure, reader_check.c).
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/offindex.h"
#include "log/reader_in.h"

#define LIST_TRIES	16
#define TICK_NS		100000000	/* a directory's time is no finer than this, anywhere that is local */

void
reader_close_segment(struct reader *rd)
{
	if (rd->fd != -1)
		close(rd->fd);
	rd->fd = -1;
	reader_forget(rd);
}

int
reader_gone(const struct reader *rd, struct err *e)
{
	return err_set(e, ERR_GONE, "'%s' was deleted", rd->dir.label);
}

int
reader_out_of_range(struct reader *rd, int64_t next, const char *what, struct err *e)
{
	memset(&rd->damage, 0, sizeof(rd->damage));
	rd->damage.segment = rd->base < 0 ? 0 : rd->base;
	rd->damage.first_offset = rd->position;
	rd->damage.next_offset = next;
	(void)snprintf(rd->damage.what, sizeof(rd->damage.what), "%s", what);
	rd->failed = ERR_RANGE;
	if (next > rd->position)
		return err_set(e, ERR_RANGE, "offset %" PRId64 " of '%s' is gone, the log starts at %" PRId64,
		    rd->position, rd->dir.label, next);
	return err_set(e, ERR_RANGE, "'%s' %s at offset %" PRId64 ", below offset %" PRId64 " which comes next here",
	    rd->dir.label, what, next, rd->position);
}

int
reader_list(struct reader *rd, bool force, struct err *e)
{
	struct timespec now;
	struct stat st;
	int64_t age;
	int rc;

	if (fstat(rd->dirfd, &st) == -1)
		return err_sys(e, "cannot look at '%s'", rd->dir.label);
	if (!force && rd->list_settled && st.st_mtim.tv_sec == rd->list_time.tv_sec &&
	    st.st_mtim.tv_nsec == rd->list_time.tv_nsec)
		return 0;
	/* The time from before the listing: what changes meanwhile makes it another. */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	if ((rc = segment_list_read(rd->dirfd, &rd->list, e)) != 0)
		return err_prefix(e, "'%s'", rd->dir.label);
	if (rd->list.n == 0 && st.st_nlink == 0)
		return reader_gone(rd, e);
	rd->list_time = st.st_mtim;
	age = (now.tv_sec - st.st_mtim.tv_sec) * 1000000000LL + now.tv_nsec - st.st_mtim.tv_nsec;
	rd->list_settled = age > TICK_NS;
	return 0;
}

bool
reader_has_later(const struct reader *rd, int64_t *base)
{
	size_t i = (size_t)(segment_list_find(&rd->list, rd->base) + 1);

	if (i >= rd->list.n)
		return false;
	*base = rd->list.base[i];
	return true;
}

bool
reader_replaced(const struct reader *rd)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	segment_name(name, rd->base, ".log");
	return fstatat(rd->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    st.st_dev != rd->dev || st.st_ino != rd->ino;
}

/* Opens a segment at its first byte: 1, 0 it is not there (any more), or an error. */
static int
open_segment(struct reader *rd, int64_t base, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	int fd, error;

	segment_name(name, base, ".log");
	/* Not blocking: nobody says that it is a file. */
	if ((fd = open_at(rd->dirfd, name, O_RDONLY | O_NONBLOCK, 0)) == -1 && errno == ENOENT)
		return 0;
	if (fd == -1 || fstat(fd, &st) == -1) {
		error = errno;
		if (fd != -1)
			close(fd);
		errno = error;
		return err_sys(e, "cannot open '%s/%s'", rd->dir.label, name);
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_FORMAT, "'%s/%s' is not a file", rd->dir.label, name);
	}
	reader_close_segment(rd);
	rd->fd = fd;
	rd->base = base;
	rd->dev = st.st_dev;
	rd->ino = st.st_ino;
	rd->unsure = rd->last_look = false;
	rd->pos = 0;
	rd->expect = base;
	rd->quiet_pos = rd->quiet_size = -1;
	return 1;
}

/* The index names a place before offset: taken when the batch there is the one it names. */
static int
take_hint(struct reader *rd, int64_t offset, struct err *e)
{
	enum batch_verdict v;
	struct batch_head h;
	struct slice b;
	int64_t last;
	int error;

	index_lookup(rd->dirfd, rd->base, offset, &last, &rd->pos);
	if (rd->pos == 0)
		return 1;
	v = reader_look(rd, &h, &b, &error);
	if (error != 0)
		return reader_fault(rd, error, "read", e);
	if (v == BATCH_GOOD && batch_last_offset(&h) == last && h.base_offset >= rd->base) {
		rd->expect = h.base_offset;
		return 1;
	}
	rd->pos = 0;
	return 1;
}

int
reader_place(struct reader *rd, int64_t offset, struct err *e)
{
	ptrdiff_t i;
	int tries, rc;

	reader_close_segment(rd);
	rd->base = -1;
	for (tries = 0; tries < LIST_TRIES; tries++) {
		if ((rc = reader_list(rd, tries > 0, e)) != 0)
			return rc;
		if (rd->list.n == 0)
			return 0;
		if ((i = segment_list_find(&rd->list, offset)) < 0)
			return reader_out_of_range(rd, rd->list.base[0], "starts", e);
		if ((rc = open_segment(rd, rd->list.base[i], e)) == 1)
			return take_hint(rd, offset, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
reader_dir(struct reader *rd, struct err *e)
{
	if (rd->dirfd != -1 || (rd->dirfd = partdir_open(&rd->dir)) != -1)
		return 0;
	if (errno == ENOENT)
		return reader_gone(rd, e);
	return err_sys(e, "cannot open '%s'", rd->dir.label);
}

int
reader_enter(struct reader *rd, struct err *e)
{
	int64_t base = rd->base, pos = rd->pos, expect = rd->expect;
	dev_t dev = rd->dev;
	ino_t ino = rd->ino;
	int rc;

	if ((rc = reader_dir(rd, e)) != 0)
		return rc;
	if (rd->fd != -1)
		return 1;
	if (base == -1)
		return reader_place(rd, rd->position, e);
	if ((rc = open_segment(rd, base, e)) < 0)
		return rc;
	if (rc == 0 || rd->dev != dev || rd->ino != ino)
		return reader_place(rd, rd->position, e);
	/* The same number may be another file's by now. */
	rd->pos = pos;
	rd->expect = expect;
	rd->unsure = true;
	return 1;
}

/* The next segment's name is beyond the end of this one. */
static int
leap(struct reader *rd, int64_t next, struct err *e)
{
	bool known;
	int rc;

	if (reader_replaced(rd))
		return reader_place(rd, rd->position, e);
	if ((rc = reader_gap_known(rd, rd->expect, next, &known, e)) != 0)
		return rc;
	if (!known)
		return reader_gap(rd, rd->expect, next, e);
	if ((rc = open_segment(rd, next, e)) == 0) {
		if ((rc = reader_list(rd, true, e)) == 0)
			rc = reader_place(rd, rd->position, e);
	} else if (rc == 1 && rd->position < next)
		rd->position = next;
	return rc;
}

int
reader_move(struct reader *rd, struct err *e)
{
	ptrdiff_t i;
	int64_t next;
	int rc;

	if ((rc = reader_list(rd, false, e)) != 0)
		return rc;
	if (!reader_has_later(rd, &next)) {
		if (!reader_replaced(rd))
			return 0;
		if ((rc = reader_list(rd, true, e)) != 0)
			return rc;
		return rd->list.n == 0 ? reader_gone(rd, e) : reader_place(rd, rd->position, e);
	}
	if (!rd->last_look) {
		/* It may have grown before the later one was made. */
		rd->last_look = true;
		reader_forget(rd);
		return 1;
	}
	if ((i = segment_list_find(&rd->list, rd->position)) < 0)
		return reader_out_of_range(rd, rd->list.base[0], "starts", e);
	if (rd->list.base[i] == rd->base)
		return leap(rd, next, e);
	return reader_place(rd, rd->position, e);
}

int
reader_start(struct reader *rd, int64_t *start, struct err *e)
{
	int rc;

	*start = 0;
	if (rd->opts.log_start >= 0)
		*start = rd->opts.log_start;
	else if (!rd->dir.broker && (rc = log_start_read(rd->dirfd, start, e)) != 0)
		return err_prefix(e, "'%s'", rd->dir.label);
	if (rd->list.n > 0 && rd->list.base[0] > *start)
		*start = rd->list.base[0];
	return 0;
}
