/*
 * child.h - programs that the agent runs: in a process group of their own, with
 * nothing on standard input and default signals.
 */
#ifndef AGENT_CHILD_H
#define AGENT_CHILD_H

#include <sys/types.h>
#include <stdbool.h>

#include "base/err.h"

struct child {
	pid_t pid;			/* 0: none */
	int out, err;			/* pipes, close-on-exec, that block; -1: none */
};
#define CHILD_INIT	{ .pid = 0, .out = -1, .err = -1 }

/* want_err: standard error through a pipe, else to /dev/null. */
int child_start(struct child *, char *const *argv, bool want_err, struct err *);
/* A descriptor that becomes readable (poll) when it has ended, for the caller to close; -1 where the kernel has none. */
int child_end_fd(const struct child *);
bool child_has_ended(const struct child *);
/* Waits for its end; the status as a shell has it.  Closes the pipes. */
int child_wait(struct child *);
/* TERM to its group, KILL after ms, then child_wait. */
int child_stop(struct child *, int ms);

#endif
