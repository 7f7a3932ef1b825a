/*
 * options.h - what the command line of plog-consume asked for.
 *
 * options_parse fills it or ends the program (EXIT_USAGE); nothing changes it
 * afterwards.
 */
#ifndef CONSUME_OPTIONS_H
#define CONSUME_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "base/buf.h"
#include "tool/opts.h"

enum out_form { OUT_VALUE, OUT_FORMAT, OUT_JSON, OUT_RAW };

struct header_filter {
	const char *name;
	const char *glob;		/* NULL: the name is enough */
};

struct options {
	struct target target;
	char **operands;		/* topics and globs */
	size_t noperands;
	struct place from, to;
	bool has_to;
	int32_t *partitions;		/* -p; NULL: all */
	size_t npartitions;
	bool follow, sort_time, count, fail_empty, read_committed, skip_damage, no_escape, quiet, verbose, progress;
	int64_t max;			/* -n; -1: no limit */
	int64_t tail;			/* --tail; -1: not given */
	int64_t idle_ms;		/* --idle; -1: not given */
	enum out_form form;
	struct buf delim, key_delim;
	bool has_key_delim;
	const char *format;
	const char *null_literal;	/* NULL: NULL prints as nothing */
	const char *filter_key, *grep;
	struct header_filter *filter_headers;
	size_t nfilter_headers;
	bool invert;

	/* -g */
	const char *group;		/* NULL: none */
	const char *groups_dir, *member_id, *instance;
	const char **assignors;		/* ends with NULL */
	int64_t session_timeout_ms, max_poll_interval_ms, commit_timeout_ms;
	struct place reset;
	bool has_offset, has_reset, reset_none, no_commit;

	/* -- COMMAND */
	char **command;			/* ends with NULL; NULL: none */
	bool each, by_key, unordered, bisect;
	int jobs;
	int64_t batch, batch_size, batch_wait_ms;
	int64_t retries;		/* -1: for ever */
	int64_t backoff_min_ms, backoff_max_ms;
	const char *dead_letter;
	int64_t command_timeout_ms;	/* -1: none */
	int64_t drain_ms;
};

void options_parse(struct options *, int argc, char *argv[]);
/* options_check.c: ends with EXIT_USAGE where options do not go together. */
void options_check(const struct options *);

#endif
