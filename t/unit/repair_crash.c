/*
 * Whatever block of a log is zeroed, doubled, swapped or lost, a repair makes
 * the partition whole (repaired.h); and a death or an error at any call of the
 * repair leaves what the next writer can append to and the next repair finishes.
 *
 * PLOG_TORTURE: every place, every kind of error.
 */
#include "unit/repaired.h"

#include <sys/wait.h>

/* One mischief. */
enum mischief { ZEROED, DOUBLED, SWAPPED, CUT, TORN, OLDER, NO_SEGMENT, NO_ACTIVE, NO_LOCK, NO_EPOCHS, OVERLAP, DOUBLE_BATCH, MISCHIEFS };

static void
do_mischief(int dir, enum mischief m, size_t at)
{
	static uint8_t b[65536], c[65536], old[65536];
	const char *name = segments[m == CUT || m == TORN || at % 2 ? 2 : 1];
	size_t n = (size_t)get_file(dir, name, b, sizeof(b)), third = n / (name == segments[2] ? 2 : 3), k;

	at %= n;
	k = third < n - at ? third : n - at;
	switch (m) {
	case ZEROED:
		memset(b + at, 0, k);
		break;
	case DOUBLED:				/* bytes pushed in */
		memcpy(c, b, n);
		memcpy(b + at + k, c + at, n - at);
		n += k;
		break;
	case DOUBLE_BATCH:
		memcpy(c, b, n);
		memcpy(b + third, c, n);
		n += third;
		break;
	case SWAPPED:
		memcpy(c, b, 2 * third);
		memcpy(b, c + third, third);
		memcpy(b + third, c, third);
		break;
	case CUT:				/* the end is gone */
		n = at;
		break;
	case TORN:
		memcpy(b + n, b, third / 2);
		n += third / 2;
		break;
	case OLDER:				/* a batch of another place over one */
		get_file(dir, segments[0], old, sizeof(old));
		memcpy(b, old, third);
		break;
	case OVERLAP:				/* the first two segments' batches in one file, the second there as well */
		n = (size_t)get_file(dir, segments[0], c, sizeof(c));
		memcpy(b, c, n);
		n += (size_t)get_file(dir, segments[1], b + n, sizeof(b) - n);
		name = segments[0];
		break;
	case NO_SEGMENT: unlinkat(dir, segments[1], 0); return;
	case NO_ACTIVE: unlinkat(dir, segments[2], 0); return;
	case NO_LOCK: unlinkat(dir, "lock", 0); return;
	case NO_EPOCHS: put_file(dir, "leader-epoch-checkpoint", "0\n1\nx\n", 6); return;
	case MISCHIEFS: return;
	}
	put_file(dir, name, b, n);
}

/* How many records it may cost. */
static int
may_cost(enum mischief m)
{
	switch (m) {
	case ZEROED: case SWAPPED: case OLDER: return 2 * EACH;
	case DOUBLED: return EACH;
	case DOUBLE_BATCH: return EACH;		/* in the active segment: behind its end, as its last writer left it */
	case CUT: case NO_ACTIVE: return 2 * EACH;
	case NO_SEGMENT: return 3 * EACH;
	case TORN: case NO_LOCK: case NO_EPOCHS: case OVERLAP: case MISCHIEFS: return 0;
	}
	return 0;
}

static void
mischief(void)
{
	struct seen before;
	size_t at, step = torture ? 1 : 17;
	char what[96];
	int dir, m, boots;

	for (m = 0; m < MISCHIEFS; m++)
		for (boots = 0; boots < 2; boots++)
			for (at = 0; at < 400; at += m <= DOUBLED || m == CUT ? step : 399) {
				/* The next batch's base offset before the rest of this one: but for a digest nobody can tell. */
				if (m == DOUBLED && at % 201 >= 8 && at % 201 <= 17)
					continue;
				dir = make();
				read_log(dir, &before);
				do_mischief(dir, (enum mischief)m, at);
				if (boots)
					reboot();
				snprintf(what, sizeof(what), "mischief %d at %zu%s", m, at, boots ? ", rebooted" : "");
				repaired(dir, &before, may_cost((enum mischief)m), what);
				close(dir);
			}
}

/* What a death or an error in the middle of a repair leaves. */
static void
crash(enum mischief m, struct faults f, const char *name)
{
	struct seen before, now;
	char what[96];
	int dir, calls = 1, at, status;
	struct appender *ap;
	size_t n;
	pid_t pid;

	for (at = 1; at <= calls; at++) {
		dir = make();
		read_log(dir, &before);
		do_mischief(dir, m, 60);
		snprintf(what, sizeof(what), "mischief %d, %s at call %d", m, name, at);
		fflush(NULL);
		if ((pid = fork()) == 0) {
			struct repair_report r = REPAIR_REPORT_INIT;

			faults = f;
			faults.at = at;
			(void)partdir_repair(&part, &opts, &r, NULL);
			_exit(faults.calls < at ? 1 : 0);
		}
		if (pid == -1 || waitpid(pid, &status, 0) != pid)
			exit(1);
		/* Not reached (1): that were all. */
		if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_STATUS))
			calls = at + 1;
		if (at % 2 == 0) {
			/* The next one is a writer. */
			ap = open_part();
			add(ap, 98);
			appender_close(ap);
			read_log(dir, &now);
			before.next = now.next;
			memcpy(before.crc + RECORDS, now.crc + RECORDS, sizeof(now.crc) - RECORDS * sizeof(now.crc[0]));
			if (m == CUT || m == NO_ACTIVE)
				memcpy(before.crc + 24, now.crc + 24, sizeof(now.crc) - 24 * sizeof(now.crc[0]));
		}
		repaired(dir, &before, may_cost(m), what);
		CHECK(repair(what, &n) == 0 && n == 0, "%s: again", what);
		close(dir);
	}
}

int
main(void)
{
	int m;

	torture = getenv("PLOG_TORTURE") != NULL;
	holder = tmpdir_make();
	if (fchdir(holder) == -1)
		return 1;
	reboot();
	mischief();
	for (m = 0; m < MISCHIEFS; m++) {
		crash((enum mischief)m, (struct faults){ .what = FAULT_KILL }, "killed");
		if (torture || m == ZEROED || m == TORN) {
			crash((enum mischief)m, (struct faults){ .what = FAULT_KILL_HALF }, "killed in the middle");
			crash((enum mischief)m, (struct faults){ .what = FAULT_ERROR, .error = EIO }, "an error");
			crash((enum mischief)m, (struct faults){ .what = FAULT_STICKY, .error = ENOSPC }, "errors from there on");
		}
	}
	findings_release(&found);
	tmpdir_remove();
	return check_done();
}
