/*
 * io.h - reading, writing and replacing files: short counts and EINTR are
 * handled here and nowhere else, and nothing in libcommon calls read(2),
 * write(2) or rename(2) itself.
 *
 * All opens below a store are relative to a directory descriptor, with
 * O_NOFOLLOW, O_CLOEXEC and O_NOCTTY, and never give a descriptor below 3.
 */
#ifndef BASE_IO_H
#define BASE_IO_H

#include <sys/types.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* n bytes, or -1 with errno.  *done (may be NULL) is how many went out all the same. */
int write_full(int fd, const void *, size_t n, size_t *done);
int pwrite_full(int fd, const void *, size_t n, off_t at, size_t *done);
int writev_full(int fd, struct iovec *, int cnt, size_t *done);	/* changes the iovec */

/* Up to n bytes, fewer only at the end of the file; -1 with errno. */
ssize_t pread_full(int fd, void *, size_t n, off_t at);
ssize_t read_full(int fd, void *, size_t n);
/* What one read(2) gives, 0 at the end; -1 with errno (EAGAIN: nothing now). */
ssize_t read_some(int fd, void *, size_t n);

/* openat(2) as said above; mode is used with O_CREAT.  A descriptor, or -1 with errno. */
int open_at(int dirfd, const char *name, int flags, mode_t mode);
/* A directory below dirfd; -1 with errno (ENOTDIR, ELOOP for a symbolic link). */
int open_dir_at(int dirfd, const char *name);

int fsync_dir(int dirfd);		/* 0 or -1; EINVAL (no directory sync here) counts as done */

/*
 * Replace dir/name by the n bytes at p, or leave it as it was.  The bytes go
 * to a temporary name ("name~random", O_EXCL), are synced, take the name by
 * rename(2), and the directory is synced: a reader sees the old file or the
 * new, whole, at every instant and after any crash.  Mode as of the file that
 * is replaced, else as mode_for_dir.  Callers that race hold a lock.  ERR_SYS.
 */
int file_replace(int dirfd, const char *name, const void *p, size_t n, struct err *);

/*
 * rename(2) in one directory that never replaces: -1 with EEXIST when the new
 * name is taken.  For directories that are not empty and for what is made
 * under a lock: where the file system cannot promise it, plain rename does.
 */
int rename_new_at(int dirfd, const char *from, const char *to);
/* rename(2) in one directory, over what has the name. */
int rename_over_at(int dirfd, const char *from, const char *to);

/* The whole file behind what is in buf; ERR_TOOBIG beyond max, ERR_NOENT, ERR_SYS. */
int file_read(int dirfd, const char *name, size_t max, struct buf *, struct err *);

/*
 * The mode new files in this directory get, whatever the umask: rw for who may
 * write the directory (user, group, other), r for who may only search or read
 * it; with lock_file, nothing for who may only read.
 */
mode_t mode_for_dir(const struct stat *dir, bool lock_file);
/* fchmod to that mode, and, as root, fchown to the directory's owner and group.  0, or -1 with errno. */
int own_as_dir(int fd, const struct stat *dir, bool lock_file);

/* True for file systems where locks or inotify do not hold: NFS, SMB, 9p, most FUSE. */
bool fs_is_network(int fd, const char **name);

/*
 * Makes sure that 0, 1 and 2 are open (on /dev/null), so no data file becomes
 * one of them.  Input that was closed is not empty, and what is written to a
 * closed output is not delivered: both fail with EBADF, as before.
 */
void std_fds_open(void);

#endif
