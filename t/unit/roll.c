/*
 * Rolls, and syncs that fail.
 */
#include "unit/faults.h"

#include <pthread.h>

#include "base/bytes.h"
#include "codec/hash.h"
#include "log/endstate.h"
#include "log/offindex.h"
#include "unit/partition.h"

static int holder;
static const struct log_config usual = { .segment_bytes = 1 << 30, .segment_ms = 604800000,
    .segment_index_bytes = 10 << 20, .index_interval_bytes = 4096, .max_message_bytes = 1 << 20 };

/* Each reason to roll, and just not yet. */
static void
test_roll_rules(void)
{
	static const struct {
		const char *what;
		int64_t bytes, ms, lag, index_bytes, interval;
		int64_t stamps[3];
		int segments;
	} cases[] = {
		{ "nothing", 1 << 30, 1000, 0, 1 << 20, 4096, { 1, 2, 3 }, 1 },
		{ "just as large as allowed", 3 * 69, 1000, 0, 1 << 20, 4096, { 1, 2, 3 }, 1 },
		{ "one byte too large", 3 * 69 - 1, 1000, 0, 1 << 20, 4096, { 1, 2, 3 }, 2 },
		{ "a batch each", 69, 1000, 0, 1 << 20, 4096, { 1, 2, 3 }, 3 },
		{ "just the time", 1 << 30, 1000, 0, 1 << 20, 4096, { 5, 1005, 1005 }, 1 },
		{ "beyond the time", 1 << 30, 1000, 0, 1 << 20, 4096, { 5, 1006, 1007 }, 2 },
		{ "time, by each segment's own first", 1 << 30, 1000, 0, 1 << 20, 4096, { 5, 2000, 4000 }, 3 },
		{ "older records", 1 << 30, 1000, 0, 1 << 20, 4096, { 5000, 1, 2 }, 1 },
		{ "compacted, by the lag", 1 << 30, 1000, 10, 1 << 20, 4096, { 5, 100, 200 }, 3 },
		{ "the index is full", 1 << 30, 1000, 0, 24, 0, { 1, 2, 3 }, 2 },
	};
	struct log_config *c = &part_opts.conf;
	struct appended res;
	struct told t;
	struct made m;
	size_t i;
	int dir, k;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct appender *ap;

		dir = fresh(holder);
		c->segment_bytes = cases[i].bytes;
		c->segment_ms = cases[i].ms;
		c->max_compaction_lag_ms = cases[i].lag;
		c->compacted = cases[i].lag > 0;
		c->segment_index_bytes = cases[i].index_bytes;
		c->index_interval_bytes = cases[i].interval;
		ap = open_part();
		for (k = 0; k < 3; k++) {
			make_batch(&m, 1, "x", cases[i].stamps[k]);
			/* A control batch needs no key. */
			put_be16(m.b + 21, c->compacted ? BATCH_CONTROL : 0);
			put_be32(m.b + 17, crc32c(m.b + 21, m.n - 21));
			CHECK_INT(appender_append(ap, m.b, m.n, &res, NULL), 0);
		}
		appender_close(ap);
		t = tell(dir, NULL, NULL);
		CHECK(t.segments == cases[i].segments, "%s: %d segments, not %d", cases[i].what, t.segments, cases[i].segments);
		CHECK_TRUE(t.gaps == 0 && t.records == 3);
		close(dir);
	}
	part_opts.conf = usual;
}

static void
test_roll_limits(void)
{
	struct appender *ap;
	struct appended res;
	struct made m;
	struct told t;
	int dir = fresh(holder);
	int64_t ms, offset;

	/* Offsets of a segment fit in 31 bits. */
	ap = open_part();
	make_batch(&m, 1, "x", 77);
	put_be32(m.b + 23, INT32_MAX - 1);	/* last offset delta: as after compaction */
	put_be32(m.b + 17, crc32c(m.b + 21, m.n - 21));
	CHECK_INT(appender_append(ap, m.b, m.n, &res, NULL), 0);
	CHECK_INT(append_one(ap, 1, "y", &res, NULL), INT32_MAX);
	CHECK_INT(append_one(ap, 1, "z", &res, NULL), (int64_t)INT32_MAX + 1);
	CHECK_INT(append_one(ap, 1, "z", &res, NULL), (int64_t)INT32_MAX + 2);
	t = tell(dir, NULL, NULL);
	CHECK_TRUE(t.segments == 2 && t.gaps == 0);
	/* A segment that is closed ends in its largest time. */
	timeindex_last(dir, 0, &ms, &offset);
	CHECK_INT(ms, 1000);
	CHECK_INT(offset, INT32_MAX);
	CHECK_INT(appender_roll(ap, NULL), 0);
	CHECK_INT(appender_roll(ap, NULL), 0);	/* an empty one does not roll */
	CHECK_INT(tell(dir, NULL, NULL).segments, 3);
	appender_close(ap);
	close(dir);
}

/* A roll that was interrupted behind its intent, with or without the new file. */
static void
test_roll_interrupted(void)
{
	int dir, kind, lock;
	struct appended res;
	struct endstate s;

	for (kind = 0; kind < 2; kind++) {
		dir = fresh(holder);
		append_alone(2, "x", NULL);
		lock = openat(dir, "lock", O_RDWR);
		CHECK_INT(endstate_read(lock, &s), 1);
		s.base = 2;
		s.ino = 0;
		s.end = 0;
		s.index = (struct index_state)INDEX_STATE_INIT;
		CHECK_INT(endstate_write(lock, &s), 0);
		close(lock);
		if (kind == 1)
			put_file(dir, "00000000000000000002.log", "", 0);
		CHECK_INT(append_alone(1, "y", &res), 2);
		CHECK_INT(res.leader_epoch, 0);
		CHECK_TRUE(tell(dir, NULL, NULL).segments == 2 && tell(dir, NULL, NULL).gaps == 0);
		close(dir);
	}
}

/* A copy of a log in use: the end state of before a roll, the segments of behind it. */
static void
test_roll_copied(void)
{
	int dir = fresh(holder), lock;
	struct appender *ap;
	struct appended res;
	struct endstate s;

	append_alone(2, "x", NULL);
	lock = openat(dir, "lock", O_RDWR);
	CHECK_INT(endstate_read(lock, &s), 1);
	ap = open_part();
	CHECK_INT(appender_roll(ap, NULL), 0);
	CHECK_INT(append_one(ap, 1, "y", &res, NULL), 2);
	appender_close(ap);
	s.base = 2;
	s.ino = 0;
	s.end = 0;
	s.index = (struct index_state)INDEX_STATE_INIT;
	s.sequence += 100;
	CHECK_INT(endstate_write(lock, &s), 0);
	close(lock);
	CHECK_INT(append_alone(1, "z", &res), 3);
	CHECK_TRUE(tell(dir, NULL, NULL).segments == 2 && tell(dir, NULL, NULL).gaps == 0);
	close(dir);
}

static void
test_hard_links(void)
{
	int dir = fresh(holder);
	struct appender *ap;
	struct err e = ERR_INIT;
	int64_t end;

	append_alone(2, "x", NULL);
	end = file_size(dir, LOG0);
	CHECK_TRUE(syscall(SYS_linkat, dir, LOG0, holder, "copy", 0) == 0);
	CHECK_INT(append_alone(1, "y", NULL), 2);
	CHECK_INT(file_size(holder, "copy"), end);
	CHECK_INT(tell(dir, NULL, NULL).segments, 2);
	CHECK_TRUE(syscall(SYS_linkat, dir, "lock", holder, "lock2", 0) == 0);
	CHECK_INT(appender_open(&ap, &part, &part_opts, &e), -ERR_READONLY);
	CHECK_TRUE(strstr(e.text, "2 names") != NULL);
	syscall(SYS_unlinkat, holder, "copy", 0);
	syscall(SYS_unlinkat, holder, "lock2", 0);
	/* An empty segment with two names is made again. */
	dir = fresh(holder);
	CHECK_TRUE(syscall(SYS_linkat, dir, LOG0, holder, "copy", 0) == 0);
	CHECK_INT(append_alone(1, "y", NULL), 0);
	CHECK_INT(file_size(holder, "copy"), 0);
	syscall(SYS_unlinkat, holder, "copy", 0);
	close(dir);
}

/* A sync fails: told once, the segment is closed, the epoch rises, no second sync counts. */
static void
test_failed_sync(void)
{
	int dir = fresh(holder), before;
	struct appender *ap = open_part(), *other = open_part();
	struct appended res;
	struct err e = ERR_INIT;
	struct told t;
	int64_t point;

	append_one(ap, 2, "safe", NULL, NULL);
	CHECK_INT(appender_sync(ap, &e), 0);
	append_one(ap, 3, "lost", NULL, NULL);
	append_one(other, 1, "of another", NULL, NULL);
	append_one(ap, 1, "lost too", NULL, NULL);
	faults.syncs_fail = 1;
	CHECK_INT(appender_sync(ap, &e), -ERR_UNSYNCED);
	CHECK_INT(e.sys, EIO);
	CHECK_STR(e.text, "cannot sync 't/0/" LOG0 "': Input/output error: offsets 2 to 6 may be lost");
	before = faults.syncs;
	CHECK_INT(appender_sync(ap, &e), 0);
	CHECK_INT(faults.syncs, before);
	CHECK_TRUE(!appender_dirty(ap));
	CHECK_INT(append_one(ap, 1, "again", &res, NULL), 7);
	CHECK_INT(res.leader_epoch, 1);
	CHECK_INT(append_one(other, 1, "again", &res, NULL), 8);
	CHECK_INT(res.leader_epoch, 1);
	t = tell(dir, NULL, NULL);
	CHECK_TRUE(t.segments == 2 && t.gaps == 0 && t.records == 9);
	CHECK_INT(quarantined(dir, "unsynced", NULL) + quarantined(dir, "unsynced.", NULL), 0);
	CHECK_INT(quarantined(dir, ".note", NULL), 1);
	CHECK_INT(recovery_point_read(dir, &point, NULL), 0);
	CHECK_TRUE(point <= 2);
	/* The other's own descriptor is told of it by the kernel too; here it is not, and it may sync. */
	CHECK_INT(appender_sync(other, &e), 0);
	appender_close(ap);
	appender_close(other);
	close(dir);
}

/* In a roll: the one that rolls is told at its next sync, and gets on. */
static void
test_failed_sync_in_roll(void)
{
	int dir = fresh(holder);
	struct appender *ap = open_part();
	struct appended res;
	struct err e = ERR_INIT;

	append_one(ap, 2, "lost", NULL, NULL);
	faults.syncs_fail = 2;			/* an index, and then the log */
	CHECK_INT(appender_roll(ap, &e), 0);
	CHECK_TRUE(appender_dirty(ap));
	CHECK_INT(append_one(ap, 1, "next", &res, NULL), 2);
	CHECK_INT(res.leader_epoch, 1);
	CHECK_INT(appender_sync(ap, &e), -ERR_UNSYNCED);
	CHECK_INT(appender_sync(ap, &e), 0);
	CHECK_TRUE(!appender_dirty(ap));
	CHECK_TRUE(tell(dir, NULL, NULL).segments == 2 && tell(dir, NULL, NULL).gaps == 0);
	appender_close(ap);
	close(dir);
}

struct race {
	struct appender *ap;
	_Atomic bool done;
	int syncs, failed;
};

static void *
sync_all_the_time(void *arg)
{
	struct race *r = arg;

	while (!r->done) {
		if (appender_sync(r->ap, NULL) != 0)
			r->failed++;
		r->syncs++;
		(void)appender_dirty(r->ap);
	}
	return NULL;
}

/* Appends in one thread, syncs in another, over rolls and failures. */
static void
test_threads(int failing)
{
	int dir = fresh(holder), i, n = failing ? 300 : 3000;
	struct race r = { .done = false };
	pthread_t t;
	struct told told;

	part_opts.conf.segment_bytes = 2000;
	r.ap = open_part();
	CHECK_INT(pthread_create(&t, NULL, sync_all_the_time, &r), 0);
	for (i = 0; i < n; i++) {
		CHECK_INT(append_one(r.ap, 1, "x", NULL, NULL), i);
		if (failing && i % 50 == 25)
			faults.syncs_fail = 1;
	}
	r.done = true;
	pthread_join(t, NULL);
	(void)appender_sync(r.ap, NULL);
	CHECK_TRUE(!appender_dirty(r.ap));
	CHECK_TRUE(failing || r.failed == 0);
	appender_close(r.ap);
	told = tell(dir, NULL, NULL);
	CHECK_TRUE(told.records == n && told.gaps == 0 && told.torn == 0);
	part_opts.conf = usual;
	close(dir);
}

int
main(void)
{
	holder = tmpdir_make();
	if (fchdir(holder) == -1)
		return 1;
	test_roll_rules();
	test_roll_limits();
	test_roll_interrupted();
	test_roll_copied();
	test_hard_links();
	test_failed_sync();
	test_failed_sync_in_roll();
	test_threads(0);
	test_threads(1);
	tmpdir_remove();
	return check_done();
}
