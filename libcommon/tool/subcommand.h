/*
 * subcommand.h - commands with a word behind their name, as plog-topic and
 * plog-group: which one is meant, and which options it takes.
 *
 * Both ends with EXIT_USAGE and a message where the command line makes no
 * sense: with the nearest word, or with the words that do take the option.
 */
#ifndef TOOL_SUBCOMMAND_H
#define TOOL_SUBCOMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "text/table.h"

struct subcommand {
	const char *name;		/* NULL ends the table */
	unsigned bit;			/* one of its own */
};

struct limited_option {			/* one that only some subcommands take */
	int ch;				/* 0 ends the table */
	const char *name;
	unsigned of;			/* bits of those */
};
#define LIMITED_MAX	32

/* Index of the word in the table. */
size_t subcommand_find(const struct subcommand *, const char *word);
/* given: a flag for each entry of the limited options, whether it stood there. */
void subcommand_check(const struct subcommand *, size_t cmd, const struct limited_option *, const bool *given);

/* Writes all of it to stdout and ends there: status, or EXIT_FAILED when stdout could not take it.  Frees. */
int subcommand_output(struct buf *, int status);
int subcommand_output_table(struct table *, int status);

#endif
