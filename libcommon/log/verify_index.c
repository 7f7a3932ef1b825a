/*
 * verify_index.c - index, time index, transaction index and snapshot of a
 * segment against its batches.
 *
 * An index may have fewer entries than the rule asks for (a broker's that was
 * restarted has), but each must be right.  A broker's active one has zeros
 * behind its entries.  The first thing wrong in a file is said, and no more of it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "codec/hash.h"
#include "log/offindex.h"
#include "log/verify_in.h"

#define FILE_BYTES	(1 << 30)
#define TXN_ENTRY	34
#define SNAPSHOT_HEAD	10
#define SNAPSHOT_ENTRY	46
#define SNAPSHOT_CRC_FROM 6

__attribute__((format(printf, 4, 5))) static void
stale(struct beside *s, struct entries *f, int64_t position, const char *fmt, ...)
{
	char name[SEGMENT_NAME_MAX], what[sizeof(((struct finding *)0)->what)];
	struct spot spot = { .dir = s->part->dir.label, .file = name, .broker = s->part->dir.broker, SPOT_NOWHERE };
	va_list ap;

	if (f->told)
		return;
	f->told = true;
	segment_name(name, s->base, f->suffix);
	spot.position = position;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	findings_add(s->out, FINDING_STALE, &spot, "%s", what);
}

static const uint8_t *
entry(const struct entries *f, size_t i)
{
	return f->b.p + i * f->width;
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* How many entries count: zeros behind them do not, in a broker's. */
static void
count_entries(struct beside *s, struct entries *f)
{
	size_t lo = 0, hi = f->b.n / f->width, mid;

	f->n = hi;
	if (s->part->dir.broker && hi > 0 && is_zero(entry(f, hi - 1), f->width)) {
		while (lo < hi) {
			mid = lo + (hi - lo) / 2;
			if (is_zero(entry(f, mid), f->width))
				hi = mid;
			else
				lo = mid + 1;
		}
		f->n = lo;
	} else if (f->b.n % f->width != 0)
		stale(s, f, (int64_t)(f->n * f->width), "its length %zu is no multiple of %zu", f->b.n, f->width);
}

static int
load(struct beside *s, struct entries *f, const char *suffix, size_t width, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct err own = ERR_INIT;
	int rc;

	*f = (struct entries){ .suffix = suffix, .b = BUF_INIT, .width = width };
	segment_name(name, s->base, suffix);
	rc = file_read(s->part->dirfd, name, FILE_BYTES, &f->b, &own);
	f->there = rc == 0;
	if (rc == -ERR_NOMEM)
		return err_set(e, own.code, "%s", own.text);
	if (rc != 0 && rc != -ERR_NOENT) {
		struct spot spot = { .dir = s->part->dir.label, .file = name, SPOT_NOWHERE };

		f->told = true;
		findings_add(s->out, FINDING_UNREAD, &spot, "%.200s", own.text);
	}
	if (rc == 0 && width > 0)
		count_entries(s, f);
	return 0;
}

static int
check_snapshot(struct beside *s, struct err *e)
{
	struct entries f;
	int32_t count;
	int rc = load(s, &f, ".snapshot", 0, e);

	if (rc == 0 && f.there) {
		count = f.b.n >= SNAPSHOT_HEAD ? (int32_t)get_be32(f.b.p + 6) : -1;
		if (count < 0 || get_be16(f.b.p) != 1 || f.b.n != SNAPSHOT_HEAD + (size_t)count * SNAPSHOT_ENTRY)
			stale(s, &f, 0, "it is no snapshot of producers");
		else if (crc32c(f.b.p + SNAPSHOT_CRC_FROM, f.b.n - SNAPSHOT_CRC_FROM) != get_be32(f.b.p + 2))
			stale(s, &f, 2, "its checksum does not match");
	}
	buf_release(&f.b);
	return rc;
}

int
beside_read(struct beside *s, const struct verify_part *part, int64_t base, struct findings *out, struct err *e)
{
	int rc;

	*s = (struct beside){ .part = part, .out = out, .base = base, .max_timestamp = -1, .last_time = -1 };
	if ((rc = load(s, &s->index, ".index", INDEX_ENTRY, e)) != 0 ||
	    (rc = load(s, &s->time, ".timeindex", TIMEINDEX_ENTRY, e)) != 0 ||
	    (rc = load(s, &s->txn, ".txnindex", TXN_ENTRY, e)) != 0)
		return rc;
	return check_snapshot(s, e);
}

static void
take_index(struct beside *s, int64_t last, int64_t position)
{
	struct entries *f = &s->index;
	int64_t at, offset;

	while (!f->told && f->at < f->n) {
		offset = s->base + (int32_t)get_be32(entry(f, f->at));
		at = (int32_t)get_be32(entry(f, f->at) + 4);
		if (at > position)
			return;
		if (at < position)
			stale(s, f, (int64_t)(f->at * f->width), "entry %zu leads to position %" PRId64 ", where no batch begins",
			    f->at, at);
		else if (offset != last)
			stale(s, f, (int64_t)(f->at * f->width), "entry %zu says offset %" PRId64 " for the batch that ends with %"
			    PRId64, f->at, offset, last);
		f->at++;
	}
}

static void
take_time(struct beside *s, const struct batch_head *h, int64_t first, int64_t last)
{
	struct entries *f = &s->time;
	int64_t ts, offset;

	while (!f->told && f->at < f->n) {
		ts = (int64_t)get_be64(entry(f, f->at));
		offset = s->base + (int32_t)get_be32(entry(f, f->at) + 8);
		if (offset > last)
			return;
		/* Brokers before 3.6 name the record, all others the last one of its batch. */
		if (offset < first || (offset < last && !s->part->dir.broker))
			stale(s, f, (int64_t)(f->at * f->width), "entry %zu says offset %" PRId64 ", with which no batch ends",
			    f->at, offset);
		else if (ts != h->max_timestamp || ts <= s->last_time || (ts <= s->max_timestamp && !s->part->dir.broker))
			stale(s, f, (int64_t)(f->at * f->width), "entry %zu says time %" PRId64 " for offset %" PRId64
			    ", which is not the largest there", f->at, ts, offset);
		s->last_time = ts;
		f->at++;
	}
}

/* An entry whose marker compaction took away stands for it; one that another batch contradicts is none. */
static void
take_txn(struct beside *s, const struct batch_head *h, int64_t first, int64_t last)
{
	struct entries *f = &s->txn;
	int64_t pid, from, to;

	while (!f->told && f->at < f->n) {
		const uint8_t *p = entry(f, f->at);

		pid = (int64_t)get_be64(p + 2);
		from = (int64_t)get_be64(p + 10);
		to = (int64_t)get_be64(p + 18);
		if (to > last)
			return;
		if (get_be16(p) != 0 || from < 0 || to < from)
			stale(s, f, (int64_t)(f->at * f->width), "entry %zu makes no sense", f->at);
		else if (to >= first && (!batch_is_control(h) || h->producer_id != pid))
			stale(s, f, (int64_t)(f->at * f->width), "entry %zu says that producer %" PRId64
			    " aborted at offset %" PRId64 ", where no marker of it is", f->at, pid, to);
		f->at++;
	}
}

void
beside_batch(struct beside *s, const struct batch_head *h, int64_t base_offset, int64_t position)
{
	int64_t last = base_offset + h->last_offset_delta;

	if (s->index.at < s->index.n)
		take_index(s, last, position);
	if (s->time.at < s->time.n)
		take_time(s, h, base_offset, last);
	if (s->txn.at < s->txn.n)
		take_txn(s, h, base_offset, last);
	if (h->max_timestamp > s->max_timestamp)
		s->max_timestamp = h->max_timestamp;
}

void
beside_skip(struct beside *s, int64_t position, int64_t offset)
{
	struct entries *f = &s->index;

	while (f->at < f->n && (int32_t)get_be32(entry(f, f->at) + 4) < position)
		f->at++;
	f = &s->time;
	while (f->at < f->n && s->base + (int32_t)get_be32(entry(f, f->at) + 8) < offset) {
		int64_t ts = (int64_t)get_be64(entry(f, f->at++));

		/* What the damage took may have been the largest. */
		if (ts > s->max_timestamp)
			s->max_timestamp = ts;
		s->last_time = ts;
	}
}

void
beside_end(struct beside *s, int64_t log_size, bool closed)
{
	if (log_size > 0 && !s->index.there)
		stale(s, &s->index, -1, "it is not there");
	if (log_size > 0 && !s->time.there)
		stale(s, &s->time, -1, "it is not there");
	if (s->index.at < s->index.n)
		stale(s, &s->index, (int64_t)(s->index.at * INDEX_ENTRY), "entry %zu leads behind the end of the log", s->index.at);
	if (s->time.at < s->time.n)
		stale(s, &s->time, (int64_t)(s->time.at * TIMEINDEX_ENTRY), "entry %zu leads behind the end of the log", s->time.at);
	if (closed && s->time.there && s->max_timestamp > s->last_time)
		stale(s, &s->time, -1, "its last entry is not the segment's largest time %" PRId64, s->max_timestamp);
}

void
beside_release(struct beside *s)
{
	buf_release(&s->index.b);
	buf_release(&s->time.b);
	buf_release(&s->txn.b);
}
