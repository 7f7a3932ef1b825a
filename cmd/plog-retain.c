/*
 * plog-retain - retention and compaction, from cron.
 */
#include <sys/resource.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "retain/retain.h"
#include "store/clockguard.h"
#include "text/isotime.h"
#include "tool/msg.h"
#include "tool/opts.h"
#include "tool/signals.h"

static const struct tool tool = {
	.name = "plog-retain",
	.usage = "plog-retain [options] [TOPIC ...]",
	.help =
	    "  -d, --dir=DIR       the store\n"
	    "      --dry-run       show what would go, and why the rest stays; delete nothing\n"
	    "      --retention=T   for this run, instead of retention.ms: 7d\n"
	    "      --max-size=N    for this run, instead of retention.bytes: of a topic at most 10G\n"
	    "      --total         that N is of all topics together, the oldest segments go first\n"
	    "      --keep-unread[=GROUP,...]  keep what these groups, or all, have not read\n"
	    "      --group-expiry=T  a group without members and commits for so long does not count; 7d\n"
	    "      --force         believe the clock\n"
	    "      --now           compact whatever the dirty ratio is\n"
	    "      --memory=N      for the keys of compactions; 128M\n"
	    "      --quarantine=T  keep what recovery and repair set aside for so long; 30d\n"
	    "      --io-rate=N     bytes a second that compaction reads and writes\n"
	    "  -j, --jobs=N        partitions at once; 1\n"
	    "      --wait          wait for another run of this store to end\n"
	    "  -J, --json          a line a segment, as JSON\n"
	    "      --tsv           the same, with tabs between columns\n"
	    "  -v, --verbose       a line a segment, and totals\n"
	    "  -h, --help  -V, --version\n",
};

enum { O_DRY = 256, O_RETENTION, O_MAX_SIZE, O_TOTAL, O_FORCE, O_WAIT, O_TSV, O_NOW, O_KEEP_UNREAD, O_GROUP_EXPIRY, O_MEMORY, O_IO_RATE,
	O_QUARANTINE };

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "dry-run", no_argument, NULL, O_DRY },
	{ "retention", required_argument, NULL, O_RETENTION },
	{ "max-size", required_argument, NULL, O_MAX_SIZE },
	{ "total", no_argument, NULL, O_TOTAL },
	{ "force", no_argument, NULL, O_FORCE },
	{ "keep-unread", optional_argument, NULL, O_KEEP_UNREAD },
	{ "group-expiry", required_argument, NULL, O_GROUP_EXPIRY },
	{ "now", no_argument, NULL, O_NOW },
	{ "memory", required_argument, NULL, O_MEMORY },
	{ "quarantine", required_argument, NULL, O_QUARANTINE },
	{ "io-rate", required_argument, NULL, O_IO_RATE },
	{ "jobs", required_argument, NULL, 'j' },
	{ "wait", no_argument, NULL, O_WAIT },
	{ "json", no_argument, NULL, 'J' },
	{ "tsv", no_argument, NULL, O_TSV },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* One run at a time in a store: the byte of its version file, which is never replaced.  The descriptor holds it to the end. */
static int
only_run(const struct retain_opts *o, bool wait, struct lock *held)
{
	struct err e = ERR_INIT;
	int fd, rc;

	if ((fd = open_at(store_fd(o->store), "version", O_RDWR, 0)) == -1) {
		(void)err_sys(&e, "cannot open '%s/version' for writing", store_dir(o->store));
		die_err(&e);
	}
	/* Kept for life, so that a stop by Ctrl-Z goes on working while this runs. */
	rc = lock_keep(fd, 0, "version", &e);
	if (rc == -ERR_BUSY && wait) {
		rc = lock_take(held, fd, 0, LOCK_WAIT_FOREVER, o->stop, "version", &e);
		if (rc == -ERR_INTR)
			signals_exit(EXIT_FAILED);
	}
	if (rc == -ERR_BUSY) {
		if (o->verbose || isatty(STDERR_FILENO))
			msg("another run is at it: %s", e.text);
		exit(EXIT_DONE);
	}
	if (rc != 0)
		die_err(&e);
	return fd;
}

/* Is the clock believed?  One line when not. */
static int
look_at_clock(struct retain_opts *o, int64_t smallest_ms)
{
	struct clock_seen last = { .doubt_since = -1 }, now;
	char was[ISOTIME_MAX + 1], is[ISOTIME_MAX + 1];
	enum clock_known known;
	struct err e = ERR_INIT;

	clock_now(&now);
	o->now_ms = now.wall_ms;
	if (clock_read(store_fd(o->store), &known, &last, &e) != 0) {
		msg_err(&e);
		known = CLOCK_UNREADABLE;
	}
	o->clock_ok = clock_judge(known, &last, &now, smallest_ms);
	if (o->force) {
		o->clock_ok = true;
		now.doubt_since = -1;
	}
	if (!o->dry && clock_write(store_fd(o->store), &now, &e) != 0 && o->verbose)
		msg_err(&e);
	if (o->clock_ok || smallest_ms < 0)
		return EXIT_DONE;
	*isotime_put((uint8_t *)is, now.wall_ms) = '\0';
	if (known == CLOCK_SEEN) {
		*isotime_put((uint8_t *)was, last.wall_ms) = '\0';
		msg("nothing is deleted by time: the clock says %s, the last run saw %s, and it did not advance as it should "
		    "(an hour of even running or --force lifts this)", is, was);
	} else
		msg("nothing is deleted by time: the clock says %s, and what the last run saw, the file 'clock' of the store, "
		    "cannot be read (an hour of even running or --force lifts this)", is);
	return EXIT_FAILED;
}

static void
open_store(struct retain_opts *o, struct target *t)
{
	static char dir[PATH_MAX];
	struct err e = ERR_INIT;
	const char *one = dir;

	if (t->ndirs == 0 && store_default_dir(NULL, dir, sizeof(dir), &e) != 0)
		die_err(&e);
	if (t->ndirs > 1)
		die_usage("-d is given more than once");
	if (store_open(&o->store, t->ndirs > 0 ? t->dirs : &one, 1, o->dry ? STORE_READ : STORE_WRITE, &e) != 0)
		die_err(&e);
	if (store_is_broker(o->store))
		die("'%s' is a Kafka broker's directory, read only", store_dir(o->store));
}

static int
run(struct retain_opts *o, int n, char *const *operands, bool wait)
{
	struct report rep;
	struct plan plan;
	struct lock held = LOCK_INIT;
	int status, fd = -1;
	size_t i;

	if (!o->dry)
		fd = only_run(o, wait, &held);
	o->now_ms = clock_wall_ms();
	status = plan_make(&plan, o, n, operands);
	if (look_at_clock(o, plan.smallest_ms) != EXIT_DONE)
		status = EXIT_FAILED;
	for (i = 0; i < plan.n; i++)
		plan.v[i].rules.now_ms = o->now_ms;
	if (groups_look(o) != EXIT_DONE)
		status = EXIT_FAILED;
	if (o->max_size >= 0)
		(void)plan_limits(&plan, o);
	report_start(&rep, o);
	if (retain_topics(&plan, o, &rep) != EXIT_DONE)
		status = EXIT_FAILED;
	status = report_end(&rep, o, status);
	plan_release(&plan);
	store_close(o->store);
	if (fd != -1)
		close(fd);
	return status;
}

int
main(int argc, char *argv[])
{
	static struct retain_opts o = { .retention_ms = -1, .max_size = -1, .group_expiry_ms = 7 * 86400000LL, .memory = COMPACT_MEMORY,
	    .form = TABLE_PEOPLE, .jobs = 1, .quarantine_ms = 30 * 86400000LL };
	static _Atomic uint64_t seen;
	static struct pace pace;
	struct target t = TARGET_INIT;
	struct rlimit files;
	bool wait = false;
	int ch;

	o.pace = &pace;
	o.seen = &seen;
	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, "d:b:j:JvhV", longs)) != -1)
		switch (ch) {
		case 'd': target_dir(&t, optarg); break;
		case 'b': die_usage("works on a store's directory; a cluster has retention of its own (-b)");
		case O_DRY: o.dry = true; break;
		case O_RETENTION: o.retention_ms = opt_duration("--retention", optarg); break;
		case O_MAX_SIZE: o.max_size = opt_size("--max-size", optarg, 0, INT64_MAX); break;
		case O_TOTAL: o.total = true; break;
		case O_FORCE: o.force = true; break;
		case O_KEEP_UNREAD:
			o.keep_unread = true;
			o.keep_groups = optarg;
			break;
		case O_GROUP_EXPIRY: o.group_expiry_ms = opt_duration("--group-expiry", optarg); break;
		case O_NOW: o.compact_now = true; break;
		case O_MEMORY: o.memory = opt_size("--memory", optarg, 64 << 10, INT64_MAX / 2); break;
		case O_IO_RATE: pace.rate = opt_size("--io-rate", optarg, 1, INT64_MAX); break;
		case O_QUARANTINE: o.quarantine_ms = opt_duration("--quarantine", optarg); break;
		case 'j': o.jobs = (int)opt_int("-j", optarg, 1, 1024); break;
		case O_WAIT: wait = true; break;
		case 'J': o.form = TABLE_JSON; break;
		case O_TSV: o.form = TABLE_TSV; break;
		case 'v': o.verbose = true; break;
		case 'h': tool_help(&tool);
		case 'V': tool_version(&tool);
		}
	if (o.total && o.max_size < 0)
		die_usage("--total needs --max-size");
	o.show = o.dry || o.verbose || o.form != TABLE_PEOPLE;
	/* Limits over many logs keep a descriptor for each of them. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	o.stop = signals_catch();
	open_store(&o, &t);
	signals_exit(run(&o, argc - optind, argv + optind, wait));
}
