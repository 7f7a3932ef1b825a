/*
 * Starting a command.
 */
#include "consume/spawn.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_DEFAULT	"/usr/local/bin:/usr/bin:/bin"

/* What plog, or who started it, may have set to be ignored; handlers go by themselves. */
static const int reset[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ, SIGURG,
};

struct birth {
	const struct spawn *s;
	pid_t parent;
	sigset_t none;
	int failed;			/* errno of execve; the memory is shared with the parent */
};

struct kernel_default { unsigned long handler, flags, restorer, mask; };	/* rt_sigaction(2)'s own form; all 0: SIG_DFL */

/* In the child, which shares the parent's memory: system calls only. */
static _Noreturn void
become(struct birth *b)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != b->parent)
		_exit(127);
	for (size_t i = 0; i < sizeof(reset) / sizeof(reset[0]); i++)
		sigaction(reset[i], &dfl, NULL);
	/* The C library's own two, which sigaction(3) will not touch: make(1) leaves them ignored. */
	for (int sig = 32; sig < SIGRTMIN; sig++)
		syscall(SYS_rt_sigaction, sig, &(const struct kernel_default){ .handler = 0 }, NULL, _NSIG / 8);
	if ((b->s->in == -1 || dup2(b->s->in, STDIN_FILENO) != -1) &&
	    (b->s->out == -1 || dup2(b->s->out, STDOUT_FILENO) != -1) &&
	    (b->s->err == -1 || dup2(b->s->err, STDERR_FILENO) != -1)) {
		sigprocmask(SIG_SETMASK, &b->none, NULL);
		execve(b->s->path, b->s->argv, b->s->envp);
	}
	b->failed = errno;
	_exit(127);
}

pid_t
spawn(const struct spawn *s)
{
	struct birth b = { .s = s, .parent = getpid(), .failed = 0 };
	sigset_t all, old;
	pid_t pid;
	int saved;

	/* No handler of ours may run in the child, in our memory. */
	sigemptyset(&b.none);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if ((pid = vfork()) == 0)
		become(&b);
	saved = pid == -1 ? errno : b.failed;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (saved == 0)
		return pid;
	while (pid != -1 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	errno = saved;
	return -1;
}

static int
runs(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return ENOENT;
	return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : EACCES;
}

char *
spawn_find(const char *name)
{
	const char *path = getenv("PATH"), *p, *end;
	int error = ENOENT, rc;
	char *file;

	if (strchr(name, '/') != NULL) {
		if ((error = runs(name)) == 0)
			return strdup(name);
		errno = error;
		return NULL;
	}
	for (p = path != NULL ? path : PATH_DEFAULT; name[0] != '\0'; p = end + 1) {
		end = strchrnul(p, ':');
		if (asprintf(&file, "%.*s%s%s", (int)(end - p), p, end == p ? "./" : "/", name) == -1)
			return NULL;
		if ((rc = runs(file)) == 0)
			return file;
		free(file);
		if (rc == EACCES)
			error = EACCES;
		if (*end == '\0')
			break;
	}
	errno = error;
	return NULL;
}
