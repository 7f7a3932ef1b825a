/*
 * Reading a partition from end to end: places, buffers, descriptors, gaps,
 * what is refused.
 */
#include <errno.h>
#include <sys/resource.h>

#include "log/gaps.h"
#include "unit/readon.h"

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
			CHECK_INT(gaps_add(d.fd, &(struct gap){ 14, 20 }, 1, &e), 0);
			CHECK_INT(gaps_add(d.fd, &(struct gap){ 20, 22 }, 1, &e), 0);
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
	refused();
	CHECK_INT(reader_open(&rd, &none, &(struct reader_opts){ .log_start = -1 }, &e), -ERR_NOENT);
	CHECK_STR(e.text, "partition 'x/0' does not exist");
	return check_done();
}
