/*
 * export.c - a topic's partitions in the form a broker loads (transfer.h).
 *
 * A partition is made whole as "TOPIC-N.<32 hex>-delete", which a broker that
 * finds it takes away, and everybody else leaves out; all take their names
 * when all are there.
 */
#include "store/transfer.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/tree.h"
#include "log/copy.h"
#include "store/broker.h"

#define START_CHECKPOINT	"log-start-offset-checkpoint"
#define CHECKPOINT_MAX		(64 << 20)
#define DIR_NAME_MAX		256	/* with its 0 */

struct export {
	const struct topic *t;
	const char *dir;
	int fd;
	const int32_t *parts;
	size_t n, made, placed;
	char hex[33];
	bool of_broker;			/* DIR is a running or stopped broker's */
	struct buf starts;		/* lines of the checkpoint */
	size_t nstarts;
	const struct transfer_notice *notice;
};

static void
own_name(const struct export *x, size_t i, char out[DIR_NAME_MAX])
{
	(void)snprintf(out, DIR_NAME_MAX, "%s-%d", x->t->name, x->parts[i]);
}

/* Cut where the name would be too long, as Kafka cuts it. */
static void
tmp_name(const struct export *x, size_t i, char out[DIR_NAME_MAX])
{
	char number[48];

	(void)snprintf(number, sizeof(number), "-%d.%s-delete", x->parts[i], x->hex);
	(void)snprintf(out, DIR_NAME_MAX, "%.*s%s", (int)(DIR_NAME_MAX - 1 - strlen(number)), x->t->name, number);
}

static int
open_dir(struct export *x, struct err *e)
{
	bool made = mkdir(x->dir, 0777) == 0;
	uint8_t r[16];
	size_t i;
	int up;

	if (!made && errno != EEXIST)
		return err_sys(e, "cannot make '%s'", x->dir);
	/* The user's own name for a place: it may be a symbolic link. */
	if ((x->fd = open(x->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return err_sys(e, "cannot open '%s'", x->dir);
	if (made && (up = open_dir_at(x->fd, "..")) != -1) {
		(void)fsync_dir(up);
		close(up);
	}
	if (faccessat(x->fd, "version", F_OK, 0) == 0 && faccessat(x->fd, "topics", F_OK, 0) == 0)
		return err_set(e, ERR_INVALID, "'%s' is a store, a broker does not look for partitions there", x->dir);
	x->of_broker = faccessat(x->fd, "meta.properties", F_OK, 0) == 0;
	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return err_sys(e, "cannot draw a name");
	for (i = 0; i < sizeof(r); i++)
		(void)snprintf(x->hex + 2 * i, 3, "%02x", r[i]);
	return 0;
}

static int
check_free(const struct export *x, struct err *e)
{
	char name[DIR_NAME_MAX];
	size_t i;

	for (i = 0; i < x->n; i++) {
		own_name(x, i, name);
		if (faccessat(x->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return err_set(e, ERR_EXIST, "'%s/%s' is there already", x->dir, name);
	}
	return 0;
}

void
transfer_say_left(const struct transfer_notice *n, const char *partition, int64_t left)
{
	char text[400];

	if (left <= 0 || n->say == NULL)
		return;
	(void)snprintf(text, sizeof(text), "'%s' ends in %" PRId64 " bytes that are no whole batch: left out", partition, left);
	n->say(n->arg, text);
}

static void
say_start(struct export *x, size_t i, const struct copied *c)
{
	char text[400];

	buf_printf(&x->starts, "%s %d %" PRId64 "\n", x->t->name, x->parts[i], c->start);
	x->nstarts++;
	if (x->notice->say == NULL)
		return;
	(void)snprintf(text, sizeof(text), "'%s-%d' begins at offset %" PRId64 ", its log start is %" PRId64
	    ": trim it on the cluster", x->t->name, x->parts[i], c->segments.base[0], c->start);
	x->notice->say(x->notice->arg, text);
}

static int
make_one(struct export *x, size_t i, struct err *e)
{
	struct copied c = COPIED_INIT;
	char name[DIR_NAME_MAX];
	struct partdir from;
	struct stat dir;
	int fd, rc;

	if ((rc = topic_partition(x->t, x->parts[i], &from, e)) != 0)
		return rc;
	tmp_name(x, i, name);
	if (mkdirat(x->fd, name, 0700) == -1)
		return err_sys(e, "cannot make a partition in '%s'", x->dir);
	x->made = i + 1;
	if (fstat(x->fd, &dir) == -1 || (fd = open_dir_at(x->fd, name)) == -1)
		return err_sys(e, "cannot open a partition in '%s'", x->dir);
	if (partdir_own(x->fd, fd, dir.st_mode & 0777) == -1)
		rc = err_sys(e, "cannot make a partition in '%s'", x->dir);
	else
		rc = log_copy(&from, topic_broker_log_start(x->t, x->parts[i]), fd, COPY_AS_NEW, &c, e);
	if (rc == 0 && fsync_dir(fd) == -1)
		rc = err_sys(e, "cannot sync a partition in '%s'", x->dir);
	if (rc == 0 && c.start > c.segments.base[0])
		say_start(x, i, &c);
	if (rc == 0)
		transfer_say_left(x->notice, from.label, c.left);
	close(fd);
	copied_release(&c);
	return rc;
}

static int
keep_other(void *arg, const char *topic, int32_t partition, int64_t offset)
{
	struct export *x = arg;

	if (strcmp(topic, x->t->name) != 0) {
		buf_printf(&x->starts, "%s %d %" PRId64 "\n", topic, partition, offset);
		x->nstarts++;
	}
	return 0;
}

/* With what other topics in the directory have there. */
static int
write_starts(struct export *x, struct err *e)
{
	struct buf old = BUF_INIT, text = BUF_INIT;
	char what[300];
	int rc;

	if (x->nstarts == 0 || x->of_broker)
		return 0;
	(void)snprintf(what, sizeof(what), "'%.200s/" START_CHECKPOINT "'", x->dir);
	rc = file_read(x->fd, START_CHECKPOINT, CHECKPOINT_MAX, &old, e);
	if (rc == 0 && buf_str(&old) != NULL)
		rc = checkpoint_parse((char *)old.p, what, keep_other, x, e);
	else if (rc == -ERR_NOENT)
		rc = 0;
	buf_printf(&text, "0\n%zu\n", x->nstarts);
	buf_put(&text, x->starts.p, x->starts.n);
	if (rc == 0 && (x->starts.failed || text.failed))
		rc = err_set(e, ERR_NOMEM, "no memory for %s", what);
	if (rc == 0)
		rc = file_replace(x->fd, START_CHECKPOINT, text.p, text.n, e);
	buf_release(&old);
	buf_release(&text);
	return rc;
}

static int
place(struct export *x, struct err *e)
{
	char tmp[DIR_NAME_MAX], name[DIR_NAME_MAX];

	for (; x->placed < x->n; x->placed++) {
		tmp_name(x, x->placed, tmp);
		own_name(x, x->placed, name);
		if (rename_new_at(x->fd, tmp, name) == -1)
			return err_sys(e, "cannot make '%s/%s'", x->dir, name);
	}
	if (fsync_dir(x->fd) == -1)
		return err_sys(e, "cannot sync '%s'", x->dir);
	return 0;
}

static void
take_back(const struct export *x)
{
	char name[DIR_NAME_MAX];
	size_t i;

	for (i = 0; i < x->made; i++) {
		if (i < x->placed)
			own_name(x, i, name);
		else
			tmp_name(x, i, name);
		(void)tree_remove(x->fd, name, NULL);
	}
}

static int
run(struct export *x, struct err *e)
{
	size_t i;
	int rc;

	if ((rc = open_dir(x, e)) != 0 || (rc = check_free(x, e)) != 0)
		return rc;
	for (i = 0; rc == 0 && i < x->n; i++)
		rc = make_one(x, i, e);
	if (rc == 0 && (rc = write_starts(x, e)) == 0)
		rc = place(x, e);
	if (rc != 0)
		take_back(x);
	return rc;
}

int
topic_export(struct store *st, const char *topic, const char *dir, const struct transfer_notice *notice, struct err *e)
{
	struct export x = { .dir = dir, .fd = -1, .starts = BUF_INIT, .notice = notice };
	int32_t *parts = NULL;
	struct topic t;
	int rc;

	if ((rc = topic_open(&t, st, topic, e)) != 0)
		return rc;
	if ((rc = topic_partitions(&t, &parts, &x.n, e)) == 0) {
		x.t = &t;
		x.parts = parts;
		rc = run(&x, e);
	}
	if (x.fd != -1)
		close(x.fd);
	buf_release(&x.starts);
	free(parts);
	topic_close(&t);
	return rc;
}
