/*
 * offindex.c - looking up in the indexes of a segment, and the rule that adds
 * to them.  See offindex.h; indexfile.c writes the files.
 *
 * Lookups read entry by entry (pread of 8 or 12 bytes, twenty of them for a
 * full index): no map, no buffer, nothing that goes wrong when the file is cut
 * meanwhile.
 */
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/batch.h"
#include "codec/hash.h"
#include "log/offindex.h"
#include "log/segment.h"

/* An entry of either index: what it is searched by, and what it says. */
struct entry {
	int64_t key;			/* offset, or timestamp */
	int64_t value;			/* position, or offset */
};

struct table {
	int fd;
	int64_t base;
	size_t width;
	int64_t n;			/* entries, without a broker's zeros behind them */
};

/* False: no such entry, zeros, or nonsense. */
static bool
entry_read(const struct table *t, int64_t i, struct entry *out)
{
	uint8_t b[TIMEINDEX_ENTRY];

	if (pread_full(t->fd, b, t->width, i * (int64_t)t->width) != (ssize_t)t->width)
		return false;
	if (t->width == INDEX_ENTRY) {
		out->key = t->base + (int32_t)get_be32(b);
		out->value = (int32_t)get_be32(b + 4);
		return out->key >= t->base && out->value > 0;
	}
	out->key = (int64_t)get_be64(b);
	out->value = t->base + (int32_t)get_be32(b + 8);
	return out->key >= 0 && out->value >= t->base &&
	    (out->key > 0 || (i == 0 && out->value > t->base));
}

static bool
table_open(struct table *t, int dirfd, int64_t base, const char *suffix, size_t width)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	struct entry en;
	int64_t lo = 0, hi, mid;

	segment_name(name, base, suffix);
	t->base = base;
	t->width = width;
	t->n = 0;
	if ((t->fd = open_at(dirfd, name, O_RDONLY, 0)) == -1)
		return false;
	if (fstat(t->fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size < (off_t)width) {
		close(t->fd);
		return false;
	}
	hi = t->n = st.st_size / (int64_t)width;
	if (entry_read(t, hi - 1, &en))
		return true;
	/* Zeros are a suffix: the first of them is where the entries end. */
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (entry_read(t, mid, &en))
			lo = mid + 1;
		else
			hi = mid;
	}
	t->n = lo;
	return true;
}

/* The last entry whose key is <= key. */
static bool
table_floor(const struct table *t, int64_t key, struct entry *out)
{
	struct entry en;
	int64_t lo = 0, hi = t->n, mid;
	bool found = false;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (entry_read(t, mid, &en) && en.key <= key) {
			*out = en;
			found = true;
			lo = mid + 1;
		} else
			hi = mid;
	}
	return found;
}

static int64_t
log_size_of(int dirfd, int64_t base)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	segment_name(name, base, ".log");
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return 0;
	return st.st_size;
}

void
index_lookup(int dirfd, int64_t base, int64_t target, int64_t *offset, int64_t *position)
{
	struct table t;
	struct entry en;

	*offset = base;
	*position = 0;
	if (target <= base || !table_open(&t, dirfd, base, ".index", INDEX_ENTRY))
		return;
	if (table_floor(&t, target, &en) && en.value < log_size_of(dirfd, base)) {
		*offset = en.key;
		*position = en.value;
	}
	close(t.fd);
}

void
index_last(int dirfd, int64_t base, int64_t log_size, int64_t *offset, int64_t *position)
{
	struct table t;
	struct entry en;
	int64_t i, tries = 0;

	*offset = base;
	*position = 0;
	if (!table_open(&t, dirfd, base, ".index", INDEX_ENTRY))
		return;
	/* Entries beyond the log are few, if any: what power loss left of the log may be shorter. */
	for (i = t.n - 1; i >= 0 && tries < 4096; i--, tries++)
		if (entry_read(&t, i, &en) && en.value < log_size) {
			*offset = en.key;
			*position = en.value;
			break;
		}
	close(t.fd);
}

void
timeindex_lookup(int dirfd, int64_t base, int64_t ms, int64_t *offset)
{
	struct table t;
	struct entry en;

	*offset = base;
	if (!table_open(&t, dirfd, base, ".timeindex", TIMEINDEX_ENTRY))
		return;
	if (table_floor(&t, ms, &en))
		*offset = en.value;
	close(t.fd);
}

bool
timeindex_before(int dirfd, int64_t base, int64_t ms, int64_t *timestamp, int64_t *offset)
{
	struct entry en, before;
	struct table t;
	int64_t lo = 0, hi, mid;
	bool found = false;

	if (!table_open(&t, dirfd, base, ".timeindex", TIMEINDEX_ENTRY))
		return false;
	for (hi = t.n; lo < hi;) {
		mid = lo + (hi - lo) / 2;
		if (entry_read(&t, mid, &en) && en.key < ms)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* lo - 1 is the best one, and must be above the one before it in both. */
	if (lo >= 2 && entry_read(&t, lo - 1, &en) && entry_read(&t, lo - 2, &before) &&
	    before.key < en.key && before.value <= en.value) {
		*timestamp = before.key;
		*offset = before.value;
		found = true;
	}
	close(t.fd);
	return found;
}

void
timeindex_last(int dirfd, int64_t base, int64_t *timestamp, int64_t *offset)
{
	struct table t;
	struct entry en;

	*timestamp = -1;
	*offset = base;
	if (!table_open(&t, dirfd, base, ".timeindex", TIMEINDEX_ENTRY))
		return;
	if (t.n > 0 && entry_read(&t, t.n - 1, &en)) {
		*timestamp = en.key;
		*offset = en.value;
	}
	close(t.fd);
}

static void
time_entry(struct index_state *st, int64_t base, uint8_t out[TIMEINDEX_ENTRY])
{
	put_be64(out, (uint64_t)st->max_timestamp);
	put_be32(out + 8, (uint32_t)(st->max_timestamp_offset - base));
	st->timeindex_crc = crc32c_more(st->timeindex_crc, out, TIMEINDEX_ENTRY);
	st->timeindex_size += TIMEINDEX_ENTRY;
	st->last_timestamp = st->max_timestamp;
}

void
index_add(struct index_state *st, int64_t base, const struct batch_head *h, int64_t position,
    int64_t interval, struct index_entries *out)
{
	out->has_index = out->has_timeindex = false;
	if (h->max_timestamp > st->max_timestamp) {
		st->max_timestamp = h->max_timestamp;
		st->max_timestamp_offset = batch_last_offset(h);
	}
	if (position - st->last_indexed <= interval)
		return;
	put_be32(out->index, (uint32_t)(batch_last_offset(h) - base));
	put_be32(out->index + 4, (uint32_t)position);
	out->has_index = true;
	st->index_crc = crc32c_more(st->index_crc, out->index, INDEX_ENTRY);
	st->index_size += INDEX_ENTRY;
	st->last_indexed = position;
	if (st->max_timestamp > st->last_timestamp) {
		time_entry(st, base, out->timeindex);
		out->has_timeindex = true;
	}
}

bool
index_final(struct index_state *st, int64_t base, uint8_t entry[TIMEINDEX_ENTRY])
{
	if (st->max_timestamp <= st->last_timestamp)
		return false;
	time_entry(st, base, entry);
	return true;
}
