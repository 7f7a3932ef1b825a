/*
 * reindex.c - see reindex.h.
 */
#include "log/reindex.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/endstate.h"
#include "log/offindex.h"
#include "log/segment.h"

static int
log_size(int dirfd, int64_t base, struct stat *st, struct err *e)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, base, ".log");
	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return err_sys(e, "cannot look at '%s'", name);
	return 0;
}

/* The caller holds the writer's byte.  Up to where the end state counts, if it does; a writer that died left the rest. */
static int
reindex_active(int dirfd, int lockfd, int64_t base, int64_t interval, struct err *e)
{
	struct index_state ix;
	struct endstate s;
	struct stat st;
	bool counts;
	int rc;

	if ((rc = log_size(dirfd, base, &st, e)) != 0)
		return rc;
	counts = endstate_read(lockfd, &s) == 1 && !s.deleted && s.base == base && s.dev == st.st_dev && s.ino == st.st_ino &&
	    s.end <= st.st_size;
	if ((rc = index_rebuild(dirfd, base, counts ? s.end : st.st_size, interval, false, &ix, e)) != 0 || !counts)
		return rc;
	s.index = ix;
	if (endstate_write(lockfd, &s) == -1)
		return err_sys(e, "cannot write 'lock'");
	return 0;
}

static int
reindex_all(const struct partdir *d, int dirfd, int lockfd, int64_t interval, int64_t timeout, const char *path, struct err *e)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct lock writer = LOCK_INIT;
	struct index_state ix;
	struct stat st;
	size_t i;
	int rc;

	(void)d;
	if ((rc = lock_take(&writer, lockfd, LOCK_BYTE_WRITER, timeout, NULL, path, e)) != 0)
		return rc;
	/* Under the lock the last one is the active one. */
	if ((rc = segment_list_read(dirfd, &l, e)) == 0 && l.n > 0)
		rc = reindex_active(dirfd, lockfd, l.base[l.n - 1], interval, e);
	lock_drop(&writer);
	for (i = 0; rc == 0 && i + 1 < l.n; i++)
		if ((rc = log_size(dirfd, l.base[i], &st, e)) == 0)
			rc = index_rebuild(dirfd, l.base[i], st.st_size, interval, true, &ix, e);
	segment_list_release(&l);
	return rc;
}

int
partdir_reindex(const struct partdir *d, int64_t interval, int64_t lock_timeout_ms, struct err *e)
{
	char path[sizeof(d->label) + 8];
	struct lock l = LOCK_INIT;
	int dirfd, lockfd, rc;

	if (d->broker)
		return err_set(e, ERR_READONLY, "'%s' is in a Kafka broker's directory, read only", d->label);
	if ((dirfd = partdir_open(d)) == -1) {
		if (errno == ENOENT)
			return err_set(e, ERR_NOENT, "no partition '%s'", d->label);
		return err_sys(e, "cannot open '%s'", d->label);
	}
	(void)snprintf(path, sizeof(path), "%s/lock", d->label);
	if ((lockfd = open_at(dirfd, "lock", O_RDWR, 0)) == -1)
		rc = err_sys(e, "cannot open '%s'", path);
	else if ((rc = lock_take(&l, lockfd, LOCK_BYTE_MAINTENANCE, lock_timeout_ms, NULL, path, e)) == 0) {
		if ((rc = reindex_all(d, dirfd, lockfd, interval, lock_timeout_ms, path, e)) != 0)
			(void)err_prefix(e, "cannot make the indexes of '%s' anew", d->label);
		lock_drop(&l);
	}
	if (lockfd != -1)
		close(lockfd);
	close(dirfd);
	return rc;
}
