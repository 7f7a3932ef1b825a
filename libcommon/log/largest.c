/*
 * largest.c - see largest.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/io.h"
#include "log/largest.h"
#include "log/offindex.h"
#include "log/scan.h"
#include "log/segment.h"

/* The batch that the last time index entry names: the position behind it, or -1. */
static int64_t
by_index(struct scan *s, int dirfd, int64_t base, int64_t *ms)
{
	int64_t stamp, last, near, at;
	struct batch_head h;

	timeindex_last(dirfd, base, &stamp, &last);
	if (stamp < 0)
		return -1;
	index_lookup(dirfd, base, last, &near, &at);
	while (scan_head(s, at, &h) == BATCH_GOOD && batch_last_offset(&h) < last)
		at += h.size;
	if (scan_verify(s, at, &h) != BATCH_GOOD || batch_last_offset(&h) != last || h.max_timestamp != stamp)
		return -1;
	*ms = stamp;
	return at + h.size;
}

static int
go_over(struct scan *s, int64_t at, bool active, const char *name, int64_t *ms, struct err *e)
{
	struct batch_head h;

	while (at < s->size && scan_verify(s, at, &h) == BATCH_GOOD) {
		if (h.max_timestamp > *ms)
			*ms = h.max_timestamp;
		at += h.size;
	}
	if ((errno = s->error) != 0)
		return err_sys(e, "cannot read '%s'", name);
	if (at < s->size && !active)
		return err_set(e, ERR_DAMAGE, "'%s' is damaged at byte %" PRId64 ": its largest timestamp cannot be told",
		    name, at);
	return 0;
}

int
segment_largest(int dirfd, int64_t base, int64_t size, bool active, int64_t *ms, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct scan s = SCAN_INIT;
	int64_t at;
	int fd, rc;

	*ms = -1;
	segment_name(name, base, ".log");
	if ((fd = open_at(dirfd, name, O_RDONLY, 0)) == -1) {
		rc = errno;
		(void)err_sys(e, "cannot open '%s'", name);
		return rc == ENOENT ? err_set(e, ERR_NOENT, "'%s' is gone", name) : -ERR_SYS;
	}
	if ((rc = scan_open(&s, fd, size, e)) == 0) {
		if ((at = by_index(&s, dirfd, base, ms)) == -1)
			at = 0;
		rc = go_over(&s, at, active, name, ms, e);
	}
	scan_close(&s);
	close(fd);
	return rc;
}
