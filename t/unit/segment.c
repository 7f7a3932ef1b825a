/*
 * Names of segments, the list of them, the small files beside them.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "log/partdir.h"
#include "log/segment.h"
#include "unit/check.h"
#include "unit/tmpdir.h"

static const struct {
	const char *name;
	bool ok;
	int64_t base;
	const char *suffix;
} names[] = {
	{ "00000000000000000000.log", true, 0, ".log" },
	{ "00000000000000001536.timeindex", true, 1536, ".timeindex" },
	{ "09223372036854775807.log", true, INT64_MAX, ".log" },
	{ "09223372036854775808.log", false, 0, NULL },
	{ "99999999999999999999.log", false, 0, NULL },
	{ "0000000000000000000.log", false, 0, NULL },
	{ "000000000000000000000.log", false, 0, NULL },
	{ "0000000000000000000a.log", false, 0, NULL },
	{ "-0000000000000000001.log", false, 0, NULL },
	{ "00000000000000000007", false, 0, NULL },
	{ "lock", false, 0, NULL },
	{ "", false, 0, NULL },
};

static void
test_names(void)
{
	char out[SEGMENT_NAME_MAX];
	const char *suffix;
	int64_t base;
	size_t i;
	bool ok;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ok = segment_parse(names[i].name, &base, &suffix);
		CHECK(ok == names[i].ok, "'%s' is %sa segment", names[i].name, ok ? "" : "no ");
		if (!ok || !names[i].ok)
			continue;
		CHECK_INT(base, names[i].base);
		CHECK_STR(suffix, names[i].suffix);
		segment_name(out, base, suffix);
		CHECK_STR(out, names[i].name);
	}
}

static void
test_list(int dir)
{
	static const int64_t bases[] = { 40, 0, 7, 1000000000000, 12 };
	struct segment_list l = SEGMENT_LIST_INIT;
	char name[SEGMENT_NAME_MAX];
	size_t i;

	CHECK_INT(segment_list_read(dir, &l, NULL), 0);
	CHECK_INT(l.n, 0);
	CHECK_INT(segment_list_find(&l, 3), -1);
	for (i = 0; i < 5; i++) {
		segment_name(name, bases[i], ".log");
		put_file(dir, name, "", 0);
		segment_name(name, bases[i], ".index");
		put_file(dir, name, "", 0);
	}
	put_file(dir, "00000000000000000003.log.deleted", "", 0);
	CHECK_INT(segment_list_read(dir, &l, NULL), 0);
	CHECK_INT(l.n, 5);
	CHECK_INT(l.base[0], 0);
	CHECK_INT(l.base[4], 1000000000000);
	CHECK_INT(segment_list_find(&l, 6), 0);
	CHECK_INT(segment_list_find(&l, 7), 1);
	CHECK_INT(segment_list_find(&l, INT64_MAX), 4);
	/* Read again: not twice as long. */
	CHECK_INT(segment_list_read(dir, &l, NULL), 0);
	CHECK_INT(l.n, 5);
	segment_list_release(&l);
}

static const struct {
	const char *text;
	int rc;
	size_t n;
} epochs[] = {
	{ "0\n1\n0 0\n", 0, 1 }, { "0\n0\n", 0, 0 }, { "0\n2\n0 0\n3 17\n", 0, 2 },
	{ "", -ERR_DAMAGE, 0 }, { "0\n", -ERR_DAMAGE, 0 }, { "1\n0\n", -ERR_DAMAGE, 0 },
	{ "0\n2\n0 0\n", -ERR_DAMAGE, 0 }, { "0\n1\n0 0\n1 2\n", -ERR_DAMAGE, 0 },
	{ "0\n2\n1 0\n1 2\n", -ERR_DAMAGE, 0 }, { "0\n2\n1 5\n2 5\n", -ERR_DAMAGE, 0 },
	{ "0\n1\n-1 0\n", -ERR_DAMAGE, 0 }, { "0\n1\n0 0", -ERR_DAMAGE, 0 },
	{ "0\n99999999999\n0 0\n", -ERR_DAMAGE, 0 }, { "0\n1\n99999999999 0\n", -ERR_DAMAGE, 0 },
	{ "0\n1\n0 99999999999999999999\n", -ERR_DAMAGE, 0 },
};

static void
test_epochs(int dir)
{
	struct epoch_list l;
	size_t i;

	CHECK_INT(epochs_read(dir, &l, NULL), 0);
	CHECK_INT(l.n, 0);
	for (i = 0; i < sizeof(epochs) / sizeof(epochs[0]); i++) {
		put_file(dir, "leader-epoch-checkpoint", epochs[i].text, strlen(epochs[i].text));
		CHECK(epochs_read(dir, &l, NULL) == epochs[i].rc && l.n == epochs[i].n, "epochs '%s'", epochs[i].text);
		epochs_release(&l);
	}
	put_file(dir, "leader-epoch-checkpoint", epochs[2].text, strlen(epochs[2].text));
	CHECK_INT(epochs_read(dir, &l, NULL), 0);
	CHECK_INT(epoch_end(&l, 0, 40), 17);
	CHECK_INT(epoch_end(&l, 3, 40), 40);
	CHECK_INT(epoch_end(&l, 1, 40), -1);
	CHECK_INT(epochs_add(&l, 4, 17), 0);	/* nothing of epoch 3 is in the log */
	CHECK_INT(epochs_add(&l, 5, 20), 0);
	CHECK_INT(epochs_write(dir, &l, NULL), 0);
	epochs_release(&l);
	check_file(dir, "leader-epoch-checkpoint", "0\n3\n0 0\n4 17\n5 20\n");
}

static void
test_points(int dir)
{
	char text[40];
	int64_t v;
	int i;

	CHECK_INT(recovery_point_read(dir, &v, NULL), 0);
	CHECK_INT(v, 0);
	CHECK_INT(recovery_point_write(dir, 1234567, NULL), 0);
	CHECK_INT(recovery_point_read(dir, &v, NULL), 0);
	CHECK_INT(v, 1234567);
	CHECK_INT(recovery_point_write(dir, INT64_MAX, NULL), 0);
	CHECK_INT(recovery_point_write(dir, 3, NULL), 0);
	CHECK_INT(recovery_point_read(dir, &v, NULL), 0);
	CHECK_INT(v, 3);
	get_file(dir, "recovery-point", text, sizeof(text));
	for (i = 0; i < 30; i++) {
		text[i] ^= 1;
		put_file(dir, "recovery-point", text, 30);
		CHECK(recovery_point_read(dir, &v, NULL) == -ERR_DAMAGE && v == 0, "recovery point with byte %d flipped", i);
		text[i] ^= 1;
	}
	put_file(dir, "recovery-point", text, 29);
	CHECK_INT(recovery_point_read(dir, &v, NULL), -ERR_DAMAGE);

	CHECK_INT(log_start_read(dir, &v, NULL), 0);
	CHECK_INT(v, 0);
	CHECK_INT(log_start_raise(dir, 50, NULL), 0);
	CHECK_INT(log_start_raise(dir, 20, NULL), 0);
	CHECK_INT(log_start_read(dir, &v, NULL), 0);
	CHECK_INT(v, 50);
	put_file(dir, "log-start-offset", "5x\n", 3);
	CHECK_INT(log_start_read(dir, &v, NULL), -ERR_DAMAGE);
	CHECK_INT(log_start_raise(dir, 60, NULL), -ERR_DAMAGE);
	put_file(dir, "log-start-offset", "", 0);
	CHECK_INT(log_start_read(dir, &v, NULL), -ERR_DAMAGE);
}

int
main(void)
{
	int dir = tmpdir_make();

	test_names();
	test_list(dir);
	test_epochs(dir);
	test_points(dir);
	tmpdir_remove();
	return check_done();
}
