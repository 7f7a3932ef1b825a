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
#define LINGER_MS	20		/* how often to see whether the rest of a group that was told to end did */

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
	c->reaped = c->ended = true;
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
command_start(struct command *c, const struct command_how *how, struct outlet *to, struct outlet *to_err, struct slice input)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	struct spawn s;

	*c = (struct command){ .watch = -1, .in = -1, .p = input.p, .n = input.n };
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
	stream_open(&c->out, to, out[0]);
	stream_open(&c->err, to_err, err[0]);
	if (c->pid == 0)
		return;
	if (how->timeout_ms >= 0)
		c->end_by_ns = clock_steady_ns() + how->timeout_ms * 1000000;
	fcntl(c->in, F_SETFL, O_NONBLOCK);
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
	n += stream_fds(&c->out, fds + n);
	return n + stream_fds(&c->err, fds + n);
}

/* Ended is what has no output left either. */
static void
conclude(struct command *c)
{
	if (!c->reaped || c->lingers || c->ended || !stream_done(&c->out) || !stream_done(&c->err))
		return;
	c->ended = true;
	if (c->out.unheard && (c->outcome == OUTCOME_OK || c->outcome == OUTCOME_EXIT)) {
		c->outcome = OUTCOME_SIGNAL;
		c->status = SIGPIPE;
	}
}

static void
reap(struct command *c)
{
	int status;

	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->reaped = true;
	shut(&c->watch);
	shut(&c->in);
	c->outcome = WIFSIGNALED(status) ? OUTCOME_SIGNAL : WEXITSTATUS(status) == 0 ? OUTCOME_OK : OUTCOME_EXIT;
	c->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	if (c->timed_out)
		c->outcome = OUTCOME_TIMEOUT;
	/* The kernel gives a group's number to nobody else while one of it is left. */
	c->lingers = c->told && kill(-c->pid, 0) == 0;
	stream_end(&c->err);
	stream_end(&c->out);
}

void
command_look(struct command *c, const struct pollfd *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (fds[i].revents == 0)
			continue;
		if (fds[i].fd == c->in && c->in != -1)
			feed(c);
		else if (fds[i].fd == c->watch && c->watch != -1)
			reap(c);
		else {
			if (fds[i].fd == c->out.in || fds[i].fd == c->out.to->fd)
				stream_look(&c->out, fds[i].fd);
			if (fds[i].fd == c->err.in || fds[i].fd == c->err.to->fd)
				stream_look(&c->err, fds[i].fd);
		}
	}
	conclude(c);
}

void
command_end(struct command *c)
{
	if (c->pid == 0 || c->ended)
		return;
	if (c->reaped) {
		/* Nobody takes what it wrote. */
		stream_drop(&c->out);
		stream_drop(&c->err);
		conclude(c);
	}
	if (c->reaped || c->told)
		return;
	kill(-c->pid, SIGTERM);
	c->told = true;
	c->end_by_ns = clock_steady_ns() + GRACE_NS;
}

int64_t
command_tick(struct command *c, int64_t now)
{
	if (c->lingers) {
		if (kill(-c->pid, 0) == 0) {
			if (now < c->end_by_ns)
				return LINGER_MS;
			kill(-c->pid, SIGKILL);
		}
		c->lingers = false;
		return 0;
	}
	if (c->reaped || c->end_by_ns == 0)
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
	stream_release(&c->out);
	stream_release(&c->err);
	c->pid = 0;
}
