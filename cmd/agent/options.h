/*
 * options.h - plog-agent's command line: flume-ng's, and some of our own.
 */
#ifndef AGENT_OPTIONS_H
#define AGENT_OPTIONS_H

#include "agent/conf.h"
#include "agent/log.h"

struct options {
	struct conf_options conf;
	const char *dir;		/* --conf: Flume's directory; nothing is read there */
	bool check, lenient, fail_fast, dry, reload, sandbox;
	int64_t drain_ms;
	int64_t poll_ms;		/* between two looks at the files */
	enum log_level level;
};
#define OPTIONS_INIT	{ .reload = true, .sandbox = true, .drain_ms = 10000, .poll_ms = 30000, .level = LOG_INFO }

void options_start(int *argc, char ***argv);
/* Ends the process for help, version, and command lines that make no sense. */
void options_read(struct options *, int argc, char *argv[]);

/* cmdline.c: the next option of a command line as Flume's parser takes it. */
struct flag {
	const char *name;		/* NULL ends the table */
	char letter;			/* 0: none */
	bool value;
	int is;				/* what cmdline_next answers */
};
struct cmdline {
	const struct flag *flags;
	int argc, at;
	char **argv;

	const char *value;		/* of the option, or the operand */
	const char *name;		/* as written, for messages */
};
enum { CMDLINE_END = -1, CMDLINE_OPERAND = -2 };
/* An unknown option, a missing or needless value ends the process (EXIT_USAGE). */
int cmdline_next(struct cmdline *);

#endif
