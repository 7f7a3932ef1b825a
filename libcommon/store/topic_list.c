/*
 * topic_list.c - which topics there are (topic.h).
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"
#include "store/inside.h"

struct names {
	char **v;
	size_t n, cap;
};

static int
add(struct names *l, const char *name)
{
	if (l->n + 1 >= l->cap) {
		size_t cap = l->cap == 0 ? 64 : l->cap * 2;
		char **v = reallocarray(l->v, cap, sizeof(*v));

		if (v == NULL)
			return -1;
		l->v = v;
		l->cap = cap;
	}
	if ((l->v[l->n] = strdup(name)) == NULL)
		return -1;
	l->v[++l->n] = NULL;
	return 0;
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

static bool
is_topic(int dirfd, const struct dirent *d)
{
	struct stat st;

	if (name_check("topic", d->d_name, NULL) != 0)
		return false;
	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return fstatat(dirfd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int
list_store(const struct store *st, const char *const *globs, size_t n, struct names *l)
{
	struct dirent *d;
	DIR *dir;
	int fd, rc = 0;

	if ((fd = open_dir_at(st->topics, ".")) == -1)
		return -1;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	while (errno = 0, rc == 0 && (d = readdir(dir)) != NULL)
		if (is_topic(st->topics, d) && wanted(d->d_name, globs, n))
			rc = add(l, d->d_name);
	if (errno != 0)
		rc = -1;
	closedir(dir);
	return rc;
}

static int
list_broker(const struct store *st, const char *const *globs, size_t n, struct names *l)
{
	const struct replica *r;
	size_t count, i;

	r = broker_replicas(st->broker, &count);
	for (i = 0; i < count; i++)
		if ((i == 0 || strcmp(r[i - 1].topic, r[i].topic) != 0) && wanted(r[i].topic, globs, n) && add(l, r[i].topic) == -1)
			return -1;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
topic_list(struct store *st, const char *const *globs, size_t n, char ***names, size_t *count, struct err *e)
{
	struct names l = { .v = NULL };
	int rc;

	*names = NULL;
	*count = 0;
	if (st->broker != NULL && (rc = broker_scan(st->broker, e)) != 0)
		return rc;
	if ((l.v = calloc(1, sizeof(*l.v))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the names of topics");
	rc = st->broker != NULL ? list_broker(st, globs, n, &l) : list_store(st, globs, n, &l);
	if (rc == -1) {
		rc = err_sys(e, "cannot list the topics of '%s'", st->dir);
		topic_names_free(l.v, l.n);
		return rc;
	}
	qsort(l.v, l.n, sizeof(*l.v), by_name);
	*names = l.v;
	*count = l.n;
	return 0;
}

void
topic_names_free(char **names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(names[i]);
	free(names);
}
