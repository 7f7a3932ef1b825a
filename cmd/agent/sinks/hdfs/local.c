/*
 * local.c - directories of this machine as the place of files (files.h).
 *
 * Bytes are acknowledged when the kernel has them, as with Flume's hflush on a
 * local file system: they survive the agent, not the power.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sinks/hdfs/files.h"
#include "base/io.h"

struct session {
	int none;
};

static void *
local_open(const void *place, struct err *e)
{
	struct session *s = calloc(1, sizeof(*s));

	(void)place;
	if (s == NULL)
		err_set(e, ERR_NOMEM, "no memory for a file");
	return s;
}

/* What errno means for a call that had no effect. */
static enum outcome
meaning(const char *path, struct err *e)
{
	int why = errno;

	err_sys(e, "'%s'", path);
	if (why == ENOENT)
		return OUT_MISSING;
	if (why == EEXIST)
		return OUT_EXISTS;
	if (why == ENAMETOOLONG || why == EILSEQ || why == EINVAL)
		return OUT_INVALID;
	if (why == EACCES || why == EPERM || why == EROFS || why == ENOTDIR || why == EISDIR || why == ELOOP)
		return OUT_REFUSED;
	return OUT_AGAIN;
}

/* The directories above path. */
static int
make_parents(const char *path)
{
	char *p = strdup(path), *s;
	int rc = 0;

	if (p == NULL)
		return -1;
	for (s = strchr(p + 1, '/'); s != NULL && rc == 0; s = strchr(s + 1, '/')) {
		*s = '\0';
		if (mkdir(p, 0777) != 0 && errno != EEXIST && errno != EROFS)
			rc = -1;
		*s = '/';
	}
	free(p);
	return rc;
}

static int
open_here(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags | O_NOFOLLOW, 0666);
}

/* All of it behind length, or the file as it was. */
static enum outcome
write_behind(int fd, const char *path, int64_t length, struct slice data, struct err *e)
{
	enum outcome out;

	if (pwrite_full(fd, data.p, data.n, (off_t)length, NULL) == 0)
		return OUT_DONE;
	out = meaning(path, e);
	if (ftruncate(fd, (off_t)length) != 0)
		return OUT_UNSURE;
	return out;
}

static enum outcome
local_create(void *arg, const char *path, struct slice data, struct err *e)
{
	int fd = open_here(path, O_WRONLY | O_CREAT | O_EXCL);
	enum outcome out;

	(void)arg;
	if (fd == -1 && errno == ENOENT && make_parents(path) == 0)
		fd = open_here(path, O_WRONLY | O_CREAT | O_EXCL);
	if (fd == -1) {
		out = meaning(path, e);
		return out == OUT_MISSING ? OUT_AGAIN : out;
	}
	if ((out = write_behind(fd, path, 0, data, e)) != OUT_DONE && unlink(path) != 0)
		out = OUT_UNSURE;
	if (close(fd) != 0 && out == OUT_DONE) {
		err_sys(e, "'%s'", path);
		out = OUT_UNSURE;
	}
	return out;
}

static enum outcome
local_append(void *arg, const char *path, int64_t length, struct slice data, struct err *e)
{
	int fd = open_here(path, O_WRONLY);
	enum outcome out;
	struct stat st;

	(void)arg;
	if (fd == -1)
		return meaning(path, e);
	if (fstat(fd, &st) != 0 || st.st_size != length) {
		close(fd);
		err_set(e, ERR_GONE, "'%s' has been changed by another program", path);
		return OUT_UNSURE;
	}
	out = write_behind(fd, path, length, data, e);
	if (close(fd) != 0 && out == OUT_DONE) {
		err_sys(e, "'%s'", path);
		out = OUT_UNSURE;
	}
	return out;
}

static enum outcome
local_settle(void *arg, const char *path, int64_t length, int64_t *got, struct err *e)
{
	int fd = open_here(path, O_WRONLY);
	enum outcome out = OUT_DONE;
	struct stat st;

	(void)arg;
	*got = length;
	if (fd == -1)
		return meaning(path, e);
	if (fstat(fd, &st) != 0)
		out = meaning(path, e);
	else if (st.st_size < length)
		*got = st.st_size;
	else if (st.st_size > length && ftruncate(fd, (off_t)length) != 0)
		out = meaning(path, e);
	close(fd);
	return out;
}

static enum outcome
local_rename(void *arg, const char *from, const char *to, struct err *e)
{
	(void)arg;
	return rename_new_at(AT_FDCWD, from, to) == 0 ? OUT_DONE : meaning(errno == EEXIST ? to : from, e);
}

static enum outcome
local_remove(void *arg, const char *path, struct err *e)
{
	(void)arg;
	return unlink(path) == 0 || errno == ENOENT ? OUT_DONE : meaning(path, e);
}

static enum outcome
local_length(void *arg, const char *path, int64_t *length, struct err *e)
{
	struct stat st;

	(void)arg;
	*length = 0;
	if (lstat(path, &st) != 0)
		return meaning(path, e);
	*length = st.st_size;
	return OUT_DONE;
}

const struct files_ops local_files = {
	.open = local_open, .close = free, .create = local_create, .append = local_append, .settle = local_settle,
	.rename = local_rename, .remove = local_remove, .length = local_length,
};
