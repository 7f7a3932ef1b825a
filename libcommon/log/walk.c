/*
 * walk.c - see walk.h.
 *
 * Where the walk may begin.  An entry of .timeindex is written together with
 * one of .index: the first whose offset is not below its own.  Up to that
 * batch the entry has the largest timestamp of the segment.  So the walk goes
 * on behind the batch of that .index entry, if it lies below the recovery
 * point, and nothing is missed, also when power loss took the newer entries of
 * one of the files.  Both are believed only as far as they rise strictly and
 * when the batch is there, verifies, and ends at the entry's offset.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/hash.h"
#include "log/segment.h"
#include "log/walk.h"

#define INDEX_READ_MAX	(64 << 20)

static int32_t
entry_offset(const uint8_t *p)
{
	return (int32_t)get_be32(p);
}

/* Entries that rise strictly and lie below the recovery point and the end of the file. */
static size_t
offsets_count(const struct walk *w)
{
	const uint8_t *p = w->offsets.p;
	int32_t offset = -1, position = 0;
	size_t n;

	for (n = 0; n < w->offsets.n / INDEX_ENTRY; n++, p += INDEX_ENTRY) {
		if (entry_offset(p) <= offset || (int32_t)get_be32(p + 4) <= position ||
		    w->base + entry_offset(p) >= w->point || (int32_t)get_be32(p + 4) >= w->scan.size)
			break;
		offset = entry_offset(p);
		position = (int32_t)get_be32(p + 4);
	}
	return n;
}

static size_t
times_count(const struct walk *w, int32_t last)
{
	const uint8_t *p = w->times.p;
	int64_t timestamp = -1;
	int32_t offset = 0;
	size_t n;

	for (n = 0; n < w->times.n / TIMEINDEX_ENTRY; n++, p += TIMEINDEX_ENTRY) {
		if ((int64_t)get_be64(p) <= timestamp || entry_offset(p + 8) < offset || entry_offset(p + 8) > last)
			break;
		timestamp = (int64_t)get_be64(p);
		offset = entry_offset(p + 8);
	}
	return n;
}

/* The first of n entries whose offset is not below this one. */
static size_t
offsets_ceiling(const struct walk *w, size_t n, int32_t offset)
{
	size_t lo = 0, mid;

	while (lo < n) {
		mid = lo + (n - lo) / 2;
		if (entry_offset(w->offsets.p + mid * INDEX_ENTRY) < offset)
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

/* The last time kept is that of its batch, which stands between the entries i - 1 and i: a torn entry may look well. */
static bool
time_stands(struct walk *w, size_t i, const uint8_t *time)
{
	int64_t at = i == 0 ? 0 : (int32_t)get_be32(w->offsets.p + (i - 1) * INDEX_ENTRY + 4);
	int64_t offset = w->base + entry_offset(time + 8);
	struct batch_head h;

	while (scan_head(&w->scan, at, &h) == BATCH_GOOD && batch_last_offset(&h) < offset)
		at += h.size;
	return scan_head(&w->scan, at, &h) == BATCH_GOOD && batch_last_offset(&h) == offset &&
	    h.max_timestamp == (int64_t)get_be64(time);
}

/* Behind the batch of entry i, with the times of the first t entries. */
static bool
begin_behind(struct walk *w, size_t i, size_t t)
{
	const uint8_t *o = w->offsets.p + i * INDEX_ENTRY, *m = w->times.p + (t - 1) * TIMEINDEX_ENTRY;
	int64_t position = (int32_t)get_be32(o + 4);
	struct batch_head first, h;

	if (scan_head(&w->scan, 0, &first) != BATCH_GOOD || first.base_offset < w->base || !time_stands(w, i, m) ||
	    scan_verify(&w->scan, position, &h) != BATCH_GOOD || batch_last_offset(&h) - w->base != entry_offset(o))
		return false;
	w->offsets.n = (i + 1) * INDEX_ENTRY;
	w->times.n = t * TIMEINDEX_ENTRY;
	w->index = (struct index_state){ .index_size = (int64_t)w->offsets.n, .timeindex_size = (int64_t)w->times.n,
	    .last_indexed = position, .last_timestamp = (int64_t)get_be64(m), .max_timestamp = (int64_t)get_be64(m),
	    .max_timestamp_offset = w->base + entry_offset(m + 8), .index_crc = crc32c(w->offsets.p, w->offsets.n),
	    .timeindex_crc = crc32c(w->times.p, w->times.n) };
	w->first_timestamp = first.max_timestamp;
	w->epoch = h.leader_epoch;
	w->next_offset = batch_last_offset(&h) + 1;
	w->end = position + h.size;
	return true;
}

/* Reads the indexes; false where they lead nowhere, and the walk begins at the first byte. */
static bool
begin_by_index(struct walk *w, int dirfd)
{
	char name[SEGMENT_NAME_MAX];
	size_t n, t, i;

	segment_name(name, w->base, ".index");
	if (w->point <= w->base || file_read(dirfd, name, INDEX_READ_MAX, &w->offsets, NULL) != 0)
		return false;
	segment_name(name, w->base, ".timeindex");
	if ((n = offsets_count(w)) == 0 || file_read(dirfd, name, INDEX_READ_MAX, &w->times, NULL) != 0)
		return false;
	t = times_count(w, entry_offset(w->offsets.p + (n - 1) * INDEX_ENTRY));
	if (t == 0)
		return false;
	i = offsets_ceiling(w, n, entry_offset(w->times.p + (t - 1) * TIMEINDEX_ENTRY + 8));
	return i < n && begin_behind(w, i, t);
}

static void
begin_anew(struct walk *w)
{
	w->end = 0;
	w->next_offset = w->base;
	w->first_timestamp = w->append_time = w->epoch = w->believed = -1;
	w->damaged = false;
	w->index = (struct index_state)INDEX_STATE_INIT;
	buf_clear(&w->offsets);
	buf_clear(&w->times);
}

int
walk_open(struct walk *w, int dirfd, int fd, int64_t size, int64_t interval, struct err *e)
{
	int rc;

	w->interval = interval;
	begin_anew(w);
	if ((rc = scan_open(&w->scan, fd, size, e)) != 0)
		return rc;
	if (!begin_by_index(w, dirfd))
		begin_anew(w);
	return 0;
}

/*
 * The offset of a batch that stands right behind another but does not go on
 * from it.  Its own word counts (offsets may have been taken out), unless it
 * cannot be, or the next batch goes on as if it were the one expected.
 */
static int64_t
odd_offset(struct walk *w, const struct batch_head *h)
{
	struct batch_head next;
	int64_t expected = w->next_offset + h->last_offset_delta + 1;

	if (h->base_offset < w->next_offset || h->base_offset - w->base > INT32_MAX - (int64_t)h->last_offset_delta ||
	    (scan_head(&w->scan, w->end + h->size, &next) == BATCH_GOOD && next.base_offset == expected) ||
	    (w->end + h->size == w->scan.size && (w->log_end == expected || w->point == expected))) {
		w->damaged = true;
		return w->next_offset;
	}
	if (w->next_offset >= w->point)
		w->damaged = true;
	return h->base_offset;
}

/* An index ends where damage begins: what is behind it is found from there. */
static void
index_batch(struct walk *w, const struct batch_head *h)
{
	struct index_entries en;

	if (w->damaged)
		return;
	index_add(&w->index, w->base, h, w->end, w->interval, &en);
	if (en.has_index)
		buf_put(&w->offsets, en.index, INDEX_ENTRY);
	if (en.has_timeindex)
		buf_put(&w->times, en.timeindex, TIMEINDEX_ENTRY);
}

/* A batch with sense at w->end; looks at what the checksum does not cover. */
static void
take(struct walk *w, const struct batch_head *h, bool behind_damage)
{
	int64_t base = h->base_offset;

	if (base != w->next_offset && !behind_damage)
		base = odd_offset(w, h);
	/* -1 is what a client's batch carries; Kafka bears it on disk. */
	if (h->leader_epoch < -1 || (h->leader_epoch >= 0 && h->leader_epoch < w->epoch) ||
	    (w->epoch_max >= 0 && h->leader_epoch > w->epoch_max))
		w->damaged = true;
	else if (h->leader_epoch >= 0)
		w->epoch = h->leader_epoch;
	if (w->end == 0)
		w->first_timestamp = h->max_timestamp;
	if (h->attributes & BATCH_LOG_APPEND_TIME && h->max_timestamp > w->append_time)
		w->append_time = h->max_timestamp;
	index_batch(w, h);
	w->next_offset = base + h->last_offset_delta + 1;
	w->end += h->size;
}

static enum batch_verdict
look(struct walk *w, struct batch_head *h)
{
	enum batch_verdict v = scan_head(&w->scan, w->end, h);

	if (v != BATCH_GOOD)
		return v;
	if (batch_last_offset(h) < w->point) {
		w->believed = w->end;
		return v;
	}
	v = scan_verify(&w->scan, w->end, h);
	if (v == BATCH_GOOD)
		w->believed = -1;
	return v;
}

/* Here is no batch: was the header that led here a wrong one? */
static bool
misled(struct walk *w)
{
	struct batch_head h;

	return w->believed != -1 && scan_verify(&w->scan, w->believed, &h) != BATCH_GOOD && w->scan.error == 0;
}

int
walk_run(struct walk *w)
{
	struct batch_head h;
	int64_t at, from;

	while (w->end < w->scan.size && w->scan.error == 0) {
		if (look(w, &h) == BATCH_GOOD) {
			take(w, &h, false);
			continue;
		}
		if (w->scan.error != 0)
			break;
		from = misled(w) ? w->believed : w->end;
		at = scan_search(&w->scan, from + 1, from, w->next_offset, &h);
		if (at == -1)
			break;
		w->damaged = true;
		w->end = at;
		take(w, &h, true);
	}
	return w->scan.error;
}

int
walk_write_indexes(struct walk *w, int dirfd, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	int rc;

	if (w->offsets.failed || w->times.failed)
		return err_set(e, ERR_NOMEM, "cannot make the indexes anew: no memory");
	segment_name(name, w->base, ".index");
	if ((rc = file_replace(dirfd, name, w->offsets.p, w->offsets.n, e)) != 0)
		return rc;
	segment_name(name, w->base, ".timeindex");
	return file_replace(dirfd, name, w->times.p, w->times.n, e);
}

void
walk_close(struct walk *w)
{
	scan_close(&w->scan);
	buf_release(&w->offsets);
	buf_release(&w->times);
}
