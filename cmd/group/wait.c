/*
 * plog-group wait: until groups have caught up.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "group/group.h"
#include "log/follow.h"
#include "tool/msg.h"
#include "tool/signals.h"

/* Commits are writes below offsets/; where it cannot be watched the wait looks twice a second. */
static void
watch(struct follow *f, const struct backend *be, const struct group_opts *o, const char *group)
{
	static const char *const rooms[] = { "offsets", "members" };
	char path[PATH_MAX];
	size_t i;
	int fd, n;

	for (i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
		if (o->dir != NULL)
			n = snprintf(path, sizeof(path), "%s/%s/%s", o->dir, group, rooms[i]);
		else
			n = snprintf(path, sizeof(path), "%s/groups/%s/%s", be->ops->where(be), group, rooms[i]);
		if (n < 0 || (size_t)n >= sizeof(path) || (fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) == -1)
			continue;
		(void)follow_add(f, fd);
		close(fd);
	}
}

/* 1 caught up, 0 not yet, negative: said. */
static int
caught_up(struct backend *be, const struct group_opts *o, const char *group, int64_t *lag)
{
	struct err e = ERR_INIT;
	int status = EXIT_DONE, rc;
	struct view v;

	if ((rc = view_open(&v, be, o, group, &status, &e)) != 0) {
		msg_err(&e);
		return rc;
	}
	*lag = view_lag(&v);
	/* While partitions move, some may not be seen yet. */
	rc = v.n > 0 && *lag <= o->lag && strcmp(v.info.state, "PreparingRebalance") != 0;
	view_close(&v, be);
	return status == EXIT_DONE ? rc : -ERR_DAMAGE;
}

/* Ends with the status. */
static int
wait_for(struct backend *be, struct follow *f, const struct group_opts *o, const char *group, int64_t until,
    const volatile sig_atomic_t *stop)
{
	int64_t left = -1, lag = 0;
	int rc;

	watch(f, be, o, group);
	for (;;) {
		if ((rc = caught_up(be, o, group, &lag)) < 0)
			return EXIT_FAILED;
		if (rc == 1)
			return EXIT_DONE;
		if (*stop)
			signals_exit(EXIT_FAILED);
		if (until != -1 && (left = (until - clock_steady_ns()) / 1000000) <= 0) {
			msg("group '%s' has not caught up: lag %lld", group, (long long)lag);
			return EXIT_FAILED;
		}
		(void)follow_wait(f, left, NULL, 0);
		while (follow_changed(f) != -1)
			;
	}
}

int
group_cmd_wait(struct group_opts *o, int n, char *const *operands)
{
	const volatile sig_atomic_t *stop = signals_catch();
	struct backend *be = group_backend(o, false);
	int64_t until = o->timeout_ms == -1 ? -1 : clock_steady_ns() + o->timeout_ms * 1000000;
	struct err e = ERR_INIT;
	int status = EXIT_DONE;
	char **names;
	size_t count, i;

	if (n == 0)
		die_usage("wait: for which group?");
	names = group_names(be, o, n, operands, &count, &status);
	for (i = 0; i < count; i++) {
		struct follow *f = follow_new(&e);

		if (f == NULL)
			die_err(&e);
		follow_stop(f, stop);
		if (wait_for(be, f, o, names[i], until, stop) != EXIT_DONE)
			status = EXIT_FAILED;
		follow_free(f);
	}
	group_names_done(names, count);
	backend_close(be);
	return status;
}
