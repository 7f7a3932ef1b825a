/*
 * topic_delete.c - taking a topic away (topic.h).
 *
 * Nobody may acknowledge into a file that is gone, so the order is:
 *
 *  1. each partition's writer lock is had once, for as long as it takes: who
 *     holds one and never gives it up is named, and nothing was done yet;
 *  2. each partition's end state is marked under its lock, the first
 *     partition first: a writer that gets the lock afterwards ends;
 *  3. the directory is renamed to "~gone.RANDOM", topics/ is synced: the
 *     name is free;
 *  4. the tree is removed, and the topic's positions in all groups.
 *
 * Killed in 2, the topic still has its name and takes no records: the next
 * delete goes on, and so does a create of that name.  Killed in 4, the next
 * create or delete of any topic removes the rest.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "base/parse.h"
#include "base/tree.h"
#include "log/endstate.h"
#include "store/group.h"
#include "store/inside.h"

#define LOCK_FILE	"lock"

/* The lock file of partition number of the topic in topicfd; -1 with errno. */
static int
open_lock(int topicfd, int32_t number, int flags)
{
	char name[16];
	struct stat st;
	int dir, fd, saved;

	snprintf(name, sizeof(name), "%d", number);
	if ((dir = open_dir_at(topicfd, name)) == -1)
		return -1;
	fd = open_at(dir, LOCK_FILE, flags & ~O_CREAT, 0);
	if (fd == -1 && errno == ENOENT && (flags & O_CREAT) != 0 &&
	    (fd = open_at(dir, LOCK_FILE, flags, 0600)) != -1 && fstat(dir, &st) == 0)
		(void)own_as_dir(fd, &st, true);
	saved = errno;
	close(dir);
	errno = saved;
	return fd;
}

static int
with_lock(int topicfd, const char *topic, int32_t number, bool mark, int64_t timeout_ms, struct err *e)
{
	char label[300];
	struct lock held = LOCK_INIT;
	struct stat st;
	int fd, rc;

	snprintf(label, sizeof(label), "%s/%d/" LOCK_FILE, topic, number);
	if ((fd = open_lock(topicfd, number, O_RDWR | O_CREAT)) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot delete topic '%s': '%s'", topic, label);
	if (fstat(fd, &st) == 0 && st.st_nlink != 1)
		rc = err_set(e, ERR_INVALID, "cannot delete topic '%s': '%s' has %lu names, and another store may use it",
		    topic, label, (unsigned long)st.st_nlink);
	else if ((rc = lock_take(&held, fd, LOCK_BYTE_WRITER, timeout_ms, NULL, label, e)) != 0)
		(void)err_prefix(e, "cannot delete topic '%s'", topic);
	else {
		if (mark && endstate_mark_deleted(fd) == -1)
			rc = err_sys(e, "cannot delete topic '%s': cannot mark '%s'", topic, label);
		lock_drop(&held);
	}
	close(fd);
	return rc;
}

/*
 * How many partition directories there may be: what is there counts, not what
 * topic.properties says, which may be damaged.
 */
static int
partition_limit(int topicfd, int32_t *limit)
{
	struct dirent *d;
	int64_t number;
	DIR *dir;
	int fd;

	*limit = 0;
	if ((fd = open_dir_at(topicfd, ".")) == -1)
		return -1;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] >= '0' && d->d_name[0] <= '9' &&
		    parse_int(d->d_name, 0, TOPIC_PARTITIONS_MAX - 1, &number, NULL) == 0 && number >= *limit)
			*limit = (int32_t)number + 1;
	closedir(dir);
	return 0;
}

bool
topic_half_deleted(const struct store *st, const char *name)
{
	struct endstate s;
	bool marked;
	int topic, fd = -1;

	if ((topic = open_dir_at(st->topics, name)) == -1)
		return false;
	fd = open_lock(topic, 0, O_RDONLY);
	marked = fd != -1 && endstate_read(fd, &s) == 1 && s.deleted;
	if (fd != -1)
		close(fd);
	close(topic);
	return marked;
}

static int
mark_all(const struct store *st, int topicfd, const char *name, int64_t timeout_ms, struct err *e)
{
	int32_t limit, i;
	int rc = 0;

	if (faccessat(st->topics, ".", W_OK | X_OK, AT_EACCESS) == -1 || partition_limit(topicfd, &limit) == -1)
		return err_sys(e, "cannot delete topic '%s'", name);
	for (i = 0; rc == 0 && i < limit; i++)
		rc = with_lock(topicfd, name, i, false, timeout_ms, e);
	for (i = 0; rc == 0 && i < limit; i++)
		rc = with_lock(topicfd, name, i, true, timeout_ms, e);
	return rc;
}

int
topic_take_away(struct store *st, const char *name, int64_t timeout_ms, struct topics_lock *lock, struct err *e)
{
	char gone[TREE_NAME_MAX];
	int fd, rc;

	if ((fd = open_dir_at(st->topics, name)) == -1)
		rc = errno == ENOENT ? topic_missing(st, name, e) : err_sys(e, "cannot delete topic '%s'", name);
	else {
		rc = mark_all(st, fd, name, timeout_ms, e);
		close(fd);
	}
	if (rc == 0 && (tree_name(LEAVING, gone) == -1 || rename_new_at(st->topics, name, gone) == -1 ||
	    fsync_dir(st->topics) == -1))
		rc = err_sys(e, "cannot delete topic '%s'", name);
	topics_unlock(lock);
	if (rc != 0)
		return rc;
	/* The topic is gone for everybody; what cannot be removed is said, and tried again by the next. */
	if ((rc = tree_remove(st->topics, gone, e)) != 0) {
		(void)err_prefix(e, "topic '%s' is deleted, its files are not", name);
		return rc;
	}
	if (fsync_dir(st->topics) == -1)
		return err_sys(e, "cannot sync '%s/topics'", st->dir);
	/* A topic of that name that comes later has another id, so what stays here is never taken for its positions. */
	if ((rc = groups_forget_topic(st, name, e)) != 0)
		(void)err_prefix(e, "topic '%s' is deleted, its positions in a group are not", name);
	return rc;
}

int
topic_delete(struct store *st, const char *name, int64_t lock_timeout_ms, struct err *e)
{
	struct topics_lock lock;
	int rc;

	if ((rc = store_writable(st, e)) != 0 || (rc = name_check("topic", name, e)) != 0)
		return rc;
	if ((rc = topics_lock(&lock, st, lock_timeout_ms, e)) != 0)
		return rc;
	topics_sweep(st);
	return topic_take_away(st, name, lock_timeout_ms, &lock, e);
}
