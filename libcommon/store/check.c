/*
 * check.c - see check.h.
 */
#include "store/check.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/parse.h"
#include "store/inside.h"

#define YOUNG_MS	60000		/* a temporary name of a process at work */

static void
told(struct findings *out, const char *dir, const char *file, int rc, const struct err *e)
{
	struct spot s = { .dir = dir, .file = file, SPOT_NOWHERE };

	findings_add(out, rc == -ERR_DAMAGE || rc == -ERR_NOENT || rc == -ERR_INVALID ? FINDING_DAMAGE : FINDING_UNREAD, &s,
	    "%.230s", e->text);
	if (rc == -ERR_DAMAGE && out->n > 0 && out->v[out->n - 1].kind == FINDING_DAMAGE)
		out->v[out->n - 1].remedy = "restore it from a copy";
}

/* Calls look for each name in a directory; not reading it is a finding. */
static void
each_name(int dirfd, const char *label, struct findings *out,
    void (*look)(int dirfd, const char *label, const char *name, void *arg, struct findings *), void *arg)
{
	struct spot s = { .dir = label, SPOT_NOWHERE };
	int fd = open_dir_at(dirfd, ".");
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (dir == NULL) {
		findings_add(out, FINDING_UNREAD, &s, "%s", strerror(errno));
		if (fd != -1)
			close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			look(dirfd, label, d->d_name, arg, out);
	closedir(dir);
}

static void
leftover(int dirfd, const char *label, const char *name, void *arg, struct findings *out)
{
	struct spot s = { .dir = label, .file = name, SPOT_NOWHERE };
	struct stat st;

	(void)arg;
	if (strchr(name, '~') == NULL || strcmp(name, TOPICS_LOCK) == 0 ||
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    clock_wall_ms() - (int64_t)st.st_mtim.tv_sec * 1000 < YOUNG_MS)
		return;
	findings_add(out, FINDING_LEFTOVER, &s, "a temporary name of work that was interrupted");
}

void
check_store(struct store *st, struct findings *out)
{
	struct config *c = config_new();
	struct err e = ERR_INIT;
	int32_t partitions;
	int rc;

	if (store_is_broker(st)) {
		config_free(c);
		return;
	}
	if (c == NULL)
		out->nomem = true;
	else if ((rc = store_defaults_read(st, c, &partitions, &e)) != 0)
		told(out, store_dir(st), STORE_PROPERTIES, rc, &e);
	config_free(c);
	each_name(store_fd(st), store_dir(st), out, leftover, NULL);
	each_name(store_topics_fd(st), "topics", out, leftover, NULL);
}

/* A directory with a partition's name beyond the topic's count. */
static void
beyond(int dirfd, const char *label, const char *name, void *arg, struct findings *out)
{
	const struct topic *t = arg;
	struct spot s = { .dir = label, .file = name, SPOT_NOWHERE };
	int64_t n;

	leftover(dirfd, label, name, arg, out);
	if (strspn(name, "0123456789") == strlen(name) && parse_int(name, 0, INT32_MAX, &n, NULL) == 0 && n >= t->partitions)
		findings_add(out, FINDING_LEFTOVER, &s, "the topic has %d partitions", t->partitions);
}

void
check_topic(struct store *st, const char *name, struct findings *out)
{
	struct err e = ERR_INIT;
	struct partdir d;
	struct topic t;
	int32_t i;
	int rc, fd;

	if (store_is_broker(st))
		return;
	if ((rc = topic_open(&t, st, name, &e)) != 0) {
		/* Deleted since it was listed, or no name of a topic: nothing to find. */
		if (rc != -ERR_NOENT && rc != -ERR_INVALID)
			told(out, name, TOPIC_PROPERTIES, rc, &e);
		return;
	}
	for (i = 0; i < t.partitions; i++) {
		if ((rc = topic_partition(&t, i, &d, &e)) != 0)
			told(out, name, NULL, rc, &e);
		else if ((fd = partdir_open(&d)) != -1)
			close(fd);
		else if (errno == ENOENT)
			told(out, d.label, NULL, err_set(&e, ERR_DAMAGE, "the partition is not there"), &e);
	}
	each_name(t.fd, name, out, beyond, &t);
	topic_close(&t);
}
