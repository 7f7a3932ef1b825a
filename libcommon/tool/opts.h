/*
 * opts.h - options that every command takes alike, and how it starts.
 *
 * A command has one table of struct option (getopt_long), whole long names
 * only, and calls tool_start first: it makes sure of descriptors 0 to 2, sets
 * the locale, ignores SIGXFSZ, and answers -h and -V.
 */
#ifndef TOOL_OPTS_H
#define TOOL_OPTS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "base/err.h"

struct tool {
	const char *name;		/* "plog-produce" */
	const char *usage;		/* the SYNOPSIS: "plog-produce [options] TOPIC [FILE ...]" */
};

void tool_start(const struct tool *, int *argc, char ***argv);
/* As getopt_long, but a long name must be whole; an unknown one is answered with the nearest, and EXIT_USAGE. */
int tool_getopt(const struct tool *, int argc, char *const *argv, const char *shorts, const struct option *longs);
_Noreturn void tool_usage(const struct tool *);		/* usage line on stderr, EXIT_USAGE */
_Noreturn void tool_help(const struct tool *);		/* usage line and "see man" on stdout, 0 */
_Noreturn void tool_version(const struct tool *);	/* version and libraries on stdout, 0 */

/* -d (repeatable), -b, -X gathered for backend_open; -d on the command line beats $PLOG_BOOTSTRAP_SERVER; both -d and -b: EXIT_USAGE. */
struct target {
	const char **dirs;
	size_t ndirs;
	const char *bootstrap;
	const char **properties;
	size_t nproperties;
};
#define TARGET_INIT	{ .dirs = NULL }
void target_dir(struct target *, const char *);
void target_bootstrap(struct target *, const char *);
void target_property(struct target *, const char *);
/* Opens or dies. */
struct backend *target_open(struct target *, bool write, bool create, const volatile sig_atomic_t *stop);

/* Option values: die with EXIT_USAGE and "-n: is not a number: x". */
int64_t opt_int(const char *option, const char *value, int64_t min, int64_t max);
int64_t opt_size(const char *option, const char *value, int64_t min, int64_t max);
int64_t opt_duration(const char *option, const char *value);
int opt_choice(const char *option, const char *value, const char *const *words);	/* index of the word */
void opt_partitions(const char *option, const char *value, int32_t **list, size_t *n);

#endif
