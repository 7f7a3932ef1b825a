/*
 * group.c - making, opening, listing and removing groups (group.h).
 */
#include "store/group.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"
#include "base/tree.h"
#include "store/inside.h"

#define LOCK_FILE	"lock"
#define HOLD_MS		10000
#define GROUPS_MODE	0777

/* Where groups may not be written: say where they may. */
static int
cannot(struct err *e, int saved, const char *what, const char *label)
{
	int rc;

	errno = saved;
	rc = err_sys(e, "%s '%s'", what, label);
	if ((saved == EACCES || saved == EPERM || saved == EROFS) && e != NULL) {
		size_t n = strlen(e->text);

		snprintf(e->text + n, sizeof(e->text) - n, " (--groups=DIR keeps groups elsewhere)");
	}
	return rc;
}

static int
open_groups(const struct store *st, const char *dir, enum group_mode mode, int *fd, struct err *e)
{
	const char *fs;

	if (dir == NULL && st->broker != NULL)
		return err_set(e, ERR_READONLY, "'%s' is a Kafka broker's directory, read only: --groups=DIR keeps groups elsewhere",
		    st->dir);
	if (dir == NULL) {
		*fd = open_dir_at(st->fd, "groups");
		/* An empty directory that a copy left out. */
		if (*fd == -1 && errno == ENOENT && mode == GROUP_CREATE &&
		    (mkdirat(st->fd, "groups", GROUPS_MODE) == 0 || errno == EEXIST))
			*fd = open_dir_at(st->fd, "groups");
	} else {
		*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
		if (*fd == -1 && errno == ENOENT && mode == GROUP_CREATE &&
		    (mkdir(dir, GROUPS_MODE) == 0 || errno == EEXIST))
			*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
	}
	if (*fd == -1 && dir == NULL)
		return err_sys(e, "cannot open '%s/groups'", st->dir);
	if (*fd == -1)
		return err_sys(e, "cannot open '%s'", dir);
	if (mode != GROUP_READ && fs_is_network(*fd, &fs)) {
		close(*fd);
		*fd = -1;
		return err_set(e, ERR_FORMAT, "'%s' is on %s, where the locks of groups do not hold (--groups=DIR keeps groups elsewhere)",
		    dir == NULL ? st->dir : dir, fs);
	}
	return 0;
}

static int
make_room(int fd, const char *name, const struct stat *like, mode_t mode)
{
	int room, rc = -1;

	if (mkdirat(fd, name, 0700) == -1 || (room = open_dir_at(fd, name)) == -1)
		return -1;
	if ((geteuid() != 0 || fchown(room, like->st_uid, like->st_gid) == 0) && fchmod(room, mode) == 0 && fsync_dir(room) == 0)
		rc = 0;
	close(room);
	return rc;
}

/* Everything in it, synced; fd is the new directory. */
static int
fill(int fd, const struct stat *groups)
{
	mode_t mode = groups->st_mode & 02775;
	struct stat st;
	int lock, rc;

	if (geteuid() == 0 && fchown(fd, groups->st_uid, groups->st_gid) == -1)
		return -1;
	if (fchmod(fd, mode) == -1 || fstat(fd, &st) == -1)
		return -1;
	if (st.st_gid != groups->st_gid)
		mode &= ~(mode_t)020;
	if (fchmod(fd, mode) == -1 || fstat(fd, &st) == -1 ||
	    make_room(fd, "members", &st, mode) == -1 || make_room(fd, "offsets", &st, mode) == -1)
		return -1;
	if ((lock = open_at(fd, LOCK_FILE, O_RDWR | O_CREAT | O_EXCL, 0600)) == -1)
		return -1;
	rc = own_as_dir(lock, &st, true) == 0 && fsync(lock) == 0 && fsync_dir(fd) == 0 ? 0 : -1;
	close(lock);
	return rc;
}

static int
make(struct group *g, struct err *e)
{
	char tmp[TREE_NAME_MAX];
	struct stat groups;
	int fd, saved, rc;

	if (fstat(g->parent, &groups) == -1 || tree_name(MAKING, tmp) == -1 || mkdirat(g->parent, tmp, 0700) == -1)
		return cannot(e, errno, "cannot make group", g->label);
	fd = open_dir_at(g->parent, tmp);
	rc = fd == -1 ? -1 : fill(fd, &groups);
	if (rc == 0)
		rc = rename_new_at(g->parent, tmp, g->name);
	saved = errno;
	if (fd != -1)
		close(fd);
	if (rc == 0)
		return fsync_dir(g->parent) == 0 ? 0 : err_sys(e, "cannot sync the directory of '%s'", g->label);
	(void)tree_remove(g->parent, tmp, NULL);
	if (saved == EEXIST)
		return 0;	/* another was faster */
	return cannot(e, saved, "cannot make group", g->label);
}

static int
missing(const struct group *g, const struct store *st, const char *dir, struct err *e)
{
	const char *near = NULL;
	char **names = NULL;
	size_t n = 0;
	int rc;

	if (group_list(st, dir, NULL, 0, &names, &n, NULL) == 0)
		near = nearest_name(g->name, (const char *const *)names);
	if (near != NULL)
		rc = err_set(e, ERR_NOENT, "group '%s' does not exist, did you mean '%s'?", g->name, near);
	else
		rc = err_set(e, ERR_NOENT, "group '%s' does not exist", g->name);
	topic_names_free(names, n);
	return rc;
}

/* Is what is open still the group of that name? */
static bool
is_there(const struct group *g)
{
	struct stat here, there;

	return fstat(g->fd, &here) == 0 && fstatat(g->parent, g->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	    here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/* One that is not there was empty, and got lost in a copy: it is made again; for who only reads, -1. */
static int
open_room(const struct group *g, const char *name, enum group_mode mode, int *fd, struct err *e)
{
	struct stat st;

	if ((*fd = open_dir_at(g->fd, name)) == -1 && errno == ENOENT && is_there(g)) {
		if (mode == GROUP_READ)
			return 0;
		if (fstat(g->fd, &st) == 0 && (make_room(g->fd, name, &st, st.st_mode & 02775) == 0 || errno == EEXIST))
			*fd = open_dir_at(g->fd, name);
	}
	return *fd != -1 ? 0 : err_sys(e, "cannot open '%s/%s'", g->label, name);
}

static int
open_rooms(struct group *g, enum group_mode mode, struct err *e)
{
	int rc;

	if ((rc = open_room(g, "members", mode, &g->members, e)) != 0 || (rc = open_room(g, "offsets", mode, &g->offsets, e)) != 0)
		return rc;
	if (mode != GROUP_READ && (g->lock = group_lock_again(g)) == -1)
		return cannot(e, errno, "cannot open the lock of group", g->label);
	return 0;
}

int
group_open(struct group *g, const struct store *st, const char *dir, const char *name, enum group_mode mode, struct err *e)
{
	int rc;

	*g = (struct group){ .parent = -1, .fd = -1, .members = -1, .offsets = -1, .lock = -1 };
	if ((rc = name_check("group", name, e)) != 0)
		return rc;
	snprintf(g->name, sizeof(g->name), "%s", name);
	snprintf(g->label, sizeof(g->label), "%.60s/%s", dir == NULL ? "groups" : dir, name);
	if ((rc = open_groups(st, dir, mode, &g->parent, e)) != 0)
		return rc;
	g->fd = open_dir_at(g->parent, name);
	if (g->fd == -1 && errno == ENOENT && mode == GROUP_CREATE && (rc = make(g, e)) == 0)
		g->fd = open_dir_at(g->parent, name);
	if (rc == 0 && g->fd == -1)
		rc = errno == ENOENT ? missing(g, st, dir, e) : err_sys(e, "cannot open group '%s'", g->label);
	if (rc == 0)
		rc = open_rooms(g, mode, e);
	if (rc != 0)
		group_close(g);
	return rc;
}

void
group_close(struct group *g)
{
	int *fds[] = { &g->parent, &g->fd, &g->members, &g->offsets, &g->lock };
	size_t i;

	for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (*fds[i] != -1)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

int
group_lock_again(const struct group *g)
{
	struct stat st;
	int fd;

	fd = open_at(g->fd, LOCK_FILE, O_RDWR, 0);
	if (fd == -1 && errno == ENOENT && fstat(g->fd, &st) == 0 &&
	    (fd = open_at(g->fd, LOCK_FILE, O_RDWR | O_CREAT, 0600)) != -1)
		(void)own_as_dir(fd, &st, true);
	return fd;
}

int
group_hold(struct lock *l, const struct group *g, const volatile sig_atomic_t *stop, struct err *e)
{
	char label[340];
	int rc;

	snprintf(label, sizeof(label), "%s/" LOCK_FILE, g->label);
	if ((rc = lock_take(l, g->lock, GROUP_BYTE, HOLD_MS, stop, label, e)) != 0)
		return rc;
	if (is_there(g))
		return 0;
	lock_drop(l);
	return err_set(e, ERR_NOENT, "group '%s' was removed", g->name);
}

static bool
wanted(const char *name, const char *const *globs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fnmatch(globs[i], name, 0) == 0)
			return true;
	return n == 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
group_list(const struct store *st, const char *dir, const char *const *globs, size_t n, char ***names, size_t *count,
    struct err *e)
{
	size_t have = 0, cap = 64;
	struct dirent *d;
	char **v, **more;
	DIR *dp;
	int fd, rc;

	*names = NULL;
	*count = 0;
	if ((rc = open_groups(st, dir, GROUP_READ, &fd, e)) != 0)
		return rc;
	if ((dp = fdopendir(fd)) == NULL) {
		rc = err_sys(e, "cannot list groups");
		close(fd);
		return rc;
	}
	v = calloc(cap, sizeof(*v));
	while (v != NULL && (d = readdir(dp)) != NULL) {
		if (name_check("group", d->d_name, NULL) != 0 || (d->d_type != DT_DIR && d->d_type != DT_UNKNOWN) ||
		    !wanted(d->d_name, globs, n))
			continue;
		if (have + 2 > cap) {
			more = reallocarray(v, cap *= 2, sizeof(*v));
			if (more == NULL)
				break;
			v = more;
		}
		if ((v[have] = strdup(d->d_name)) == NULL)
			break;
		v[++have] = NULL;
	}
	closedir(dp);
	if (v == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the names of groups");
	qsort(v, have, sizeof(*v), by_name);
	*names = v;
	*count = have;
	return 0;
}

int
group_remove(struct group *g, struct err *e)
{
	char gone[TREE_NAME_MAX];

	if (tree_name(LEAVING, gone) == -1 || rename_new_at(g->parent, g->name, gone) == -1 || fsync_dir(g->parent) == -1)
		return cannot(e, errno, "cannot remove group", g->label);
	return tree_remove(g->parent, gone, e);
}

int
groups_forget_topic(const struct store *st, const char *topic, struct err *e)
{
	char **names, path[600];
	size_t n, i;
	int fd, first, rc = 0;

	if (st->broker != NULL || group_list(st, NULL, NULL, 0, &names, &n, e) != 0)
		return 0;
	first = open_groups(st, NULL, GROUP_READ, &fd, e);
	for (i = 0; first == 0 && i < n; i++) {
		snprintf(path, sizeof(path), "%s/offsets/%s", names[i], topic);
		if (unlinkat(fd, path, 0) == -1 && errno != ENOENT && rc == 0)
			rc = err_sys(e, "cannot remove '%s/groups/%s'", st->dir, path);
	}
	if (first == 0)
		close(fd);
	topic_names_free(names, n);
	return rc;
}
