/*
 * peek.c - where the log ends, for who does not append and takes no lock.
 *
 * The end state answers when it can be read (readers may not, in most stores)
 * and stands: this boot, this inode, this size.  Else the last segment does,
 * gone over from its last index entry.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/appender.h"
#include "log/endstate.h"
#include "log/offindex.h"
#include "log/scan.h"
#include "log/segment.h"

static bool
by_endstate(int dirfd, int64_t *next_offset, int64_t *active)
{
	static const uint8_t unknown[BOOT_ID_LEN];
	char name[SEGMENT_NAME_MAX];
	uint8_t boot[BOOT_ID_LEN];
	struct endstate s;
	struct stat st;
	int fd, valid;

	if ((fd = open_at(dirfd, "lock", O_RDONLY, 0)) == -1)
		return false;
	valid = endstate_read(fd, &s);
	close(fd);
	clock_boot_id(boot);
	if (valid != 1 || memcmp(boot, unknown, BOOT_ID_LEN) == 0 || memcmp(boot, s.boot_id, BOOT_ID_LEN) != 0)
		return false;
	segment_name(name, s.base, ".log");
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 || st.st_dev != s.dev || st.st_ino != s.ino ||
	    st.st_size != s.end)
		return false;
	*next_offset = s.next_offset;
	*active = s.base;
	return true;
}

static int64_t
go_over(struct scan *s, int64_t at, int64_t next)
{
	struct batch_head h;

	for (; scan_verify(s, at, &h) == BATCH_GOOD && h.base_offset >= next; at += h.size)
		next = batch_last_offset(&h) + 1;
	return next;
}

static int
by_segment(const struct partdir *d, int dirfd, int64_t base, int64_t *next_offset, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct scan s = SCAN_INIT;
	struct batch_head h;
	struct stat st;
	int64_t offset, at;
	int fd, rc;

	segment_name(name, base, ".log");
	if ((fd = open_at(dirfd, name, O_RDONLY, 0)) == -1 || fstat(fd, &st) == -1) {
		rc = err_sys(e, "cannot open '%s/%s'", d->label, name);
		if (fd != -1)
			close(fd);
		return rc;
	}
	index_last(dirfd, base, st.st_size, &offset, &at);
	if ((rc = scan_open(&s, fd, st.st_size, e)) == 0) {
		/* An entry leads to the batch whose last offset it names, or nowhere. */
		if (at > 0 && (scan_verify(&s, at, &h) != BATCH_GOOD || batch_last_offset(&h) != offset))
			at = 0;
		*next_offset = go_over(&s, at, base);
		if ((errno = s.error) != 0)
			rc = err_sys(e, "cannot read '%s/%s'", d->label, name);
	}
	scan_close(&s);
	close(fd);
	return rc;
}

static int
look(const struct partdir *d, int dirfd, int64_t *next_offset, int64_t *active, struct err *e)
{
	struct segment_list segs = SEGMENT_LIST_INIT;
	int rc;

	if ((rc = segment_list_read(dirfd, &segs, e)) != 0) {
		(void)err_prefix(e, "'%s'", d->label);
		return rc;
	}
	if (segs.n == 0) {
		/* Nothing of it is there any more; where it began is where it ends. */
		rc = log_start_read(dirfd, next_offset, e);
		*active = *next_offset;
	} else {
		*active = segs.base[segs.n - 1];
		rc = by_segment(d, dirfd, *active, next_offset, e);
	}
	segment_list_release(&segs);
	return rc;
}

int
log_end_peek(const struct partdir *d, int64_t *next_offset, int64_t *active, struct err *e)
{
	int dirfd, rc = 0, saved;

	if ((dirfd = partdir_open(d)) == -1) {
		saved = errno;
		(void)err_sys(e, "cannot open '%s'", d->label);
		return saved != ENOENT ? -ERR_SYS : err_set(e, ERR_NOENT, "no partition '%s'", d->label);
	}
	if (!by_endstate(dirfd, next_offset, active))
		rc = look(d, dirfd, next_offset, active, e);
	close(dirfd);
	return rc;
}
