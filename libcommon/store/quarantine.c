/*
 * quarantine.c - see quarantine.h.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"
#include "store/quarantine.h"

#define NOTE	".note"

/* The milliseconds at the end of a name; -1: there are none. */
static int64_t
time_of(const char *name)
{
	char copy[NAME_MAX + 1], *dot;
	int64_t ms;

	(void)strlcpy(copy, name, sizeof(copy));
	if ((dot = strrchr(copy, '.')) != NULL && strcmp(dot, NOTE) == 0)
		*dot = '\0';
	if ((dot = strrchr(copy, '.')) == NULL || parse_int(dot + 1, 0, INT64_MAX, &ms, NULL) != 0)
		return -1;
	return ms;
}

static bool
is_old(const char *name, const struct stat *st, int64_t before_ms)
{
	return time_of(name) < before_ms && (int64_t)st->st_mtim.tv_sec * 1000 + 999 < before_ms;
}

int
quarantine_age(int dirfd, const char *label, int64_t now_ms, int64_t keep_ms, bool dry, struct quarantine_gone *gone,
    struct err *e)
{
	struct dirent *d;
	struct stat st;
	int64_t before;
	DIR *dir;
	int fd, rc = 0;

	*gone = (struct quarantine_gone){ .files = 0 };
	if (__builtin_sub_overflow(now_ms, keep_ms, &before))
		return 0;
	if ((fd = open_dir_at(dirfd, "quarantine")) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot open '%s/quarantine'", label);
	if ((dir = fdopendir(fd)) == NULL) {
		rc = err_sys(e, "cannot read '%s/quarantine'", label);
		close(fd);
		return rc;
	}
	while ((d = readdir(dir)) != NULL) {
		if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode) || !is_old(d->d_name, &st, before))
			continue;
		if (!dry && unlinkat(fd, d->d_name, 0) == -1) {
			if (errno != ENOENT && rc == 0)
				rc = err_sys(e, "cannot delete '%s/quarantine/%s'", label, d->d_name);
			continue;
		}
		gone->files++;
		gone->bytes += (uint64_t)st.st_size;
	}
	closedir(dir);
	return rc;
}
