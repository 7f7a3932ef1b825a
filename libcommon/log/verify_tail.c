/*
 * verify_tail.c - bytes that are no batch: on to the next one, or the end of
 * the log.  See verify.h.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/scan.h"
#include "log/verify_in.h"

#define LOOKS		10		/* at a tail that a writer may be writing */
#define LOOK_MS		5

/* The next whole valid batch behind w->at, or -1. */
static int
search(struct verify_walk *w, int64_t *at, struct batch_head *h, struct err *e)
{
	struct scan s;
	int rc;

	if ((rc = scan_open(&s, w->fd, w->size, e)) != 0)
		return rc;
	*at = scan_search(&s, w->at + 1, w->at, w->expect, h);
	if (s.error != 0) {
		verify_found(w, FINDING_UNREAD, w->at, -1, -1, "cannot read: %s", strerror(s.error));
		rc = 1;
	}
	scan_close(&s);
	return rc;
}

/* A broker's log may have been made at full size: zeros up to the end are no bytes of it. */
static int
only_zeros(struct verify_walk *w, bool *zeros, struct err *e)
{
	int64_t at = w->at;
	struct slice s;
	size_t i;
	int rc;

	for (*zeros = true; at < w->size; at += (int64_t)s.n) {
		if ((rc = verify_window(w, at, 1, &s, e)) != 0)
			return rc;
		if (s.n == 0)
			break;
		for (i = 0; i < s.n; i++)
			if (s.p[i] != 0) {
				*zeros = false;
				return 0;
			}
	}
	return 0;
}

/* May the tail be a batch that is being written?  What is seen after the answer no will stay. */
static bool
writer_at_work(const struct verify_walk *w)
{
	int fd, held;

	if ((fd = open_at(w->part->dirfd, "lock", O_RDONLY, 0)) == -1)
		return errno != ENOENT || w->part->dir.broker;
	held = lock_is_held(fd, LOCK_BYTE_WRITER);
	close(fd);
	return held != 0;
}

/* Bytes at w->at are no batch and none follows.  1: the end, all said; 0: look again. */
static int
end_of_log(struct verify_walk *w, enum batch_verdict v, int *looks, struct err *e)
{
	struct stat st;
	bool zeros;
	int rc;

	if (w->next_base == -1 && *looks < LOOKS) {
		if (writer_at_work(w)) {
			(void)poll(NULL, 0, LOOK_MS);
			++*looks;
		} else
			*looks = LOOKS;
		if (fstat(w->fd, &st) == 0)
			w->size = st.st_size;
		buf_clear(&w->b);
		return 0;
	}
	if (w->part->dir.broker) {
		if ((rc = only_zeros(w, &zeros, e)) != 0)
			return rc;
		if (zeros)
			return 1;
	}
	w->seen->tail_told = true;
	if (!(v == BATCH_OLD && w->part->dir.broker))
		verify_range_add(w, &(struct verify_range){ .from = w->at, .to = w->size, .kind = RANGE_BYTES });
	if (v == BATCH_OLD && w->part->dir.broker)
		verify_found(w, FINDING_UNREAD, w->at, w->expect, -1, "message format 0 or 1, of Kafka before 0.11");
	else if (w->at < w->counted)
		verify_found(w, FINDING_DAMAGE, w->at, w->expect, w->part->end.next_offset > w->expect ?
		    w->part->end.next_offset : -1, "%" PRId64 " bytes are no batch, and were one when they were appended",
		    w->counted - w->at);
	else if (w->next_base == -1 && w->expect < w->part->recovery_point)
		verify_found(w, FINDING_DAMAGE, w->at, w->expect, w->part->recovery_point, "%" PRId64
		    " bytes at the end are no batch, and one was on disk", w->size - w->at);
	else if (w->next_base == -1)
		verify_found(w, FINDING_TORN, w->at, w->expect, -1, "%" PRId64 " bytes at the end are no whole batch", w->size - w->at);
	else
		verify_found(w, FINDING_DAMAGE, w->at, w->expect, -1, "%" PRId64 " bytes at its end are no batch, and a segment follows",
		    w->size - w->at);
	return 1;
}

/* Over bytes that are no batch to the next one.  0: go on; 1: the end, or a read failed. */
int
verify_pass(struct verify_walk *w, enum batch_verdict v, int *looks, struct err *e)
{
	struct batch_head h;
	int64_t at = -1;
	int rc;

	if ((rc = search(w, &at, &h, e)) != 0)
		return rc;
	if (at == -1)
		return end_of_log(w, v, looks, e);
	if (v == BATCH_OLD && w->part->dir.broker)
		verify_found(w, FINDING_UNREAD, w->at, w->expect, h.base_offset, "%" PRId64 " bytes of message format 0 or 1",
		    at - w->at);
	else
		verify_found(w, FINDING_DAMAGE, w->at, w->expect, h.base_offset, "%" PRId64 " bytes are no batch", at - w->at);
	verify_range_add(w, &(struct verify_range){ .from = w->at, .to = at, .kind = RANGE_BYTES });
	beside_skip(&w->beside, at, h.base_offset);
	w->at = at;
	w->expect = h.base_offset;
	return 0;
}

