/*
 * topic_create.c - making a topic (topic.h).
 *
 * A new topic is made whole in "~new.RANDOM" ("~fill.RANDOM" one that is filled), every file and directory of it
 * synced, then takes its name; topics/ is synced before anybody is told.
 */
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"
#include "base/tree.h"
#include "store/inside.h"

#define SYNCFS_MIN	64	/* partitions */

/* Random, as Kafka's: version 4, not all zero, no dash in front. */
static int
draw_id(struct topic_id *id, struct err *e)
{
	char text[23];

	do {
		if (getrandom(id->b, sizeof(id->b), 0) != (ssize_t)sizeof(id->b))
			return err_sys(e, "cannot draw a topic id");
		id->b[6] = (id->b[6] & 0x0f) | 0x40;
		id->b[8] = (id->b[8] & 0x3f) | 0x80;
		topic_id_text(*id, text);
	} while (text[0] == '-');
	return 0;
}

/* Kafka's metrics write '.' as '_': names that differ only there are refused. */
static int
check_collision(struct store *st, const char *name, struct err *e)
{
	char **names;
	size_t n, i, k;
	int rc;

	if (strpbrk(name, "._") == NULL)
		return 0;
	if ((rc = topic_list(st, NULL, 0, &names, &n, e)) != 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++) {
		const char *other = names[i];

		for (k = 0; name[k] != '\0' && (name[k] == other[k] ||
		    (strchr("._", name[k]) != NULL && other[k] != '\0' && strchr("._", other[k]) != NULL)); k++)
			;
		if (name[k] == '\0' && other[k] == '\0' && strcmp(name, other) != 0)
			rc = err_set(e, ERR_INVALID, "topic '%s' collides with '%s': '.' and '_' are the same in names of metrics",
			    name, other);
	}
	topic_names_free(names, n);
	return rc;
}

int
topic_partitions_make(int topicfd, const char *topic, int32_t from, int32_t to, mode_t mode, struct err *e)
{
	struct partdir p = { .holder = topicfd };
	int32_t i;
	int rc = 0;

	for (i = from; rc == 0 && i < to; i++) {
		snprintf(p.name, sizeof(p.name), "%d", i);
		snprintf(p.label, sizeof(p.label), "%s/%d", topic, i);
		rc = partdir_create(&p, mode, e);
		if (rc == -ERR_EXIST)
			rc = 0;
	}
	return rc;
}

/*
 * Seven files and directories a partition are seven syncs, 2 ms on a quick
 * disk: from some number on it is quicker to sync the file system once,
 * whatever else is waiting to be written there.
 */
static int
make_many(int topicfd, const char *topic, int32_t n, mode_t mode, struct err *e)
{
	struct partdir p = { .holder = topicfd };
	int32_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		snprintf(p.name, sizeof(p.name), "%d", i);
		snprintf(p.label, sizeof(p.label), "%s/%d", topic, i);
		rc = partdir_create_unsynced(&p, mode, e);
	}
	if (rc == 0 && syncfs(topicfd) == -1)
		rc = err_sys(e, "cannot sync topic '%s'", topic);
	return rc;
}

/* The new topic's configs: the store's defaults, and over them what was given. */
static int
resolve(struct store *st, const struct topic_new *opts, struct config **out, int32_t *partitions, struct err *e)
{
	struct config *c = config_new();
	int rc;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a topic");
	rc = store_defaults_read(st, c, partitions, e);
	if (rc == 0 && opts->config != NULL)
		rc = config_merge(c, opts->config, e);
	if (rc == 0)
		rc = config_check(c, e);
	if (opts->partitions != 0)
		*partitions = opts->partitions;
	if (rc == 0 && (*partitions < 1 || *partitions > TOPIC_PARTITIONS_MAX))
		rc = err_set(e, ERR_INVALID, "a topic has 1 to %d partitions, not %d", TOPIC_PARTITIONS_MAX, *partitions);
	if (rc != 0) {
		config_free(c);
		c = NULL;
	}
	*out = c;
	return rc;
}

/* A topic that is on its way: whole under a name that is nobody's, then under its own. */
struct making {
	char tmp[TREE_NAME_MAX];	/* "": nothing was made */
	int fd;
	mode_t mode;
	int32_t partitions;
	struct config *config;
};

static int
make_dir(struct store *st, const char *name, const char *prefix, mode_t mode, struct making *m, struct err *e)
{
	struct stat topics;

	if (fstat(st->topics, &topics) == -1 || tree_name(prefix, m->tmp) == -1 || mkdirat(st->topics, m->tmp, 0700) == -1) {
		m->tmp[0] = '\0';
		return err_sys(e, "cannot make topic '%s'", name);
	}
	m->mode = mode == 0 ? topics.st_mode & DIR_MODE : mode;
	if ((m->fd = open_dir_at(st->topics, m->tmp)) == -1 || partdir_own(st->topics, m->fd, m->mode) == -1)
		return err_sys(e, "cannot make topic '%s'", name);
	return 0;
}

static int
fill(const struct making *m, const char *name, const struct topic_new *opts, struct err *e)
{
	struct topic_id id;
	int rc;

	if ((rc = draw_id(&id, e)) != 0)
		return rc;
	if (opts->fill != NULL)
		rc = opts->fill(opts->arg, m->fd, m->mode, m->config, e);
	else if (m->partitions < SYNCFS_MIN)
		rc = topic_partitions_make(m->fd, name, 0, m->partitions, m->mode, e);
	else
		rc = make_many(m->fd, name, m->partitions, m->mode, e);
	if (rc != 0)
		return rc;
	/* The last file of the topic: replacing it syncs the directory as well. */
	return topic_properties_write(m->fd, id, m->partitions, m->config, e);
}

static int
place(struct store *st, const char *name, struct making *m, struct err *e)
{
	if (rename_new_at(st->topics, m->tmp, name) == -1) {
		if (errno == EEXIST)
			return err_set(e, ERR_EXIST, "topic '%s' exists already", name);
		return err_sys(e, "cannot make topic '%s'", name);
	}
	m->tmp[0] = '\0';
	if (fsync_dir(st->topics) == -1)
		return err_sys(e, "cannot sync '%s/topics'", st->dir);
	return 0;
}

/* Takes the lock when the name is free. */
static int
lock_name(struct store *st, const char *name, struct topics_lock *lock, struct err *e)
{
	struct stat there;
	int rc;

	if ((rc = topics_lock(lock, st, TOPICS_LOCK_MS, e)) != 0)
		return rc;
	topics_sweep(st);
	if (topic_half_deleted(st, name)) {
		/* A delete of it was begun and cut short: what is left takes no records any more. */
		if ((rc = topic_take_away(st, name, TOPICS_LOCK_MS, lock, e)) != 0)
			return rc;
		if ((rc = topics_lock(lock, st, TOPICS_LOCK_MS, e)) != 0)
			return rc;
	}
	if (fstatat(st->topics, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		rc = err_set(e, ERR_EXIST, "topic '%s' exists already", name);
	else
		rc = check_collision(st, name, e);
	if (rc != 0)
		topics_unlock(lock);
	return rc;
}

/*
 * What fills a topic may take its time; others need not wait for it.  Its
 * directory is locked meanwhile, so that nobody sweeps it away.
 */
static int
make_slowly(struct store *st, const char *name, struct making *m, const struct topic_new *opts, struct topics_lock *lock,
    struct err *e)
{
	int rc;

	if (flock(m->fd, LOCK_EX | LOCK_NB) == -1)
		return err_sys(e, "cannot lock the new topic '%s'", name);
	topics_unlock(lock);
	if ((rc = fill(m, name, opts, e)) != 0)
		return rc;
	return lock_name(st, name, lock, e);
}

int
topic_create(struct store *st, const char *name, const struct topic_new *opts, struct err *e)
{
	struct making m = { .fd = -1 };
	struct topics_lock lock;
	int rc;

	if ((rc = store_writable(st, e)) != 0 || (rc = name_check("topic", name, e)) != 0)
		return rc;
	if ((rc = lock_name(st, name, &lock, e)) != 0)
		return rc;
	if ((rc = resolve(st, opts, &m.config, &m.partitions, e)) == 0 &&
	    (rc = make_dir(st, name, opts->fill != NULL ? FILLING : MAKING, opts->mode & DIR_MODE, &m, e)) == 0)
		rc = opts->fill != NULL ? make_slowly(st, name, &m, opts, &lock, e) : fill(&m, name, opts, e);
	if (rc == 0)
		rc = place(st, name, &m, e);
	if (m.tmp[0] != '\0')
		(void)tree_remove(st->topics, m.tmp, NULL);
	if (m.fd != -1)
		close(m.fd);
	topics_unlock(&lock);
	config_free(m.config);
	return rc;
}
