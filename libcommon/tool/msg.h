/*
 * msg.h - messages, exit statuses and standard output, the same in every command.
 *
 * stdout is data, stderr is talk.  A message is "plog-produce: sentence" in
 * one write(2), control characters in it escaped (as \n, \x1b); only the lines
 * of a format string with its caret stay lines.
 */
#ifndef TOOL_MSG_H
#define TOOL_MSG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,		/* stderr says why */
	EXIT_USAGE = 2,			/* the command line makes no sense */
	EXIT_NOTHING = 3,		/* nothing there, where an option asked to be told */
};

void msg(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void msg_err(const struct err *);
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));	/* msg, EXIT_FAILED */
_Noreturn void die_err(const struct err *);
_Noreturn void die_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));	/* msg, then EXIT_USAGE */

/* Writes all of the buffer to stdout and clears it.  0, or -1: EPIPE is silent (*gone set), else the message was given. */
int out_flush(struct buf *, bool *gone);
/* At the end: closes stdout and checks it (/dev/full); EXIT_DONE or EXIT_FAILED. */
int out_close(void);
/* Makes the pipe on fd as large as allowed up to want bytes. */
void pipe_enlarge(int fd, int want);

#endif
