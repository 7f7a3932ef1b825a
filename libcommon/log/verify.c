/*
 * verify.c - one segment, batch by batch.  See verify.h.
 *
 * The bytes pass through a window that is read in pieces and grows only to a
 * batch that is really there.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/scan.h"
#include "log/verify_in.h"

#define PIECE		(256 << 10)	/* stays in the cache between checksum and records */
#define PLAIN_MAX	((size_t)1 << 30)	/* of a decompressed batch */
#define LOOKS		10		/* at a tail that a writer may be writing */
#define LOOK_MS		5

struct walk {
	const struct verify_part *part;
	struct findings *out;
	struct verify_seen *seen;
	struct batch_iter *it;
	struct beside beside;
	char file[SEGMENT_NAME_MAX];
	int fd;
	int64_t size;			/* of the log when it was looked at last */
	int64_t base, at, expect;	/* of the segment; where the next batch begins; its offset */
	int32_t epoch;			/* of the batch before */
	bool last;			/* no other segment follows */
	struct buf b;			/* the window */
	int64_t b_at;			/* where it is in the file */
};

__attribute__((format(printf, 6, 7))) static void
found(struct walk *w, enum finding_kind kind, int64_t position, int64_t from, int64_t next, const char *fmt, ...)
{
	struct spot spot = { .dir = w->part->dir.label, .file = w->file, .broker = w->part->dir.broker,
		.position = position, .from = from, .next = next };
	char what[sizeof(((struct finding *)0)->what)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	findings_add(w->out, kind, &spot, "%s", what);
}

/* Bytes from position on, want of them if the file has so many; 0, -ERR_NOMEM, or 1: a read failed (said). */
static int
window(struct walk *w, int64_t position, size_t want, struct slice *out, struct err *e)
{
	int64_t left = w->size - position;
	size_t n;
	ssize_t r;

	*out = SLICE_OF("", 0);
	if (left <= 0)
		return 0;
	if ((int64_t)want > left)
		want = (size_t)left;
	if (position < w->b_at || position + (int64_t)want > w->b_at + (int64_t)w->b.n) {
		n = want > PIECE ? want : left < PIECE ? (size_t)left : PIECE;
		buf_clear(&w->b);
		if (buf_room(&w->b, n) == NULL)
			return err_set(e, ERR_NOMEM, "cannot verify '%s': no memory for a batch of %zu bytes", w->file, n);
		if ((r = pread_full(w->fd, w->b.p, n, position)) == -1) {
			found(w, FINDING_UNREAD, position, -1, -1, "cannot read: %s", strerror(errno));
			return 1;
		}
		w->b_at = position;
		w->b.n = (size_t)r;
	}
	*out = SLICE_OF(w->b.p + (position - w->b_at), w->b.n - (size_t)(position - w->b_at));
	return 0;
}

/*
 * The offset that a batch which is not where it was expected counts from: its
 * own, unless it cannot be or the next batch goes on as if nothing were odd.
 */
static int
place(struct walk *w, const struct batch_head *h, int64_t *base, struct err *e)
{
	int64_t after = w->expect + h->last_offset_delta + 1;
	struct batch_head next;
	struct slice s;
	int rc;

	*base = w->expect;
	if (h->base_offset == w->expect)
		return 0;
	if ((rc = window(w, w->at + h->size, BATCH_HEAD, &s, e)) != 0)
		return rc;
	if (h->base_offset < w->expect || (batch_head_read(s, &next) == BATCH_GOOD && next.base_offset == after)) {
		found(w, FINDING_DAMAGE, w->at, w->expect, after, "its base offset is %" PRId64 ", not %" PRId64,
		    h->base_offset, w->expect);
		return 0;
	}
	if (!w->part->dir.broker && !part_gap_known(w->part, w->expect, h->base_offset))
		found(w, FINDING_DAMAGE, w->at, w->expect, h->base_offset, "offsets are missing before it, and nothing says why");
	*base = h->base_offset;
	return 0;
}

static void
check_epoch(struct walk *w, const struct batch_head *h, int64_t base)
{
	if (h->leader_epoch < w->epoch)
		found(w, FINDING_DAMAGE, w->at, base, base + h->last_offset_delta + 1,
		    "its leader epoch %" PRId32 " is below %" PRId32 " of the batch before it", h->leader_epoch, w->epoch);
	else {
		if (h->leader_epoch != w->epoch && !part_epoch_right(w->part, h->leader_epoch, base)) {
			found(w, FINDING_DAMAGE, w->at, base, base + h->last_offset_delta + 1,
			    "its leader epoch %" PRId32 " is not the one of its offset", h->leader_epoch);
			return;
		}
		w->epoch = h->leader_epoch;
	}
}

/* Takes the records apart. */
static int
check_records(struct walk *w, struct slice bytes, const struct batch_head *h, int64_t base, struct err *e)
{
	int64_t next = base + h->last_offset_delta + 1, largest = INT64_MIN;
	struct err own = ERR_INIT;
	struct record r;
	int rc;

	if ((rc = batch_open(w->it, bytes, PLAIN_MAX, &own)) == 0)
		while ((rc = batch_next(w->it, &r, &own)) == 1)
			if (r.timestamp > largest)
				largest = r.timestamp;
	if (rc == -ERR_NOMEM)
		return err_set(e, own.code, "%s", own.text);
	if (rc == -ERR_ABSENT || rc == -ERR_TOOBIG)
		found(w, FINDING_UNREAD, w->at, base, next, "%.200s", own.text);
	else if (rc != 0)
		found(w, FINDING_DAMAGE, w->at, base, next, "its checksum is right, but %.200s", own.text);
	else if (h->count > 0 && largest > h->max_timestamp)
		found(w, FINDING_DAMAGE, w->at, base, next, "a record has time %" PRId64 ", its header says at most %" PRId64,
		    largest, h->max_timestamp);
	w->seen->records += (uint64_t)h->count;
	return 0;
}

/* A batch with a right checksum at w->at. */
static int
take(struct walk *w, struct slice bytes, const struct batch_head *h, struct err *e)
{
	int64_t base;
	int rc;

	if ((rc = check_records(w, bytes, h, w->expect, e)) != 0 || (rc = place(w, h, &base, e)) != 0)
		return rc;
	if (base + h->last_offset_delta - w->base > INT32_MAX)
		found(w, FINDING_DAMAGE, w->at, base, base + h->last_offset_delta + 1, "its offset is too far from the segment's");
	if (h->leader_epoch != w->epoch || w->part->epochs.n > 1)
		check_epoch(w, h, base);
	beside_batch(&w->beside, h, base, w->at);
	w->expect = base + h->last_offset_delta + 1;
	w->at += h->size;
	w->seen->batches++;
	return 0;
}

/* The next whole valid batch behind w->at, or -1. */
static int
search(struct walk *w, int64_t *at, struct batch_head *h, struct err *e)
{
	struct scan s;
	int rc;

	if ((rc = scan_open(&s, w->fd, w->size, e)) != 0)
		return rc;
	*at = scan_search(&s, w->at + 1, w->at, w->expect, h);
	if (s.error != 0) {
		found(w, FINDING_UNREAD, w->at, -1, -1, "cannot read: %s", strerror(s.error));
		rc = 1;
	}
	scan_close(&s);
	return rc;
}

/* A broker's log may have been made at full size: zeros up to the end are no bytes of it. */
static int
only_zeros(struct walk *w, bool *zeros, struct err *e)
{
	int64_t at = w->at;
	struct slice s;
	size_t i;
	int rc;

	for (*zeros = true; at < w->size; at += (int64_t)s.n) {
		if ((rc = window(w, at, 1, &s, e)) != 0)
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
writer_at_work(const struct walk *w)
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
end_of_log(struct walk *w, enum batch_verdict v, int *looks, struct err *e)
{
	struct stat st;
	bool zeros;
	int rc;

	if (w->last && *looks < LOOKS) {
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
	if (v == BATCH_OLD && w->part->dir.broker)
		found(w, FINDING_UNREAD, w->at, w->expect, -1, "message format 0 or 1, of Kafka before 0.11");
	else if (w->last)
		found(w, FINDING_TORN, w->at, w->expect, -1, "%" PRId64 " bytes at the end are no whole batch", w->size - w->at);
	else
		found(w, FINDING_DAMAGE, w->at, w->expect, -1, "%" PRId64 " bytes at its end are no batch, and a segment follows",
		    w->size - w->at);
	return 1;
}

/* Over bytes that are no batch to the next one.  0: go on; 1: the end, or a read failed. */
static int
pass(struct walk *w, enum batch_verdict v, int *looks, struct err *e)
{
	struct batch_head h;
	int64_t at = -1;
	int rc;

	if ((rc = search(w, &at, &h, e)) != 0)
		return rc;
	if (at == -1)
		return end_of_log(w, v, looks, e);
	if (v == BATCH_OLD && w->part->dir.broker)
		found(w, FINDING_UNREAD, w->at, w->expect, h.base_offset, "%" PRId64 " bytes of message format 0 or 1",
		    at - w->at);
	else
		found(w, FINDING_DAMAGE, w->at, w->expect, h.base_offset, "%" PRId64 " bytes are no batch", at - w->at);
	beside_skip(&w->beside, at, h.base_offset);
	w->at = at;
	w->expect = h.base_offset;
	return 0;
}

static int
walk(struct walk *w, struct err *e)
{
	enum batch_verdict v;
	struct batch_head h;
	struct slice s;
	int looks = 0, rc = 0;

	while (rc == 0 && w->at < w->size) {
		if ((rc = window(w, w->at, BATCH_HEAD, &s, e)) != 0)
			break;
		v = batch_head_read(s, &h);
		if (v == BATCH_GOOD && h.size > w->size - w->at)
			v = BATCH_SHORT;
		if (v == BATCH_GOOD) {
			if ((rc = window(w, w->at, (size_t)h.size, &s, e)) != 0)
				break;
			v = batch_verify(s, &h);
		}
		rc = v == BATCH_GOOD ? take(w, SLICE_OF(s.p, (size_t)h.size), &h, e) : pass(w, v, &looks, e);
	}
	return rc < 0 ? rc : 0;
}

/* Does the name still lead to what was looked at? */
static bool
still_there(const struct walk *w, bool *gone)
{
	struct stat a, b;

	*gone = fstatat(w->part->dirfd, w->file, &b, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
	return !*gone && fstat(w->fd, &a) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int
look(struct walk *w, struct err *e)
{
	struct stat st;
	int rc;

	if ((rc = beside_read(&w->beside, w->part, w->base, w->out, e)) == 0) {
		if (fstat(w->fd, &st) == -1) {
			found(w, FINDING_UNREAD, -1, -1, -1, "%s", strerror(errno));
		} else {
			w->size = st.st_size;
			if (w->size > SEGMENT_BYTES_MAX)
				found(w, FINDING_DAMAGE, SEGMENT_BYTES_MAX, -1, -1, "longer than a segment can be");
			if ((rc = walk(w, e)) == 0)
				beside_end(&w->beside, w->at, !w->last);
		}
	}
	beside_release(&w->beside);
	w->seen->next_offset = w->expect;
	w->seen->bytes = (uint64_t)w->at;
	return rc;
}

int
verify_segment(const struct verify_part *p, size_t i, struct batch_iter *it, struct findings *out,
    struct verify_seen *seen, struct err *e)
{
	struct walk w = { .part = p, .out = out, .seen = seen, .it = it, .base = p->segments.base[i] };
	size_t before = out->n;
	bool same = false;
	int tries, rc = 0;

	segment_name(w.file, w.base, ".log");
	w.last = i + 1 == p->segments.n;
	for (tries = 0; rc == 0 && !same && tries < 3; tries++) {
		*seen = (struct verify_seen){ .next_offset = w.base };
		out->n = before;
		w.at = 0;
		w.expect = w.base;
		w.epoch = -1;
		buf_clear(&w.b);
		if ((w.fd = open_at(p->dirfd, w.file, O_RDONLY, 0)) == -1) {
			if (errno == ENOENT)
				break;
			seen->tail_told = true;
			found(&w, FINDING_UNREAD, -1, -1, -1, "%s", strerror(errno));
			break;
		}
		rc = look(&w, e);
		same = still_there(&w, &seen->gone);
		close(w.fd);
		if (seen->gone)
			break;
	}
	if (w.fd == -1 && !seen->tail_told)
		seen->gone = true;
	if (seen->gone)
		out->n = before;
	buf_release(&w.b);
	return rc;
}
