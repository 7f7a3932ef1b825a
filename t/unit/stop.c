/*
 * Sleeping, and signals that come just before.
 */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"
#include "unit/check.h"

static volatile sig_atomic_t flag;

static void
on_signal(int sig)
{
	flag = sig;
}

static int64_t
since(int64_t ns)
{
	return (clock_steady_ns() - ns) / 1000000;
}

/* What came after the look and before the sleep is answered at once, and once. */
static void
before_the_sleep(void)
{
	struct stop s = { .flag = &flag };
	int64_t from = clock_steady_ns();

	flag = SIGTERM;
	CHECK_INT(stop_poll(&s, NULL, 0, 10000), -1);
	CHECK_INT(errno, EINTR);
	CHECK(since(from) < 5000, "it slept %lld ms", (long long)since(from));
	from = clock_steady_ns();
	CHECK_INT(stop_poll(&s, NULL, 0, 30), 0);
	CHECK(since(from) >= 29, "it did not sleep");
	flag = 0;
}

/* One that waited for its turn comes in while it sleeps, and the mask is as it was. */
static void
let_in(void)
{
	struct stop s = { .flag = &flag };
	sigset_t term, now;

	sigemptyset(&term);
	sigaddset(&term, SIGUSR2);
	sigprocmask(SIG_BLOCK, &term, NULL);
	alarm(1);
	CHECK_INT(stop_poll(&s, NULL, 0, -1), -1);
	CHECK_INT(errno, EINTR);
	CHECK_INT(flag, SIGALRM);
	sigprocmask(SIG_SETMASK, NULL, &now);
	CHECK_INT(sigismember(&now, SIGUSR2), 1);
	CHECK_INT(sigismember(&now, SIGALRM), 0);
	flag = 0;
}

static void
descriptors(void)
{
	struct stop s = { .flag = NULL };
	struct pollfd p;
	int fd[2];

	CHECK_INT(pipe(fd), 0);
	p = (struct pollfd){ .fd = fd[0], .events = POLLIN };
	CHECK_INT(stop_poll(&s, &p, 1, 0), 0);
	CHECK_INT(write(fd[1], "x", 1), 1);
	CHECK_INT(stop_poll(&s, &p, 1, INT64_MAX / 1000000), 1);
	CHECK_INT(p.revents, POLLIN);
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGALRM, &sa, NULL);
	before_the_sleep();
	let_in();
	descriptors();
	return check_done();
}
