/*
 * tmpdir.h - a directory of a unit program's own, and files in it.
 */
#ifndef UNIT_TMPDIR_H
#define UNIT_TMPDIR_H

#include <sys/stat.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/check.h"

static char tmpdir_path[PATH_MAX];

__attribute__((unused)) static int
tmpdir_make(void)
{
	const char *t = getenv("TMPDIR");
	int fd;

	/* Thousands of small files: in memory where that is possible. */
	if (t == NULL)
		t = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(tmpdir_path, sizeof(tmpdir_path), "%s/plog-unit-XXXXXX", t);
	if (mkdtemp(tmpdir_path) == NULL || (fd = open(tmpdir_path, O_RDONLY | O_DIRECTORY)) == -1) {
		perror(tmpdir_path);
		exit(1);
	}
	return fd;
}

static int
tmpdir_unlink(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

__attribute__((unused)) static void
tmpdir_remove(void)
{
	nftw(tmpdir_path, tmpdir_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

__attribute__((unused)) static void
put_file(int dir, const char *name, const void *p, size_t n)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd == -1 || pwrite(fd, p, n, 0) != (ssize_t)n) {
		perror(name);
		exit(1);
	}
	close(fd);
}

__attribute__((unused)) static ssize_t
get_file(int dir, const char *name, void *p, size_t n)
{
	int fd = openat(dir, name, O_RDONLY);
	ssize_t r = fd == -1 ? -1 : pread(fd, p, n, 0);

	if (fd != -1)
		close(fd);
	return r;
}

__attribute__((unused)) static void
check_file(int dir, const char *name, const char *want)
{
	char b[4096];
	ssize_t n = get_file(dir, name, b, sizeof(b) - 1);

	b[n < 0 ? 0 : n] = '\0';
	check_str(n < 0 ? NULL : b, want, __FILE__, __LINE__, name);
}

__attribute__((unused)) static int64_t
file_size(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == -1 ? -1 : st.st_size;
}

#endif
