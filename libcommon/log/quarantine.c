/*
 * quarantine.c - see quarantine.h.
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

#include "base/clock.h"
#include "base/io.h"
#include "log/quarantine.h"

#define PIECE	65536
#define NOTE	".note"
#define Q_NAME	160		/* of a name in quarantine/ */
#define TEXT	768

static int
quarantine_open(int dirfd, struct stat *st)
{
	struct stat dir;
	int fd;

	if ((fd = open_dir_at(dirfd, "quarantine")) == -1 && errno == ENOENT) {
		if (fstat(dirfd, &dir) == -1 ||
		    (mkdirat(dirfd, "quarantine", 0700) == -1 && errno != EEXIST) ||
		    (fd = open_dir_at(dirfd, "quarantine")) == -1)
			return -1;
		if ((geteuid() == 0 && fchown(fd, dir.st_uid, dir.st_gid) == -1) ||
		    fchmod(fd, dir.st_mode & 07777) == -1 || fsync_dir(dirfd) == -1) {
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

/* Half of it, under a name that says it is whole: rather nothing.  errno stays. */
static void
take_back(int qfd, const char *name)
{
	char note[Q_NAME + sizeof(NOTE)];
	int saved = errno;

	(void)snprintf(note, sizeof(note), "%s%s", name, NOTE);
	(void)unlinkat(qfd, note, 0);
	(void)unlinkat(qfd, name, 0);
	errno = saved;
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

int
quarantine_bytes(int dirfd, const char *file, int fd, int64_t from, int64_t to, const char *why)
{
	char name[Q_NAME], text[TEXT];
	struct stat dir;
	int qfd, rc;

	if ((qfd = quarantine_open(dirfd, &dir)) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), "%s.%010" PRId64 ".%013" PRId64, file, from, clock_wall_ms());
	(void)snprintf(text, sizeof(text), "%s: bytes %" PRId64 " to %" PRId64 ", %s", file, from, to, why);
	rc = copy(qfd, &dir, name, fd, from, to);
	if (rc == -1 && errno == EEXIST) {
		/* The clock stands still, or was turned back. */
		(void)snprintf(name, sizeof(name), "%s.%010" PRId64 ".%013" PRId64, file, from, clock_steady_ns());
		rc = copy(qfd, &dir, name, fd, from, to);
	}
	if (rc == 0)
		rc = note_write(qfd, &dir, name, text);
	if (rc == 0)
		rc = fsync_dir(qfd);
	if (rc == -1 && errno != EEXIST)
		take_back(qfd, name);
	close(qfd);
	return rc;
}

int
quarantine_note(int dirfd, const char *file, const char *kind, const char *text)
{
	char name[Q_NAME];
	struct stat dir;
	int qfd, rc;

	if ((qfd = quarantine_open(dirfd, &dir)) == -1)
		return -1;
	(void)snprintf(name, sizeof(name), "%s.%s.%013" PRId64, file, kind, clock_wall_ms());
	if ((rc = note_write(qfd, &dir, name, text)) == 0)
		rc = fsync_dir(qfd);
	close(qfd);
	return rc;
}

int
quarantine_file(int dirfd, const char *file, const char *why)
{
	char kept[Q_NAME], text[TEXT];
	struct stat dir;
	int qfd, rc;

	if ((qfd = quarantine_open(dirfd, &dir)) == -1)
		return -1;
	(void)snprintf(kept, sizeof(kept), "%s.%013" PRId64, file, clock_wall_ms());
	(void)snprintf(text, sizeof(text), "%s %s", file, why);
	rc = linkat(dirfd, file, qfd, kept, 0);
	if (rc == -1 && errno == EEXIST) {
		(void)snprintf(kept, sizeof(kept), "%s.%013" PRId64, file, clock_steady_ns());
		rc = linkat(dirfd, file, qfd, kept, 0);
	}
	if (rc == 0)
		rc = note_write(qfd, &dir, kept, text);
	if (rc == 0)
		rc = fsync_dir(qfd);
	if (rc == -1 && errno != EEXIST)
		take_back(qfd, kept);
	close(qfd);
	return rc;
}
