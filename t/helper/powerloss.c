/*
 * powerloss STORE DURABLE SEED - what a power loss may leave of a store whose
 * writers ran with preload-powerloss.
 *
 * Each directory: the names of its last sync; a name that came or went since
 * then is there or not, by chance.  Each file: the bytes of its last sync; of
 * what was written since, nothing, all, or by chance page by page (what is not
 * there reads as zeros) and cut anywhere.  A name whose file was never synced
 * leads to what chance left of it.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/durable.h"

#define PAGE	4096
#define FILE_MAX (64 << 20)

static const char *durable;
static uint64_t seed;

/* splitmix64 */
static uint64_t
chance(uint64_t n)
{
	uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % n;
}

static char *
slurp(const char *path, size_t *n)
{
	char *p = calloc(1, FILE_MAX);
	int fd = open(path, O_RDONLY);
	ssize_t r;

	*n = 0;
	if (p == NULL)
		err(1, NULL);
	if (fd == -1) {
		free(p);
		return NULL;
	}
	while ((r = read(fd, p + *n, FILE_MAX - *n - 1)) > 0)
		*n += (size_t)r;
	close(fd);
	return p;
}

static void
file_after(const char *path, const char *key)
{
	char kept[PATH_MAX];
	size_t old_n, now_n, n, at;
	char *old, *now = slurp(path, &now_n);
	int fd, how = (int)chance(3);

	snprintf(kept, sizeof(kept), "%s/f.%s", durable, key);
	old = slurp(kept, &old_n);
	if (now == NULL || how == 0) {
		/* As of the last sync. */
		n = old_n;
		now = now == NULL ? slurp(kept, &now_n) : now;
		if (old != NULL)
			memcpy(now, old, old_n);
	} else if (how == 1)
		n = now_n;
	else {
		n = old_n < now_n ? old_n + chance(now_n - old_n + 1) : now_n + chance(old_n - now_n + 1);
		for (at = 0; at < n; at += PAGE)
			if (chance(2) == 0)
				for (size_t i = at; i < at + PAGE && i < n; i++)
					now[i] = old != NULL && i < old_n ? old[i] : '\0';
	}
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1 || write(fd, now, n) != (ssize_t)n)
		err(1, "%s", path);
	close(fd);
	free(old);
	free(now);
}

static bool
listed(const char *list, const char *key, const char *name)
{
	char line[600];
	const char *p;

	snprintf(line, sizeof(line), "%s %s\n", key, name);
	for (p = list; p != NULL && (p = strstr(p, line)) != NULL; p++)
		if (p == list || p[-1] == '\n')
			return true;
	return false;
}

/* Names that were synced and are gone since: back by chance; ones that lead to another file since: back, if that is not there. */
static void
bring_back(const char *path, const char *list, struct dirent **now, int count)
{
	char name[256], full[PATH_MAX], kept[PATH_MAX], key[64];
	const char *p;
	int used, i;

	for (p = list; p != NULL && sscanf(p, "%63s %255s%n", key, name, &used) == 2; p += used + 1) {
		snprintf(full, sizeof(full), "%s/%s", path, name);
		snprintf(kept, sizeof(kept), "%s/f.%s", durable, key);
		for (i = 0; i < count && strcmp(now[i]->d_name, name) != 0; i++)
			;
		if (access(full, F_OK) == 0 || access(kept, F_OK) == -1 || (i == count && chance(2) == 0))
			continue;
		file_after(full, key);
	}
}

static void
dir_after(const char *path)
{
	char full[PATH_MAX], kept[PATH_MAX], key[64];
	struct dirent **v;
	char *list;
	size_t n;
	int i, count, dir;

	if (durable_key(AT_FDCWD, path, key, sizeof(key), NULL) == -1 || (count = scandir(path, &v, NULL, alphasort)) == -1)
		err(1, "%s", path);
	snprintf(kept, sizeof(kept), "%s/d.%s", durable, key);
	list = slurp(kept, &n);
	for (i = 0; i < count; i++) {
		if (strcmp(v[i]->d_name, ".") == 0 || strcmp(v[i]->d_name, "..") == 0)
			continue;
		snprintf(full, sizeof(full), "%s/%s", path, v[i]->d_name);
		if (durable_key(AT_FDCWD, full, key, sizeof(key), &dir) == -1)
			err(1, "%s", full);
		if (dir)
			dir_after(full);
		else if (listed(list, key, v[i]->d_name) || chance(2) == 0)
			file_after(full, key);
		else
			unlink(full);
	}
	bring_back(path, list, v, count);
	for (i = 0; i < count; i++)
		free(v[i]);
	free(v);
	free(list);
}

int
main(int argc, char **argv)
{
	if (argc != 4)
		errx(2, "usage: powerloss STORE DURABLE SEED");
	durable = argv[2];
	seed = (uint64_t)strtonum(argv[3], 0, INT64_MAX, NULL);
	dir_after(argv[1]);
	return 0;
}
