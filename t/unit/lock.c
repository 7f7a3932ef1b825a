/*
 * Locks between descriptors, threads and processes: taking turns, waiting,
 * giving up, and what a stop signal may do meanwhile.
 */
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/lock.h"
#include "unit/check.h"

static char path[] = "/tmp/plog-unit-lock-XXXXXX";
static volatile sig_atomic_t stop;

static int
other(int flags)
{
	return open(path, flags | O_CLOEXEC);
}

static bool
stops_blocked(void)
{
	sigset_t now;

	pthread_sigmask(SIG_BLOCK, NULL, &now);
	return sigismember(&now, SIGTSTP) && sigismember(&now, SIGTTIN) && sigismember(&now, SIGTTOU);
}

static void
one_process(void)
{
	struct lock a = LOCK_INIT, b = LOCK_INIT, c = LOCK_INIT;
	struct err e = ERR_INIT;
	int f = other(O_RDWR), g = other(O_RDWR), r = other(O_RDONLY);
	char who[64], want[64];
	int64_t t;

	CHECK_INT(lock_is_held(r, 0), 0);
	CHECK_INT(lock_take(&a, f, 0, 0, NULL, "x", &e), 0);
	CHECK_TRUE(lock_held(&a) && stops_blocked());
	CHECK_TRUE(lock_is_held(r, 0) == 1 && lock_is_held(r, 1) == 0);
	/* Another byte is another lock; the inner one given back, the outer one still keeps the signals. */
	CHECK_INT(lock_take(&b, g, 1, 0, NULL, "x", &e), 0);
	lock_drop(&b);
	CHECK_TRUE(stops_blocked() && lock_is_held(r, 1) == 0);
	CHECK_INT(lock_take(&b, g, 0, 0, NULL, "the/lock", &e), -ERR_BUSY);
	snprintf(want, sizeof(want), "'the/lock' is locked by process %d (lock)", (int)getpid());
	CHECK_STR(e.text, want);
	CHECK_TRUE(!lock_held(&b));
	t = clock_steady_ns();
	CHECK_INT(lock_take(&b, g, 0, 30, NULL, "x", &e), -ERR_BUSY);
	t = (clock_steady_ns() - t) / 1000000;
	CHECK(t >= 30 && t < 10000, "waited %lld ms, not 30", (long long)t);
	CHECK_TRUE(lock_holder(r, 0, who, sizeof(who)) && !lock_holder(r, 1, who, sizeof(who)));
	stop = 1;
	CHECK_INT(lock_take(&b, g, 0, LOCK_WAIT_FOREVER, &stop, "x", &e), -ERR_INTR);
	stop = 0;
	lock_drop(&a);
	lock_drop(&a);
	CHECK_TRUE(!stops_blocked() && !lock_held(&a) && lock_is_held(r, 0) == 0);
	CHECK_TRUE(lock_take(&c, r, 0, 0, NULL, "x", &e) == -ERR_SYS && e.sys == EBADF);
	CHECK_TRUE(!stops_blocked());
	CHECK_INT(lock_keep(f, 5, "x", &e), 0);
	CHECK_TRUE(!stops_blocked() && lock_is_held(g, 5) == 1);
	CHECK_INT(lock_keep(g, 5, "x", &e), -ERR_BUSY);
	close(f);
	CHECK_INT(lock_is_held(g, 5), 0);
	close(g);
	close(r);
}

/* A child that holds byte 0 until it is killed; returns when it has it. */
static pid_t
holder(void)
{
	struct lock l = LOCK_INIT;
	int p[2], f;
	char c;
	pid_t pid;

	CHECK_INT(pipe(p), 0);
	if ((pid = fork()) == 0) {
		f = other(O_RDWR);
		if (lock_take(&l, f, 0, 0, NULL, path, NULL) != 0 || write(p[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(p[1]);
	CHECK_INT(read(p[0], &c, 1), 1);
	close(p[0]);
	return pid;
}

static void *
kill_soon(void *arg)
{
	usleep(50000);
	kill(*(pid_t *)arg, SIGKILL);
	return NULL;
}

static void
dead_holder(void)
{
	struct lock l = LOCK_INIT;
	pthread_t th;
	pid_t pid = holder();
	char who[64], want[32];
	int f = other(O_RDWR);
	int64_t t;

	snprintf(want, sizeof(want), "process %d (lock)", (int)pid);
	CHECK_TRUE(lock_holder(f, 0, who, sizeof(who)));
	CHECK_STR(who, want);
	pthread_create(&th, NULL, kill_soon, &pid);
	t = clock_steady_ns();
	CHECK_INT(lock_take(&l, f, 0, 20000, NULL, path, NULL), 0);
	t = (clock_steady_ns() - t) / 1000000;
	CHECK(t < 10000, "freed by death after %lld ms", (long long)t);
	lock_drop(&l);
	pthread_join(th, NULL);
	waitpid(pid, NULL, 0);
	close(f);
}

static void *
stop_soon(void *arg)
{
	(void)arg;
	usleep(50000);
	stop = 1;
	return NULL;
}

/* *stop set by another thread, without any signal to this one: seen at the next tick, all signals blocked. */
static void
stopped_wait(void)
{
	struct lock l = LOCK_INIT;
	pthread_t th;
	pid_t pid = holder();
	sigset_t all, old;
	int f = other(O_RDWR);
	int64_t t = clock_steady_ns();

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_create(&th, NULL, stop_soon, NULL);
	CHECK_INT(lock_take(&l, f, 0, LOCK_WAIT_FOREVER, &stop, path, NULL), -ERR_INTR);
	t = (clock_steady_ns() - t) / 1000000;
	CHECK(t < 10000, "stopped after %lld ms", (long long)t);
	pthread_join(th, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	stop = 0;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(f);
}

static volatile sig_atomic_t stop_signals;

static void
on_stop_signal(int sig)
{
	(void)sig;
	stop_signals = stop_signals + 1;
}

/* Ctrl-Z: waits while the lock is held, comes as soon as it is not. */
static void
job_control(void)
{
	struct sigaction sa = { .sa_handler = on_stop_signal }, old;
	struct lock l = LOCK_INIT;
	int f = other(O_RDWR);
	pid_t pid;

	sigaction(SIGTSTP, &sa, &old);
	CHECK_INT(lock_take(&l, f, 0, 0, NULL, path, NULL), 0);
	raise(SIGTSTP);
	CHECK_INT(stop_signals, 0);
	lock_drop(&l);
	CHECK_INT(stop_signals, 1);
	pid = holder();
	kill(getpid(), SIGTSTP);
	CHECK_INT(lock_take(&l, f, 0, 300, NULL, path, NULL), -ERR_BUSY);
	CHECK_INT(stop_signals, 2);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	sigaction(SIGTSTP, &old, NULL);
	close(f);
}

#define WRITERS	64
#define TURNS	40

/* Takes the lock again and again around a counter that is read, waited over, and written. */
static int
writer(void)
{
	struct lock l = LOCK_INIT;
	int f = other(O_RDWR), i;
	int64_t t, worst = 0;
	uint32_t n;

	for (i = 0; i < TURNS; i++) {
		t = clock_steady_ns();
		if (lock_take(&l, f, 0, 30000, NULL, path, NULL) != 0)
			return 255;
		t = clock_steady_ns() - t;
		worst = t > worst ? t : worst;
		if (pread(f, &n, sizeof(n), 100) != sizeof(n))
			return 254;
		for (t = clock_steady_ns(); clock_steady_ns() - t < 50000;)
			;
		n++;
		if (pwrite(f, &n, sizeof(n), 100) != sizeof(n))
			return 254;
		lock_pass(&l);
	}
	worst /= 10000000;
	return worst > 250 ? 250 : (int)worst;
}

static void
turns(void)
{
	uint32_t n = 0;
	int i, status, worst = 0, f = other(O_RDWR);

	CHECK_INT(pwrite(f, &n, sizeof(n), 100), sizeof(n));
	for (i = 0; i < WRITERS; i++)
		if (fork() == 0)
			_exit(writer());
	for (i = 0; i < WRITERS && wait(&status) != -1; i++) {
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) <= 250, "a writer ended with %d", status);
		if (WEXITSTATUS(status) > worst)
			worst = WEXITSTATUS(status);
	}
	CHECK_INT(pread(f, &n, sizeof(n), 100), sizeof(n));
	CHECK_INT(n, WRITERS * TURNS);
	printf("worst wait of %d writers: under %d ms\n", WRITERS, (worst + 1) * 10);
	close(f);
}

int
main(void)
{
	int fd = mkstemp(path);

	if (fd == -1)
		return 1;
	one_process();
	dead_holder();
	stopped_wait();
	job_control();
	turns();
	close(fd);
	unlink(path);
	return check_done();
}
