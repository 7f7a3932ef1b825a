/*
 * opts.h - options that every command takes alike, and how it starts.
 *
 * A command has one table of struct option (getopt_long), whole long names
 * only, and calls tool_start first: it makes sure of descriptors 0 to 2 and
 * ignores SIGXFSZ, so a file size limit is an error as any other.  The locale
 * stays "C": bytes are bytes, whatever the environment says.
 *
 *	tool_start(&tool, &argc, &argv);
 *	while ((ch = tool_getopt(&tool, argc, argv, "d:hV", longs)) != -1)
 *		switch (ch) { ... case 'h': tool_help(&tool); case 'V': tool_version(&tool); }
 */
#ifndef TOOL_OPTS_H
#define TOOL_OPTS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "base/buf.h"
#include "base/err.h"

struct tool {
	const char *name;		/* "plog-produce" */
	const char *usage;		/* the SYNOPSIS: "plog-produce [options] TOPIC [FILE ...]" */
	const char *help;		/* a line an option, for -h; may be NULL */
};

void tool_start(const struct tool *, int *argc, char ***argv);
/*
 * As getopt_long, but a long name must be whole; an unknown option, a missing
 * or a needless value is answered here (with the nearest name) and ends with
 * EXIT_USAGE - or, when a --help or --version stands there too, with that.
 */
int tool_getopt(const struct tool *, int argc, char *const *argv, const char *shorts, const struct option *longs);
_Noreturn void tool_usage(const struct tool *);		/* usage line on stderr, EXIT_USAGE */
_Noreturn void tool_help(const struct tool *);		/* usage line, help, "see man" on stdout, 0 */
_Noreturn void tool_version(const struct tool *);	/* version and libraries on stdout, 0 */

/* -d (repeatable), -b, -X gathered for backend_open; -d on the command line beats $PLOG_BOOTSTRAP_SERVER; both -d and -b: EXIT_USAGE. */
struct target {
	const char **dirs;
	size_t ndirs;
	const char *bootstrap;
	const char **properties;
	size_t nproperties;
	const char *command_config;
};
#define TARGET_INIT	{ .dirs = NULL }
void target_dir(struct target *, const char *);
void target_bootstrap(struct target *, const char *);
void target_property(struct target *, const char *);
void target_command_config(struct target *, const char *file);
/* Whether it is a cluster that the command will work on, by the options and the environment. */
bool target_is_cluster(const struct target *);
/* 0, or backend_open's error; a command line that makes no sense ends with EXIT_USAGE. */
int target_connect(struct target *, bool write, bool create, const volatile sig_atomic_t *stop, struct backend **, struct err *);
/* The same, or dies. */
struct backend *target_open(struct target *, bool write, bool create, const volatile sig_atomic_t *stop);

/* Option values: die with EXIT_USAGE and "-n: is not a number: x". */
int64_t opt_int(const char *option, const char *value, int64_t min, int64_t max);
int64_t opt_size(const char *option, const char *value, int64_t min, int64_t max);
int64_t opt_duration(const char *option, const char *value);	/* ms; a century stands for all that is longer */
void opt_escapes(const char *option, const char *value, struct buf *);	/* appended */
int opt_choice(const char *option, const char *value, const char *const *words);	/* index of the word; words ends with NULL */
void opt_partitions(const char *option, const char *value, int32_t **list, size_t *n);

#endif
