/*
 * reader_seek.c - where the log begins and ends, and going to an offset.
 *
 * An index names a place from which to read on, never the answer: without any
 * index the same batches are found from the segment's first byte.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "log/offindex.h"
#include "log/reader_in.h"
#include "log/scan.h"
#include "log/txn.h"

/* Behind the last valid batch of the segment: its offset.  0 or an error. */
static int
segment_end(struct reader *rd, int fd, int64_t base, int64_t *end, struct err *e)
{
	struct scan s = SCAN_INIT;
	enum batch_verdict v;
	struct batch_head h;
	struct stat st;
	int64_t pos, last;
	int rc;

	*end = base;
	if (fstat(fd, &st) == -1)
		return err_sys(e, "cannot look at the end of '%s'", rd->dir.label);
	if ((rc = scan_open(&s, fd, st.st_size, e)) != 0)
		return rc;
	index_last(rd->dirfd, base, st.st_size, &last, &pos);
	if (pos != 0 && (scan_verify(&s, pos, &h) != BATCH_GOOD || batch_last_offset(&h) != last))
		pos = 0;
	while (rc == 0 && s.error == 0 && pos < st.st_size) {
		v = scan_verify(&s, pos, &h);
		if (v == BATCH_OLD && reader_legacy(rd, fd, base, pos, st.st_size, e)) {
			rc = -(int)ERR_FORMAT;
			break;
		}
		if (v != BATCH_GOOD || h.base_offset < *end) {
			if (s.error != 0 || (pos = scan_search(&s, pos + 1, INT64_MIN / 2, *end, &h)) == -1)
				break;
		}
		*end = batch_last_offset(&h) + 1;
		pos += h.size;
	}
	if (s.error != 0) {
		errno = s.error;
		rc = err_sys(e, "cannot read the end of '%s'", rd->dir.label);
	}
	scan_close(&s);
	return rc;
}

int
reader_end(struct reader *rd, int64_t *end, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	int64_t base = -1;
	int fd, rc;

	/* Until a look at the last segment found no later one behind it. */
	for (;;) {
		if ((rc = reader_list(rd, false, e)) != 0)
			return rc;
		if (rd->list.n == 0)
			return reader_start(rd, end, e);
		if (base == rd->list.base[rd->list.n - 1])
			return 0;
		base = rd->list.base[rd->list.n - 1];
		segment_name(name, base, ".log");
		if ((fd = open_at(rd->dirfd, name, O_RDONLY | O_NONBLOCK, 0)) == -1) {
			if (errno != ENOENT)
				return err_sys(e, "cannot open '%s/%s'", rd->dir.label, name);
			base = -1;
			if ((rc = reader_list(rd, true, e)) != 0)
				return rc;
			continue;
		}
		rc = segment_end(rd, fd, base, end, e);
		close(fd);
		if (rc != 0)
			return rc;
	}
}

int
reader_bounds(struct reader *rd, struct log_bounds *b, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	size_t i;
	int rc;

	*b = (struct log_bounds){ .start = 0 };
	if ((rc = reader_dir(rd, e)) != 0 || (rc = reader_end(rd, &b->end, e)) != 0 ||
	    (rc = reader_start(rd, &b->start, e)) != 0)
		return rc;
	if (b->end < b->start)
		b->end = b->start;
	b->stable = b->end;
	if (rd->txn != NULL && (rc = txn_stable(rd->txn, rd, b->end, &b->stable, e)) != 0)
		return rc;
	for (i = 0; i < rd->list.n; i++) {
		segment_name(name, rd->list.base[i], ".log");
		if (fstatat(rd->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		b->segments++;
		b->bytes += st.st_size;
	}
	return 0;
}

static int
behind_end(struct reader *rd, int64_t end, struct err *e)
{
	rd->failed = ERR_RANGE;
	rd->damage = (struct log_damage){ .segment = rd->base, .first_offset = rd->position, .next_offset = end };
	(void)snprintf(rd->damage.what, sizeof(rd->damage.what), "the log ends before it");
	return err_set(e, ERR_RANGE, "offset %" PRId64 " of '%s' is behind the end, which is %" PRId64,
	    rd->position, rd->dir.label, end);
}

int
reader_seek(struct reader *rd, int64_t offset, struct err *e)
{
	struct batch_head h;
	struct slice b;
	int64_t start, end;
	int rc;

	if (offset < 0)
		return err_set(e, ERR_INVALID, "%" PRId64 " is no offset", offset);
	reader_close_segment(rd);
	rd->base = rd->expect = -1;
	rd->epoch = -1;
	rd->failed = 0;
	rd->position = offset;
	if ((rc = reader_dir(rd, e)) != 0 || (rc = reader_list(rd, false, e)) != 0 ||
	    (rc = reader_start(rd, &start, e)) != 0)
		return rc;
	if (offset < start)
		return reader_out_of_range(rd, start, "starts", e);
	rc = reader_find(rd, &h, &b, e);
	if (rc == 0) {
		end = rd->base == -1 || rd->expect < start ? start : rd->expect;
		return offset > end ? behind_end(rd, end, e) : 0;
	}
	/* What is wrong there, reader_next says. */
	if (rc == 1 || rc == -ERR_DAMAGE || rc == -ERR_TOOBIG || rc == -ERR_FORMAT)
		return 0;
	return rc;
}
