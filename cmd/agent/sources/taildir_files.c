/*
 * taildir_files.c - which files there are (taildir.h).
 */
#include <sys/inotify.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/taildir.h"
#include "base/clock.h"
#include "base/io.h"

#define WATCHED		(IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_MODIFY | IN_CLOSE_WRITE | IN_ONLYDIR)
#define CHUNK		65536
#define FRESH_MS	1000		/* a directory that changed just before it was listed may have changed since */

struct seen {
	char *path;
	const struct tail_group *group;
	struct stat st;
	bool known;			/* under this path */
};

struct listing {
	struct seen *v;
	size_t n, cap;
};

static int
listing_add(struct listing *l, const struct tail_group *g, const char *name, const struct stat *st)
{
	size_t cap = l->cap == 0 ? 32 : l->cap * 2;
	struct seen *v;
	char *path;

	if (l->n == l->cap) {
		if ((v = reallocarray(l->v, cap, sizeof(*v))) == NULL)
			return -1;
		l->v = v;
		l->cap = cap;
	}
	if (asprintf(&path, "%s%s%s", g->directory, strcmp(g->directory, "/") == 0 ? "" : "/", name) == -1)
		return -1;
	l->v[l->n++] = (struct seen){ .path = path, .group = g, .st = *st };
	return 0;
}

static void
listing_release(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].path);
	free(l->v);
}

/* Oldest first, as Flume reads them. */
static int
by_time(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->st.st_mtim.tv_sec != y->st.st_mtim.tv_sec)
		return x->st.st_mtim.tv_sec < y->st.st_mtim.tv_sec ? -1 : 1;
	if (x->st.st_mtim.tv_nsec != y->st.st_mtim.tv_nsec)
		return x->st.st_mtim.tv_nsec < y->st.st_mtim.tv_nsec ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int
list_group(struct taildir *t, struct tail_group *g, struct listing *l, struct err *e)
{
	DIR *d = opendir(g->directory);
	const struct dirent *entry;
	struct stat st;
	int rc = 0;

	if (d == NULL)
		return err_sys(e, "cannot list '%s'", g->directory);
	if (t->inotify != -1)
		(void)inotify_add_watch(t->inotify, g->directory, WATCHED);
	if (fstat(dirfd(d), &st) == 0)
		g->seen = st.st_mtim;
	g->listed_ms = clock_wall_ms();
	g->stale = false;
	while (rc == 0 && (entry = readdir(d)) != NULL) {
		if (!pattern_found(&g->pattern, slice_str(entry->d_name)) || fstatat(dirfd(d), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
			continue;
		if (listing_add(l, g, entry->d_name, &st) != 0)
			rc = err_set(e, ERR_NOMEM, "no memory for the files of '%s'", g->directory);
	}
	closedir(d);
	return rc;
}

static struct tail_file *
find(const struct taildir *t, const struct stat *st)
{
	size_t i;

	for (i = 0; i < t->nfiles; i++)
		if (t->files[i]->ino == st->st_ino && t->files[i]->dev == st->st_dev)
			return t->files[i];
	return NULL;
}

static int
add(struct taildir *t, struct seen *s, bool skip)
{
	size_t cap = t->capfiles == 0 ? 16 : t->capfiles * 2;
	struct tail_file **v, *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	if (t->nfiles == t->capfiles) {
		if ((v = reallocarray(t->files, cap, sizeof(*v))) == NULL) {
			free(f);
			return -1;
		}
		t->files = v;
		t->capfiles = cap;
	}
	*f = (struct tail_file){ .dev = s->st.st_dev, .ino = s->st.st_ino, .path = s->path, .group = s->group, .fd = -1, .chunk = CHUNK,
	    .pos = skip ? s->st.st_size : 0, .found = true, .grown_ms = clock_steady_ns() / 1000000 };
	s->path = NULL;
	t->files[t->nfiles++] = f;
	t->dirty = true;
	return 0;
}

/* The name that a known file has now. */
static void
rename_to(struct taildir *t, struct tail_file *f, struct seen *s)
{
	say(source_self(t->src), LOG_INFO, "%s is now %s, inode: %llu, pos: %lld", f->path, s->path, (unsigned long long)f->ino, (long long)f->pos);
	free(f->path);
	f->path = s->path;
	f->group = s->group;
	f->found = true;
	s->path = NULL;
	t->dirty = true;
}

static int
match(struct taildir *t, struct listing *l, bool skip)
{
	struct tail_file *f;
	size_t i;

	for (i = 0; i < t->nfiles; i++)
		t->files[i]->found = false;
	for (i = 0; i < l->n; i++)
		if ((f = find(t, &l->v[i].st)) != NULL && strcmp(f->path, l->v[i].path) == 0)
			f->found = l->v[i].known = true;
	for (i = 0; i < l->n; i++) {
		f = find(t, &l->v[i].st);
		if (l->v[i].known || (f != NULL && f->found))
			continue;
		if (f != NULL)
			rename_to(t, f, &l->v[i]);
		else if (add(t, &l->v[i], skip) != 0)
			return -1;
	}
	for (i = 0; i < t->nfiles; i++) {
		t->dirty = t->dirty || t->files[i]->matched != t->files[i]->found;
		t->files[i]->matched = t->files[i]->found;
	}
	return 0;
}

/* Has the directory changed since it was listed? */
static bool
changed(const struct taildir *t, const struct tail_group *g)
{
	struct stat st;

	if (g->stale || !t->cache || stat(g->directory, &st) != 0)
		return true;
	return st.st_mtim.tv_sec != g->seen.tv_sec || st.st_mtim.tv_nsec != g->seen.tv_nsec ||
	    g->seen.tv_sec * 1000 + g->seen.tv_nsec / 1000000 + FRESH_MS > g->listed_ms;
}

int
taildir_look(struct taildir *t, bool first, struct err *e)
{
	struct listing l = { .v = NULL };
	bool any = first;
	size_t i;
	int rc = 0;

	for (i = 0; i < t->ngroups; i++)
		any = any || changed(t, &t->groups[i]);
	if (!any)
		return 0;
	for (i = 0; rc == 0 && i < t->ngroups; i++)
		rc = list_group(t, &t->groups[i], &l, e);
	if (rc == 0) {
		if (l.n > 1)
			qsort(l.v, l.n, sizeof(*l.v), by_time);
		if (match(t, &l, first && t->skip_to_end) != 0)
			rc = err_set(e, ERR_NOMEM, "no memory for %zu files", l.n);
	}
	listing_release(&l);
	return rc;
}

int
tail_open(struct taildir *t, struct tail_file *f)
{
	struct stat st;

	if (f->fd != -1)
		return 0;
	f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->fd == -1) {
		if (errno != ENOENT)
			say(source_self(t->src), LOG_ERROR, "cannot open %s: %s", f->path, strerror(errno));
		return -1;
	}
	if (fstat(f->fd, &st) != 0 || st.st_ino != f->ino || st.st_dev != f->dev) {
		close(f->fd);		/* the name leads elsewhere by now: the next listing finds it */
		f->fd = -1;
		return -1;
	}
	say(source_self(t->src), LOG_INFO, "Opening file: %s, inode: %llu, pos: %lld", f->path, (unsigned long long)f->ino, (long long)f->pos);
	return 0;
}

void
taildir_forget(struct taildir *t, size_t i)
{
	struct tail_file *f = t->files[i];

	if (f->fd != -1)
		close(f->fd);
	free(f->path);
	free(f);
	memmove(t->files + i, t->files + i + 1, (t->nfiles - i - 1) * sizeof(struct tail_file *));
	t->nfiles--;
	t->dirty = true;
}

void
taildir_files_release(struct taildir *t)
{
	while (t->nfiles > 0)
		taildir_forget(t, t->nfiles - 1);
	free(t->files);
	t->files = NULL;
	t->capfiles = 0;
}
