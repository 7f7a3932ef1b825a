/*
 * topics_lock.c - one at a time changes which topics there are (inside.h).
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/tree.h"
#include "store/inside.h"

int
topics_lock(struct topics_lock *l, const struct store *st, int64_t timeout_ms, struct err *e)
{
	char path[300];
	struct stat dir;
	int fd, rc;

	*l = (struct topics_lock){ .lock = LOCK_INIT, .fd = -1 };
	if ((rc = store_writable(st, e)) != 0)
		return rc;
	if (fstat(st->topics, &dir) == -1)
		return err_sys(e, "cannot look at '%s/topics'", st->dir);
	fd = open_at(st->topics, TOPICS_LOCK, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd != -1 && own_as_dir(fd, &dir, true) == -1) {
		rc = err_sys(e, "cannot make '%s/topics/" TOPICS_LOCK "'", st->dir);
		close(fd);
		return rc;
	}
	if (fd == -1 && errno == EEXIST)
		fd = open_at(st->topics, TOPICS_LOCK, O_RDWR, 0);
	if (fd == -1)
		return err_sys(e, "cannot change the topics of '%s'", st->dir);
	snprintf(path, sizeof(path), "%.240s/topics/" TOPICS_LOCK, st->dir);
	if ((rc = lock_take(&l->lock, fd, 0, timeout_ms, NULL, path, e)) != 0)
		close(fd);
	else
		l->fd = fd;
	return rc;
}

void
topics_unlock(struct topics_lock *l)
{
	if (l->fd == -1)
		return;
	lock_drop(&l->lock);
	close(l->fd);
	l->fd = -1;
}

/* Is somebody at work in there?  Who made it locked it before anybody else could hold the lock of topics/. */
static bool
is_filled(const struct store *st, const char *name)
{
	int fd = open_dir_at(st->topics, name);
	bool busy = fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1;

	if (fd != -1)
		close(fd);
	return busy;
}

void
topics_sweep(const struct store *st)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	if ((fd = open_dir_at(st->topics, ".")) == -1)
		return;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (strncmp(d->d_name, MAKING, sizeof(MAKING) - 1) == 0 ||
		    strncmp(d->d_name, LEAVING, sizeof(LEAVING) - 1) == 0 ||
		    (strncmp(d->d_name, FILLING, sizeof(FILLING) - 1) == 0 && !is_filled(st, d->d_name)))
			(void)tree_remove(st->topics, d->d_name, NULL);
	closedir(dir);
}
