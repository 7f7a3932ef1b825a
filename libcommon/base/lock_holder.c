/*
 * lock_holder.c - who holds a lock (lock.h).
 *
 * F_OFD_GETLK and /proc/locks know no process for an OFD lock, but
 * /proc/PID/fdinfo/N of the descriptor that holds it has a line
 *
 *	lock:	1: OFDLCK  ADVISORY  WRITE -1 fe:01:1234 0 0
 *
 * with first and last byte at the end ("EOF" for no last one).
 */
#include "base/lock.h"

#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

/* The text of a file of /proc, cut at n - 1; empty when it cannot be read. */
static void
read_text(int dirfd, const char *name, char *text, size_t n)
{
	ssize_t got = 0;
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		got = read_full(fd, text, n - 1);
		close(fd);
	}
	text[got > 0 ? got : 0] = '\0';
}

static bool
locks_byte(char *text, off_t at)
{
	char *line, *next, last[24];
	long long from;

	for (line = text; line != NULL && *line != '\0'; line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if (strncmp(line, "lock:", 5) != 0)
			continue;
		if (sscanf(line, "lock: %*d: OFDLCK ADVISORY WRITE %*d %*s %lld %23s", &from, last) != 2)
			continue;
		if (from <= at && (strcmp(last, "EOF") == 0 || strtoll(last, NULL, 10) >= at))
			return true;
	}
	return false;
}

/* Has the process a descriptor of this file with a write lock on the byte? */
static bool
process_holds(int proc, const char *pid, const struct stat *file, off_t at)
{
	char name[300], text[4096];
	struct dirent *d;
	struct stat st;
	bool found = false;
	DIR *fds;
	int fd;

	(void)snprintf(name, sizeof(name), "%s/fd", pid);
	if ((fd = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return false;
	if ((fds = fdopendir(fd)) == NULL) {
		close(fd);
		return false;
	}
	while (!found && (d = readdir(fds)) != NULL) {
		if (d->d_name[0] == '.' || fstatat(fd, d->d_name, &st, 0) == -1 ||
		    st.st_ino != file->st_ino || st.st_dev != file->st_dev)
			continue;
		if ((size_t)snprintf(name, sizeof(name), "%s/fdinfo/%s", pid, d->d_name) >= sizeof(name))
			continue;
		read_text(proc, name, text, sizeof(text));
		found = locks_byte(text, at);
	}
	closedir(fds);
	return found;
}

bool
lock_holder(int fd, off_t at, char *out, size_t n)
{
	char path[300], name[64];
	struct dirent *d;
	struct stat file;
	bool found = false;
	DIR *proc;

	if (fstat(fd, &file) == -1 || (proc = opendir("/proc")) == NULL)
		return false;
	while (!found && (d = readdir(proc)) != NULL) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9' ||
		    !process_holds(dirfd(proc), d->d_name, &file, at))
			continue;
		(void)snprintf(path, sizeof(path), "%s/comm", d->d_name);
		read_text(dirfd(proc), path, name, sizeof(name));
		name[strcspn(name, "\n")] = '\0';
		(void)snprintf(out, n, "process %s (%s)", d->d_name, name);
		found = true;
	}
	closedir(proc);
	return found;
}
