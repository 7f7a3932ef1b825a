/*
 * spool_list.c - which file of a spooling directory comes next (spooldir.h).
 *
 * The list is made once and used up; a file that is put there makes it anew.
 */
#include <sys/inotify.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/spooldir.h"
#include "base/clock.h"

#define DEPTH_MAX	64
#define WATCHED		(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR)

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcmp(s + n - k, end) == 0;
}

char *
spool_mark(const struct spooldir *s, const char *path)
{
	char *mark;

	return asprintf(&mark, "%s%s", path + strlen(s->directory) + 1, s->suffix) == -1 ? NULL : mark;
}

static bool
done_before(const struct spooldir *s, const char *path)
{
	struct stat st;
	char *mark;
	bool is;

	if (!s->tracked || (mark = spool_mark(s, path)) == NULL)
		return false;
	is = fstatat(s->tracker_fd, mark, &st, 0) == 0;
	free(mark);
	return is;
}

static bool
wanted(struct spooldir *s, const char *name)
{
	return name[0] != '.' && !ends_with(name, s->suffix) && (s->all || pattern_found(&s->include, slice_str(name))) &&
	    !pattern_found(&s->ignore, slice_str(name));
}

static int
add(struct spooldir *s, char *path, const struct stat *st)
{
	size_t cap = s->cap == 0 ? 32 : s->cap * 2;
	struct spool_file *v;

	if (s->n == s->cap) {
		if ((v = reallocarray(s->list, cap, sizeof(*v))) == NULL)
			return -1;
		s->list = v;
		s->cap = cap;
	}
	s->list[s->n++] = (struct spool_file){ .path = path, .mtime_ms = st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000 };
	return 0;
}

static void walk(struct spooldir *, const char *directory, int depth, bool *later);

/* A name of the directory: a file to be read, or a directory to be looked into. */
static void
look(struct spooldir *s, const char *directory, DIR *d, const char *name, int depth, bool *later)
{
	struct stat st;
	char *path;
	int64_t age;

	if (name[0] == '.' || fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW) != 0 || asprintf(&path, "%s/%s", directory, name) == -1)
		return;
	if (S_ISDIR(st.st_mode)) {
		if (s->recursive && depth < DEPTH_MAX && !pattern_found(&s->ignore, slice_str(name)))
			walk(s, path, depth + 1, later);
	} else if (wanted(s, name) && fstatat(dirfd(d), name, &st, 0) == 0 && S_ISREG(st.st_mode) && !done_before(s, path)) {
		age = clock_wall_ms() - (st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
		if (age >= 0 && age < s->poll_ms)
			*later = true;
		else if (add(s, path, &st) == 0)
			return;
	}
	free(path);
}

static void
walk(struct spooldir *s, const char *directory, int depth, bool *later)
{
	DIR *d = opendir(directory);
	const struct dirent *entry;

	if (d == NULL) {
		/* Looked for again each pollDelay, said once. */
		if (!s->blind)
			say(source_self(s->src), LOG_ERROR, "cannot list '%s': %s; looked for until it is there", directory, strerror(errno));
		s->failed = true;
		source_count(s->src, GENERIC_PROCESSING_FAIL, 1);
		return;
	}
	if (s->inotify != -1)
		(void)inotify_add_watch(s->inotify, directory, WATCHED);
	while ((entry = readdir(d)) != NULL)
		look(s, directory, d, entry->d_name, depth, later);
	closedir(d);
}

/* Last comes what is to be read first: the oldest, of several of one time the first by name. */
static int
newest_first(const void *a, const void *b)
{
	const struct spool_file *x = a, *y = b;

	if (x->mtime_ms != y->mtime_ms)
		return x->mtime_ms > y->mtime_ms ? -1 : 1;
	return -strcmp(strrchr(x->path, '/'), strrchr(y->path, '/'));
}

static int
oldest_first(const void *a, const void *b)
{
	const struct spool_file *x = a, *y = b;

	if (x->mtime_ms != y->mtime_ms)
		return x->mtime_ms < y->mtime_ms ? -1 : 1;
	return -strcmp(strrchr(x->path, '/'), strrchr(y->path, '/'));
}

static void
shuffle(struct spooldir *s)
{
	struct spool_file f;
	size_t i, k;

	for (i = s->n; i > 1; i--) {
		k = arc4random_uniform((uint32_t)i);
		f = s->list[i - 1];
		s->list[i - 1] = s->list[k];
		s->list[k] = f;
	}
}

void
spool_list_release(struct spooldir *s)
{
	while (s->n > 0)
		free(s->list[--s->n].path);
	free(s->list);
	s->list = NULL;
	s->cap = 0;
}

char *
spool_next(struct spooldir *s, bool *later)
{
	*later = false;
	if (s->n == 0 || s->stale || s->inotify == -1) {
		s->stale = false;
		while (s->n > 0)
			free(s->list[--s->n].path);
		s->failed = false;
		walk(s, s->directory, 0, later);
		s->blind = s->failed;
		if (s->order == SPOOL_RANDOM)
			shuffle(s);
		else if (s->n > 1)
			qsort(s->list, s->n, sizeof(*s->list), s->order == SPOOL_OLDEST ? newest_first : oldest_first);
	}
	return s->n == 0 ? NULL : s->list[--s->n].path;
}
