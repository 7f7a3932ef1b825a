/*
 * txn.c - see txn.h.  txn_files.c reads .txnindex and .snapshot,
 * txn_set.c keeps what was met.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "log/reader_in.h"
#include "log/scan.h"
#include "log/txn.h"
#include "log/txn_files.h"
#include "log/txn_set.h"

#define STEP		(8 << 20)	/* how far ahead one look goes */
#define MARKER_MAX	4096

struct txn {
	struct txn_set set;
	bool started;
	int64_t low;			/* what lies below is forgotten */
	int64_t base, pos;		/* where the scan is; base -1: find offset */
	int64_t offset;			/* everything below it was scanned */
	dev_t dev;
	ino_t ino;
	struct txn_index index;		/* of that segment */
	struct batch_iter it;
};

int
txn_new(struct txn **out, struct err *e)
{
	struct txn *t = calloc(1, sizeof(*t));

	if ((*out = t) == NULL)
		return err_set(e, ERR_NOMEM, "cannot follow transactions: no memory");
	txn_set_init(&t->set);
	t->it = (struct batch_iter)BATCH_ITER_INIT;
	return 0;
}

static void
reset(struct txn *t)
{
	txn_set_clear(&t->set);
	txn_index_release(&t->index);
	t->started = false;
}

void
txn_free(struct txn *t)
{
	if (t == NULL)
		return;
	reset(t);
	batch_iter_release(&t->it);
	free(t);
}

/* Entries of .txnindex whose marker no batch holds any more; offset is where the scan has come. */
static int
take_index(struct txn *t, int64_t offset, int64_t last, struct err *e)
{
	struct txn_index_entry en;
	int rc = 0;

	while (rc == 0 && txn_index_peek(&t->index, &en) && en.last <= last) {
		if (en.last < offset && en.last >= t->offset)
			rc = txn_end(&t->set, en.pid, en.last, true, e);
		txn_index_drop(&t->index);
	}
	return rc;
}

int
txn_marker(int fd, int64_t pos, const struct batch_head *h, struct batch_iter *it)
{
	uint8_t b[MARKER_MAX];
	struct batch_head again;

	if (h->size > MARKER_MAX || pread_full(fd, b, (size_t)h->size, pos) != h->size ||
	    batch_verify(SLICE_OF(b, (size_t)h->size), &again) != BATCH_GOOD)
		return -1;
	return batch_marker(it, SLICE_OF(b, (size_t)h->size));
}

static int
take(struct txn *t, int fd, int64_t pos, const struct batch_head *h, struct err *e)
{
	int64_t last = batch_last_offset(h);
	int rc, m;

	if (last < t->offset)
		return 0;
	if ((rc = take_index(t, h->base_offset, last, e)) != 0)
		return rc;
	if (batch_is_control(h)) {
		m = txn_marker(fd, pos, h, &t->it);
		if (m == BATCH_MARKER_ABORT || m == BATCH_MARKER_COMMIT)
			rc = txn_end(&t->set, h->producer_id, last, m == BATCH_MARKER_ABORT, e);
	} else if (batch_is_transactional(h) && h->count > 0)
		rc = txn_begin(&t->set, h->producer_id, h->base_offset, e);
	t->offset = last + 1;
	return rc;
}

static void
enter(struct txn *t, const struct reader *rd, int64_t base)
{
	t->base = base;
	t->pos = 0;
	t->ino = 0;
	txn_index_load(&t->index, rd->dirfd, base);
}

/* Opens the scan's segment where it was left, or finds its place again: a descriptor, -1 with errno. */
static int
open_scan(struct txn *t, struct reader *rd, struct stat *st)
{
	char name[SEGMENT_NAME_MAX];
	ptrdiff_t i;
	int fd;

	if (t->base == -1) {
		i = segment_list_find(&rd->list, t->offset);
		if (rd->list.n == 0) {
			errno = ENOENT;
			return -1;
		}
		enter(t, rd, rd->list.base[i < 0 ? 0 : i]);
	}
	segment_name(name, t->base, ".log");
	if ((fd = open_at(rd->dirfd, name, O_RDONLY | O_NONBLOCK, 0)) == -1)
		return -1;
	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode)) {
		close(fd);
		return -1;
	}
	if (st->st_dev != t->dev || st->st_ino != t->ino)
		t->pos = 0;
	t->dev = st->st_dev;
	t->ino = st->st_ino;
	return fd;
}

/* Scans a step of the segment; 1 there is more of it, 0 its end, or an error. */
static int
step(struct txn *t, int fd, int64_t size, struct err *e)
{
	struct scan s = SCAN_INIT;
	struct batch_head h;
	int64_t until = t->pos + STEP, at;
	int rc = scan_open(&s, fd, size, e);

	while (rc == 0 && t->pos < until) {
		if (scan_head(&s, t->pos, &h) != BATCH_GOOD) {
			/* The reader says what is wrong with it; here the rest counts. */
			at = s.error != 0 ? -1 : scan_search(&s, t->pos + 1, INT64_MIN / 2, t->offset, &h);
			if (at == -1)
				break;
			t->pos = at;
		}
		rc = take(t, fd, t->pos, &h, e);
		t->pos += h.size;
	}
	if (rc == 0 && s.error != 0) {
		errno = s.error;
		rc = err_sys(e, "cannot read ahead");
	}
	scan_close(&s);
	return rc != 0 ? rc : t->pos >= until;
}

/* Goes on scanning: 1 something was done, 0 this is the log's end as it is now, or an error. */
static int
advance(struct txn *t, struct reader *rd, struct err *e)
{
	struct stat st;
	int64_t offset = t->offset, pos = t->pos, base = t->base;
	size_t i;
	int fd, rc;

	if ((rc = reader_list(rd, false, e)) != 0)
		return rc;
	if ((fd = open_scan(t, rd, &st)) == -1) {
		if (errno != ENOENT)
			return err_sys(e, "cannot read ahead in '%s'", rd->dir.label);
		t->base = -1;
		if (base == -1)
			return 0;
		return (rc = reader_list(rd, true, e)) == 0 ? 1 : rc;
	}
	rc = step(t, fd, st.st_size, e);
	close(fd);
	if (rc != 0 || t->offset != offset || (t->pos != pos && t->base == base))
		return rc < 0 ? rc : 1;
	/* The list is older than this look, so a later segment in it closes this one. */
	i = (size_t)(segment_list_find(&rd->list, t->base) + 1);
	if (i >= rd->list.n)
		return 0;
	if ((rc = take_index(t, rd->list.base[i], rd->list.base[i] - 1, e)) != 0)
		return rc;
	if (t->offset < rd->list.base[i])
		t->offset = rd->list.base[i];
	enter(t, rd, rd->list.base[i]);
	return 1;
}

static int
add_ongoing(void *arg, int64_t pid, int64_t first, struct err *e)
{
	return txn_begin(arg, pid, first, e);
}

/* From the newest snapshot at or below the offset, else from the log's first byte. */
static int
start(struct txn *t, struct reader *rd, int64_t offset, struct err *e)
{
	ptrdiff_t i;
	int rc;

	reset(t);
	if ((rc = reader_list(rd, false, e)) != 0)
		return rc;
	i = rd->dir.broker ? segment_list_find(&rd->list, offset) : 0;
	for (; i > 0; i--)
		if ((rc = txn_snapshot_read(rd->dirfd, rd->list.base[i], add_ongoing, &t->set, e)) == 1)
			break;
		else if (rc < 0)
			return rc;
	t->low = t->offset = i >= 0 && rd->list.n > 0 ? rd->list.base[i] : 0;
	t->base = -1;
	t->started = true;
	return 0;
}

static int
judge(struct txn *t, const struct batch_head *h)
{
	if (batch_is_transactional(h) && !batch_is_control(h) && txn_is_aborted(&t->set, h->producer_id, h->base_offset))
		return TXN_ABORTED;
	return TXN_COMMITTED;
}

int
txn_judge(struct txn *t, struct reader *rd, const struct batch_head *h, struct err *e)
{
	int64_t last = batch_last_offset(h);
	int rc;

	if (!t->started || h->base_offset < t->low)
		if ((rc = start(t, rd, h->base_offset, e)) != 0)
			return rc;
	txn_forget(&t->set, h->base_offset);
	t->low = h->base_offset;
	for (;;) {
		if (t->offset > last && txn_oldest(&t->set) > h->base_offset)
			return judge(t, h);
		if ((rc = advance(t, rd, e)) < 0)
			return rc;
		if (rc == 0)
			return 0;
	}
}

int
txn_stable(struct txn *t, struct reader *rd, int64_t log_end, int64_t *stable, struct err *e)
{
	int64_t oldest;
	int rc;

	if (!t->started && (rc = start(t, rd, INT64_MAX, e)) != 0)
		return rc;
	while ((rc = advance(t, rd, e)) == 1)
		;
	oldest = txn_oldest(&t->set);
	*stable = oldest < log_end ? oldest : log_end;
	return rc;
}
