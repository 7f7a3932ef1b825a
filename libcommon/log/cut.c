/*
 * cut.c - a torn tail is set aside before it is cut.
 *
 * quarantine/ holds, for each tail, its bytes in
 *	BASE.log.POSITION.TIME		(20 digits, 10 digits, milliseconds)
 * and beside it, with .note behind the name, a text that says from where,
 * when and why.  A note without bytes tells of something that was not cut.
 *
 * Order: the bytes and the note are synced, then the time index, the index,
 * the log are cut.  A crash before the last step leaves a tail that is set
 * aside once more; nothing is cut that is not there.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "log/segment.h"
#include "log/writer.h"

#define PIECE	65536
#define NOTE	".note"
#define Q_NAME	160		/* of a name in quarantine/ */

static int
quarantine_open(struct appender *ap, struct stat *st)
{
	struct stat dir;
	int fd;

	if ((fd = open_dir_at(ap->dirfd, "quarantine")) == -1 && errno == ENOENT) {
		if (fstat(ap->dirfd, &dir) == -1 ||
		    (mkdirat(ap->dirfd, "quarantine", 0700) == -1 && errno != EEXIST) ||
		    (fd = open_dir_at(ap->dirfd, "quarantine")) == -1)
			return -1;
		if ((geteuid() == 0 && fchown(fd, dir.st_uid, dir.st_gid) == -1) ||
		    fchmod(fd, dir.st_mode & 07777) == -1 || fsync_dir(ap->dirfd) == -1) {
			close(fd);
			return -1;
		}
	}
	if (fd != -1 && fstat(fd, st) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
new_file(int qfd, const struct stat *dir, const char *name)
{
	int fd = open_at(qfd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd != -1 && own_as_dir(fd, dir, false) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
finish(int fd, int rc)
{
	int saved;

	if (rc == 0)
		rc = fsync(fd);
	saved = errno;
	if (close(fd) == -1 && rc == 0)
		return -1;
	errno = saved;
	return rc;
}

static int
copy(int qfd, const struct stat *dir, const char *name, int from_fd, int64_t from, int64_t to)
{
	uint8_t *b;
	ssize_t r = 0;
	int fd, rc = 0;

	if ((fd = new_file(qfd, dir, name)) == -1)
		return -1;
	if ((b = malloc(PIECE)) == NULL)
		return finish(fd, -1);
	for (; from < to && rc == 0; from += r) {
		r = pread_full(from_fd, b, to - from < PIECE ? (size_t)(to - from) : PIECE, from);
		if (r <= 0)
			rc = r == 0 ? 0 : -1;
		else
			rc = write_full(fd, b, (size_t)r, NULL);
		if (r <= 0)
			break;
	}
	free(b);
	return finish(fd, rc);
}

static int
note_write(int qfd, const struct stat *dir, const char *name, const char *text)
{
	char file[Q_NAME + sizeof(NOTE)], when[64], line[1024];
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm;
	int fd, n;

	(void)snprintf(file, sizeof(file), "%s%s", name, NOTE);
	if (gmtime_r(&now, &tm) == NULL || strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(when, sizeof(when), "%lld", (long long)now);
	n = snprintf(line, sizeof(line), "%s %s\n", when, text);
	if ((fd = new_file(qfd, dir, file)) == -1)
		return -1;
	return finish(fd, write_full(fd, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1, NULL));
}

static int
set_aside(struct appender *ap, int64_t from, int64_t to, const char *why)
{
	char name[Q_NAME], segment[SEGMENT_NAME_MAX], text[512];
	struct stat dir;
	int qfd, rc;

	if ((qfd = quarantine_open(ap, &dir)) == -1)
		return -1;
	segment_name(segment, ap->end.base, ".log");
	(void)snprintf(name, sizeof(name), "%s.%010" PRId64 ".%013" PRId64, segment, from, clock_wall_ms());
	(void)snprintf(text, sizeof(text), "%s: bytes %" PRId64 " to %" PRId64 ", behind offset %" PRId64 ": %s",
	    segment, from, to, ap->end.next_offset - 1, why);
	rc = copy(qfd, &dir, name, ap->active->fd, from, to);
	if (rc == -1 && errno == EEXIST) {
		/* The clock stands still, or was turned back. */
		(void)snprintf(name, sizeof(name), "%s.%010" PRId64 ".%013" PRId64, segment, from, clock_steady_ns());
		rc = copy(qfd, &dir, name, ap->active->fd, from, to);
	}
	if (rc == 0)
		rc = note_write(qfd, &dir, name, text);
	if (rc == 0)
		rc = fsync_dir(qfd);
	close(qfd);
	return rc;
}

int
tail_cut(struct appender *ap, int64_t from, int64_t to, const char *why, struct err *e)
{
	struct index_state *ix = &ap->end.index;
	char name[SEGMENT_NAME_MAX];

	segment_name(name, ap->end.base, ".log");
	if (set_aside(ap, from, to, why) == -1)
		return err_sys(e, "cannot keep the torn tail of '%s/%s' in quarantine", ap->dir.label, name);
	if (index_trim(ap->dirfd, ap->end.base, ix, false) == -1 &&
	    index_rebuild(ap->dirfd, ap->end.base, from, ap->opts.conf.index_interval_bytes, false, ix, NULL) != 0)
		*ix = (struct index_state)INDEX_STATE_INIT;
	if (ftruncate(ap->active->fd, from) == -1)
		return err_sys(e, "cannot cut the torn tail of '%s/%s' at byte %" PRId64, ap->dir.label, name, from);
	return 0;
}

void
leave_note(struct appender *ap, int64_t base, const char *kind, const char *text)
{
	char name[Q_NAME], segment[SEGMENT_NAME_MAX];
	struct stat dir;
	int qfd;

	if ((qfd = quarantine_open(ap, &dir)) == -1)
		return;
	segment_name(segment, base, ".log");
	(void)snprintf(name, sizeof(name), "%s.%s.%013" PRId64, segment, kind, clock_wall_ms());
	(void)note_write(qfd, &dir, name, text);
	(void)fsync_dir(qfd);
	close(qfd);
}

void
keep_file(struct appender *ap, const char *name, const char *why)
{
	char kept[Q_NAME], text[512];
	struct stat dir;
	int qfd;

	if ((qfd = quarantine_open(ap, &dir)) == -1)
		return;
	(void)snprintf(kept, sizeof(kept), "%s.%013" PRId64, name, clock_wall_ms());
	(void)snprintf(text, sizeof(text), "%s %s", name, why);
	if (linkat(ap->dirfd, name, qfd, kept, 0) == 0)
		(void)note_write(qfd, &dir, kept, text);
	(void)fsync_dir(qfd);
	close(qfd);
}
