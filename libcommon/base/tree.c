/*
 * tree.c - whole directories (tree.h).
 */
#include "base/tree.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

#define DEPTH_MAX	16	/* a store's deepest directory is the fourth */

int
tree_name(const char *prefix, char out[TREE_NAME_MAX])
{
	uint64_t r;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return -1;
	snprintf(out, TREE_NAME_MAX, "%.16s%016llx", prefix, (unsigned long long)r);
	return 0;
}

/* Remembers the first thing that could not be removed. */
static int
stays(struct err *e, int rc, const char *name)
{
	return rc != 0 ? rc : err_sys(e, "cannot remove '%s'", name);
}

static int remove_below(int dirfd, const char *name, dev_t dev, int depth, struct err *);

static int
remove_one(int dirfd, const char *name, dev_t dev, int depth, int rc, struct err *e)
{
	int below;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return rc;
	/* Linux says EISDIR for a directory, POSIX EPERM. */
	if (errno != EISDIR && errno != EPERM)
		return stays(e, rc, name);
	below = remove_below(dirfd, name, dev, depth + 1, rc == 0 ? e : NULL);
	return rc != 0 ? rc : below;
}

static int
remove_below(int dirfd, const char *name, dev_t dev, int depth, struct err *e)
{
	struct dirent *d;
	struct stat st;
	DIR *dir;
	int fd, rc = 0;

	if ((fd = open_dir_at(dirfd, name)) == -1)
		return errno == ENOENT ? 0 : stays(e, 0, name);
	if (fstat(fd, &st) == -1 || (dir = fdopendir(fd)) == NULL) {
		rc = stays(e, 0, name);
		close(fd);
		return rc;
	}
	if (st.st_dev != dev || depth > DEPTH_MAX) {
		errno = st.st_dev != dev ? EXDEV : ELOOP;
		rc = stays(e, 0, name);
		closedir(dir);
		return rc;
	}
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			rc = remove_one(fd, d->d_name, dev, depth, rc, e);
	closedir(dir);
	if (rc != 0) {
		(void)err_prefix(e, "'%s'", name);
		return rc;
	}
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == -1 && errno != ENOENT)
		return stays(e, 0, name);
	return 0;
}

int
tree_remove(int dirfd, const char *name, struct err *e)
{
	struct stat st;

	if (fstat(dirfd, &st) == -1)
		return stays(e, 0, name);
	return remove_one(dirfd, name, st.st_dev, 0, 0, e);
}
