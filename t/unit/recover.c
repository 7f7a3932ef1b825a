/*
 * What a dead writer left, what a reboot left, what somebody did to the files.
 */
#include "unit/faults.h"

#include "unit/indexes.h"
#include "unit/partition.h"

static int holder;

static void
put_bytes(int dir, const char *name, int64_t at, const void *p, size_t n)
{
	int fd = openat(dir, name, O_WRONLY);

	CHECK(fd != -1 && syscall(SYS_pwrite64, fd, p, n, at) == (long)n, "%s", name);
	close(fd);
}

/* Every length of what a writer left that died in this boot. */
static void
test_dead_writer(void)
{
	struct appended res;
	struct made m;
	struct told t;
	size_t k, full;
	int64_t end, size;
	int dir;

	make_batch(&m, 2, "left behind", 7);
	batch_patch_offset(m.b, 3, 0);
	full = m.n;
	for (k = 1; k <= full; k++) {
		dir = fresh(holder);
		append_alone(3, "first", NULL);
		end = file_size(dir, LOG0);
		put_bytes(dir, LOG0, end, m.b, k);
		CHECK(append_alone(1, "next", &res) == (k == full ? 5 : 3), "%zu of %zu bytes", k, full);
		CHECK_INT(res.leader_epoch, 0);
		t = tell(dir, NULL, NULL);
		CHECK(t.torn == 0 && t.gaps == 0 && t.segments == 1, "%zu of %zu bytes", k, full);
		size = 0;
		CHECK_INT(quarantined(dir, LOG0, &size), k != full);
		CHECK_INT(quarantined(dir, ".note", NULL), k != full);
		CHECK_INT(size, k == full ? 0 : (int64_t)k);
		close(dir);
	}
}

/* Bytes that no death leaves, with a valid batch behind them: never cut. */
static void
test_hole(void)
{
	struct made m;
	struct told t;
	struct appended res;
	static const uint8_t zeros[100];
	int dir = fresh(holder);
	int64_t end;

	append_alone(3, "first", NULL);
	end = file_size(dir, LOG0);
	make_batch(&m, 2, "behind a hole", 7);
	batch_patch_offset(m.b, 5, 0);
	put_bytes(dir, LOG0, end, zeros, sizeof(zeros));
	put_bytes(dir, LOG0, end + 100, m.b, m.n);
	put_bytes(dir, LOG0, end + 100 + (int64_t)m.n, "torn", 4);
	CHECK_INT(append_alone(1, "next", &res), 7);
	CHECK_INT(file_size(dir, LOG0), end + 104 + (int64_t)m.n);
	t = tell(dir, NULL, NULL);
	CHECK_TRUE(t.segments == 2 && t.next_offset == 8);
	CHECK_INT(quarantined(dir, "damage", NULL), 0);	/* a note, no bytes */
	CHECK_INT(quarantined(dir, ".note", NULL), 1);
	close(dir);
}

/* Power loss: the log cut anywhere, in another boot.  Nothing of the recovery point is known. */
static void
test_reboot_cuts(void)
{
	struct appended res;
	struct epoch_list l;
	int64_t ends[4] = { 0 }, cut;
	int dir, i, whole;

	for (cut = 0;; cut++) {
		dir = fresh(holder);
		for (i = 0; i < 3; i++) {
			append_alone(2, "x", NULL);
			ends[i + 1] = file_size(dir, LOG0);
		}
		if (cut > ends[3])
			break;
		CHECK_TRUE(syscall(SYS_truncate, "0/" LOG0, cut) == 0);
		reboot();
		whole = cut == ends[3] ? 3 : cut >= ends[2] ? 2 : cut >= ends[1] ? 1 : 0;
		CHECK(append_alone(1, "next", &res) == whole * 2, "cut at %lld", (long long)cut);
		CHECK_INT(res.leader_epoch, 1);
		CHECK_INT(epochs_read(dir, &l, NULL), 0);
		CHECK_TRUE(l.n == (whole > 0 ? 2 : 1) && l.v[l.n - 1].epoch == 1 && l.v[l.n - 1].start_offset == whole * 2);
		epochs_release(&l);
		CHECK_INT(tell(dir, NULL, NULL).torn, 0);
		CHECK_INT(quarantined(dir, LOG0, NULL), cut != ends[whole]);
		close(dir);
	}
	close(dir);
}

/* Every bit of three batches flipped while the machine was off: what stands before and behind it stays. */
static void
test_reboot_flips(void)
{
	static uint8_t b[1024];
	struct appended res;
	struct told t;
	int64_t end, second;
	int dir = fresh(holder), i;
	ssize_t n;

	append_alone(2, "x", NULL);
	second = file_size(dir, LOG0);
	append_alone(2, "y", NULL);
	append_alone(2, "z", NULL);
	n = get_file(dir, LOG0, b, sizeof(b));
	close(dir);
	for (i = 0; i < n * 8; i++) {
		dir = fresh(holder);
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		put_file(dir, LOG0, b, (size_t)n);
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		reboot();
		append_alone(1, "next", &res);
		end = file_size(dir, LOG0);
		t = tell(dir, NULL, NULL);
		if (i / 8 < 2 * second) {
			/* One of the first two: a valid batch stands behind. */
			CHECK(end == n && t.segments == 2 && res.base_offset == 6, "bit %d: %lld bytes, next %lld", i,
			    (long long)end, (long long)res.base_offset);
		} else {
			/* The last: torn; or whole, with a wrong offset or epoch. */
			CHECK(res.base_offset == 4 || (res.base_offset >= 6 && end == n), "bit %d: next %lld", i,
			    (long long)res.base_offset);
		}
		CHECK_TRUE(res.leader_epoch >= 1);
		close(dir);
	}
}

/* Below the recovery point nothing is looked at again. */
/* Trimmed to its end, then the power takes what was not synced: nothing goes below the log start, where nobody reads. */
static void
test_trimmed_beyond(void)
{
	struct appended res;
	struct err e = ERR_INIT;
	int dir = fresh(holder);
	int64_t end;
	uint8_t b[8];

	append_alone(2, "x", NULL);
	end = file_size(dir, LOG0);
	append_alone(5, "y", NULL);
	CHECK_INT(partdir_trim(&part, 6, 1000, &e), 0);
	CHECK_TRUE(syscall(SYS_truncate, "0/" LOG0, end) == 0);
	reboot();
	CHECK_INT(append_alone(1, "z", &res), 6);
	CHECK_INT(res.leader_epoch, 1);
	CHECK(get_file(dir, "00000000000000000006.log", b, sizeof(b)) == sizeof(b) && b[7] == 6, "the log does not go on at its start");
	CHECK_INT(tell(dir, NULL, NULL).torn, 0);
	close(dir);
}

static void
test_recovery_point(void)
{
	struct appended res;
	struct appender *ap;
	uint8_t flip = 0xff;
	int dir = fresh(holder);
	int64_t end, point;

	ap = open_part();
	append_one(ap, 2, "x", NULL, NULL);
	append_one(ap, 2, "y", NULL, NULL);
	CHECK_INT(appender_sync(ap, NULL), 0);
	appender_close(ap);
	append_alone(1, "z", NULL);
	end = file_size(dir, LOG0);
	put_bytes(dir, LOG0, 70, &flip, 1);	/* a record of the first batch */
	reboot();
	CHECK_INT(append_alone(1, "next", &res), 5);
	CHECK_TRUE(file_size(dir, LOG0) > end);
	CHECK_INT(recovery_point_read(dir, &point, NULL), 0);
	CHECK_INT(point, 5);
	/* Shorter than the recovery point says: it does not lead. */
	CHECK_TRUE(syscall(SYS_truncate, "0/" LOG0, 0) == 0);
	CHECK_INT(append_alone(1, "again", &res), 0);
	CHECK_INT(recovery_point_read(dir, &point, NULL), 0);
	CHECK_INT(point, 0);
	CHECK_INT(res.leader_epoch, 2);
	close(dir);
}

/* Whatever of the indexes survived, and wherever the recovery point is: the same indexes as from the first byte. */
static void
test_resume(void)
{
	static const int keep[] = { 0, 5, 8, 12, 24, 40, 48, 60, 1000 };
	int dir, i, point, k, t, zeros;
	struct appender *ap;
	struct appended res;
	struct made m;

	part_opts.conf.index_interval_bytes = 100;
	for (point = 0; point <= 30; point += 3)
		for (k = 0; k < 81; k++) {
			static const uint8_t none[64];

			dir = fresh(holder);
			ap = open_part();
			for (i = 0; i < 30; i++) {
				/* The largest comes early, and again late. */
				make_batch(&m, 1, "x", i == 7 ? 5000 : i == 26 ? 6000 : 1000 + i * 10);
				CHECK_INT(appender_append(ap, m.b, m.n, &res, NULL), 0);
			}
			appender_close(ap);
			recovery_point_write(dir, point, NULL);
			t = keep[k / 9];
			zeros = k % 2 ? 24 : 0;
			if (keep[k % 9] < file_size(dir, INDEX0)) {
				CHECK_TRUE(syscall(SYS_truncate, "0/" INDEX0, keep[k % 9]) == 0);
				put_bytes(dir, INDEX0, keep[k % 9], none, (size_t)zeros);
			}
			if (t < file_size(dir, TIME0)) {
				CHECK_TRUE(syscall(SYS_truncate, "0/" TIME0, t) == 0);
				put_bytes(dir, TIME0, t, none, (size_t)zeros);
			}
			reboot();
			CHECK_INT(append_alone(1, "next", &res), 30);
			CHECK_INT(res.leader_epoch, 1);
			check_indexes(dir, 0, false);
			CHECK_INT(appender_roll(ap = open_part(), NULL), 0);
			appender_close(ap);
			check_indexes(dir, 0, true);
			close(dir);
		}
	part_opts.conf.index_interval_bytes = 4096;
}

static void
test_copy(void)
{
	struct appended res;
	struct made m;
	uint8_t b[4096];
	ssize_t n;
	int dir = fresh(holder);

	append_alone(2, "x", NULL);
	append_alone(2, "y", NULL);
	/* cp -a: another inode, whole: the same epoch. */
	n = get_file(dir, LOG0, b, sizeof(b));
	unlinkat(dir, LOG0, 0);
	put_file(dir, LOG0, b, (size_t)n);
	CHECK_INT(append_alone(1, "next", &res), 4);
	CHECK_INT(res.leader_epoch, 0);
	/* An older copy put back: what a reader has seen is gone. */
	unlinkat(dir, LOG0, 0);
	put_file(dir, LOG0, b, (size_t)n);
	CHECK_INT(append_alone(1, "next", &res), 4);
	CHECK_INT(res.leader_epoch, 1);
	/* No segment at all: never at 0 again. */
	unlinkat(dir, LOG0, 0);
	recovery_point_write(dir, 3, NULL);
	CHECK_INT(append_alone(1, "next", &res), 5);
	CHECK_INT(res.leader_epoch, 2);
	/* No lock file, one of zeros, one of nonsense. */
	unlinkat(dir, "lock", 0);
	CHECK_INT(append_alone(1, "next", &res), 6);
	memset(b, 0, 512);
	put_file(dir, "lock", b, 512);
	CHECK_INT(append_alone(1, "next", &res), 7);
	make_batch(&m, 3, "nonsense", 1);
	put_file(dir, "lock", m.b, m.n);
	CHECK_INT(append_alone(1, "next", &res), 8);
	CHECK_INT(tell(dir, NULL, NULL).gaps, 0);
	close(dir);
}

static void
test_epochs_damaged(void)
{
	struct appended res;
	struct epoch_list l;
	int dir = fresh(holder);

	append_alone(2, "x", NULL);
	reboot();
	append_alone(2, "y", NULL);
	reboot();
	put_file(dir, "leader-epoch-checkpoint", "0\n2\n0 0\n1 ", 10);
	CHECK_INT(append_alone(1, "z", &res), 4);
	CHECK_INT(res.leader_epoch, 2);
	CHECK_INT(epochs_read(dir, &l, NULL), 0);
	CHECK_TRUE(l.n == 3 && l.v[1].start_offset == 2 && l.v[2].start_offset == 4);
	epochs_release(&l);
	CHECK_INT(quarantined(dir, "leader-epoch", NULL), 1);
	close(dir);
}

int
main(void)
{
	holder = tmpdir_make();
	if (fchdir(holder) == -1)
		return 1;
	test_dead_writer();
	test_hole();
	test_reboot_cuts();
	test_reboot_flips();
	test_trimmed_beyond();
	test_recovery_point();
	test_resume();
	test_copy();
	test_epochs_damaged();
	tmpdir_remove();
	return check_done();
}
