/*
 * Reading a partition from end to end: places, buffers, segments that come,
 * go and change under the reader.
 */
#include <errno.h>
#include <sys/resource.h>

#include "log/gaps.h"
#include "unit/logdir.h"

/* Reads on to the end: how many records, each checked; *rc is what ended it. */
static int64_t
read_on(struct reader *rd, int64_t *expect, int *rc, struct err *e)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct log_batch b;
	struct record r;
	char want[32];
	int64_t n = 0, from;

	for (;;) {
		from = reader_position(rd);
		if ((*rc = reader_next(rd, &b, e)) != 1)
			break;
		if (!b.deliver)
			continue;
		if (!CHECK(batch_open(&it, b.bytes, 1 << 26, e) == 0, "%s", e->text))
			break;
		while (batch_next(&it, &r, e) == 1) {
			if (r.offset < from)
				continue;
			(void)snprintf(want, sizeof(want), "%" PRId64 ":", r.offset);
			CHECK(r.value.n >= strlen(want) && memcmp(r.value.p, want, strlen(want)) == 0,
			    "offset %" PRId64 " has another's value", r.offset);
			if (*expect >= 0) {
				CHECK_INT(r.offset, *expect);
				*expect = r.offset + 1;
			}
			n++;
		}
	}
	batch_iter_release(&it);
	return n;
}

static void
check_all(struct reader *rd, int64_t from, int64_t end)
{
	struct err e = ERR_INIT;
	int64_t expect = from;
	int rc;

	if (!CHECK(reader_seek(rd, from, &e) == 0, "seek %" PRId64 ": %s", from, e.text))
		return;
	CHECK_INT(read_on(rd, &expect, &rc, &e), end - from);
	CHECK(rc == 0, "reading from %" PRId64 ": %d %s", from, rc, e.text);
	CHECK_INT(reader_position(rd), end);
}

/* Three segments, all codecs, batches of many sizes: [0, 420). */
static void
fill_three(struct logdir *d)
{
	static const int counts[] = { 1, 2, 7, 30, 60 };
	int64_t base = 0, offset = 0;
	int s, c, i;

	for (s = 0; s < 3; s++) {
		for (i = 0; offset < 136 * (s + 1); i++) {
			c = counts[i % 5];
			add_batch(&d->seg, offset, 0, c, &(struct how){ .codec = (enum codec)(i % CODEC_COUNT),
			    .filler = (i * 37) % 300, .time = 1000, .step = 10 });
			offset += c;
		}
		logdir_segment(d, base);
		base = offset;
	}
	CHECK_INT(offset, 420);
}

static void
places(void)
{
	static const size_t buffers[] = { 0, 1, 4096, 4200, 1 << 20 };
	struct log_bounds lb;
	struct err e = ERR_INIT;
	struct reader *rd;
	struct logdir d;
	int64_t o;
	size_t i;

	logdir_make(&d, false);
	fill_three(&d);
	for (i = 0; i < sizeof(buffers) / sizeof(*buffers); i++) {
		rd = open_reader(&d, buffers[i], false);
		CHECK_INT(reader_bounds(rd, &lb, &e), 0);
		CHECK_INT(lb.start, 0);
		CHECK_INT(lb.end, 420);
		CHECK_INT(lb.stable, 420);
		CHECK_INT(lb.segments, 3);
		for (o = 0; o <= 420; o += 1 + (int64_t)i * 7)
			check_all(rd, o, 420);
		CHECK_INT(reader_seek(rd, 421, &e), -ERR_RANGE);
		CHECK_INT(reader_seek(rd, INT64_MAX, &e), -ERR_RANGE);
		CHECK_STR(e.text, "offset 9223372036854775807 of 't/0' is behind the end, which is 420");
		CHECK_INT(reader_skip_damage(rd, &e), 0);
		CHECK_INT(reader_position(rd), 420);
		reader_close(rd);
	}
	put_text(d.fd, "log-start-offset", "33\n");
	rd = open_reader(&d, 0, false);
	CHECK_INT(reader_seek(rd, 32, &e), -ERR_RANGE);
	CHECK_STR(e.text, "offset 32 of 't/0' is gone, the log starts at 33");
	check_all(rd, 33, 420);
	put_text(d.fd, "log-start-offset", "33x\n");
	CHECK_INT(reader_seek(rd, 40, &e), -ERR_DAMAGE);
	reader_close(rd);
	logdir_remove(&d);
}

/* Parked after each batch, and with a handful of descriptors. */
static void
parked(void)
{
	struct rlimit keep, few;
	struct log_batch b;
	struct err e = ERR_INIT;
	struct reader *rd;
	struct logdir d;
	int64_t next = 0;
	int rc;

	logdir_make(&d, false);
	fill_three(&d);
	rd = open_reader(&d, 4096, false);
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &keep), 0);
	few = keep;
	few.rlim_cur = (rlim_t)d.fd + 4;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
	CHECK_INT(reader_seek(rd, 0, &e), 0);
	while ((rc = reader_next(rd, &b, &e)) == 1) {
		CHECK_INT(b.head.base_offset, next);
		next = batch_last_offset(&b.head) + 1;
		reader_park(rd);
	}
	CHECK(rc == 0, "%s", e.text);
	CHECK_INT(next, 420);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &keep), 0);
	reader_close(rd);
	logdir_remove(&d);
}

/* Missing offsets: damage in a store, unless there is a word of it; nothing in a broker's directory. */
static void
gaps(void)
{
	struct log_damage dm;
	struct err e = ERR_INIT;
	struct how how = { .filler = 10 };
	struct reader *rd;
	struct logdir d;
	int64_t expect;
	int rc, broker;

	for (broker = 0; broker < 2; broker++) {
		logdir_make(&d, broker != 0);
		add_batch(&d.seg, 0, 0, 5, &how);
		add_batch(&d.seg, 9, 0, 5, &how);	/* 5..8 are missing */
		logdir_segment(&d, 0);
		add_batch(&d.seg, 22, 0, 5, &how);	/* 14..19 between the segments, 20, 21 before the batch */
		logdir_segment(&d, 20);
		rd = open_reader(&d, 0, false);
		CHECK_INT(reader_seek(rd, 0, &e), 0);
		expect = -1;
		if (!broker) {
			CHECK_INT(read_on(rd, &expect, &rc, &e), 5);
			CHECK_INT(rc, -ERR_DAMAGE);
			CHECK_STR(e.text, "'t/0/00000000000000000000.log' is damaged at byte 161 (offsets 5 to 8): offsets are missing");
			reader_damage(rd, &dm);
			CHECK_INT(dm.from, dm.to);
			CHECK_INT(reader_skip_damage(rd, &e), 0);
			CHECK_INT(read_on(rd, &expect, &rc, &e), 5);
			CHECK_INT(rc, -ERR_DAMAGE);
			reader_damage(rd, &dm);
			CHECK_INT(dm.first_offset, 14);
			CHECK_INT(dm.next_offset, 20);
			CHECK_INT(gaps_add(d.fd, 14, 20, &e), 0);
			CHECK_INT(gaps_add(d.fd, 20, 22, &e), 0);
			CHECK_INT(cleaner_checkpoint_write(d.fd, 9, &e), 0);
		}
		expect = -1;
		CHECK_INT(reader_seek(rd, 0, &e), 0);
		CHECK_INT(read_on(rd, &expect, &rc, &e), 15);
		CHECK(rc == 0, "%s", e.text);
		CHECK_INT(reader_seek(rd, 6, &e), 0);
		CHECK_INT(read_on(rd, &expect, &rc, &e), 10);
		reader_close(rd);
		logdir_remove(&d);
	}
}

/* Compaction puts one file in the place of two while a reader is in the first. */
static void
swapped(void)
{
	struct err e = ERR_INIT;
	struct how how = { .filler = 10 };
	struct log_batch b;
	struct reader *rd;
	struct logdir d;
	int64_t expect, o;
	int rc, park;

	for (park = 0; park < 2; park++) {
		logdir_make(&d, false);
		for (o = 0; o < 50; o += 5)
			add_batch(&d.seg, o, 0, 5, &how);
		logdir_segment(&d, 0);
		for (o = 50; o < 100; o += 5)
			add_batch(&d.seg, o, 0, 5, &how);
		logdir_segment(&d, 50);
		add_batch(&d.seg, 100, 0, 5, &how);
		logdir_segment(&d, 100);
		rd = open_reader(&d, 4096, false);
		CHECK_INT(reader_seek(rd, 12, &e), 0);
		CHECK_INT(reader_next(rd, &b, &e), 1);
		CHECK_INT(b.head.base_offset, 10);
		if (park)
			reader_park(rd);
		CHECK_INT(cleaner_checkpoint_write(d.fd, 100, &e), 0);
		/* The first batch is gone: the same sizes at other positions. */
		for (o = 5; o < 100; o += 5)
			add_batch(&d.seg, o, 0, 5, &how);
		put_file(d.fd, "new~", d.seg.p, d.seg.n);
		buf_clear(&d.seg);
		CHECK_INT(renameat(d.fd, "new~", d.fd, "00000000000000000000.log"), 0);
		CHECK_INT(unlinkat(d.fd, "00000000000000000050.log", 0), 0);
		expect = 15;
		CHECK_INT(read_on(rd, &expect, &rc, &e), 90);
		CHECK(rc == 0, "%s", e.text);
		CHECK_INT(expect, 105);
		reader_close(rd);
		logdir_remove(&d);
	}
}

static void
deleted(void)
{
	struct err e = ERR_INIT;
	struct how how = { .filler = 10 };
	struct log_damage dm;
	struct reader *rd, *rd2;
	struct logdir d;
	int64_t o, expect = 0;
	int rc;

	logdir_make(&d, false);
	for (o = 0; o < 50; o += 10) {
		add_batch(&d.seg, o, 0, 10, &how);
		logdir_segment(&d, o);
	}
	rd = open_reader(&d, 0, false);
	rd2 = open_reader(&d, 0, false);
	CHECK_INT(reader_seek(rd, 0, &e), 0);
	CHECK_INT(reader_seek(rd2, 50, &e), 0);
	/* Retention goes past a reader: it ends what it has open, and is told. */
	CHECK_INT(log_start_raise(d.fd, 30, &e), 0);
	for (o = 0; o < 30; o += 10) {
		char name[SEGMENT_NAME_MAX];

		segment_name(name, o, ".log");
		CHECK_INT(unlinkat(d.fd, name, 0), 0);
	}
	CHECK_INT(read_on(rd, &expect, &rc, &e), 10);
	CHECK_INT(rc, -ERR_RANGE);
	CHECK_STR(e.text, "offset 10 of 't/0' is gone, the log starts at 30");
	reader_damage(rd, &dm);
	CHECK_INT(dm.next_offset, 30);
	CHECK_INT(reader_skip_damage(rd, &e), 0);
	expect = 30;
	CHECK_INT(read_on(rd, &expect, &rc, &e), 20);
	CHECK_INT(rc, 0);
	/* The topic goes. */
	logdir_empty(&d);
	CHECK_INT(unlinkat(d.holder, "0", AT_REMOVEDIR), 0);
	CHECK_INT(read_on(rd, &expect, &rc, &e), 0);
	CHECK_INT(rc, -ERR_GONE);
	CHECK_STR(e.text, "'t/0' was deleted");
	reader_park(rd2);
	CHECK_INT(read_on(rd2, &expect, &rc, &e), 0);
	CHECK_INT(rc, -ERR_GONE);
	reader_close(rd);
	reader_close(rd2);
	logdir_remove(&d);
}

/* The log lost its tail and went on with a raised epoch; the reader was ahead. */
static void
lost_tail(void)
{
	struct err e = ERR_INIT;
	struct how how = { .filler = 10 }, other = { .filler = 47 };
	struct log_damage dm;
	struct reader *rd;
	struct logdir d;
	int64_t o, expect;
	int rc, kind;

	for (kind = 0; kind < 3; kind++) {
		logdir_make(&d, false);
		for (o = 0; o < 50; o += 5)
			add_batch(&d.seg, o, 0, 5, &how);
		logdir_segment(&d, 0);
		rd = open_reader(&d, 0, false);
		CHECK_INT(reader_seek(rd, 0, &e), 0);
		expect = 0;
		CHECK_INT(read_on(rd, &expect, &rc, &e), 50);
		/* Cut to 30; then shorter, of the same length, or longer than it was. */
		for (o = 0; o < 30; o += 5)
			add_batch(&d.seg, o, 0, 5, &how);
		for (; o < (kind == 0 ? 40 : 60); o += 5)
			add_batch(&d.seg, o, 1, 5, kind == 2 ? &other : &how);
		put_text(d.fd, "leader-epoch-checkpoint", "0\n2\n0 0\n1 30\n");
		put_file(d.fd, "00000000000000000000.log", d.seg.p, d.seg.n);
		buf_clear(&d.seg);
		CHECK_INT(read_on(rd, &expect, &rc, &e), 0);
		CHECK_INT(rc, -ERR_RANGE);
		CHECK(strstr(e.text, "lost its tail") != NULL, "%s", e.text);
		reader_damage(rd, &dm);
		CHECK_INT(dm.first_offset, 50);
		CHECK_INT(dm.next_offset, 30);
		CHECK_INT(reader_skip_damage(rd, &e), 0);
		expect = 30;
		CHECK_INT(read_on(rd, &expect, &rc, &e), kind == 0 ? 10 : 30);
		CHECK(rc == 0, "%s", e.text);
		reader_close(rd);
		logdir_remove(&d);
	}
}

/* Magic 1 (a message of 14 + 8 + 12 bytes with its CRC), and batches beyond the limit. */
static void
refused(void)
{
	static const uint8_t old[] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0xa1, 0x9a, 0x9c, 0xf5, 1, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 'v' };
	uint8_t msg[sizeof(old)];
	struct log_bounds lb;
	struct reader_opts o = { .log_start = -1, .max_batch = 200 };
	struct err e = ERR_INIT;
	struct reader *rd;
	struct log_batch b;
	struct logdir d;

	logdir_make(&d, true);
	memcpy(msg, old, sizeof(old));
	put_be32(msg + 12, crc32_zlib(msg + 16, sizeof(msg) - 16));
	put_file(d.fd, "00000000000000000000.log", msg, sizeof(msg));
	rd = open_reader(&d, 0, false);
	CHECK_INT(reader_bounds(rd, &lb, &e), -ERR_FORMAT);
	CHECK_INT(reader_seek(rd, 0, &e), 0);
	CHECK_INT(reader_next(rd, &b, &e), -ERR_FORMAT);
	CHECK_STR(e.text, "'t/0/00000000000000000000.log' holds messages of format 1 (Kafka before 0.11) at byte 0"
	    ", only format 2 is read");
	reader_close(rd);
	add_batch(&d.seg, 0, 0, 5, &(struct how){ .filler = 10 });
	add_batch(&d.seg, 5, 0, 5, &(struct how){ .filler = 100 });
	add_batch(&d.seg, 10, 0, 5, &(struct how){ .filler = 10 });
	logdir_segment(&d, 0);
	CHECK_INT(reader_open(&rd, &d.dir, &o, &e), 0);
	CHECK_INT(reader_seek(rd, 0, &e), 0);
	CHECK_INT(reader_next(rd, &b, &e), 1);
	CHECK_INT(reader_next(rd, &b, &e), -ERR_TOOBIG);
	CHECK_INT(reader_next(rd, &b, &e), -ERR_TOOBIG);
	CHECK_INT(reader_skip_damage(rd, &e), 0);
	CHECK_INT(reader_next(rd, &b, &e), 1);
	CHECK_INT(b.head.base_offset, 10);
	CHECK_INT(reader_next(rd, &b, &e), 0);
	reader_close(rd);
	logdir_remove(&d);
}

int
main(void)
{
	struct reader *rd = NULL;
	struct err e = ERR_INIT;
	struct partdir none = { .holder = AT_FDCWD, .name = "no-such-partition", .label = "x/0" };

	places();
	parked();
	gaps();
	swapped();
	deleted();
	lost_tail();
	refused();
	CHECK_INT(reader_open(&rd, &none, &(struct reader_opts){ .log_start = -1 }, &e), -ERR_NOENT);
	CHECK_STR(e.text, "partition 'x/0' does not exist");
	return check_done();
}
