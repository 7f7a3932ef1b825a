/*
 * faults.h - the calls that change a disk, with a death, an error or a short
 * count at any one of them.  A unit program that includes this has them
 * instead of libc's; the library under test is linked to them.
 *
 *	faults = (struct faults){ .at = 7, .what = FAULT_KILL };
 *	...					// the 7th call does not come back
 *	faults.calls				// how many there were
 *
 * FAULT_KILL ends the process before the call (_exit, no handlers), KILL_HALF
 * in the middle of a write; ERROR and STICKY return error once, or from there
 * on; SHORT writes keep bytes and then fails with error.
 */
#ifndef UNIT_FAULTS_H
#define UNIT_FAULTS_H

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum fault { FAULT_NONE, FAULT_KILL, FAULT_KILL_HALF, FAULT_ERROR, FAULT_STICKY, FAULT_SHORT };

#define FAULT_STATUS	77		/* of a process that was killed here */

struct faults {
	enum fault what;
	int at;				/* the call, from 1; 0: none */
	int error;
	long keep;			/* FAULT_SHORT: bytes written before it fails */
	_Atomic int calls;
	_Atomic int syncs_fail;			/* so many fdatasync calls from now on fail with EIO; each calls it once */
	_Atomic int syncs;
	bool in_sync;			/* the error was one of fdatasync */
};

static struct faults faults;

/* 0: do it; -1: fail with errno. */
static int
fault_here(void)
{
	faults.calls++;
	if (faults.at == 0 || faults.calls < faults.at || (faults.calls > faults.at && faults.what != FAULT_STICKY))
		return 0;
	if (faults.what == FAULT_KILL)
		_exit(FAULT_STATUS);
	if (faults.what == FAULT_ERROR || faults.what == FAULT_STICKY) {
		errno = faults.error;
		return -1;
	}
	return 0;
}

static ssize_t
fault_write(long number, int fd, const void *p, size_t n, off_t at)
{
	size_t keep = n;

	if (fault_here() == -1)
		return -1;
	if (faults.calls == faults.at && faults.what == FAULT_KILL_HALF) {
		syscall(number, fd, p, n / 2, at);
		_exit(FAULT_STATUS);
	}
	if (faults.what == FAULT_SHORT && faults.calls == faults.at + 1) {
		errno = faults.error;
		return -1;
	}
	if (faults.what == FAULT_SHORT && faults.calls == faults.at && (size_t)faults.keep < n)
		keep = (size_t)faults.keep;
	else if (faults.what == FAULT_SHORT && faults.calls == faults.at)
		faults.at++;			/* too small to be cut: the next one */
	return syscall(number, fd, p, keep, at);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return fault_write(SYS_pwrite64, fd, p, n, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	if (fd < 3)
		return syscall(SYS_write, fd, p, n);
	return fault_write(SYS_write, fd, p, n, 0);
}

int
ftruncate64(int fd, off64_t n)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}

static int
fault_sync(int fd)
{
	faults.syncs++;
	if (fault_here() == -1) {
		faults.in_sync = true;
		return -1;
	}
	if (faults.syncs_fail > 0) {
		faults.syncs_fail--;
		errno = EIO;
		return -1;
	}
	return fcntl(fd, F_GETFD) == -1 ? -1 : 0;	/* what a sync does is not seen here; its time would be */
}

int
fdatasync(int fd)
{
	return fault_sync(fd);
}

int
fsync(int fd)
{
	return fault_here() == -1 ? -1 : fcntl(fd, F_GETFD) == -1 ? -1 : 0;
}

int
openat64(int dir, const char *name, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if ((flags & O_CREAT) && fault_here() == -1)
		return -1;
	return (int)syscall(SYS_openat, dir, name, flags | O_LARGEFILE, mode);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_renameat2, a, from, b, to, 0);
}

int
renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_renameat2, a, from, b, to, flags);
}

int
unlinkat(int dir, const char *name, int flags)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_unlinkat, dir, name, flags);
}

int
mkdirat(int dir, const char *name, mode_t mode)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_mkdirat, dir, name, mode);
}

int
linkat(int a, const char *from, int b, const char *to, int flags)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_linkat, a, from, b, to, flags);
}

int
fchmod(int fd, mode_t mode)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int
fchown(int fd, uid_t u, gid_t g)
{
	return fault_here() == -1 ? -1 : (int)syscall(SYS_fchown, fd, u, g);
}

#endif
