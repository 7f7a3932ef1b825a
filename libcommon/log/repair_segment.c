/*
 * repair_segment.c - a closed segment without what is wrong in it.  See
 * repair.h.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/batch.h"
#include "log/quarantine.h"
#include "log/repair_in.h"
#include "log/scan.h"
#include "log/segment.h"
#include "log/swap.h"

#define PIECE	(256 << 10)
#define EPOCH_AT 12

/* What of the segment stays, and what does not. */
struct sort {
	const struct repair_look *look;
	const struct repair_segment *seg;
	char name[SEGMENT_NAME_MAX];
	int fd;
	struct scan scan;
	struct verify_ranges out;	/* what goes, and what is mended */
	struct gap *gaps;
	size_t ngaps, cap;
	int64_t expect;
};

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "cannot repair a segment: no memory");
}

static int
range_add(struct verify_ranges *l, const struct verify_range *r, struct err *e)
{
	struct verify_range *v;

	if (l->n > 0 && l->v[l->n - 1].to == r->from && l->v[l->n - 1].kind == r->kind && r->kind != RANGE_MEND) {
		l->v[l->n - 1].to = r->to;
		return 0;
	}
	if (l->n == l->cap) {
		if ((v = reallocarray(l->v, 2 * l->cap + 8, sizeof(*v))) == NULL)
			return no_memory(e);
		l->v = v;
		l->cap = 2 * l->cap + 8;
	}
	l->v[l->n++] = *r;
	return 0;
}

static int
gap_add(struct sort *s, int64_t from, int64_t next, struct err *e)
{
	struct gap *v;

	if (from >= next || next <= s->look->part.log_start || gaps_cover(&s->look->part.gaps, from, next))
		return 0;
	if (s->ngaps == s->cap) {
		if ((v = reallocarray(s->gaps, 2 * s->cap + 8, sizeof(*v))) == NULL)
			return no_memory(e);
		s->gaps = v;
		s->cap = 2 * s->cap + 8;
	}
	s->gaps[s->ngaps++] = (struct gap){ .from = from, .next = next };
	return 0;
}

/* A batch that may stay: unless its offsets are the next segment's. */
static int
keep(struct sort *s, int64_t at, int64_t size, int64_t first, int64_t last, struct err *e)
{
	int rc;

	if (last >= s->seg->limit || first < s->expect)
		return range_add(&s->out, &(struct verify_range){ .from = at, .to = at + size, .kind = RANGE_PLACE }, e);
	if ((rc = gap_add(s, s->expect, first, e)) == 0)
		s->expect = last + 1;
	return rc;
}

/* The batches in [at, to), which verify found whole. */
static int
keep_all(struct sort *s, int64_t at, int64_t to, struct err *e)
{
	struct batch_head h;
	int rc = 0;

	for (; rc == 0 && at < to; at += h.size) {
		if (scan_head(&s->scan, at, &h) != BATCH_GOOD)
			return err_set(e, ERR_DAMAGE, "'%s' changed at byte %" PRId64 " while it was repaired", s->name, at);
		rc = keep(s, at, h.size, h.base_offset, batch_last_offset(&h), e);
	}
	return rc;
}

static int
sort_out(struct sort *s, int64_t size, struct err *e)
{
	const struct verify_ranges *l = &s->seg->ranges;
	struct batch_head h;
	int64_t at = 0;
	size_t i;
	int rc = 0;

	s->expect = s->seg->base;
	for (i = 0; rc == 0 && i < l->n; i++) {
		const struct verify_range *r = &l->v[i];

		if ((rc = keep_all(s, at, r->from, e)) != 0)
			return rc;
		at = r->to;
		if (r->kind == RANGE_MEND && scan_head(&s->scan, r->from, &h) == BATCH_GOOD &&
		    r->base_offset >= s->expect && r->base_offset + h.last_offset_delta < s->seg->limit) {
			if ((rc = gap_add(s, s->expect, r->base_offset, e)) == 0)
				rc = range_add(&s->out, r, e);
			s->expect = r->base_offset + h.last_offset_delta + 1;
		} else
			rc = range_add(&s->out, &(struct verify_range){ .from = r->from, .to = r->to,
			    .kind = r->kind == RANGE_MEND ? RANGE_DIGEST : r->kind }, e);
	}
	if (rc == 0)
		rc = keep_all(s, at, size, e);
	if (rc == 0)
		rc = gap_add(s, s->expect, s->seg->next_base, e);
	return rc;
}

static int
set_aside(struct sort *s, struct err *e)
{
	char why[256];
	size_t i;

	for (i = 0; i < s->out.n; i++) {
		const struct verify_range *r = &s->out.v[i];

		(void)snprintf(why, sizeof(why), "repaired: %s", range_word(r->kind));
		if (quarantine_bytes(s->look->part.dirfd, s->name, s->fd, r->from, r->to, why) == -1)
			return err_sys(e, "cannot keep bytes of '%s/%s' in quarantine", s->look->part.dir.label, s->name);
	}
	return 0;
}

static int
copy(int from_fd, int to_fd, int64_t from, int64_t to, uint8_t *b)
{
	ssize_t r;

	for (; from < to; from += r) {
		r = pread_full(from_fd, b, to - from < PIECE ? (size_t)(to - from) : PIECE, from);
		if (r <= 0) {
			errno = r == 0 ? EIO : errno;
			return -1;
		}
		if (write_full(to_fd, b, (size_t)r, NULL) == -1)
			return -1;
	}
	return 0;
}

/* A batch as it was, says the digest: base offset and epoch are put in; the file's end is where it begins. */
static int
copy_mended(int from_fd, int to_fd, const struct verify_range *r, uint8_t *b)
{
	uint8_t head[BATCH_PEEK];

	if (pread_full(from_fd, head, sizeof(head), r->from) != (ssize_t)sizeof(head)) {
		errno = EIO;
		return -1;
	}
	put_be64(head, (uint64_t)r->base_offset);
	put_be32(head + EPOCH_AT, (uint32_t)r->leader_epoch);
	if (write_full(to_fd, head, sizeof(head), NULL) == -1)
		return -1;
	return copy(from_fd, to_fd, r->from + (int64_t)sizeof(head), r->to, b);
}

static int
write_rest(const struct sort *s, int fd, int64_t size)
{
	uint8_t *b = malloc(PIECE);
	int64_t at = 0;
	size_t i;
	int rc = b == NULL ? -1 : 0;

	for (i = 0; rc == 0 && i < s->out.n; i++) {
		const struct verify_range *r = &s->out.v[i];

		rc = copy(s->fd, fd, at, r->from, b);
		if (rc == 0 && r->kind == RANGE_MEND)
			rc = copy_mended(s->fd, fd, r, b);
		at = r->to;
	}
	if (rc == 0)
		rc = copy(s->fd, fd, at, size, b);
	free(b);
	return rc == 0 ? fsync(fd) : rc;
}

static int
swap_in(const struct sort *s, int64_t size, int64_t interval, struct err *e)
{
	int dirfd = s->look->part.dirfd, fd, rc;

	if ((fd = swap_output(dirfd, s->seg->base)) == -1)
		return err_sys(e, "cannot write '%s/%s' anew", s->look->part.dir.label, s->name);
	rc = write_rest(s, fd, size);
	if (rc == -1)
		rc = err_sys(e, "cannot write '%s/%s' anew", s->look->part.dir.label, s->name);
	close(fd);
	if (rc == 0)
		rc = swap_commit(dirfd, &s->seg->base, 1, e);
	if (rc != 0) {
		swap_discard(dirfd, s->seg->base);
		return rc;
	}
	return swap_finish(dirfd, s->look->part.dir.label, interval, e);
}

/* Its offsets are all in the segment before: by a second name to quarantine/, then away with its indexes. */
static int
whole_aside(const struct repair_look *l, const struct repair_segment *seg, struct err *e)
{
	static const char *const suffixes[] = { ".index", ".timeindex", ".txnindex", DIGEST_SUFFIX };
	char name[SEGMENT_NAME_MAX];
	size_t i;

	segment_name(name, seg->base, ".log");
	if (repair_file_aside(l->part.dirfd, name, "was set aside whole: the segment before it has its offsets") == -1)
		return err_sys(e, "cannot set '%s/%s' aside", l->part.dir.label, name);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		segment_name(name, seg->base, suffixes[i]);
		if (unlinkat(l->part.dirfd, name, 0) == -1 && errno != ENOENT)
			return err_sys(e, "cannot remove '%s/%s'", l->part.dir.label, name);
	}
	if (fsync_dir(l->part.dirfd) == -1)
		return err_sys(e, "cannot sync '%s'", l->part.dir.label);
	return 0;
}

/* Files beside it that are of no use any more. */
static int
caches_aside(const struct repair_look *l, const struct repair_segment *seg, struct err *e)
{
	static const char *const suffixes[] = REPAIR_CACHES;
	char name[SEGMENT_NAME_MAX];
	size_t i;

	for (i = 0; i < NREPAIR_CACHES; i++) {
		segment_name(name, seg->base, suffixes[i]);
		if ((seg->stale & 1u << i) != 0 && repair_file_aside(l->part.dirfd, name, "did not fit its segment") == -1)
			return err_sys(e, "cannot set '%s/%s' aside", l->part.dir.label, name);
	}
	return 0;
}

/* Opens the segment and sorts its batches; sort_end whatever it says. */
static int
sort_begin(struct sort *s, const struct repair_look *l, size_t i, int64_t *size, struct err *e)
{
	struct stat st;
	int fd, rc;

	*s = (struct sort){ .look = l, .seg = &l->v[i], .scan = SCAN_INIT, .out = VERIFY_RANGES_INIT, .fd = -1 };
	segment_name(s->name, s->seg->base, ".log");
	if ((fd = open_at(l->part.dirfd, s->name, O_RDONLY, 0)) == -1 || fstat(fd, &st) == -1) {
		rc = err_sys(e, "cannot open '%s/%s'", l->part.dir.label, s->name);
		if (fd != -1)
			close(fd);
		return rc;
	}
	s->fd = fd;
	*size = st.st_size;
	/* The last one may have grown since it was looked at. */
	if (s->seg->next_base == -1)
		*size = s->seg->ranges.n > 0 && s->seg->ranges.v[s->seg->ranges.n - 1].to > (int64_t)s->seg->seen.bytes ?
		    s->seg->ranges.v[s->seg->ranges.n - 1].to : (int64_t)s->seg->seen.bytes;
	if ((rc = scan_open(&s->scan, fd, *size, e)) != 0)
		return rc;
	return sort_out(s, *size, e);
}

static void
sort_end(struct sort *s)
{
	scan_close(&s->scan);
	if (s->fd != -1)
		close(s->fd);
	verify_ranges_release(&s->out);
	free(s->gaps);
}

bool
repair_segment_due(const struct repair_look *l, size_t i)
{
	const struct repair_segment *s = &l->v[i];

	return !s->seen.gone && !s->seen.unread && (s->covered || s->stale != 0 || s->ranges.n > 0 ||
	    s->limit != INT64_MAX || s->damaged || (s->next_base != -1 && s->seen.next_offset < s->next_base));
}

static void
report_ranges(const struct sort *s, int64_t size, struct repair_report *r)
{
	struct repair_spot spot = *REPAIR_SPOT(s->look->part.dir.label, s->name);
	bool torn = s->seg->next_base == -1 && s->look->torn;
	size_t i;

	for (i = 0; i < s->out.n; i++) {
		const struct verify_range *v = &s->out.v[i];
		bool tail = torn && v->to >= size;

		spot.position = v->from;
		spot.bytes = v->to - v->from;
		repair_add(r, tail ? REPAIR_CUT : v->kind == RANGE_MEND ? REPAIR_MEND : REPAIR_ASIDE, &spot, "%s",
		    tail ? "a writer died while it appended this" : range_word(v->kind));
	}
	spot.position = spot.bytes = -1;
	for (i = 0; i < s->ngaps; i++) {
		spot.from = s->gaps[i].from;
		spot.next = s->gaps[i].next;
		repair_add(r, REPAIR_GAP, &spot, "these offsets are missing from then on");
	}
}

int
repair_segment_report(const struct repair_look *l, size_t i, struct repair_report *r, struct err *e)
{
	static const char *const suffixes[] = REPAIR_CACHES;
	const struct repair_segment *seg = &l->v[i];
	char name[SEGMENT_NAME_MAX];
	int64_t size;
	struct sort s;
	size_t k;
	int rc;

	segment_name(name, seg->base, ".log");
	if (seg->covered) {
		repair_add(r, REPAIR_ASIDE, REPAIR_SPOT(l->part.dir.label, name), "the segment before it has its offsets");
		return 0;
	}
	for (k = 0; k < NREPAIR_CACHES; k++)
		if ((seg->stale & 1u << k) != 0) {
			segment_name(name, seg->base, suffixes[k]);
			repair_add(r, REPAIR_ASIDE, REPAIR_SPOT(l->part.dir.label, name), "it does not fit its segment");
		}
	if ((rc = sort_begin(&s, l, i, &size, e)) == 0)
		report_ranges(&s, size, r);
	sort_end(&s);
	return rc;
}

int
repair_segment(const struct repair_look *l, size_t i, int64_t interval, struct err *e)
{
	const struct repair_segment *seg = &l->v[i];
	int64_t size;
	struct sort s;
	int rc;

	if (seg->covered)
		return whole_aside(l, seg, e);
	if ((rc = caches_aside(l, seg, e)) != 0)
		return rc;
	rc = sort_begin(&s, l, i, &size, e);
	if (rc == 0 && seg->next_base != -1)
		rc = set_aside(&s, e);
	if (rc == 0 && s.ngaps > 0)
		rc = gaps_add(l->part.dirfd, s.gaps, s.ngaps, e);
	if (rc == 0 && seg->next_base != -1 && s.out.n > 0)
		rc = swap_in(&s, size, interval, e);
	sort_end(&s);
	return rc;
}
