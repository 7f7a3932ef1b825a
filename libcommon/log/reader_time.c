/*
 * reader_time.c - the first offset whose timestamp is at or behind a time.
 *
 * By definition: the first record of the log, in order of offsets, for which
 * that holds.  Timestamps may come in any order, so each segment is asked in
 * turn.  Its time index says up to where everything is older; from there the
 * headers are walked.  An entry counts when the batch it names is there with
 * that timestamp, and the walk begins an entry before the best one, so that
 * no single wrong bit in an index leads past the answer.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "log/offindex.h"
#include "log/reader_in.h"
#include "log/scan.h"

#define PLAIN_MAX	(64 << 20)	/* decompressed bytes looked at to find the very record */

struct search {
	struct reader *rd;
	int fd;
	int64_t base, size;
	int64_t ms, start;		/* what is asked for: timestamp >= ms, offset >= start */
	struct scan scan;
};

/* A place in the segment before which everything is older than ms. */
static int64_t
begin_at(struct search *q)
{
	int64_t timestamp, offset, last, pos;
	struct batch_head h;

	if (!timeindex_before(q->rd->dirfd, q->base, q->ms, &timestamp, &offset))
		return 0;
	index_lookup(q->rd->dirfd, q->base, offset, &last, &pos);
	if (pos != 0 && (scan_verify(&q->scan, pos, &h) != BATCH_GOOD || batch_last_offset(&h) != last))
		return 0;
	/* From the index entry on to the batch that the time index means. */
	while (scan_head(&q->scan, pos, &h) == BATCH_GOOD && batch_last_offset(&h) < offset)
		pos += h.size;
	if (scan_verify(&q->scan, pos, &h) != BATCH_GOOD || batch_last_offset(&h) != offset ||
	    h.max_timestamp != timestamp)
		return 0;
	return pos;
}

/* The first record of a batch that will do: 1, 0 none of them. */
static int
record_at(struct search *q, int64_t pos, const struct batch_head *h, int64_t *offset)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct record rec;
	struct slice b = SLICE_NULL;
	uint8_t *p = NULL;
	int rc = -1;

	if (h->size <= (int64_t)q->rd->opts.max_batch && h->size <= PLAIN_MAX &&
	    (p = malloc((size_t)h->size)) != NULL && pread_full(q->fd, p, (size_t)h->size, pos) == h->size)
		b = SLICE_OF(p, (size_t)h->size);
	if (b.p != NULL && batch_open(&it, b, PLAIN_MAX, NULL) == 0)
		while ((rc = batch_next(&it, &rec, NULL)) == 1)
			if (rec.timestamp >= q->ms && rec.offset >= q->start)
				break;
	if (rc == 1)
		*offset = rec.offset;
	else if (rc < 0) {
		/* It cannot be looked into here: its header has said that there is one. */
		*offset = h->base_offset < q->start ? q->start : h->base_offset;
		rc = 1;
	}
	batch_iter_release(&it);
	free(p);
	return rc;
}

static bool
may_hold(const struct search *q, const struct batch_head *h)
{
	return h->max_timestamp >= q->ms && batch_last_offset(h) >= q->start && h->count > 0 && !batch_is_control(h);
}

/* 1 found, 0 not in this segment, or an error. */
static int
in_segment(struct search *q, int64_t *offset, struct err *e)
{
	struct batch_head h;
	int64_t pos = begin_at(q), expect = q->base;

	while (q->scan.error == 0 && pos < q->size) {
		if (scan_head(&q->scan, pos, &h) != BATCH_GOOD || h.base_offset < expect ||
		    (may_hold(q, &h) && scan_verify(&q->scan, pos, &h) != BATCH_GOOD)) {
			if (q->scan.error != 0 ||
			    (pos = scan_search(&q->scan, pos + 1, INT64_MIN / 2, expect, &h)) == -1)
				break;
		}
		if (may_hold(q, &h) && record_at(q, pos, &h, offset) == 1)
			return 1;
		expect = batch_last_offset(&h) + 1;
		pos += h.size;
	}
	if (q->scan.error != 0) {
		errno = q->scan.error;
		return err_sys(e, "cannot search '%s' for a time", q->rd->dir.label);
	}
	return 0;
}

static int
search_segment(struct search *q, int64_t *offset, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	int rc;

	segment_name(name, q->base, ".log");
	if ((q->fd = open_at(q->rd->dirfd, name, O_RDONLY | O_NONBLOCK, 0)) == -1) {
		if (errno == ENOENT)
			return 0;
		return err_sys(e, "cannot open '%s/%s'", q->rd->dir.label, name);
	}
	if (fstat(q->fd, &st) == -1 || !S_ISREG(st.st_mode))
		st.st_size = 0;
	q->size = st.st_size;
	rc = q->size == 0 ? 0 : scan_open(&q->scan, q->fd, q->size, e);
	if (rc == 0 && q->size > 0)
		rc = in_segment(q, offset, e);
	scan_close(&q->scan);
	close(q->fd);
	return rc;
}

int
reader_find_time(struct reader *rd, int64_t ms, int64_t *offset, struct err *e)
{
	struct search q = { .rd = rd, .ms = ms, .scan = SCAN_INIT };
	size_t i;
	int rc;

	if ((rc = reader_dir(rd, e)) != 0 || (rc = reader_list(rd, false, e)) != 0 ||
	    (rc = reader_start(rd, &q.start, e)) != 0)
		return rc;
	for (i = 0; i < rd->list.n; i++) {
		if (i + 1 < rd->list.n && rd->list.base[i + 1] <= q.start)
			continue;
		q.base = rd->list.base[i];
		if ((rc = search_segment(&q, offset, e)) != 0)
			return rc;
	}
	if ((rc = reader_end(rd, offset, e)) == 0 && *offset < q.start)
		*offset = q.start;
	return rc;
}
