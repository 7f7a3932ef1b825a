/*
 * preload-powerloss - remembers what a power loss could not take.
 *
 * In the directory $PLOG_DURABLE, for each inode that was synced: f.INODE, the
 * bytes of a file as of its last sync; d.INODE, the names in a directory as of
 * its last sync, a line "INODE NAME" each.  powerloss makes of it and of the
 * store as it is what may be left.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/durable.h"

static void
copy_file(int synced, int to)
{
	char b[65536];
	off_t at = 0;
	ssize_t n;
	int from;

	/* It may be open for writing only. */
	(void)snprintf(b, sizeof(b), "/proc/self/fd/%d", synced);
	if ((from = open(b, O_RDONLY)) == -1)
		_exit(99);
	while ((n = pread(from, b, sizeof(b), at)) > 0) {
		if (syscall(SYS_pwrite64, to, b, (size_t)n, at) != n)
			_exit(99);
		at += n;
	}
	close(from);
}

static void
copy_names(int from, int to)
{
	struct dirent *d;
	char key[64];
	int fd = openat(from, ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fdopendir(fd);

	while (dir != NULL && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			if (durable_key(fd, d->d_name, key, sizeof(key), NULL) == 0)
				dprintf(to, "%s %s\n", key, d->d_name);
	if (dir != NULL)
		closedir(dir);
}

/* Whole, or as it was: a kill may come at any time. */
static void
remember(int fd)
{
	const char *where = getenv("PLOG_DURABLE");
	char name[4096], tmp[4200], key[64];
	int to, dir;

	if (where == NULL || durable_key(fd, "", key, sizeof(key), &dir) == -1)
		return;
	snprintf(name, sizeof(name), "%s/%c.%s", where, dir ? 'd' : 'f', key);
	snprintf(tmp, sizeof(tmp), "%s~%d", name, (int)getpid());
	if ((to = open(tmp, O_RDWR | O_CREAT | O_TRUNC, 0600)) == -1)
		_exit(99);
	if (dir)
		copy_names(fd, to);
	else
		copy_file(fd, to);
	close(to);
	if (rename(tmp, name) == -1)
		_exit(99);
}

int
fsync(int fd)
{
	remember(fd);
	return 0;
}

int
fdatasync(int fd)
{
	remember(fd);
	return 0;
}
