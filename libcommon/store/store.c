/*
 * store.c - finding, making and opening a store (store.h).
 *
 * A store is made in place: the directory, topics/, groups/, and the version
 * file last, each synced.  A directory that has nothing but these and no
 * version file is one whose maker died: the next maker goes on, who reads
 * says that there is none.
 */
#include "store/store.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "store/inside.h"

#define VERSION_FILE	"version"
#define VERSION		1
#define FIRST_FD	3

int
store_default_dir(const char *option, char *out, size_t n, struct err *e)
{
	const char *s;
	int len = -1;

	if (option != NULL)
		len = snprintf(out, n, "%s", option);
	else if ((s = getenv("PLOG_DIR")) != NULL && *s != '\0')
		len = snprintf(out, n, "%s", s);
	else if ((s = getenv("XDG_STATE_HOME")) != NULL && *s == '/')
		len = snprintf(out, n, "%s/plog", s);
	else if ((s = getenv("HOME")) != NULL && *s == '/')
		len = snprintf(out, n, "%s/.local/state/plog", s);
	if (len < 0)
		return err_set(e, ERR_INVALID, "no store was named: give -d DIR or set PLOG_DIR");
	if (len == 0 || (size_t)len >= n)
		return err_set(e, ERR_INVALID, "the name of the store is %s", len == 0 ? "empty" : "too long");
	return 0;
}

/* The directory itself; a symbolic link here is followed. */
static int
open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY), high, saved;

	if (fd == -1 || fd >= FIRST_FD)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	saved = errno;
	close(fd);
	errno = saved;
	return high;
}

enum found { FOUND_STORE, FOUND_BROKER, FOUND_EMPTY, FOUND_OTHER };

/* Has it nothing but what an unfinished store has?  lost+found is a file system's own. */
static bool
is_empty(int fd)
{
	static const char *const ours[] = { ".", "..", "topics", "groups", STORE_PROPERTIES, "lost+found", NULL };
	struct dirent *d;
	bool empty = true;
	DIR *dir;
	int copy, i;

	if ((copy = open_dir_at(fd, ".")) == -1 || (dir = fdopendir(copy)) == NULL) {
		if (copy != -1)
			close(copy);
		return false;
	}
	while (empty && (d = readdir(dir)) != NULL) {
		for (i = 0; ours[i] != NULL && strcmp(ours[i], d->d_name) != 0; i++)
			;
		empty = ours[i] != NULL || strncmp(d->d_name, VERSION_FILE "~", sizeof(VERSION_FILE)) == 0;
	}
	closedir(dir);
	return empty;
}

static int
what_is_there(int fd, const char *dir, enum found *found, struct err *e)
{
	struct buf b = BUF_INIT;
	unsigned version = 0;
	char nl = 0;
	int rc;

	rc = file_read(fd, VERSION_FILE, 64, &b, e);
	if (rc == 0) {
		const char *s = b.n == 0 ? "" : buf_str(&b);

		*found = FOUND_STORE;
		if (s == NULL || sscanf(s, "plog %9u%c", &version, &nl) != 2 || nl != '\n' || version == 0)
			rc = err_set(e, ERR_DAMAGE, "'%s/" VERSION_FILE "' is damaged", dir);
		else if (version > VERSION)
			rc = err_set(e, ERR_VERSION, "'%s' was made by a newer plog (store version %u, this one knows %u)",
			    dir, version, VERSION);
	} else if (rc == -ERR_NOENT) {
		*found = broker_is(fd) ? FOUND_BROKER : is_empty(fd) ? FOUND_EMPTY : FOUND_OTHER;
		rc = 0;
	} else if (rc == -ERR_TOOBIG)
		rc = err_set(e, ERR_DAMAGE, "'%s/" VERSION_FILE "' is damaged", dir);
	else
		(void)err_prefix(e, "'%s'", dir);
	buf_release(&b);
	return rc;
}

/* Makes the directory and those above it that are missing, each one's entry synced. */
static int
make_dirs(const char *dir, struct err *e)
{
	char path[PATH_MAX], *slash;
	int fd = -1, rc = 0;

	if (mkdir(dir, 0777) == 0 || errno == EEXIST)
		;
	else if (errno != ENOENT)
		return err_sys(e, "cannot make the store '%s'", dir);
	else
		rc = 1;
	if ((size_t)snprintf(path, sizeof(path), "%s", dir) >= sizeof(path))
		return err_set(e, ERR_INVALID, "the name of the store is too long");
	slash = path + strlen(path);
	while (slash > path + 1 && slash[-1] == '/')
		*--slash = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		snprintf(path, sizeof(path), ".");
	else if (slash == path)
		path[1] = '\0';
	else
		*slash = '\0';
	if (rc == 1) {
		if (slash == NULL || strcmp(path, dir) == 0)
			return err_sys(e, "cannot make the store '%s'", dir);
		if ((rc = make_dirs(path, e)) != 0)
			return rc;
		if (mkdir(dir, 0777) == -1 && errno != EEXIST)
			return err_sys(e, "cannot make the store '%s'", dir);
	}
	if ((fd = open_dir(path)) != -1 && fsync_dir(fd) == -1)
		rc = err_sys(e, "cannot sync '%s'", path);
	if (fd != -1)
		close(fd);
	return rc;
}

static int
make_inside(int fd, const char *dir, struct err *e)
{
	static const char *const rooms[] = { "topics", "groups" };
	static const char version[] = "plog 1\n";
	struct stat st;
	size_t i;
	int room, rc;

	if (fstat(fd, &st) == -1)
		return err_sys(e, "cannot make the store '%s'", dir);
	for (i = 0; i < 2; i++) {
		if (mkdirat(fd, rooms[i], 0700) == -1 && errno != EEXIST)
			return err_sys(e, "cannot make '%s/%s'", dir, rooms[i]);
		if ((room = open_dir_at(fd, rooms[i])) == -1)
			return err_sys(e, "cannot open '%s/%s'", dir, rooms[i]);
		/* umask spoke when the store's directory was made; these follow it. */
		if ((geteuid() == 0 && fchown(room, st.st_uid, st.st_gid) == -1) ||
		    fchmod(room, st.st_mode & 03777) == -1 || fsync_dir(room) == -1) {
			close(room);
			return err_sys(e, "cannot make '%s/%s'", dir, rooms[i]);
		}
		close(room);
	}
	if (fsync_dir(fd) == -1)
		return err_sys(e, "cannot sync '%s'", dir);
	if ((rc = file_replace(fd, VERSION_FILE, version, sizeof(version) - 1, e)) != 0)
		(void)err_prefix(e, "'%s'", dir);
	return rc;
}

static int
no_store(const char *dir, struct err *e)
{
	return err_set(e, ERR_NOENT, "no store at %s", dir);
}

/* One directory; what kind of a store it is, made when asked. */
static int
open_one(const char *dir, enum store_mode mode, int *fd, enum found *found, struct err *e)
{
	int rc;

	*fd = open_dir(dir);
	if (*fd == -1 && errno == ENOENT && mode == STORE_CREATE) {
		if ((rc = make_dirs(dir, e)) != 0)
			return rc;
		*fd = open_dir(dir);
	}
	if (*fd == -1)
		return errno == ENOENT ? no_store(dir, e) : err_sys(e, "cannot open the store '%s'", dir);
	rc = what_is_there(*fd, dir, found, e);
	/* The version file may have come between the look for it and the listing: another makes the store. */
	if (rc == 0 && *found == FOUND_OTHER)
		rc = what_is_there(*fd, dir, found, e);
	if (rc != 0)
		return rc;
	if (*found == FOUND_BROKER && mode != STORE_READ)
		return err_set(e, ERR_READONLY, "'%s' is a Kafka broker's directory, read only", dir);
	if (*found == FOUND_OTHER)
		return err_set(e, ERR_FORMAT, "'%s' is not a store", dir);
	if (*found == FOUND_EMPTY && mode != STORE_CREATE)
		return no_store(dir, e);
	if (*found == FOUND_EMPTY && (rc = make_inside(*fd, dir, e)) == 0)
		*found = FOUND_STORE;
	return rc;
}

static int
open_all(struct store *st, const char *const *dirs, size_t n, enum store_mode mode, struct err *e)
{
	enum found kind = FOUND_EMPTY, found;
	int *fds, rc = 0;
	size_t i, k = 0;

	if ((fds = calloc(n, sizeof(*fds))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a store");
	for (i = 0; rc == 0 && i < n; i++) {
		found = FOUND_EMPTY;
		rc = open_one(dirs[i], mode, &fds[i], &found, e);
		k = i + (fds[i] != -1);
		kind = found;
		if (rc == 0 && n > 1 && found != FOUND_BROKER)
			rc = err_set(e, ERR_INVALID, "several directories are a store only when they are log.dirs of a Kafka broker; "
			    "'%s' is not one", dirs[i]);
	}
	if (rc == 0 && kind == FOUND_BROKER) {
		if ((rc = broker_new(&st->broker, fds, dirs, n, e)) == 0)
			st->fd = fds[0];
	} else if (rc == 0) {
		st->fd = fds[0];
		if ((st->topics = open_dir_at(st->fd, "topics")) == -1)
			rc = err_sys(e, "cannot open '%s/topics'", dirs[0]);
	} else
		while (k > 0)
			close(fds[--k]);
	free(fds);
	return rc;
}

int
store_open(struct store **out, const char *const *dirs, size_t n, enum store_mode mode, struct err *e)
{
	struct store *st;
	int rc;

	*out = NULL;
	if ((st = calloc(1, sizeof(*st))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a store");
	st->fd = st->topics = -1;
	if ((st->dir = strdup(dirs[0])) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for a store");
	else
		rc = open_all(st, dirs, n, mode, e);
	if (rc != 0) {
		store_close(st);
		return rc;
	}
	*out = st;
	return 0;
}

void
store_close(struct store *st)
{
	if (st == NULL)
		return;
	if (st->topics != -1)
		close(st->topics);
	if (st->broker != NULL)
		broker_free(st->broker);	/* with its descriptors, st->fd among them */
	else if (st->fd != -1)
		close(st->fd);
	free(st->dir);
	free(st);
}

bool
store_is_broker(const struct store *st)
{
	return st->broker != NULL;
}

const char *
store_dir(const struct store *st)
{
	return st->dir;
}

int
store_topics_fd(const struct store *st)
{
	return st->topics;
}

int
store_fd(const struct store *st)
{
	return st->fd;
}

size_t
store_left_out(const struct store *st)
{
	return st->broker != NULL ? broker_left_out(st->broker) : 0;
}

int
store_writable(const struct store *st, struct err *e)
{
	if (st->broker == NULL)
		return 0;
	return err_set(e, ERR_READONLY, "'%s' is a Kafka broker's directory, read only", st->dir);
}
