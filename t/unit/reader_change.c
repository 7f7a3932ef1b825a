/*
 * Segments that come, go and change under the reader: compaction, retention,
 * deletion, a lost tail, and a writer at work in another process.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "log/appender.h"
#include "log/follow.h"
#include "log/gaps.h"
#include "unit/readon.h"

#define LIVE_BATCHES	3000

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

static const struct appender_opts live_opts = {
	.conf = { .segment_bytes = 20000, .segment_ms = INT64_MAX, .segment_index_bytes = 1 << 20,
	    .index_interval_bytes = 500, .max_message_bytes = 1 << 20, .max_compaction_lag_ms = INT64_MAX },
	.lock_timeout_ms = 10000,
};

/* Appends through the appender; retention at its heels, when it is asked for. */
static int
writer(struct logdir *d, bool retain)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	char name[SEGMENT_NAME_MAX];
	struct appender *ap;
	struct appended res;
	struct err e = ERR_INIT;
	int64_t offset = 0;
	int i, count;

	if (appender_open(&ap, &d->dir, &live_opts, &e) != 0)
		return 1;
	for (i = 0; i < LIVE_BATCHES; i++) {
		count = 1 + i % 7;
		buf_clear(&d->seg);
		add_batch(&d->seg, offset, 0, count, &(struct how){ .filler = i * 31 % 900, .codec = i % 3 == 0 ? CODEC_ZSTD : CODEC_NONE });
		batch_patch_offset(d->seg.p, 0, -1);
		if (appender_append(ap, d->seg.p, d->seg.n, &res, &e) != 0 || res.base_offset != offset) {
			fprintf(stderr, "append: %s\n", e.text);
			return 1;
		}
		offset += count;
		if (!retain || i % 200 != 199 || segment_list_read(d->fd, &l, &e) != 0 || l.n < 8)
			continue;
		if (log_start_raise(d->fd, l.base[l.n - 4], &e) != 0)
			return 1;
		for (count = 0; count < (int)l.n - 4; count++) {
			segment_name(name, l.base[count], ".log");
			(void)unlinkat(d->fd, name, 0);
		}
	}
	segment_list_release(&l);
	appender_close(ap);
	return check_bad != 0;
}

/* Follows until the offset; retention may go past it, if told. */
static void
follow_live(struct logdir *d, int64_t until, bool retain, bool park)
{
	struct err e = ERR_INIT;
	struct follow *f = follow_new(&e);
	struct reader *rd = open_reader(d, 4096, false);
	int64_t expect = 0, n = 0, give_up = clock_steady_ns() + 60000000000LL;
	int rc, past = 0;

	(void)follow_add(f, d->fd);
	rc = reader_seek(rd, 0, &e);
	CHECK(rc == 0 || (retain && rc == -ERR_RANGE), "%s", e.text);
	if (rc != 0) {
		CHECK_INT(reader_skip_damage(rd, &e), 0);
		expect = reader_position(rd);
		past++;
	}
	while (reader_position(rd) < until && clock_steady_ns() < give_up) {
		n += read_on(rd, &expect, &rc, &e);
		if (rc == -ERR_RANGE && retain) {
			CHECK_INT(reader_skip_damage(rd, &e), 0);
			expect = reader_position(rd);
			past++;
			continue;
		}
		if (!CHECK(rc == 0, "at %" PRId64 ": %d %s", reader_position(rd), rc, e.text))
			break;
		if (park)
			reader_park(rd);
		if (reader_position(rd) < until)
			(void)follow_wait(f, 1000, NULL, 0);
		while (follow_changed(f) != -1)
			;
	}
	CHECK_INT(reader_position(rd), until);
	CHECK(past > 0 || n == until, "%" PRId64 " records, not %" PRId64, n, until);
	reader_close(rd);
	follow_free(f);
}

static void
live(bool retain, bool park)
{
	struct logdir d, made;
	struct err e = ERR_INIT;
	int64_t until = 0;
	pid_t pid;
	int i, status;

	for (i = 0; i < LIVE_BATCHES; i++)
		until += 1 + i % 7;
	logdir_make(&d, false);
	made = d;
	(void)snprintf(made.dir.name, sizeof(made.dir.name), "1");
	CHECK(partdir_create(&made.dir, 0700, &e) == 0, "%s", e.text);
	made.fd = openat(d.holder, "1", O_RDONLY | O_DIRECTORY);
	if ((pid = fork()) == 0)
		_exit(writer(&made, retain));
	follow_live(&made, until, retain, park);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	follow_live(&made, until, retain, false);
	logdir_empty(&made);
	close(made.fd);
	(void)unlinkat(d.holder, "1", AT_REMOVEDIR);
	buf_release(&made.seg);
	logdir_remove(&d);
}

int
main(void)
{
	swapped();
	deleted();
	lost_tail();
	live(false, false);
	live(false, true);
	live(true, false);
	return check_done();
}
