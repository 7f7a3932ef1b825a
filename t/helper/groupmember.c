/*
 * groupmember.c - a member of a group that says what it owns, for tests.
 *
 *	groupmember [-d DIR] [-g GROUPS_DIR] [-m ID] [-i INSTANCE] [-a ASSIGNOR,...] [-s SESSION_MS] [-p POLL_MS]
 *	    [-c] [-C COUNT] [-k] [-n SECONDS] [-e] [-q] [-t COMMIT_TIMEOUT_MS] [-w MS] GROUP TOPIC...
 *
 * A line for each thing that happens, on stdout, with the steady clock in
 * microseconds first:
 *
 *	T joined ID | T assigned TOPIC P OFFSET | T revoke TOPIC P | T gave TOPIC P | T lost TOPIC P |
 *	T settled | T committed TOPIC P OFFSET | T fenced MESSAGE | T error MESSAGE | T notice TEXT | T left
 *
 * -c: commits one offset further for each owned partition, in turn, without
 * pause (-w: with one of MS).  -C: leaves when it is settled and has committed COUNT times, with -k it
 * stays.  Ends at TERM, after SECONDS, or when its standard input ends (-e).
 * USR1: says "dying" and kills itself with KILL.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/backend.h"
#include "backend/group.h"
#include "base/clock.h"

struct owned {
	char topic[250];
	int32_t partition;
	int64_t offset;
};

static volatile sig_atomic_t stop, die;
static struct owned owned[100000];
static size_t nowned;
static bool quiet, settled, stays;
static long commits_left = -1;
static int pause_ms;

static void
on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void
on_usr1(int sig)
{
	(void)sig;
	die = 1;
}

__attribute__((format(printf, 1, 2))) static void
say(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	printf("%lld ", (long long)(clock_steady_ns() / 1000));
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static void
notice(void *arg, const char *text)
{
	(void)arg;
	say("notice %s", text);
}

static size_t
find(const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < nowned && (owned[i].partition != partition || strcmp(owned[i].topic, topic) != 0); i++)
		;
	return i;
}

static void
drop(const char *topic, int32_t partition)
{
	size_t i = find(topic, partition);

	if (i < nowned)
		owned[i] = owned[--nowned];
}

static int
one_event(const struct group_ops *g, struct member *m, struct err *e)
{
	struct member_event ev;
	char topic[250] = "";
	int rc;

	if ((rc = g->event(m, &ev, e)) != 1)
		return rc;
	if (ev.topic != NULL)
		snprintf(topic, sizeof(topic), "%s", ev.topic);
	switch (ev.kind) {
	case MEMBER_ASSIGNED:
		say("assigned %s %d %lld", topic, ev.partition, (long long)ev.offset);
		drop(topic, ev.partition);
		snprintf(owned[nowned].topic, sizeof(owned[nowned].topic), "%s", topic);
		owned[nowned].partition = ev.partition;
		owned[nowned++].offset = ev.offset;
		break;
	case MEMBER_REVOKE:
		say("revoke %s %d", topic, ev.partition);
		drop(topic, ev.partition);
		if ((rc = g->give_up(m, topic, ev.partition, e)) < 0)
			return rc;
		say("gave %s %d", topic, ev.partition);
		break;
	case MEMBER_LOST:
		say("lost %s %d", topic, ev.partition);
		drop(topic, ev.partition);
		break;
	case MEMBER_SETTLED:
		say("settled");
		settled = true;
		break;
	}
	return 1;
}

static int
commit_next(const struct group_ops *g, struct member *m, size_t *at, struct err *e)
{
	struct owned *o;
	int rc;

	if (nowned == 0 || commits_left == 0)
		return 0;
	commits_left -= commits_left > 0;
	o = &owned[(*at)++ % nowned];
	if ((rc = g->commit(m, o->topic, o->partition, o->offset + 1, 0, e)) == 0)
		say("committed %s %d %lld", o->topic, o->partition, (long long)++o->offset);
	else if (rc == -ERR_FENCED && g->owns(m, o->topic, o->partition) != 1) {
		say("refused %s %d", o->topic, o->partition);
		drop(o->topic, o->partition);
		rc = 0;
	}
	return rc;
}

static int
work(const struct group_ops *g, struct member *m, bool commits, int64_t seconds, bool input)
{
	int64_t end = seconds < 0 ? INT64_MAX : clock_steady_ns() + seconds * 1000000000;
	struct err e = ERR_INIT;
	size_t at = 0;
	int rc = 0;

	while (!stop && clock_steady_ns() < end) {
		struct pollfd p[2] = { { .fd = g->fd(m), .events = POLLIN }, { .fd = input ? 0 : -1, .events = POLLIN } };

		if (die) {
			say("dying");
			raise(SIGKILL);
		}
		while ((rc = one_event(g, m, &e)) == 1)
			;
		if (rc == 0 && commits)
			rc = commit_next(g, m, &at, &e);
		if (rc < 0 || (settled && commits_left == 0 && !stays))
			break;
		if (poll(p, 2, commits && nowned > 0 && commits_left != 0 ? pause_ms : 1000) > 0 && p[1].revents != 0)
			break;
	}
	if (rc < 0)
		say("%s %s", rc == -ERR_FENCED ? "fenced" : "error", e.text);
	rc = g->leave(m, &e) < 0 || rc < 0;
	say("left");
	return rc;
}

int
main(int argc, char **argv)
{
	const char *dir = NULL, *likes[8] = { NULL }, *one;
	struct backend_opts bo = { .write = true, .stop = &stop };
	struct member_opts mo = { .assignors = likes, .session_timeout_ms = 45000, .max_poll_interval_ms = 300000,
		.reset = { .kind = PLACE_EARLIEST }, .commit_timeout_ms = 30000, .verbose = true, .notice = notice };
	struct sigaction sa = { .sa_handler = on_term };
	bool commits = false, input = false;
	struct err e = ERR_INIT;
	int64_t seconds = -1;
	struct backend *be;
	struct member *m;
	size_t n = 0;
	char *list;
	int c;

	while ((c = getopt(argc, argv, "d:g:m:i:a:s:p:cC:kn:eqrt:w:")) != -1)
		switch (c) {
		case 'd': dir = optarg; break;
		case 'g': mo.groups_dir = optarg; break;
		case 'm': mo.id = optarg; break;
		case 'i': mo.instance = optarg; break;
		case 'a':
			for (list = optarg; n < 7 && (one = strsep(&list, ",")) != NULL; )
				likes[n++] = one;
			break;
		case 's': mo.session_timeout_ms = strtoll(optarg, NULL, 10); break;
		case 'p': mo.max_poll_interval_ms = strtoll(optarg, NULL, 10); break;
		case 'c': commits = true; break;
		case 'C': commits = true; commits_left = strtol(optarg, NULL, 10); break;
		case 'k': stays = true; break;
		case 'w': pause_ms = (int)strtol(optarg, NULL, 10); break;
		case 't': mo.commit_timeout_ms = strtoll(optarg, NULL, 10); break;
		case 'n': seconds = strtoll(optarg, NULL, 10); break;
		case 'e': input = true; break;
		case 'q': quiet = true; break;
		case 'r': bo.write = false; break;
		default: return 2;
		}
	if (argc - optind < 2)
		return 2;
	if (dir != NULL) {
		bo.dirs = &dir;
		bo.ndirs = 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sa.sa_handler = on_usr1;
	sigaction(SIGUSR1, &sa, NULL);
	mo.group = argv[optind++];
	mo.topics = (const char *const *)argv + optind;
	mo.ntopics = (size_t)(argc - optind);
	if (backend_open(&be, &bo, &e) < 0 || be->ops->groups->join(be, &mo, &m, &e) < 0) {
		say("error %s", e.text);
		return 1;
	}
	say("joined %s", be->ops->groups->id(m));
	c = work(be->ops->groups, m, commits, seconds, input);
	backend_close(be);
	return c;
}
