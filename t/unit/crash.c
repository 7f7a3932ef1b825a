/*
 * A death, an error, a short write at each call that changes the disk, in the
 * first create, appends, rolls, the upkeep of indexes, a recovery.  Then a
 * second process appends and looks: what was acknowledged is there, once, at
 * its offset; no offset is missing; nothing is torn.
 *
 * PLOG_TORTURE=1: every errno, every short count.
 */
#include "unit/faults.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "unit/partition.h"

#define MOST	256

struct shared {				/* outlives the death */
	int acked, calls;
	bool in_sync;			/* the error was told by a sync */
	int64_t offset[MOST];
	int value[MOST];
	int32_t epoch[MOST];
};
static struct shared *shared;

static int torture;
static struct faults armed;		/* from arm() on */

static void
arm(void)
{
	faults = armed;
}

/* Appends until an error comes, or it was enough; the last value taken is value. */
static int
go_on(struct appender *ap, int value, int count, int again)
{
	struct appended res;
	char text[16];
	int i, tries;

	for (i = 0; i < count; i++, value++) {
		snprintf(text, sizeof(text), "%d", value);
		for (tries = 0; append_one(ap, 1 + i % 3, text, &res, NULL) < 0; tries++)
			if (tries == again)
				return -1;
		shared->offset[shared->acked] = res.base_offset;
		shared->value[shared->acked] = value;
		shared->epoch[shared->acked] = res.leader_epoch;
		shared->acked++;
	}
	return 0;
}

/* First create and first appends. */
static int
do_create(int holder, int again)
{
	struct appender *ap;
	int rc;

	part.holder = holder;
	arm();
	if (partdir_create(&part, 0755, NULL) != 0 || appender_open(&ap, &part, &part_opts, NULL) != 0)
		return -1;
	rc = go_on(ap, 1, 3, again);
	appender_close(ap);
	return rc;
}

/* Segments of three or four batches, an index entry for nearly each. */
static int
do_roll(int holder, int again)
{
	struct appender *ap;
	int rc;

	(void)holder;
	part_opts.conf.segment_bytes = 330;
	part_opts.conf.index_interval_bytes = 20;
	arm();
	if (appender_open(&ap, &part, &part_opts, NULL) != 0)
		return -1;
	rc = go_on(ap, 1, 10, again);
	if (appender_sync(ap, NULL) != 0)
		rc = -1;
	appender_close(ap);
	return rc;
}

/* A torn tail, found by the next writer of the same boot. */
static int
do_torn(int holder, int again)
{
	struct appender *ap;
	struct made m;
	int fd, dir, rc;

	(void)holder;
	part_opts.conf.index_interval_bytes = 20;
	if (append_alone(2, "0", NULL) < 0 || append_alone(2, "0", NULL) < 0)
		return -1;
	make_batch(&m, 1, "torn", 5);
	batch_patch_offset(m.b, 4, 0);
	dir = partdir_open(&part);
	fd = openat(dir, LOG0, O_WRONLY | O_APPEND);
	syscall(SYS_write, fd, m.b, m.n - 1);
	close(fd);
	close(dir);
	arm();
	if (appender_open(&ap, &part, &part_opts, NULL) != 0)
		return -1;
	rc = go_on(ap, 1, 2, again);
	appender_close(ap);
	return rc;
}

/* After a reboot: verified, cut, epoch raised. */
static int
do_reboot(int holder, int again)
{
	struct appender *ap;
	int rc, dir;

	if (append_alone(2, "0", NULL) < 0 || append_alone(1, "0", NULL) < 0)
		return -1;
	(void)holder;
	dir = partdir_open(&part);
	if (syscall(SYS_truncate, "0/" LOG0, file_size(dir, LOG0) - 7) == -1)
		return -1;
	close(dir);
	reboot();
	arm();
	if (appender_open(&ap, &part, &part_opts, NULL) != 0)
		return -1;
	rc = go_on(ap, 1, 2, again);
	appender_close(ap);
	return rc;
}

/* A sync that fails, and what follows from it. */
static int
do_lost(int holder, int again)
{
	struct appender *ap;
	int rc;

	(void)holder;
	if (append_alone(2, "0", NULL) < 0 || appender_open(&ap, &part, &part_opts, NULL) != 0)
		return -1;
	arm();
	rc = go_on(ap, 1, 2, again);
	faults.syncs_fail = 1;
	if (rc == 0)
		rc = appender_sync(ap, NULL) == -ERR_UNSYNCED ? 0 : -1;
	if (rc == 0)
		rc = go_on(ap, 5, 2, again);
	appender_close(ap);
	return rc;
}

static const struct {
	const char *name;
	int (*go)(int, int);
	int made;			/* the partition is there before */
} scenes[] = {
	{ "first create", do_create, 0 }, { "append, index, roll", do_roll, 1 },
	{ "torn tail", do_torn, 1 }, { "reboot", do_reboot, 1 }, { "failed sync", do_lost, 1 },
};
#define SCENES	(sizeof(scenes) / sizeof(scenes[0]))

static void
see(void *ctx, int64_t offset, int32_t epoch, struct slice value)
{
	int *seen = ctx, i;

	for (i = 0; i < shared->acked; i++)
		if (shared->offset[i] == offset && shared->epoch[i] == epoch &&
		    strtol((const char *)value.p, NULL, 10) == shared->value[i])
			seen[i]++;
}

/* What the second process finds, having appended one more. */
static void
look(int scene, int holder, const char *what)
{
	struct told t;
	int seen[MOST] = { 0 }, i, dir;

	part.holder = holder;
	dir = partdir_open(&part);
	if (dir == -1) {
		/* The directory comes whole, or not at all. */
		CHECK(scene == 0 && shared->acked == 0, "%s: no partition", what);
		CHECK_INT(partdir_create(&part, 0755, NULL), 0);
		dir = partdir_open(&part);
	}
	CHECK(append_alone(1, "99", NULL) >= 0, "%s: the next writer", what);
	t = tell(dir, see, seen);
	CHECK(t.torn == 0 && t.gaps == 0 && t.wrong_epochs == 0, "%s: %d bytes torn, %d gaps, %d of a wrong epoch", what,
	    t.torn, t.gaps, t.wrong_epochs);
	for (i = 0; i < shared->acked; i++)
		CHECK(seen[i] == 1, "%s: %d was acknowledged at %lld and is there %d times", what, shared->value[i],
		    (long long)shared->offset[i], seen[i]);
	close(dir);
}

/* The scene in a process of its own; its status. */
static int
play(int scene, int holder, const struct faults *f, int again)
{
	int status;
	pid_t pid;

	shared->acked = 0;
	close(fresh(holder));
	if (!scenes[scene].made) {
		char path[PATH_MAX + 8];

		snprintf(path, sizeof(path), "%s/0", tmpdir_path);
		nftw(path, tmpdir_unlink, 16, FTW_DEPTH | FTW_PHYS);
	}
	if ((pid = fork()) == 0) {
		armed = *f;
		status = scenes[scene].go(holder, again) == 0 ? 0 : 1;
		shared->calls = faults.calls;
		shared->in_sync = faults.in_sync;
		_exit(status);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid) {
		perror("fork");
		exit(1);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
sweep(int scene, int holder, struct faults f, int again, const char *name)
{
	char what[128];
	int n, rc, calls;

	CHECK_INT(play(scene, holder, &(struct faults){ .what = FAULT_NONE }, 0), 0);
	calls = shared->calls;
	for (n = 1; n <= calls; n++) {
		f.at = n;
		rc = play(scene, holder, &f, again);
		snprintf(what, sizeof(what), "%s, %s at call %d of %d", scenes[scene].name, name, n, calls);
		CHECK(rc == 0 || rc == 1 || rc == FAULT_STATUS, "%s: status %d", what, rc);
		/* Whoever tries again after an error gets on; but for a sync, which is not tried twice. */
		if (again && f.what == FAULT_ERROR)
			CHECK(rc == 0 || scene == 0 || shared->in_sync, "%s: gave up", what);
		look(scene, holder, what);
	}
}

int
main(void)
{
	static const int errors[] = { ENOSPC, EIO, EDQUOT, EFBIG, EROFS, EINTR };
	static const int keeps[] = { 1, 12, 17, 35, 60, 61, 70 };
	int holder = tmpdir_make(), s;
	size_t i;

	torture = getenv("PLOG_TORTURE") != NULL;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || fchdir(holder) == -1)
		return 1;
	for (s = 0; s < (int)SCENES; s++) {
		sweep(s, holder, (struct faults){ .what = FAULT_KILL }, 0, "killed");
		sweep(s, holder, (struct faults){ .what = FAULT_KILL_HALF }, 0, "killed in the middle");
		for (i = 0; i < (torture ? sizeof(errors) / sizeof(errors[0]) : 2); i++) {
			sweep(s, holder, (struct faults){ .what = FAULT_ERROR, .error = errors[i] }, 1, "an error once");
			/* An interruption that never ends is none. */
			if (errors[i] != EINTR)
				sweep(s, holder, (struct faults){ .what = FAULT_STICKY, .error = errors[i] }, 0, "errors from there on");
		}
		for (i = 0; i < sizeof(keeps) / sizeof(keeps[0]); i += torture ? 1 : 3)
			sweep(s, holder, (struct faults){ .what = FAULT_SHORT, .error = ENOSPC, .keep = keeps[i] }, 0, "a short write");
	}
	tmpdir_remove();
	return check_done();
}
