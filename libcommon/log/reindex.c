/*
 * reindex.c - see reindex.h.
 */
#include "log/reindex.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/digest.h"
#include "log/endstate.h"
#include "log/offindex.h"
#include "log/segment.h"
#include "log/verify.h"

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
reindex_all(int dirfd, int lockfd, int64_t interval, int64_t timeout, const char *path, struct err *e)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct lock writer = LOCK_INIT;
	struct index_state ix;
	struct stat st;
	size_t i;
	int rc;

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

/* The partition and its maintenance byte, for one of the two. */
struct held {
	char path[sizeof(((struct partdir *)0)->label) + 8];
	struct lock lock;
	int dirfd, lockfd;
};

static void
let_go(struct held *h)
{
	if (lock_held(&h->lock))
		lock_drop(&h->lock);
	if (h->lockfd != -1)
		close(h->lockfd);
	if (h->dirfd != -1)
		close(h->dirfd);
}

/* let_go whatever it says. */
static int
hold(struct held *h, const struct partdir *d, int64_t timeout, struct err *e)
{
	*h = (struct held){ .lock = LOCK_INIT, .dirfd = -1, .lockfd = -1 };
	if (d->broker)
		return err_set(e, ERR_READONLY, "'%s' is in a Kafka broker's directory, read only", d->label);
	if ((h->dirfd = partdir_open(d)) == -1) {
		if (errno == ENOENT)
			return err_set(e, ERR_NOENT, "no partition '%s'", d->label);
		return err_sys(e, "cannot open '%s'", d->label);
	}
	(void)snprintf(h->path, sizeof(h->path), "%s/lock", d->label);
	if ((h->lockfd = open_at(h->dirfd, "lock", O_RDWR, 0)) == -1)
		return err_sys(e, "cannot open '%s'", h->path);
	return lock_take(&h->lock, h->lockfd, LOCK_BYTE_MAINTENANCE, timeout, NULL, h->path, e);
}

int
partdir_reindex(const struct partdir *d, int64_t interval, int64_t lock_timeout_ms, struct err *e)
{
	struct held h;
	int rc = hold(&h, d, lock_timeout_ms, e);

	if (rc == 0 && (rc = reindex_all(h.dirfd, h.lockfd, interval, lock_timeout_ms, h.path, e)) != 0)
		(void)err_prefix(e, "cannot make the indexes of '%s' anew", d->label);
	let_go(&h);
	return rc;
}

/* Is there anything in a segment that a digest would vouch for wrongly? */
static int
whole(const struct verify_part *p, size_t i, struct batch_iter *it, bool *is, struct err *e)
{
	struct findings f = FINDINGS_INIT;
	struct verify_seen seen = { .ranges = NULL };
	size_t k;
	int rc = verify_segment(p, i, it, &f, &seen, e);

	*is = !seen.gone && f.more == 0;
	for (k = 0; k < f.n; k++)
		if (f.v[k].kind == FINDING_DAMAGE || f.v[k].kind == FINDING_UNREAD)
			*is = false;
	findings_release(&f);
	return rc;
}

static int
digest_all(const struct partdir *d, int dirfd, struct err *e)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct findings f = FINDINGS_INIT;
	struct verify_part p;
	int64_t damaged = -1;
	bool is;
	size_t i;
	int rc;

	if ((rc = verify_part_open(&p, d, &f, e)) == 0) {
		for (i = 0; rc == 0 && i + 1 < p.segments.n; i++)
			if ((rc = whole(&p, i, &it, &is, e)) != 0 || !is)
				damaged = p.segments.base[i];
			else
				rc = digest_write(dirfd, p.segments.base[i], e);
		verify_part_close(&p);
	}
	findings_release(&f);
	batch_iter_release(&it);
	if (rc == 0 && damaged != -1)
		rc = err_set(e, ERR_DAMAGE, "the segment at offset %" PRId64 " is damaged, and gets none", damaged);
	return rc;
}

int
partdir_digest(const struct partdir *d, int64_t lock_timeout_ms, struct err *e)
{
	struct held h;
	int rc = hold(&h, d, lock_timeout_ms, e);

	if (rc == 0 && (rc = digest_all(d, h.dirfd, e)) != 0)
		(void)err_prefix(e, "cannot make the digests of '%s'", d->label);
	let_go(&h);
	return rc;
}
