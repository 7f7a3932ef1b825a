/*
 * The rule that adds entries, and lookups, also in files full of nonsense.
 */
#include "base/bytes.h"
#include "base/io.h"
#include "codec/batch.h"
#include "log/offindex.h"
#include "log/scan.h"
#include "log/segment.h"
#include "unit/check.h"
#include "unit/tmpdir.h"

#define LOG	"00000000000000000100.log"
#define INDEX	"00000000000000000100.index"
#define TIME	"00000000000000000100.timeindex"
#define BASE	100

/* kafka-format's worked example: batches of 2000 bytes, 10 records each. */
static void
test_rule(void)
{
	struct index_state st = INDEX_STATE_INIT;
	struct index_entries en;
	uint8_t last[TIMEINDEX_ENTRY];
	int i, n = 0;

	for (i = 0; i < 8; i++) {
		struct batch_head h = { .base_offset = i * 10, .last_offset_delta = 9, .size = 2000,
		    .max_timestamp = i == 4 ? 900 : 100 + i };

		index_add(&st, 0, &h, i * 2000, 4096, &en);
		if (!en.has_index)
			continue;
		n++;
		CHECK_INT(get_be32(en.index), i == 3 ? 39 : 69);
		CHECK_INT(get_be32(en.index + 4), i == 3 ? 6000 : 12000);
		CHECK_TRUE(en.has_timeindex);
		CHECK_INT(get_be64(en.timeindex), i == 3 ? 103 : 900);
		CHECK_INT(get_be32(en.timeindex + 8), i == 3 ? 39 : 49);
	}
	CHECK_INT(n, 2);
	CHECK_INT(st.index_size, 16);
	CHECK_INT(st.timeindex_size, 24);
	CHECK_TRUE(!index_final(&st, 0, last));		/* 900 stands there already */
	st.max_timestamp = 901;
	st.max_timestamp_offset = 79;
	CHECK_TRUE(index_final(&st, 0, last));
	CHECK_INT(get_be64(last), 901);
	CHECK_INT(st.timeindex_size, 36);
}

/* Interval 0: every batch but the first; no time, no time entry. */
static void
test_rule_edges(void)
{
	struct index_state st = INDEX_STATE_INIT;
	struct index_entries en;
	struct batch_head h = { .base_offset = 100, .last_offset_delta = 0, .size = 70, .max_timestamp = -1 };

	index_add(&st, BASE, &h, 0, 0, &en);
	CHECK_TRUE(!en.has_index);
	h.base_offset = 101;
	index_add(&st, BASE, &h, 70, 0, &en);
	CHECK_TRUE(en.has_index && !en.has_timeindex);
	CHECK_INT(get_be32(en.index), 1);
	h.base_offset = 102;
	h.max_timestamp = 0;
	index_add(&st, BASE, &h, 140, 0, &en);
	CHECK_TRUE(en.has_index && en.has_timeindex);
	CHECK_INT(get_be64(en.timeindex), 0);
}

/* A segment of n batches, one record each. */
static int64_t
make_log(int dir, int n)
{
	struct batch_builder b;
	struct batch_how how = BATCH_HOW_PLAIN;
	struct record r = RECORD_INIT;
	struct slice bytes;
	int64_t at = 0;
	int i, fd = openat(dir, LOG, O_RDWR | O_CREAT | O_TRUNC, 0600);

	batch_builder_init(&b, BATCH_BYTES, 1);
	for (i = 0; i < n; i++) {
		uint8_t copy[512];

		r.value = slice_str("a value of some length, so that there is something to index");
		r.timestamp = 1000 + i * 10;
		CHECK_INT(batch_builder_add(&b, &r), 0);
		CHECK_INT(batch_seal(&b, &how, &bytes, NULL), 0);
		memcpy(copy, bytes.p, bytes.n);
		batch_patch_offset(copy, BASE + i, 0);
		if (pwrite(fd, copy, bytes.n, at) != (ssize_t)bytes.n)
			perror("pwrite");
		at += (int64_t)bytes.n;
		batch_builder_clear(&b);
	}
	batch_builder_release(&b);
	close(fd);
	return at;
}

static void
test_rebuild(int dir)
{
	struct index_state st, again;
	int64_t end = make_log(dir, 200), offset, position, ms, size = end / 200;

	CHECK_INT(index_rebuild(dir, BASE, end, 500, true, &st, NULL), 0);
	CHECK_TRUE(index_intact(dir, BASE, &st));
	CHECK_INT(file_size(dir, INDEX), st.index_size);
	CHECK_INT(file_size(dir, TIME), st.timeindex_size);
	CHECK_INT(st.max_timestamp, 1000 + 199 * 10);
	for (int i = 0; i < 200; i++) {
		index_lookup(dir, BASE, BASE + i, &offset, &position);
		CHECK(offset <= BASE + i && position % size == 0 && position <= i * size,
		    "offset %d: %lld at %lld", BASE + i, (long long)offset, (long long)position);
		CHECK(BASE + i - offset < 2 * 500 / size + 2, "offset %d is far from %lld", BASE + i, (long long)offset);
		timeindex_lookup(dir, BASE, 1000 + i * 10, &offset);
		CHECK(offset <= BASE + i, "time %d: %lld", 1000 + i * 10, (long long)offset);
	}
	index_last(dir, BASE, end, &offset, &position);
	CHECK_INT(position, st.last_indexed);
	index_last(dir, BASE, st.last_indexed, &offset, &position);
	CHECK_TRUE(position > 0 && position < st.last_indexed);
	timeindex_last(dir, BASE, &ms, &offset);
	CHECK_INT(ms, st.max_timestamp);
	CHECK_INT(offset, BASE + 199);
	index_lookup(dir, BASE, BASE - 1, &offset, &position);
	CHECK_INT(position, 0);
	/* Bytes beyond the size that counts do no harm, and go. */
	again = st;
	again.index_size -= INDEX_ENTRY;
	CHECK_TRUE(!index_intact(dir, BASE, &again));
	CHECK_INT(index_trim(dir, BASE, &again, false), 0);
	CHECK_INT(file_size(dir, INDEX), again.index_size);
	CHECK_TRUE(!index_intact(dir, BASE, &st));
	CHECK_INT(index_trim(dir, BASE, &st, false), -1);
}

static const struct {
	const char *what;
	int n, zeros;
	uint8_t fill;
} nonsense[] = {
	{ "zeros behind the entries, as a broker's", -1, 4096, 0 }, { "an empty file", 0, 0, 0 },
	{ "nothing but zeros", 0, 4096, 0 }, { "nothing but ones", 0, 4096, 0xff }, { "3 bytes", 0, 3, 0x7f },
	{ "the half of an entry", -1, 5, 0 },
};

static void
test_nonsense(int dir)
{
	static uint8_t b[65536];
	struct index_state st;
	int64_t end = make_log(dir, 200), offset, position, ms;
	size_t i;

	for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		size_t n;

		CHECK_INT(index_rebuild(dir, BASE, end, 500, true, &st, NULL), 0);
		n = nonsense[i].n < 0 ? (size_t)get_file(dir, INDEX, b, sizeof(b)) : 0;
		memset(b + n, nonsense[i].fill, (size_t)nonsense[i].zeros);
		put_file(dir, INDEX, b, n + (size_t)nonsense[i].zeros);
		n = nonsense[i].n < 0 ? (size_t)get_file(dir, TIME, b, sizeof(b)) : 0;
		memset(b + n, nonsense[i].fill, (size_t)nonsense[i].zeros);
		put_file(dir, TIME, b, n + (size_t)nonsense[i].zeros);
		index_lookup(dir, BASE, BASE + 150, &offset, &position);
		CHECK(offset >= BASE && offset <= BASE + 150 && position >= 0 && position < end, "%s", nonsense[i].what);
		CHECK((position > 0) == (nonsense[i].n < 0), "%s: position %lld", nonsense[i].what, (long long)position);
		index_last(dir, BASE, end, &offset, &position);
		CHECK(position >= 0 && position < end, "%s", nonsense[i].what);
		timeindex_last(dir, BASE, &ms, &offset);
		CHECK((ms == st.max_timestamp) == (nonsense[i].n < 0), "%s: last time %lld", nonsense[i].what, (long long)ms);
		timeindex_lookup(dir, BASE, 2000, &offset);
		CHECK(offset >= BASE, "%s", nonsense[i].what);
	}
	unlinkat(dir, INDEX, 0);
	unlinkat(dir, TIME, 0);
	index_lookup(dir, BASE, BASE + 150, &offset, &position);
	CHECK_TRUE(offset == BASE && position == 0);
}

/* Every bit of both: an answer that is a place in the file, at or before the target. */
static void
test_flips(int dir)
{
	static uint8_t b[4096];
	struct index_state st;
	int64_t end = make_log(dir, 60), offset, position, ms;
	const char *names[] = { INDEX, TIME };
	ssize_t n, i;

	for (int f = 0; f < 2; f++) {
		CHECK_INT(index_rebuild(dir, BASE, end, 500, true, &st, NULL), 0);
		n = get_file(dir, names[f], b, sizeof(b));
		for (i = 0; i < n * 8; i++) {
			b[i / 8] ^= (uint8_t)(1 << i % 8);
			put_file(dir, names[f], b, (size_t)n);
			CHECK(!index_intact(dir, BASE, &st), "bit %zd of %s unseen", i, names[f]);
			index_lookup(dir, BASE, BASE + 40, &offset, &position);
			CHECK(offset >= BASE && offset <= BASE + 40 && position >= 0 && position < end, "bit %zd", i);
			timeindex_lookup(dir, BASE, 1400, &offset);
			CHECK(offset >= BASE, "bit %zd", i);
			timeindex_last(dir, BASE, &ms, &offset);
			b[i / 8] ^= (uint8_t)(1 << i % 8);
		}
	}
}

/* A valid batch behind nonsense is found, whatever stands before it; one that could not follow is not. */
static void
test_search(int dir)
{
	static uint8_t b[3 << 20];
	int64_t end = make_log(dir, 3), size = end / 3, at;
	struct scan s = SCAN_INIT;
	struct batch_head h;
	uint8_t keep[512];
	int fd;

	get_file(dir, LOG, b, sizeof(b));
	memcpy(keep, b + 2 * size, (size_t)size);
	for (at = size; at < 3 * 1024 * 1024 - size; at = at < 400 ? at + 1 : at * 3 / 2) {
		size_t n = at < 400 ? 4096 : sizeof(b);

		memset(b + size, at % 2 ? 0 : 2, n - (size_t)size);
		memcpy(b + at, keep, (size_t)size);
		put_file(dir, LOG, b, n);
		fd = openat(dir, LOG, O_RDONLY);
		CHECK_INT(scan_open(&s, fd, (int64_t)n, NULL), 0);
		if (at >= size + 1) {
			CHECK_INT(scan_search(&s, size, size, BASE + 1, &h), at);
			CHECK_INT(h.base_offset, BASE + 2);
		}
		CHECK_INT(scan_search(&s, size, size, BASE + 3, &h), -1);
		CHECK_INT(scan_search(&s, at + 1, size, BASE + 1, &h), -1);
		scan_close(&s);
		close(fd);
	}
}

int
main(void)
{
	int dir = tmpdir_make();

	test_rule();
	test_rule_edges();
	test_rebuild(dir);
	test_nonsense(dir);
	test_flips(dir);
	test_search(dir);
	tmpdir_remove();
	return check_done();
}
