/*
 * lock.c - one byte of a file, taken, waited for, given back (lock.h).
 */
#include "base/lock.h"

#include <sys/syscall.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define TICK_MS		200	/* how often a wait looks at *stop and the clock; costs the place in the queue */
#define WAKE_SIGNAL	SIGURG

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id	_sigev_un._tid
#endif

static int
set_lock(int fd, int cmd, short type, off_t at)
{
	struct flock f = { .l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };

	return fcntl(fd, cmd, &f);
}

/* Blocks the stop signals in this thread; blocked says which were not blocked before. */
static void
stop_signals_block(sigset_t *blocked)
{
	static const int signals[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	sigset_t all, old;
	size_t i;

	sigemptyset(&all);
	sigemptyset(blocked);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&all, signals[i]);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigismember(&old, signals[i]))
			sigaddset(blocked, signals[i]);
}

static void
woken(int sig)
{
	(void)sig;
}

/* A signal to this thread each TICK_MS, the first after at most that; 0, or -1: there is no timer to be had. */
static int
ticker_start(timer_t *timer, int64_t first_ms)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = WAKE_SIGNAL };
	struct itimerspec when = { .it_interval = { .tv_nsec = TICK_MS * 1000000L } };
	struct sigaction sa;

	if (sigaction(WAKE_SIGNAL, NULL, &sa) == -1)
		return -1;
	if (sa.sa_handler == SIG_DFL || sa.sa_handler == SIG_IGN) {
		sa = (struct sigaction){ .sa_handler = woken };
		if (sigaction(WAKE_SIGNAL, &sa, NULL) == -1)
			return -1;
	}
	ev.sigev_notify_thread_id = (int)syscall(SYS_gettid);
	if (timer_create(CLOCK_MONOTONIC, &ev, timer) == -1)
		return -1;
	if (first_ms > TICK_MS)
		first_ms = TICK_MS;
	when.it_value.tv_nsec = first_ms * 1000000L;
	if (timer_settime(*timer, 0, &when, NULL) == -1) {
		timer_delete(*timer);
		return -1;
	}
	return 0;
}

/*
 * Stands in the kernel's queue until the lock, the deadline or *stop comes.
 * Without a timer it looks again each millisecond.  The stop signals in
 * blocked get their turn at each tick, when nothing is held.
 */
static int
wait_for(int fd, off_t at, int64_t deadline, const volatile sig_atomic_t *stop, const sigset_t *blocked)
{
	struct timespec pause = { .tv_nsec = 1000000 };
	sigset_t wake, old;
	timer_t timer = 0;
	bool ticking;
	int64_t left = TICK_MS;
	int rc, saved;

	if (deadline != INT64_MAX)
		left = (deadline - clock_steady_ns()) / 1000000 + 1;
	sigemptyset(&wake);
	sigaddset(&wake, WAKE_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &wake, &old);
	ticking = left > 0 && ticker_start(&timer, left) == 0;
	for (;;) {
		errno = EINTR;
		rc = stop != NULL && *stop ? -1 : set_lock(fd, ticking ? F_OFD_SETLKW : F_OFD_SETLK, F_WRLCK, at);
		if (rc == 0 || (errno != EINTR && errno != EAGAIN && errno != EACCES))
			break;
		if (stop != NULL && *stop) {
			errno = EINTR;
			break;
		}
		if (clock_steady_ns() >= deadline) {
			errno = EAGAIN;
			break;
		}
		pthread_sigmask(SIG_UNBLOCK, blocked, NULL);
		if (!ticking)
			(void)nanosleep(&pause, NULL);
		pthread_sigmask(SIG_BLOCK, blocked, NULL);
	}
	saved = errno;
	if (ticking)
		timer_delete(timer);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return rc;
}

static int
busy(int fd, off_t at, const char *path, struct err *e)
{
	char who[64];

	/* Finding the holder means reading much of /proc: only for a sentence that is wanted. */
	if (e == NULL)
		return -ERR_BUSY;
	if (lock_holder(fd, at, who, sizeof(who)))
		return err_set(e, ERR_BUSY, "'%s' is locked by %s", path, who);
	return err_set(e, ERR_BUSY, "'%s' is locked by another process", path);
}

int
lock_take(struct lock *l, int fd, off_t at, int64_t timeout_ms, const volatile sig_atomic_t *stop,
    const char *path, struct err *e)
{
	int64_t deadline = INT64_MAX;
	int saved;

	stop_signals_block(&l->blocked);
	if (set_lock(fd, F_OFD_SETLK, F_WRLCK, at) == 0)
		goto taken;
	if ((errno == EAGAIN || errno == EACCES) && timeout_ms != 0) {
		if (timeout_ms > 0 && timeout_ms < INT64_MAX / 2000000)
			deadline = clock_steady_ns() + timeout_ms * 1000000;
		if (wait_for(fd, at, deadline, stop, &l->blocked) == 0)
			goto taken;
	}
	l->fd = -1;
	saved = errno;
	pthread_sigmask(SIG_UNBLOCK, &l->blocked, NULL);
	errno = saved;
	if (errno == EINTR)
		return err_set(e, ERR_INTR, "interrupted while waiting for '%s'", path);
	if (errno == EAGAIN || errno == EACCES)
		return busy(fd, at, path, e);
	return err_sys(e, "cannot lock '%s'", path);
taken:
	l->fd = fd;
	l->at = at;
	return 0;
}

void
lock_drop(struct lock *l)
{
	if (l->fd == -1)
		return;
	(void)set_lock(l->fd, F_OFD_SETLK, F_UNLCK, l->at);
	l->fd = -1;
	pthread_sigmask(SIG_UNBLOCK, &l->blocked, NULL);
}

void
lock_pass(struct lock *l)
{
	if (l->fd == -1)
		return;
	lock_drop(l);
	sched_yield();
}

int
lock_keep(int fd, off_t at, const char *path, struct err *e)
{
	if (set_lock(fd, F_OFD_SETLK, F_WRLCK, at) == 0)
		return 0;
	if (errno == EAGAIN || errno == EACCES)
		return busy(fd, at, path, e);
	return err_sys(e, "cannot lock '%s'", path);
}

int
lock_is_held(int fd, off_t at)
{
	struct flock f = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };

	if (fcntl(fd, F_OFD_GETLK, &f) == -1)
		return -1;
	return f.l_type != F_UNLCK;
}
