/*
 * Appending: offsets, times, indexes, refusals.
 */
#include "unit/faults.h"

#include <sys/resource.h>
#include <signal.h>

#include "base/clock.h"
#include "log/endstate.h"
#include "unit/indexes.h"
#include "unit/partition.h"

static int holder;
static const struct log_config usual = { .segment_bytes = 1 << 30, .segment_ms = 604800000,
    .segment_index_bytes = 10 << 20, .index_interval_bytes = 4096, .max_message_bytes = 1 << 20 };

static void
put_bytes(int dir, const char *name, int64_t at, const void *p, size_t n)
{
	int fd = openat(dir, name, O_WRONLY);

	CHECK(fd != -1 && syscall(SYS_pwrite64, fd, p, n, at) == (long)n, "%s", name);
	close(fd);
}

static void
test_offsets(void)
{
	int dir = fresh(holder);
	struct appender *ap = open_part(), *other = open_part();
	struct appended res;
	struct told t;
	int64_t next, active, point;

	CHECK_INT(append_one(ap, 3, "a", &res, NULL), 0);
	CHECK_TRUE(res.last_offset == 2 && res.leader_epoch == 0 && res.append_time == -1);
	CHECK_INT(append_one(other, 1, "b", &res, NULL), 3);
	CHECK_INT(append_one(ap, 8, "c", &res, NULL), 4);
	CHECK_TRUE(appender_dirty(ap));
	CHECK_INT(appender_sync(ap, NULL), 0);
	CHECK_TRUE(!appender_dirty(ap) && appender_dirty(other));
	CHECK_INT(recovery_point_read(dir, &point, NULL), 0);
	CHECK_INT(point, 12);
	CHECK_INT(log_end_peek(&part, &next, &active, NULL), 0);
	CHECK_TRUE(next == 12 && active == 0);
	unlinkat(dir, "lock", 0);
	CHECK_INT(log_end_peek(&part, &next, &active, NULL), 0);
	CHECK_INT(next, 12);
	appender_close(ap);
	appender_close(other);
	t = tell(dir, NULL, NULL);
	CHECK_TRUE(t.records == 12 && t.torn == 0 && t.gaps == 0 && t.segments == 1);
	close(dir);
}

static void
test_append_time(void)
{
	int dir = fresh(holder);
	struct appender *ap;
	struct appended res;

	part_opts.conf.timestamp_type = TIMESTAMP_LOG_APPEND;
	setenv("PLOG_TEST_NOW", "5000", 1);
	ap = open_part();
	CHECK_INT(append_one(ap, 1, "a", &res, NULL), 0);
	CHECK_INT(res.append_time, 5000);
	setenv("PLOG_TEST_NOW", "3000", 1);	/* the clock was turned back */
	CHECK_INT(append_one(ap, 1, "b", &res, NULL), 1);
	CHECK_INT(res.append_time, 5000);
	CHECK_INT(appender_roll(ap, NULL), 0);
	CHECK_INT(append_one(ap, 1, "c", &res, NULL), 2);
	CHECK_INT(res.append_time, 5000);
	setenv("PLOG_TEST_NOW", "6000", 1);
	CHECK_INT(append_one(ap, 1, "d", &res, NULL), 3);
	CHECK_INT(res.append_time, 6000);
	appender_close(ap);
	unsetenv("PLOG_TEST_NOW");
	part_opts.conf = usual;
	CHECK_INT(tell(dir, NULL, NULL).torn, 0);
	close(dir);
}

static const struct harm {
	const char *what, *file;
	int64_t size;			/* -1: as it is; -2: unlinked */
	int64_t flip;			/* a byte, or -1 */
} harms[] = {
	{ "no .index", INDEX0, -2, -1 }, { "no .timeindex", TIME0, -2, -1 }, { "an empty .index", INDEX0, 0, -1 },
	{ "a short .index", INDEX0, 17, -1 }, { "a short .timeindex", TIME0, 13, -1 },
	{ "a long .index", INDEX0, 400, -1 }, { "a long .timeindex", TIME0, 400, -1 },
	{ "a bit of .index", INDEX0, -1, 9 }, { "a bit of .timeindex", TIME0, -1, 20 },
};

/* Whatever was done to the indexes, after the next writer they are what they would have been. */
static void
test_indexes(void)
{
	const struct harm *h;
	uint8_t b;
	int dir, i, roll;

	part_opts.conf.index_interval_bytes = 100;
	for (roll = 0; roll < 2; roll++)
		for (h = harms; h < harms + sizeof(harms) / sizeof(harms[0]); h++) {
			char path[64];
			struct appender *ap;

			dir = fresh(holder);
			ap = open_part();
			for (i = 0; i < 20; i++)
				append_one(ap, 1, "something to be found", NULL, NULL);
			appender_close(ap);
			snprintf(path, sizeof(path), "0/%s", h->file);
			if (h->size == -2)
				unlinkat(dir, h->file, 0);
			else if (h->size >= 0)
				CHECK_TRUE(syscall(SYS_truncate, path, h->size) == 0);
			else {
				b = 0x5a;
				put_bytes(dir, h->file, h->flip, &b, 1);
			}
			ap = open_part();
			CHECK(append_one(ap, 1, "one more", NULL, NULL) == 20, "%s", h->what);
			append_one(ap, 1, "and one more", NULL, NULL);
			if (roll)
				CHECK_INT(appender_roll(ap, NULL), 0);
			appender_close(ap);
			check_indexes(dir, 0, roll);
			close(dir);
		}
	part_opts.conf = usual;
}

static void
test_refusals(void)
{
	int dir = fresh(holder), lock = openat(dir, "lock", O_RDWR);
	struct appender *ap = open_part();
	struct appended res;
	struct made m;
	struct err e = ERR_INIT;
	char path[PATH_MAX + 8];

	make_batch(&m, 1, "x", 1);
	CHECK_INT(appender_append(ap, m.b, m.n - 1, &res, &e), -ERR_INVALID);
	part_opts.conf.max_message_bytes = (int64_t)m.n - 1;
	appender_close(ap);
	ap = open_part();
	CHECK_INT(appender_append(ap, m.b, m.n, &res, &e), -ERR_TOOBIG);
	appender_close(ap);
	part_opts.conf = usual;
	part_opts.conf.compacted = true;
	ap = open_part();
	CHECK_INT(appender_append(ap, m.b, m.n, &res, &e), -ERR_INVALID);
	CHECK_STR(e.text, "'t/0' is compacted: record 1 of the batch has no key");
	appender_close(ap);
	part_opts.conf = usual;
	ap = open_part();
	CHECK_INT(append_one(ap, 1, "x", &res, &e), 0);
	CHECK_INT(endstate_mark_deleted(lock), 0);
	CHECK_INT(append_one(ap, 1, "x", &res, &e), -ERR_GONE);
	CHECK_STR(e.text, "topic 't' was deleted");
	appender_close(ap);
	close(lock);
	close(dir);
	close(fresh(holder));
	ap = open_part();
	CHECK_INT(append_one(ap, 1, "x", &res, &e), 0);
	snprintf(path, sizeof(path), "%s/0", tmpdir_path);
	nftw(path, tmpdir_unlink, 16, FTW_DEPTH | FTW_PHYS);
	CHECK_INT(append_one(ap, 1, "x", &res, &e), -ERR_GONE);
	appender_close(ap);
	CHECK_INT(appender_open(&ap, &part, &part_opts, &e), -ERR_NOENT);
	/* The lock file was removed, another writer made one: not two at once. */
	dir = fresh(holder);
	ap = open_part();
	CHECK_INT(append_one(ap, 1, "x", &res, &e), 0);
	unlinkat(dir, "lock", 0);
	CHECK_INT(append_alone(1, "of another", NULL), 1);
	CHECK_INT(append_one(ap, 1, "y", &res, &e), -ERR_GONE);
	appender_close(ap);
	close(dir);
	part.broker = true;
	CHECK_INT(appender_open(&ap, &part, &part_opts, &e), -ERR_READONLY);
	part.broker = false;
}

static void
test_file_size_limit(void)
{
	int dir = fresh(holder);
	struct appender *ap = open_part();
	struct rlimit old, small;
	struct err e = ERR_INIT;
	int n = 0;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 1000;
	setrlimit(RLIMIT_FSIZE, &small);
	while (append_one(ap, 1, "some value", NULL, &e) == n)
		n++;
	CHECK_INT(e.sys, EFBIG);
	CHECK_TRUE(n > 5 && strstr(e.text, "at offset") != NULL);
	CHECK_INT(tell(dir, NULL, NULL).torn, 0);
	setrlimit(RLIMIT_FSIZE, &old);
	CHECK_INT(append_one(ap, 1, "some value", NULL, NULL), n);
	appender_close(ap);
	CHECK_INT(tell(dir, NULL, NULL).records, n + 1);
	close(dir);
}

static void
test_trim(void)
{
	int dir = fresh(holder);
	struct err e = ERR_INIT;
	int64_t start;

	append_alone(5, "x", NULL);
	CHECK_INT(partdir_trim(&part, 3, 1000, &e), 0);
	CHECK_INT(log_start_read(dir, &start, &e), 0);
	CHECK_INT(start, 3);
	CHECK_INT(partdir_trim(&part, 6, 1000, &e), -ERR_RANGE);
	CHECK_STR(e.text, "cannot trim 't/0' to offset 6: the log ends at 5");
	CHECK_INT(partdir_create(&part, 0755, &e), -ERR_EXIST);
	CHECK_INT(append_alone(1, "y", NULL), 5);
	close(dir);
}

int
main(void)
{
	holder = tmpdir_make();
	if (fchdir(holder) == -1)
		return 1;
	test_offsets();
	test_append_time();
	test_indexes();
	test_refusals();
	test_file_size_limit();
	test_trim();
	tmpdir_remove();
	return check_done();
}
