/*
 * spool_state.c - the directories of a spooldir source, the place in the file
 * that is read, and what becomes of one that was (spooldir.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/sources/spool_meta.h"
#include "agent/sources/spooldir.h"
#include "base/io.h"

#define META_MOST	((size_t)64 << 20)

/* As Flume does: a file is made there and taken away. */
static int
canary(struct spooldir *s, struct err *e)
{
	char *name;
	int fd;

	if (asprintf(&name, "%s/flume-spooldir-perm-check-XXXXXX.canary", s->directory) == -1)
		return err_set(e, ERR_NOMEM, "no memory");
	if ((fd = mkostemps(name, 7, O_CLOEXEC)) == -1)
		(void)err_sys(e, "cannot read and modify files in the spooling directory '%s'", s->directory);
	else {
		close(fd);
		(void)unlink(name);
	}
	free(name);
	return fd == -1 ? -(int)e->code : 0;
}

static int
open_tracker(struct spooldir *s, struct err *e)
{
	if (mkdir(s->tracker, 0777) != 0 && errno != EEXIST)
		return err_sys(e, "cannot make directory '%s'", s->tracker);
	if ((s->tracker_fd = open(s->tracker, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return err_sys(e, "cannot use directory '%s'", s->tracker);
	return 0;
}

int
spool_open(struct spooldir *s, struct err *e)
{
	struct stat st;
	int rc;

	if (stat(s->directory, &st) != 0)
		return err_sys(e, "cannot use directory '%s'", s->directory);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "'%s' is not a directory", s->directory);
	if (!s->tracked && (rc = canary(s, e)) != 0)
		return rc;
	if ((rc = open_tracker(s, e)) != 0)
		return rc;
	s->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return 0;
}

void
spool_close(struct spooldir *s)
{
	int *fds[] = { &s->inotify, &s->tracker_fd, &s->meta_fd };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] != -1)
			close(*fds[i]);
		*fds[i] = -1;
	}
	spool_list_release(s);
}

/* What the file of the place says, if it is of this path. */
static int64_t
place_of(struct spooldir *s, const char *path)
{
	struct spool_meta m = { .path = NULL };
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	int64_t at = 0;

	if (file_read(s->tracker_fd, SPOOL_META, META_MOST, &b, &e) == 0 && b.n > 0) {
		if (spool_meta_parse(&m, buf_slice(&b), &e) != 0)
			say(source_self(s->src), LOG_WARN, "%s/%s: %s; %s is read from its start", s->tracker, SPOOL_META, e.text, path);
		else if (strcmp(m.path, path) == 0)
			at = m.offset;
	}
	free(m.path);
	buf_release(&b);
	return at;
}

static int
sync_mark(int fd, uint8_t sync[SPOOL_SYNC])
{
	struct stat st;

	/* The last bytes of the file: a block has just been put there. */
	return fstat(fd, &st) == 0 && st.st_size > SPOOL_SYNC && pread_full(fd, sync, SPOOL_SYNC, st.st_size - SPOOL_SYNC) == SPOOL_SYNC ? 0 : -1;
}

int
spool_resume(struct spooldir *s, const char *path, int64_t *at, struct err *e)
{
	uint8_t sync[SPOOL_SYNC];
	struct buf b = BUF_INIT;
	struct stat st;
	int rc;

	/* Somebody deleted the spooling directory with all that was in it, and made it again. */
	if (fstat(s->tracker_fd, &st) == 0 && st.st_nlink == 0) {
		close(s->tracker_fd);
		if ((rc = open_tracker(s, e)) != 0)
			return rc;
	}
	*at = place_of(s, path);
	if (getrandom(sync, sizeof(sync), 0) != (ssize_t)sizeof(sync))
		return err_sys(e, "no random bytes");
	spool_meta_begin(&b, path, sync);
	spool_meta_put(&b, *at, sync);
	rc = b.failed ? err_set(e, ERR_NOMEM, "no memory") : file_replace(s->tracker_fd, SPOOL_META, b.p, b.n, e);
	buf_release(&b);
	if (rc != 0)
		return rc;
	if (s->meta_fd != -1)
		close(s->meta_fd);
	if ((s->meta_fd = open_at(s->tracker_fd, SPOOL_META, O_RDWR | O_APPEND, 0)) == -1)
		return err_sys(e, "cannot open '%s/%s'", s->tracker, SPOOL_META);
	return 0;
}

int
spool_commit(struct spooldir *s, int64_t at, struct err *e)
{
	uint8_t sync[SPOOL_SYNC];
	struct buf b = BUF_INIT;
	int rc = 0;

	if (sync_mark(s->meta_fd, sync) != 0)
		return err_sys(e, "cannot read '%s/%s'", s->tracker, SPOOL_META);
	spool_meta_put(&b, at, sync);
	if (b.failed)
		rc = err_set(e, ERR_NOMEM, "no memory");
	else if (write_full(s->meta_fd, b.p, b.n, NULL) != 0)
		rc = err_sys(e, "cannot write '%s/%s'", s->tracker, SPOOL_META);
	buf_release(&b);
	return rc;
}

static int
forget_place(struct spooldir *s, struct err *e)
{
	return unlinkat(s->tracker_fd, SPOOL_META, 0) == 0 || errno == ENOENT ? 0 : err_sys(e, "cannot delete '%s/%s'", s->tracker, SPOOL_META);
}

static int
reused(const char *dest, struct err *e)
{
	return err_set(e, ERR_EXIST, "File name has been re-used with different files. Spooling assumptions violated for %s", dest);
}

static int
rename_done(struct spooldir *s, const char *path, struct err *e)
{
	char *dest;
	int rc = 0;

	if (asprintf(&dest, "%s%s", path, s->suffix) == -1)
		return err_set(e, ERR_NOMEM, "no memory");
	say(source_self(s->src), LOG_INFO, "Preparing to move file %s to %s", path, dest);
	if (rename_new_at(AT_FDCWD, path, dest) != 0)
		rc = errno == EEXIST ? reused(dest, e) : err_sys(e, "cannot move '%s' to '%s'", path, dest);
	free(dest);
	return rc != 0 ? rc : forget_place(s, e);
}

/* An empty file in the tracker directory, below the same directories. */
static int
mark_done(struct spooldir *s, const char *path, struct err *e)
{
	char *mark = spool_mark(s, path), *slash;
	int fd, rc = 0;

	if (mark == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	say(source_self(s->src), LOG_INFO, "Preparing to create tracker file for %s at %s/%s", path, s->tracker, mark);
	for (slash = strchr(mark, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(s->tracker_fd, mark, 0777) != 0 && errno != EEXIST)
			rc = err_sys(e, "cannot make directory '%s/%s'", s->tracker, mark);
		*slash = '/';
	}
	if (rc == 0 && (fd = open_at(s->tracker_fd, mark, O_WRONLY | O_CREAT | O_EXCL, 0666)) == -1)
		rc = errno == EEXIST ? reused(mark, e) : err_sys(e, "cannot make '%s/%s'", s->tracker, mark);
	else if (rc == 0)
		close(fd);
	free(mark);
	return rc != 0 ? rc : forget_place(s, e);
}

int
spool_retire(struct spooldir *s, const char *path, const struct stat *was, struct err *e)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		if (!s->deletes || errno != ENOENT)
			return err_sys(e, "cannot finish '%s'", path);
		say(source_self(s->src), LOG_WARN, "Unable to delete nonexistent file: %s", path);
		return forget_place(s, e);
	}
	if (st.st_size != was->st_size)
		return err_set(e, ERR_INVALID, "File has changed size since being read: %s", path);
	if (st.st_mtim.tv_sec != was->st_mtim.tv_sec || st.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
		return err_set(e, ERR_INVALID, "File has been modified since being read: %s", path);
	if (!s->deletes)
		return s->tracked ? mark_done(s, path, e) : rename_done(s, path, e);
	say(source_self(s->src), LOG_INFO, "Preparing to delete file %s", path);
	if (unlink(path) != 0)
		return err_sys(e, "cannot delete '%s'", path);
	return forget_place(s, e);
}
