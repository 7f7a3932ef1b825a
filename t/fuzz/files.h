/*
 * files.h - for fuzz targets of what is read from a file: a directory in
 * memory, and files in it.
 */
#ifndef FUZZ_FILES_H
#define FUZZ_FILES_H

#include <sys/stat.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char files_path[40];

static void
files_remove(void)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -r %s", files_path);
	(void)!system(command);
}

/* The same one each time, taken away at the end. */
static int
files_dir(void)
{
	static int fd = -1;
	char path[] = "/dev/shm/plog-fuzz.XXXXXX", other[] = "/tmp/plog-fuzz.XXXXXX", *p = path;

	if (fd != -1)
		return fd;
	if (mkdtemp(path) == NULL && (p = mkdtemp(other)) == NULL)
		abort();
	if ((fd = open(p, O_RDONLY | O_DIRECTORY)) == -1)
		abort();
	(void)snprintf(files_path, sizeof(files_path), "%s", p);
	atexit(files_remove);
	return fd;
}

__attribute__((unused)) static void
files_put(int dirfd, const char *name, const void *p, size_t n)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, p, n) != (ssize_t)n)
		abort();
	close(fd);
}

__attribute__((unused)) static void
files_away(int dirfd, const char *name)
{
	(void)unlinkat(dirfd, name, 0);
}

#endif
