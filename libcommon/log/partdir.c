/*
 * partdir.c - a partition's directory: opened, made, trimmed.  See partdir.h;
 * checkpoint.c has the small files.
 *
 * A directory appears whole: it is made under a temporary name ("N~random"),
 * every file in it is synced, then it takes its name.  A crash leaves it whole
 * or a temporary one, which is nobody's (no name of ours has a `~`).
 */
#include <sys/random.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/appender.h"
#include "log/endstate.h"
#include "log/partdir.h"
#include "log/segment.h"

int
partdir_open(const struct partdir *d)
{
	return open_dir_at(d->holder, d->name);
}

static int
new_file(int dirfd, const struct stat *dir, const char *name, bool lock_file, struct err *e)
{
	int fd = open_at(dirfd, name, O_RDWR | O_CREAT | O_EXCL, 0600);

	if (fd == -1 || own_as_dir(fd, dir, lock_file) == -1) {
		(void)err_sys(e, "cannot make '%s'", name);
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

static int
sync_and_close(int fd, const char *name, bool sync, struct err *e)
{
	int rc = 0;

	if (sync && fsync(fd) == -1)
		rc = err_sys(e, "cannot sync '%s'", name);
	close(fd);
	return rc;
}

/* The first segment and, about it, the first end state. */
static int
make_segment(int dirfd, const struct stat *dir, struct endstate *s, bool sync, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	int fd;

	segment_name(name, 0, ".log");
	if ((fd = new_file(dirfd, dir, name, false, e)) == -1)
		return -ERR_SYS;
	if (fstat(fd, &st) == -1) {
		(void)err_sys(e, "cannot make '%s'", name);
		close(fd);
		return -ERR_SYS;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->created_ms = clock_wall_ms();
	clock_boot_id(s->boot_id);
	if (index_create(dirfd, 0, sync) == -1) {
		(void)err_sys(e, "cannot make the indexes");
		close(fd);
		return -ERR_SYS;
	}
	return sync_and_close(fd, name, sync, e);
}

static int
make_lock(int dirfd, const struct stat *dir, struct endstate *s, bool sync, struct err *e)
{
	int fd;

	if ((fd = new_file(dirfd, dir, "lock", true, e)) == -1)
		return -ERR_SYS;
	if (endstate_write(fd, s) == -1) {
		(void)err_sys(e, "cannot write 'lock'");
		close(fd);
		return -ERR_SYS;
	}
	return sync_and_close(fd, "lock", sync, e);
}

/* A file with these bytes; nobody can see the directory yet, so it need not be replaced. */
static int
make_file(int dirfd, const struct stat *dir, const char *name, const char *text, bool sync, struct err *e)
{
	int fd;

	if ((fd = new_file(dirfd, dir, name, false, e)) == -1)
		return -ERR_SYS;
	if (write_full(fd, text, strlen(text), NULL) == -1) {
		(void)err_sys(e, "cannot write '%s'", name);
		close(fd);
		return -ERR_SYS;
	}
	return sync_and_close(fd, name, sync, e);
}

static int
fill(int dirfd, bool sync, struct err *e)
{
	struct endstate s = ENDSTATE_INIT;
	struct stat dir;
	int fd, rc;

	if (fstat(dirfd, &dir) == -1)
		return err_sys(e, "cannot look at the new directory");
	if ((rc = make_segment(dirfd, &dir, &s, sync, e)) != 0 ||
	    (rc = make_lock(dirfd, &dir, &s, sync, e)) != 0 ||
	    (rc = recovery_point_write(dirfd, 0, e)) != 0)
		return rc;
	if ((fd = open_at(dirfd, "recovery-point", O_WRONLY, 0)) == -1)
		return err_sys(e, "cannot sync 'recovery-point'");
	if ((rc = sync_and_close(fd, "recovery-point", sync, e)) != 0 ||
	    (rc = make_file(dirfd, &dir, "leader-epoch-checkpoint", "0\n1\n0 0\n", sync, e)) != 0)
		return rc;
	if (sync && fsync_dir(dirfd) == -1)
		return err_sys(e, "cannot sync the new directory");
	return 0;
}

static void
discard(int holder, const char *name)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	if ((fd = open_dir_at(holder, name)) != -1) {
		if ((dir = fdopendir(fd)) == NULL)
			close(fd);
		else {
			while ((d = readdir(dir)) != NULL)
				if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
					(void)unlinkat(fd, d->d_name, 0);
			closedir(dir);
		}
	}
	(void)unlinkat(holder, name, AT_REMOVEDIR);
}

int
partdir_own(int holder, int dirfd, mode_t mode)
{
	struct stat st;

	if (geteuid() == 0 && (fstat(holder, &st) == -1 || fchown(dirfd, st.st_uid, st.st_gid) == -1))
		return -1;
	return fchmod(dirfd, mode);
}

int
partdir_create_unsynced(const struct partdir *d, mode_t dir_mode, struct err *e)
{
	int fd, rc;

	if (mkdirat(d->holder, d->name, dir_mode) == -1)
		return err_sys(e, "cannot make '%s'", d->label);
	if ((fd = open_dir_at(d->holder, d->name)) == -1 || partdir_own(d->holder, fd, dir_mode) == -1)
		rc = err_sys(e, "cannot make '%s'", d->label);
	else if ((rc = fill(fd, false, e)) != 0)
		(void)err_prefix(e, "cannot make '%s'", d->label);
	if (fd != -1)
		close(fd);
	return rc;
}

int
partdir_create(const struct partdir *d, mode_t dir_mode, struct err *e)
{
	char tmp[sizeof(d->name) + 20];
	uint64_t r;
	int fd, rc;

	if (d->broker)
		return err_set(e, ERR_READONLY, "'%s' is in a Kafka broker's directory, read only", d->label);
	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return err_sys(e, "cannot make '%s'", d->label);
	(void)snprintf(tmp, sizeof(tmp), "%s~%016llx", d->name, (unsigned long long)r);
	if (faccessat(d->holder, d->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, ERR_EXIST, "partition '%s' is there already", d->label);
	if (mkdirat(d->holder, tmp, dir_mode) == -1)
		return err_sys(e, "cannot make '%s'", d->label);
	if ((fd = open_dir_at(d->holder, tmp)) == -1 || partdir_own(d->holder, fd, dir_mode) == -1)
		rc = err_sys(e, "cannot make '%s'", d->label);
	else if ((rc = fill(fd, true, e)) != 0)
		(void)err_prefix(e, "cannot make '%s'", d->label);
	else if (rename_new_at(d->holder, tmp, d->name) == -1) {
		if (errno == EEXIST)
			rc = err_set(e, ERR_EXIST, "partition '%s' is there already", d->label);
		else
			rc = err_sys(e, "cannot make '%s'", d->label);
	}
	if (fd != -1)
		close(fd);
	if (rc != 0)
		discard(d->holder, tmp);
	return rc;
}

static int
trim_locked(const struct partdir *d, int dirfd, int64_t offset, struct err *e)
{
	int64_t end, active;
	int rc;

	if ((rc = log_end_peek(d, &end, &active, e)) != 0)
		return rc;
	if (offset > end)
		return err_set(e, ERR_RANGE, "cannot trim '%s' to offset %lld: the log ends at %lld",
		    d->label, (long long)offset, (long long)end);
	if ((rc = log_start_raise(dirfd, offset, e)) != 0)
		(void)err_prefix(e, "cannot trim '%s'", d->label);
	return rc;
}

int
partdir_trim(const struct partdir *d, int64_t offset, int64_t lock_timeout_ms, struct err *e)
{
	char path[sizeof(d->label) + 8];
	struct lock l = LOCK_INIT;
	int dirfd, lockfd, rc;

	if (d->broker)
		return err_set(e, ERR_READONLY, "'%s' is in a Kafka broker's directory, read only", d->label);
	if ((dirfd = partdir_open(d)) == -1) {
		rc = errno;
		(void)err_sys(e, "cannot open '%s'", d->label);
		if (rc != ENOENT)
			return -ERR_SYS;
		return err_set(e, ERR_NOENT, "no partition '%s'", d->label);
	}
	(void)snprintf(path, sizeof(path), "%s/lock", d->label);
	if ((lockfd = open_at(dirfd, "lock", O_RDWR, 0)) == -1)
		rc = err_sys(e, "cannot open '%s'", path);
	else if ((rc = lock_take(&l, lockfd, LOCK_BYTE_MAINTENANCE, lock_timeout_ms, NULL, path, e)) == 0) {
		rc = trim_locked(d, dirfd, offset, e);
		lock_drop(&l);
	}
	if (lockfd != -1)
		close(lockfd);
	close(dirfd);
	return rc;
}
