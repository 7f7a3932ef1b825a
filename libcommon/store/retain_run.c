/*
 * retain_run.c - see retain.h: rolling and deleting, under the maintenance byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/segment.h"
#include "log/swap.h"
#include "store/retain.h"

static int
segment_remove(struct retain_log *l, int64_t base, struct err *e)
{
	static const char *const suffixes[] = { ".index", ".timeindex", ".txnindex", ".snapshot", ".digest", ".log" };
	char name[SEGMENT_NAME_MAX];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		segment_name(name, base, suffixes[i]);
		if (unlinkat(l->dirfd, name, 0) == -1 && errno != ENOENT)
			return err_sys(e, "cannot delete '%s/%s'", l->dir.label, name);
	}
	return 0;
}

/* The segments that go; those that did not after all are no longer marked. */
static int
remove_those(struct retain_log *l, const struct retain_rules *r, struct err *e)
{
	int64_t start = l->v[l->go].base;
	bool full = false;
	size_t i;
	int rc;

	if ((rc = log_start_raise(l->dirfd, start, e)) != 0) {
		full = rc == -ERR_SYS && (e->sys == ENOSPC || e->sys == EDQUOT);
		if (!full)
			return err_prefix(e, "'%s'", l->dir.label);
	}
	for (i = 0, rc = 0; rc == 0 && i < l->go; i++) {
		if (r->stop != NULL && *r->stop != 0)
			break;
		if ((rc = segment_remove(l, l->v[i].base, e)) != 0)
			break;
	}
	while (l->go > i)
		l->v[--l->go].goes = false;
	if (i > 0 && fsync_dir(l->dirfd) == -1 && rc == 0)
		rc = err_sys(e, "cannot sync '%s'", l->dir.label);
	if (full && i > 0 && rc == 0)
		(void)log_start_raise(l->dirfd, l->v[i].base, NULL);
	return rc;
}

static int
roll_active(const struct partdir *dir, const struct retain_rules *r, struct err *e)
{
	struct appender_opts o = { .conf = r->conf, .lock_timeout_ms = r->lock_timeout_ms, .stop = r->stop };
	struct appender *ap;
	int rc;

	if ((rc = appender_open(&ap, dir, &o, e)) != 0)
		return rc;
	rc = appender_roll(ap, e);
	appender_close(ap);
	return rc;
}

static int
run_locked(struct retain_log *l, const struct retain_rules *r, struct err *e)
{
	struct err own = ERR_INIT;
	int rc, rd;

	if ((rc = swap_finish(l->dirfd, l->dir.label, r->conf.index_interval_bytes, e)) != 0)
		return rc;
	swap_sweep(l->dirfd);
	if ((rc = retain_look(l, &l->dir, e)) != 0)
		return rc;
	/* A damaged segment stays, and is told; what can go does. */
	rd = retain_decide(l, r, &own);
	if (l->roll_due || (l->go > 0 && l->go == l->n)) {
		if ((rc = roll_active(&l->dir, r, e)) != 0)
			return rc;
		/* What was left of making its indexes is nobody's work any more. */
		swap_sweep(l->dirfd);
		if ((rc = retain_look(l, &l->dir, e)) != 0)
			return rc;
		own = (struct err)ERR_INIT;
		rd = retain_decide(l, r, &own);
		/* Appended to since, with old times: the next run's. */
		if (l->go == l->n && l->go > 0)
			l->v[--l->go].goes = false;
	}
	if (l->go > 0 && (rc = remove_those(l, r, e)) != 0)
		return rc;
	return rd != 0 ? err_set(e, own.code, "%s", own.text) : 0;
}

int
retain_run(struct retain_log *l, const struct partdir *dir, const struct retain_rules *r, struct err *e)
{
	char path[sizeof(dir->label) + 8];
	struct lock held = LOCK_INIT;
	int lockfd, rc;

	if (dir->broker)
		return err_set(e, ERR_READONLY, "'%s' is in a Kafka broker's directory, read only", dir->label);
	l->dir = *dir;
	if (l->dirfd == -1 && (l->dirfd = partdir_open(dir)) == -1)
		return errno == ENOENT ? err_set(e, ERR_NOENT, "no partition '%s'", dir->label) :
		    err_sys(e, "cannot open '%s'", dir->label);
	(void)snprintf(path, sizeof(path), "%s/lock", dir->label);
	if ((lockfd = open_at(l->dirfd, "lock", O_RDWR, 0)) == -1)
		return err_sys(e, "cannot open '%s'", path);
	if ((rc = lock_take(&held, lockfd, LOCK_BYTE_MAINTENANCE, r->lock_timeout_ms, r->stop, path, e)) == 0) {
		rc = run_locked(l, r, e);
		lock_drop(&held);
	}
	close(lockfd);
	return rc;
}
