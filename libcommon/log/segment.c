/*
 * segment.c - see segment.h.
 */
#include <sys/types.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/segment.h"

#define DIGITS	20

void
segment_name(char out[SEGMENT_NAME_MAX], int64_t base, const char *suffix)
{
	(void)snprintf(out, SEGMENT_NAME_MAX, "%020" PRId64 "%s", base, suffix);
}

bool
segment_parse(const char *name, int64_t *base, const char **suffix)
{
	int64_t v = 0;
	int i;

	for (i = 0; i < DIGITS; i++) {
		if (!isdigit((unsigned char)name[i]))
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, name[i] - '0', &v))
			return false;
	}
	if (name[DIGITS] != '.')
		return false;
	*base = v;
	if (suffix != NULL)
		*suffix = name + DIGITS;
	return true;
}

static bool
list_add(struct segment_list *l, int64_t base)
{
	int64_t *p;
	size_t cap;

	if (l->n == l->cap) {
		cap = l->cap == 0 ? 16 : l->cap * 2;
		if ((p = reallocarray(l->base, cap, sizeof(*p))) == NULL)
			return false;
		l->base = p;
		l->cap = cap;
	}
	l->base[l->n++] = base;
	return true;
}

static int
by_base(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int
segment_list_read(int dirfd, struct segment_list *l, struct err *e)
{
	struct dirent *d;
	const char *suffix;
	int64_t base;
	DIR *dir;
	int fd, rc = 0;

	l->n = 0;
	/* A descriptor of its own: the caller's keeps its place. */
	if ((fd = open_dir_at(dirfd, ".")) == -1)
		return err_sys(e, "cannot list the segments");
	if ((dir = fdopendir(fd)) == NULL) {
		rc = err_sys(e, "cannot list the segments");
		close(fd);
		return rc;
	}
	errno = 0;
	while (rc == 0 && (d = readdir(dir)) != NULL)
		if (segment_parse(d->d_name, &base, &suffix) && strcmp(suffix, ".log") == 0 &&
		    !list_add(l, base))
			rc = err_set(e, ERR_NOMEM, "cannot list the segments: no memory");
	if (rc == 0 && errno != 0)
		rc = err_sys(e, "cannot list the segments");
	closedir(dir);
	if (rc == 0 && l->n > 1)
		qsort(l->base, l->n, sizeof(*l->base), by_base);
	return rc;
}

ptrdiff_t
segment_list_find(const struct segment_list *l, int64_t offset)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->base[mid] <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (ptrdiff_t)lo - 1;
}

void
segment_list_release(struct segment_list *l)
{
	free(l->base);
	*l = (struct segment_list)SEGMENT_LIST_INIT;
}
