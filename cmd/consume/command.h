/*
 * command.h - one run of the command: its process, what goes into it and what
 * comes out.
 *
 *	command_start(&c, &how, &out, &err, input)		// the input's bytes stay until it ended
 *	n = command_fds(&c, fds)		// to wait for
 *	command_look(&c, fds, n)		// moves bytes, never blocks
 *	if (c.ended) ...c.outcome, c.status...
 *	command_release(&c)
 *
 * A command has ended when its process has and its output is passed on; what
 * that started may hold the pipes longer, and is not waited for, unless the
 * command was told to end: then its whole group has to.
 */
#ifndef CONSUME_COMMAND_H
#define CONSUME_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

#include "consume/options.h"
#include "consume/stream.h"

#define COMMAND_FDS	4

enum outcome {
	OUTCOME_OK,
	OUTCOME_EXIT,			/* status is the exit status */
	OUTCOME_SIGNAL,			/* status is the signal */
	OUTCOME_TIMEOUT,
	OUTCOME_NOT_STARTED,		/* status is errno */
};

struct command_how {
	const char *path;
	char *const *argv;
	char *const *envp;
	bool gather_out;		/* standard output comes to us, whole lines go on */
	bool keep_err;			/* standard error goes through us, its last line is kept */
	int64_t timeout_ms;		/* -1: none */
};

struct command {
	pid_t pid;			/* 0: none */
	int watch, in;			/* watch: readable when the process ended; -1 each: none */
	const uint8_t *p;		/* input that is left */
	size_t n;
	struct stream out, err;
	int64_t end_by_ns;		/* 0: no limit.  Then TERM, and later KILL */
	bool timed_out, told;		/* told: TERM was sent */
	bool reaped;			/* its process has ended */
	bool lingers;			/* ... but not all of its group, which was told to */
	bool ended;
	enum outcome outcome;
	int status;
};

void command_start(struct command *, const struct command_how *, struct outlet *out, struct outlet *err, struct slice input);
unsigned command_fds(const struct command *, struct pollfd *);
void command_look(struct command *, const struct pollfd *, unsigned n);
/* Ends it: TERM to its group, and KILL a little later; when it has ended, output that nobody takes is given up. */
void command_end(struct command *);
/* At now: what time asks for.  When to look again, in ms; -1: no limit. */
int64_t command_tick(struct command *, int64_t now_ns);
/* "exited with status 3". */
void command_words(const struct command *, char *out, size_t n);
void command_release(struct command *);

#endif
