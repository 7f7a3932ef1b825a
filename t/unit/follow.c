/*
 * Waiting for changes: what wakes, what does not, how often an idle wait
 * wakes, and that it works without inotify.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "log/follow.h"
#include "unit/logdir.h"

static void
append(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_APPEND, 0600);

	CHECK(fd != -1 && pwrite(fd, "x", 1, 0) == 1, "%s: %s", name, strerror(errno));
	close(fd);
}

/* The tags that changed, as text. */
static const char *
changed(struct follow *f, char *out, size_t size)
{
	size_t n = 0;
	int t;

	out[0] = '\0';
	while ((t = follow_changed(f)) != -1)
		n += (size_t)snprintf(out + n, size - n, "%s%d", n == 0 ? "" : " ", t);
	return out;
}

static void
events(void)
{
	struct err e = ERR_INIT;
	struct follow *f = follow_new(&e);
	struct logdir a, b;
	struct pollfd pfd;
	char out[64];
	int pipefd[2], ta, tb, tc;

	logdir_make(&a, false);
	logdir_make(&b, false);
	append(a.fd, "0.log");
	append(a.fd, "0.index");
	append(a.fd, "lock");
	ta = follow_add(f, a.fd);
	tb = follow_add(f, b.fd);
	tc = follow_add(f, a.fd);	/* the same directory again */
	CHECK(ta == 0 && tb == 1 && tc == 2, "%d %d %d", ta, tb, tc);
	CHECK(follow_degraded(f) == NULL, "it polls");
	/* A new one counts as changed: what came before its watch raised no event. */
	CHECK_STR(changed(f, out, sizeof(out)), "0 1 2");
	CHECK_INT(follow_wait(f, 0, NULL, 0), 0);
	append(a.fd, "0.log");
	CHECK_INT(follow_wait(f, 900, NULL, 0), 1);
	CHECK_STR(changed(f, out, sizeof(out)), "0 2");
	CHECK_STR(changed(f, out, sizeof(out)), "");
	/* What every append does beside the log wakes nobody. */
	append(a.fd, "0.index");
	append(a.fd, "lock");
	CHECK_INT(follow_wait(f, 30, NULL, 0), 0);
	append(b.fd, "1.log");
	CHECK_INT(follow_wait(f, 900, NULL, 0), 1);
	CHECK_STR(changed(f, out, sizeof(out)), "1");
	follow_drop(f, ta);
	append(a.fd, "0.log");
	CHECK_INT(follow_wait(f, 900, NULL, 0), 1);
	CHECK_STR(changed(f, out, sizeof(out)), "2");
	follow_drop(f, tc);
	append(a.fd, "0.log");
	CHECK_INT(follow_wait(f, 30, NULL, 0), 0);
	CHECK_INT(follow_add(f, a.fd), 0);
	CHECK_STR(changed(f, out, sizeof(out)), "0");
	CHECK_INT(renameat(a.fd, "0.log", a.fd, "1.log"), 0);
	CHECK_INT(follow_wait(f, 900, NULL, 0), 1);
	CHECK_STR(changed(f, out, sizeof(out)), "0");
	/* Another descriptor. */
	CHECK_INT(pipe(pipefd), 0);
	pfd = (struct pollfd){ .fd = pipefd[0], .events = POLLIN };
	CHECK_INT(follow_wait(f, 30, &pfd, 1), 0);
	CHECK_INT(write(pipefd[1], "x", 1), 1);
	CHECK_INT(follow_wait(f, 900, &pfd, 1), 1);
	CHECK_INT(pfd.revents, POLLIN);
	close(pipefd[0]);
	close(pipefd[1]);
	/* The directory goes. */
	logdir_remove(&a);
	CHECK_INT(follow_wait(f, 900, NULL, 0), 1);
	CHECK_STR(changed(f, out, sizeof(out)), "0");
	follow_free(f);
	logdir_remove(&b);
}

/* 20,000 files: the queue overflows, and everything is to be looked at. */
static void
overflow(void)
{
	struct err e = ERR_INIT;
	struct follow *f = follow_new(&e);
	struct logdir d;
	char name[32];
	int i, fd, t;
	bool all = false;

	logdir_make(&d, false);
	CHECK_INT(follow_add(f, d.fd), 0);
	while (follow_changed(f) != -1)
		;
	for (i = 0; i < 17000; i++) {
		(void)snprintf(name, sizeof(name), "%d", i % 2);
		if ((fd = openat(d.fd, name, O_WRONLY | O_CREAT, 0600)) != -1)
			close(fd);
		(void)unlinkat(d.fd, name, 0);
	}
	CHECK_INT(follow_wait(f, 900, NULL, 0), 1);
	while ((t = follow_changed(f)) != -1)
		if (t == FOLLOW_ALL)
			all = true;
	CHECK(all, "an overflow of the queue went unsaid");
	follow_free(f);
	logdir_remove(&d);
}

static void
on_alarm(int sig)
{
	(void)sig;
}

/* Idle for two seconds: at most two returns each; a signal ends the wait. */
static void
idle(struct follow *f, bool watched)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct logdir d;
	int64_t start, all = 0;
	int wakes = 0, t;

	logdir_make(&d, false);
	if (watched)
		CHECK_INT(follow_add(f, d.fd), 0);
	CHECK(follow_degraded(f) == NULL, "the reason is given twice");
	start = clock_steady_ns();
	while (clock_steady_ns() - start < 2000000000) {
		(void)follow_wait(f, 2000, NULL, 0);
		wakes++;
		while ((t = follow_changed(f)) != -1)
			all += t == FOLLOW_ALL;
	}
	CHECK(wakes <= 5 && all >= 1, "%d wakes, %d looks at everything", wakes, (int)all);
	CHECK_INT(sigaction(SIGALRM, &sa, NULL), 0);
	(void)ualarm(20000, 0);
	while ((t = follow_wait(f, 5000, NULL, 0)) == 1)
		;
	CHECK_INT(t, -1);
	follow_free(f);
	logdir_remove(&d);
}

static void
without(void)
{
	struct err e = ERR_INIT;
	struct follow *f[160];
	int n = 0, k;

	/*
	 * Until the user's instances are used up; a machine may allow more than are
	 * asked for here.  The one that got none is tested: others come and go.
	 */
	while (n < 160 && (f[n] = follow_new(&e)) != NULL)
		if (follow_degraded(f[n++]) != NULL)
			break;
	if (n < 160)
		idle(f[--n], false);
	for (k = 0; k < n; k++)
		follow_free(f[k]);
}

int
main(void)
{
	struct err e = ERR_INIT;

	events();
	overflow();
	idle(follow_new(&e), true);
	without();
	return check_done();
}
