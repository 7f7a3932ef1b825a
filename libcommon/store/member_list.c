/*
 * member_list.c - which member files there are, and what is left of joins
 * that were cut short (member_file.h).
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "store/member_file.h"

int
member_names(const struct group *g, char ***names, size_t *n, struct err *e)
{
	int fd = g->members == -1 ? -1 : open_dir_at(g->members, "."), rc = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	char **v = NULL, **more;
	struct dirent *d;
	size_t cap = 0;

	*names = NULL;
	*n = 0;
	if (g->members == -1)
		return 0;
	if (dir == NULL) {
		rc = err_sys(e, "cannot list '%s/members'", g->label);
		if (fd != -1)
			close(fd);
		return rc;
	}
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (member_name_incarnation(d->d_name) == 0)
			continue;
		if (*n == cap) {
			more = reallocarray(v, cap * 2 + 16, sizeof(*v));
			if (more != NULL) {
				v = more;
				cap = cap * 2 + 16;
			}
		}
		if (*n < cap && (v[*n] = strdup(d->d_name)) != NULL)
			++*n;
		else
			rc = err_set(e, ERR_NOMEM, "no memory for the members of '%s'", g->label);
	}
	closedir(dir);
	*names = v;
	return rc;
}

int64_t
member_silent_ms(const struct group *g, const char *name)
{
	struct stat st;
	int64_t ms;

	if (fstatat(g->members, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	ms = clock_wall_ms() - ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
	return ms > 0 ? ms : 0;
}

/* "ID.INCARNATION.fenced", and no file of that member. */
static bool
mark_of_nobody(const struct group *g, const char *name)
{
	char base[MEMBER_NAME_MAX];
	size_t n = strlen(name), m = strlen(FENCED);

	if (n <= m || n >= sizeof(base) || strcmp(name + n - m, FENCED) != 0)
		return false;
	memcpy(base, name, n - m);
	base[n - m] = '\0';
	return member_name_incarnation(base) != 0 && faccessat(g->members, base, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
}

void
member_files_sweep(const struct group *g)
{
	int fd = open_dir_at(g->members, ".");
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (strncmp(d->d_name, ".~", 2) == 0 || mark_of_nobody(g, d->d_name))
			(void)unlinkat(g->members, d->d_name, 0);
	closedir(dir);
}
