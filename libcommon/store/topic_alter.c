/*
 * topic_alter.c - changing a topic (topic.h).
 *
 * A new partition is made whole, and counts once topic.properties says so,
 * which is replaced last.  What was made and does not count yet is taken as
 * it is by the next who makes the topic larger: it may be what a restored
 * topic.properties has forgotten, so it is never removed.
 */
#include <sys/stat.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "store/inside.h"

static int
grow(const struct topic *t, int32_t partitions, struct err *e)
{
	struct stat dir;
	int rc;

	if (partitions < t->partitions)
		return err_set(e, ERR_INVALID, "topic '%s' has %d partitions, and they only grow", t->name, t->partitions);
	if (partitions > TOPIC_PARTITIONS_MAX)
		return err_set(e, ERR_INVALID, "a topic has 1 to %d partitions, not %d", TOPIC_PARTITIONS_MAX, partitions);
	if (fstat(t->fd, &dir) == -1)
		return err_sys(e, "cannot look at topic '%s'", t->name);
	if ((rc = topic_partitions_make(t->fd, t->name, t->partitions, partitions, dir.st_mode & DIR_MODE, e)) != 0)
		return rc;
	/* The entries of the new directories, before the file that counts them. */
	if (fsync_dir(t->fd) == -1)
		return err_sys(e, "cannot sync topic '%s'", t->name);
	return 0;
}

static int
change_configs(struct config *c, const struct topic_change *change, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < change->nunset; i++)
		rc = config_unset(c, change->unset[i], e);
	for (i = 0; rc == 0 && i < change->nset; i++)
		rc = config_set_pair(c, change->set[i], e);
	return rc != 0 ? rc : config_check(c, e);
}

int
topic_alter(struct store *st, const char *name, const struct topic_change *change, struct err *e)
{
	struct topics_lock lock;
	struct topic t;
	int rc;

	if ((rc = topics_lock(&lock, st, TOPICS_LOCK_MS, e)) != 0)
		return rc;
	if ((rc = topic_open(&t, st, name, e)) == 0) {
		if ((rc = change_configs(t.config, change, e)) == 0 && change->partitions != 0 &&
		    (rc = grow(&t, change->partitions, e)) == 0)
			t.partitions = change->partitions;
		if (rc == 0)
			rc = topic_properties_write(t.fd, t.id, t.partitions, t.config, e);
		topic_close(&t);
	}
	topics_unlock(&lock);
	return rc;
}
