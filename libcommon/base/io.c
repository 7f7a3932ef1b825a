/*
 * io.c - full reads and writes, opens below a directory, durable replace (io.h).
 */
#include "base/io.h"

#include <sys/random.h>
#include <sys/vfs.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FD_FIRST	3	/* 0, 1 and 2 are never data files */

/* After a failed write: true when it is worth trying again (a signal, or a descriptor that does not block). */
static bool
write_again(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		return false;
	return poll(&p, 1, -1) != -1 || errno == EINTR;
}

int
write_full(int fd, const void *p, size_t n, size_t *done)
{
	size_t at = 0;
	ssize_t w;

	while (at < n) {
		w = write(fd, (const uint8_t *)p + at, n - at);
		if (w > 0)
			at += (size_t)w;
		else if (w == 0)
			errno = EIO;
		if (w == 0 || (w == -1 && !write_again(fd)))
			break;
	}
	if (done != NULL)
		*done = at;
	return at == n ? 0 : -1;
}

int
pwrite_full(int fd, const void *p, size_t n, off_t off, size_t *done)
{
	size_t at = 0;
	ssize_t w;

	while (at < n) {
		w = pwrite(fd, (const uint8_t *)p + at, n - at, off + (off_t)at);
		if (w > 0)
			at += (size_t)w;
		else if (w == 0)
			errno = EIO;
		if (w == 0 || (w == -1 && errno != EINTR))
			break;
	}
	if (done != NULL)
		*done = at;
	return at == n ? 0 : -1;
}

int
writev_full(int fd, struct iovec *iov, int cnt, size_t *done)
{
	size_t at = 0;
	ssize_t w = 0;

	for (;;) {
		while (cnt > 0 && (size_t)w >= iov->iov_len) {
			w -= (ssize_t)iov->iov_len;
			iov++;
			cnt--;
		}
		if (cnt == 0)
			break;
		iov->iov_base = (uint8_t *)iov->iov_base + w;
		iov->iov_len -= (size_t)w;
		while ((w = writev(fd, iov, cnt)) == -1)
			if (!write_again(fd))
				break;
		if (w == 0)
			errno = EIO;
		if (w <= 0)
			break;
		at += (size_t)w;
	}
	if (done != NULL)
		*done = at;
	return cnt == 0 ? 0 : -1;
}

ssize_t
pread_full(int fd, void *p, size_t n, off_t off)
{
	size_t at = 0;
	ssize_t r;

	while (at < n) {
		r = pread(fd, (uint8_t *)p + at, n - at, off + (off_t)at);
		if (r == 0)
			break;
		if (r > 0)
			at += (size_t)r;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)at;
}

ssize_t
read_full(int fd, void *p, size_t n)
{
	size_t at = 0;
	ssize_t r;

	while (at < n) {
		r = read(fd, (uint8_t *)p + at, n - at);
		if (r == 0)
			break;
		if (r > 0)
			at += (size_t)r;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)at;
}

ssize_t
read_some(int fd, void *p, size_t n)
{
	ssize_t r;

	while ((r = read(fd, p, n)) == -1 && errno == EINTR)
		;
	return r;
}

int
open_at(int dirfd, const char *name, int flags, mode_t mode)
{
	int fd, high, saved;

	/* A FIFO under the name of a file must not hold anybody up; files do not care.  A path of the user's may well be one. */
	if (dirfd != AT_FDCWD)
		flags |= O_NONBLOCK;
	do
		fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
	while (fd == -1 && errno == EINTR);
	if (fd == -1 || fd >= FD_FIRST)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FD_FIRST);
	saved = errno;
	close(fd);
	errno = saved;
	return high;
}

int
open_dir_at(int dirfd, const char *name)
{
	return open_at(dirfd, name, O_RDONLY | O_DIRECTORY, 0);
}

int
fsync_dir(int dirfd)
{
	if (fsync(dirfd) == -1 && errno != EINVAL)
		return -1;
	return 0;
}

mode_t
mode_for_dir(const struct stat *dir, bool lock_file)
{
	mode_t mode = 0;
	int shift;

	for (shift = 0; shift <= 6; shift += 3) {
		mode_t who = dir->st_mode >> shift & 7;

		if (who & 2)
			mode |= (mode_t)6 << shift;
		else if (who != 0 && !lock_file)
			mode |= (mode_t)4 << shift;
	}
	return mode;
}

static int
own_as(int fd, const struct stat *dir, mode_t mode)
{
	/* The owner first: chown would clear what fchmod set. */
	if (geteuid() == 0 && fchown(fd, dir->st_uid, dir->st_gid) == -1)
		return -1;
	return fchmod(fd, mode);
}

int
own_as_dir(int fd, const struct stat *dir, bool lock_file)
{
	return own_as(fd, dir, mode_for_dir(dir, lock_file));
}

/* A new file beside name, under a name that is nobody's; -1 with errno. */
static int
temporary(int dirfd, const char *name, char *tmp, size_t size)
{
	uint64_t r;
	int fd, tries;

	for (tries = 0; tries < 16; tries++) {
		if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
			return -1;
		if ((size_t)snprintf(tmp, size, "%s~%016llx", name, (unsigned long long)r) >= size) {
			errno = ENAMETOOLONG;
			return -1;
		}
		fd = open_at(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd != -1 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int
file_replace(int dirfd, const char *name, const void *p, size_t n, struct err *e)
{
	struct stat dir, old;
	char tmp[NAME_MAX + 1];
	mode_t mode;
	int fd, saved, rc;

	if (fstat(dirfd, &dir) == -1)
		return err_sys(e, "cannot replace '%s'", name);
	mode = mode_for_dir(&dir, false);
	if (fstatat(dirfd, name, &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(old.st_mode))
		mode = old.st_mode & 0777;
	if ((fd = temporary(dirfd, name, tmp, sizeof(tmp))) == -1)
		return err_sys(e, "cannot make a temporary file for '%s'", name);
	rc = own_as(fd, &dir, mode);
	if (rc == 0)
		rc = write_full(fd, p, n, NULL);
	if (rc == 0)
		rc = fsync(fd);
	saved = errno;
	if (close(fd) == -1 && rc == 0) {
		rc = -1;
		saved = errno;
	}
	errno = saved;
	if (rc == 0)
		rc = renameat(dirfd, tmp, dirfd, name);
	if (rc == -1) {
		rc = err_sys(e, "cannot replace '%s'", name);
		(void)unlinkat(dirfd, tmp, 0);
		return rc;
	}
	if (fsync_dir(dirfd) == -1)
		return err_sys(e, "cannot sync the directory of '%s'", name);
	return 0;
}

int
rename_new_at(int dirfd, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (fstatat(dirfd, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(dirfd, from, dirfd, to);
}

int
rename_over_at(int dirfd, const char *from, const char *to)
{
	return renameat(dirfd, from, dirfd, to);
}

int
file_read(int dirfd, const char *name, size_t max, struct buf *b, struct err *e)
{
	size_t start = b->n, room;
	ssize_t r = 0;
	int fd, rc = 0;

	if ((fd = open_at(dirfd, name, O_RDONLY, 0)) == -1) {
		if (errno == ENOENT) {
			rc = err_sys(e, "cannot read '%s'", name);
			if (e != NULL)
				e->code = ERR_NOENT;
			return -ERR_NOENT;
		}
		return err_sys(e, "cannot read '%s'", name);
	}
	/* One byte beyond max tells "just max" from "too big". */
	while ((room = buf_more(b, start + 4096, max - (b->n - start) + 1)) > 0) {
		if ((r = read_full(fd, b->p + b->n, room)) <= 0)
			break;
		b->n += (size_t)r;
		if (b->n - start > max)
			break;
	}
	if (b->failed)
		rc = err_set(e, ERR_NOMEM, "cannot read '%s': no memory", name);
	else if (r == -1)
		rc = err_sys(e, "cannot read '%s'", name);
	else if (b->n - start > max)
		rc = err_set(e, ERR_TOOBIG, "'%s' is larger than %zu bytes", name, max);
	if (rc != 0)
		b->n = start;
	close(fd);
	return rc;
}

bool
fs_is_network(int fd, const char **name)
{
	static const struct {
		uint32_t magic;
		const char *name;
	} far[] = {
		{ 0x00006969, "NFS" }, { 0x0000517b, "SMB" }, { 0xff534d42, "CIFS" }, { 0xfe534d42, "SMB2" },
		{ 0x01021997, "9p" }, { 0x65735546, "FUSE" }, { 0x5346414f, "AFS" }, { 0x6b414653, "AFS" },
		{ 0x00c36400, "Ceph" }, { 0x73757245, "Coda" }, { 0x0000564c, "NCP" }, { 0x7461636f, "OCFS2" },
		{ 0x01161970, "GFS2" }, { 0x0bd00bd0, "Lustre" }, { 0x47504653, "GPFS" }, { 0x19830326, "BeeGFS" },
		{ 0x786f4256, "VirtualBox shared folder" }, { 0xbacbacbc, "VMware shared folder" },
	};
	struct statfs fs;
	size_t i;

	if (fstatfs(fd, &fs) == -1)
		return false;
	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++)
		if (far[i].magic == (uint32_t)fs.f_type) {
			if (name != NULL)
				*name = far[i].name;
			return true;
		}
	return false;
}

void
std_fds_open(void)
{
	struct pollfd p[FD_FIRST] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int i;

	if (poll(p, FD_FIRST, 0) <= 0)
		return;
	for (i = 0; i < FD_FIRST; i++)
		if (p[i].revents & POLLNVAL)
			/* takes the lowest that is free: this one */
			(void)open("/dev/null", (i == STDIN_FILENO ? O_WRONLY : i == STDOUT_FILENO ? O_RDONLY : O_RDWR) | O_NOCTTY);
}
