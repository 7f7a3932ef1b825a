/*
 * child.c - programs that the agent runs (child.h).
 */
#include "agent/child.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int
attributes(posix_spawnattr_t *a)
{
	sigset_t all, none;

	sigfillset(&all);
	sigemptyset(&none);
	if (posix_spawnattr_init(a) != 0)
		return -1;
	posix_spawnattr_setflags(a, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(a, 0);
	posix_spawnattr_setsigdefault(a, &all);
	posix_spawnattr_setsigmask(a, &none);
	return 0;
}

int
child_start(struct child *c, char *const *argv, bool want_err, struct err *e)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, rc;

	*c = (struct child)CHILD_INIT;
	if (pipe2(out, O_CLOEXEC) != 0 || (want_err && pipe2(err, O_CLOEXEC) != 0) || attributes(&attr) != 0) {
		rc = err_sys(e, "cannot run '%s'", argv[0]);
		if (out[0] != -1) {
			close(out[0]);
			close(out[1]);
		}
		return rc;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	if (want_err)
		posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
	else
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc = posix_spawnp(&c->pid, argv[0], &actions, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	close(out[1]);
	if (want_err)
		close(err[1]);
	c->out = out[0];
	c->err = err[0];
	if (rc == 0)
		return 0;
	c->pid = 0;
	(void)child_wait(c);
	return err_set(e, ERR_SYS, "cannot run '%s': %s", argv[0], strerror(rc));
}

int
child_end_fd(const struct child *c)
{
#ifdef SYS_pidfd_open
	return (int)syscall(SYS_pidfd_open, c->pid, 0);
#else
	return -1;
#endif
}

bool
child_has_ended(const struct child *c)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

int
child_wait(struct child *c)
{
	int status = 0;

	if (c->out != -1)
		close(c->out);
	if (c->err != -1)
		close(c->err);
	if (c->pid > 0 && waitpid(c->pid, &status, 0) != c->pid)
		status = -1;
	*c = (struct child)CHILD_INIT;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int
child_stop(struct child *c, int ms)
{
	if (c->pid <= 0)
		return child_wait(c);
	(void)kill(-c->pid, SIGTERM);
	for (; ms > 0 && !child_has_ended(c); ms -= 10)
		(void)poll(NULL, 0, 10);
	/* what it started is in its group, and ends with it */
	(void)kill(-c->pid, SIGKILL);
	return child_wait(c);
}
