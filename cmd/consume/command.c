/*
 * One run of the command.
 */
#include "consume/command.h"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "consume/spawn.h"
#include "tool/msg.h"

#define GRACE_NS	2000000000LL	/* from TERM to KILL */
#define LINE_MAX_HELD	(1 << 20)	/* a line longer than this is passed on as it comes */
#define READ_BYTES	65536

static void
shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

static void
not_started(struct command *c, int error)
{
	c->ended = true;
	c->outcome = OUTCOME_NOT_STARTED;
	c->status = error;
}

/* As much of the input as fits into the pipe; closed at its end, or when nobody reads it. */
static void
feed(struct command *c)
{
	ssize_t n = 0;

	while (c->n > 0 && (n = write(c->in, c->p, c->n)) > 0) {
		c->p += n;
		c->n -= (size_t)n;
	}
	if (c->n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		shut(&c->in);
}

void
command_start(struct command *c, const struct command_how *how, struct shared_out *shared, struct slice input)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	struct spawn s;

	*c = (struct command){ .watch = -1, .in = -1, .out = -1, .err = -1, .p = input.p, .n = input.n, .shared = shared,
	    .gathered = BUF_INIT };
	if (pipe2(in, O_CLOEXEC) != 0 || (how->gather_out && pipe2(out, O_CLOEXEC) != 0) ||
	    (how->keep_err && pipe2(err, O_CLOEXEC) != 0)) {
		not_started(c, errno);
	} else {
		s = (struct spawn){ .path = how->path, .argv = how->argv, .envp = how->envp, .in = in[0], .out = out[1], .err = err[1] };
		if ((c->pid = spawn(&s)) == -1) {
			c->pid = 0;
			not_started(c, errno);
		}
	}
	shut(&in[0]);
	shut(&out[1]);
	shut(&err[1]);
	c->in = in[1];
	c->out = out[0];
	c->err = err[0];
	if (c->pid == 0)
		return;
	if (how->timeout_ms >= 0)
		c->end_by_ns = clock_steady_ns() + how->timeout_ms * 1000000;
	fcntl(c->in, F_SETFL, O_NONBLOCK);
	if (c->out != -1)
		fcntl(c->out, F_SETFL, O_NONBLOCK);
	if (c->err != -1)
		fcntl(c->err, F_SETFL, O_NONBLOCK);
	if ((c->watch = (int)syscall(SYS_pidfd_open, c->pid, 0)) == -1)
		die("cannot watch a process: %s", strerror(errno));
	feed(c);
}

unsigned
command_fds(const struct command *c, struct pollfd *fds)
{
	unsigned n = 0;

	if (c->watch != -1)
		fds[n++] = (struct pollfd){ .fd = c->watch, .events = POLLIN };
	if (c->in != -1)
		fds[n++] = (struct pollfd){ .fd = c->in, .events = POLLOUT };
	if (c->out != -1 && (c->shared->floor == NULL || c->shared->floor == c))
		fds[n++] = (struct pollfd){ .fd = c->out, .events = POLLIN };
	if (c->err != -1)
		fds[n++] = (struct pollfd){ .fd = c->err, .events = POLLIN };
	return n;
}

static void
pass_on(struct command *c, size_t n)
{
	if (n == 0)
		return;
	if (!c->shared->gone && !c->shared->failed && write_full(STDOUT_FILENO, c->gathered.p, n, NULL) != 0) {
		if (errno == EPIPE)
			c->shared->gone = true;
		else {
			msg("cannot write to standard output: %s", strerror(errno));
			c->shared->failed = true;
		}
	}
	buf_consume(&c->gathered, n);
	/* The command shall learn it as we did. */
	if (c->shared->gone || c->shared->failed) {
		c->unheard = true;
		shut(&c->out);
	}
}

/* Whole lines go on; all of it at the end, or when a line is too long to hold: then the others wait for its end. */
static void
pass_lines(struct command *c)
{
	const uint8_t *nl = c->gathered.n > 0 ? memrchr(c->gathered.p, '\n', c->gathered.n) : NULL;
	bool rest;

	if (nl != NULL && c->shared->floor == c)
		c->shared->floor = NULL;
	pass_on(c, nl != NULL ? (size_t)(nl - c->gathered.p) + 1 : 0);
	rest = c->gathered.n > LINE_MAX_HELD || (c->ended && c->out == -1);
	if (rest && c->gathered.n > 0) {
		if (!c->ended)
			c->shared->floor = c;
		pass_on(c, c->gathered.n);
	}
}

static void
read_out(struct command *c)
{
	ssize_t n = -1;

	while (c->out != -1 && buf_room(&c->gathered, READ_BYTES) != NULL &&
	    (n = read(c->out, c->gathered.p + c->gathered.n, READ_BYTES)) > 0) {
		c->gathered.n += (size_t)n;
		pass_lines(c);
		if (n < READ_BYTES && !c->ended)
			return;
	}
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		shut(&c->out);
}

static void
keep_line(struct command *c, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			c->line_ended = c->nline > 0;
			continue;
		}
		if (c->line_ended) {
			c->nline = 0;
			c->line_ended = false;
		}
		if (c->nline < LAST_LINE_MAX)
			c->line[c->nline++] = (char)p[i];
	}
}

static void
read_err(struct command *c)
{
	uint8_t bytes[4096];
	ssize_t n = -1;

	while (c->err != -1 && (n = read(c->err, bytes, sizeof(bytes))) > 0) {
		(void)write_full(STDERR_FILENO, bytes, (size_t)n, NULL);
		keep_line(c, bytes, (size_t)n);
	}
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
		shut(&c->err);
}

static void
reap(struct command *c)
{
	int status;

	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->ended = true;
	shut(&c->watch);
	shut(&c->in);
	read_err(c);
	shut(&c->err);
	read_out(c);
	shut(&c->out);
	pass_lines(c);
	if (c->shared->floor == c)
		c->shared->floor = NULL;
	if (c->unheard && WIFEXITED(status)) {
		c->outcome = OUTCOME_SIGNAL;
		c->status = SIGPIPE;
	} else if (WIFSIGNALED(status)) {
		c->outcome = OUTCOME_SIGNAL;
		c->status = WTERMSIG(status);
	} else {
		c->status = WEXITSTATUS(status);
		c->outcome = c->status == 0 ? OUTCOME_OK : OUTCOME_EXIT;
	}
	if (c->timed_out)
		c->outcome = OUTCOME_TIMEOUT;
}

void
command_look(struct command *c, const struct pollfd *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		if (fds[i].fd == c->in && c->in != -1)
			feed(c);
		else if (fds[i].fd == c->out && c->out != -1)
			read_out(c);
		else if (fds[i].fd == c->err && c->err != -1)
			read_err(c);
		else if (fds[i].fd == c->watch && c->watch != -1) {
			reap(c);
			return;
		}
	}
}

void
command_end(struct command *c)
{
	if (c->pid == 0 || c->ended || c->told)
		return;
	kill(-c->pid, SIGTERM);
	c->told = true;
	c->end_by_ns = clock_steady_ns() + GRACE_NS;
}

int64_t
command_tick(struct command *c, int64_t now)
{
	if (c->ended || c->end_by_ns == 0)
		return -1;
	if (now >= c->end_by_ns) {
		if (!c->told) {
			c->timed_out = true;
			command_end(c);
		} else {
			kill(-c->pid, SIGKILL);
			c->end_by_ns = now + GRACE_NS;
		}
	}
	return (c->end_by_ns - now) / 1000000 + 1;
}

void
command_words(const struct command *c, char *out, size_t n)
{
	switch (c->outcome) {
	case OUTCOME_OK: snprintf(out, n, "succeeded"); break;
	case OUTCOME_EXIT: snprintf(out, n, "exited with status %d", c->status); break;
	case OUTCOME_SIGNAL: snprintf(out, n, "was killed by signal %d (%s)", c->status, strsignal(c->status)); break;
	case OUTCOME_TIMEOUT: snprintf(out, n, "ran longer than --command-timeout"); break;
	case OUTCOME_NOT_STARTED: snprintf(out, n, "cannot be started: %s", strerror(c->status)); break;
	}
}

void
command_release(struct command *c)
{
	shut(&c->watch);
	shut(&c->in);
	shut(&c->out);
	shut(&c->err);
	buf_release(&c->gathered);
	c->pid = 0;
}
