/*
 * repair.c - the order in which a partition is repaired.  See repair.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/reindex.h"
#include "log/repair_in.h"
#include "log/swap.h"

#define ROUNDS	4

struct repair {
	const struct partdir *dir;
	const struct repair_opts *opts;
	int dirfd, lockfd;
	char lock_path[sizeof(((struct partdir *)0)->label) + 8];
	struct lock maintenance;
};

/* The lock file, made when it is not there: as the first writer does. */
static int
open_lock(struct repair *r, struct err *e)
{
	struct stat dir;

	(void)snprintf(r->lock_path, sizeof(r->lock_path), "%s/lock", r->dir->label);
	if ((r->lockfd = open_at(r->dirfd, "lock", O_RDWR, 0)) == -1 && errno == ENOENT) {
		r->lockfd = open_at(r->dirfd, "lock", O_RDWR | O_CREAT, 0600);
		if (r->lockfd != -1 && (fstat(r->dirfd, &dir) == -1 || own_as_dir(r->lockfd, &dir, true) == -1))
			return err_sys(e, "cannot make '%s'", r->lock_path);
	}
	if (r->lockfd == -1)
		return err_sys(e, "cannot open '%s'", r->lock_path);
	return 0;
}

/* The end of the log, as a writer sees to it. */
static int
mend_end(struct repair *r, const struct repair_look *l, struct err *e)
{
	struct appender_opts o = { .conf = r->opts->conf, .lock_timeout_ms = r->opts->lock_timeout_ms };
	struct appender *ap;
	int rc;

	if ((rc = appender_open(&ap, r->dir, &o, e)) != 0)
		return rc;
	rc = appender_mend(ap, &(struct appender_mend){ .floor = l->floor, .close_active = l->close_active,
	    .epochs = l->epochs }, e);
	appender_close(ap);
	return rc;
}

/* What can be done beside writers. */
static int
mend_segments(struct repair *r, const struct repair_look *l, struct err *e)
{
	struct gap start;
	size_t i;
	int rc = 0;

	if (l->start_gap) {
		start = (struct gap){ .from = l->part.log_start, .next = l->v[0].base };
		rc = gaps_add(r->dirfd, &start, 1, e);
	}
	for (i = 0; rc == 0 && i < l->n; i++)
		if (repair_segment_due(l, i))
			rc = repair_segment(l, i, r->opts->conf.index_interval_bytes, e);
	return rc;
}

/* The end first, then another look at what is closed from then on; again where only that look showed it. */
static int
mend(struct repair *r, const struct repair_look *first, struct err *e)
{
	struct repair_look l;
	bool again = true;
	int rc, round;

	rc = mend_end(r, first, e);
	for (round = 0; rc == 0 && again; round++) {
		if ((rc = repair_look(&l, r->dir, NULL, e)) == 0) {
			/* An end that does not come right keeps nobody from the segments. */
			again = round < ROUNDS && (l.close_active || l.epochs || l.floor > 0);
			if (again)
				rc = mend_end(r, &l, e);
			else
				rc = mend_segments(r, &l, e);
		}
		repair_look_release(&l);
	}
	return rc;
}

static int
sweep(struct repair *r, struct err *e)
{
	struct lock writer = LOCK_INIT;
	int rc = lock_take(&writer, r->lockfd, LOCK_BYTE_WRITER, r->opts->lock_timeout_ms, NULL, r->lock_path, e);

	if (rc != 0)
		return rc;
	repair_sweep(r->dir, r->dirfd, true, NULL);
	lock_drop(&writer);
	return 0;
}

/* The maintenance byte is held, and the report was made. */
static int
execute(struct repair *r, const struct repair_look *l, unsigned bits, struct err *e)
{
	int rc;

	if ((rc = repair_files(r->dir, r->dirfd, bits, e)) != 0 ||
	    (rc = swap_finish(r->dirfd, r->dir->label, r->opts->conf.index_interval_bytes, e)) != 0 ||
	    (rc = mend(r, l, e)) != 0)
		return rc;
	return sweep(r, e);
}

static int
look_and_act(struct repair *r, struct repair_report *report, bool *indexes, struct err *e)
{
	struct repair_look l;
	unsigned bits;
	size_t n = report->n, left = report->left;
	int rc;

	bits = repair_files_look(r->dir, r->dirfd, report);
	rc = repair_look(&l, r->dir, report, e);
	if (rc == 0)
		repair_sweep(r->dir, r->dirfd, false, report);
	if (rc == 0 && report->nomem)
		rc = err_set(e, ERR_NOMEM, "cannot repair '%s': no memory", r->dir->label);
	*indexes = l.indexes;
	/* Whole: nothing is locked that need not be, and nothing written. */
	if (rc == 0 && r->opts->execute && report->n - n > report->left - left)
		rc = execute(r, &l, bits, e);
	repair_look_release(&l);
	return rc;
}

int
partdir_repair(const struct partdir *d, const struct repair_opts *o, struct repair_report *report, struct err *e)
{
	struct repair r = { .dir = d, .opts = o, .dirfd = -1, .lockfd = -1, .maintenance = LOCK_INIT };
	bool indexes = false;
	int rc = 0;

	if (d->broker)
		return err_set(e, ERR_READONLY, "'%s' is in a Kafka broker's directory, read only", d->label);
	if ((r.dirfd = partdir_open(d)) == -1) {
		if (errno == ENOENT)
			return err_set(e, ERR_NOENT, "no partition '%s'", d->label);
		return err_sys(e, "cannot open '%s'", d->label);
	}
	if (o->execute && (rc = open_lock(&r, e)) == 0)
		rc = lock_take(&r.maintenance, r.lockfd, LOCK_BYTE_MAINTENANCE, o->lock_timeout_ms, NULL, r.lock_path, e);
	if (rc == 0 && (rc = look_and_act(&r, report, &indexes, e)) != 0)
		(void)err_prefix(e, "cannot repair '%s'", d->label);
	if (lock_held(&r.maintenance))
		lock_drop(&r.maintenance);
	if (r.lockfd != -1)
		close(r.lockfd);
	close(r.dirfd);
	if (rc == 0 && o->execute && indexes)
		rc = partdir_reindex(d, o->conf.index_interval_bytes, o->lock_timeout_ms, e);
	return rc;
}
