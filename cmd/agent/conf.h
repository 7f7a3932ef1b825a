/*
 * conf.h - a configuration as it stands: the settings of all files, and what
 * the command line said.  Counted: components hold the one they were made from.
 */
#ifndef AGENT_CONF_H
#define AGENT_CONF_H

#include <stdatomic.h>
#include <stdbool.h>

#include "agent/problems.h"
#include "agent/settings.h"

struct conf_options {			/* from the command line; live as long as the process */
	const char *agent;		/* --name */
	const char *const *files;	/* in order; "-" is standard input */
	size_t nfiles;
	struct settings defines;	/* -Dname=value */
	const char *store;		/* --dir, or NULL */
};

struct conf {
	atomic_int refs;
	const struct conf_options *opts;
	struct settings s;		/* with every substitution made */
	bool *read;			/* for each setting: somebody asked for it */
	struct conf_owned {
		char *path, *by;	/* the owner's prefix */
	} *owned;			/* ctx_owns */
	size_t nowned;
};

/* Reads and resolves; NULL with err (a file that cannot be read, or not be parsed). */
struct conf *conf_load(const struct conf_options *, struct problems *, struct err *);
void conf_ref(struct conf *);
void conf_unref(struct conf *);		/* NULL is fine */
const char *conf_define(const struct conf *, const char *name);

/* A context over the settings below prefix ("a1.sources.r1."); what: "source", for messages; owned by the caller. */
struct context;
struct context *context_new(struct conf *, struct problems *, const char *prefix, const char *name, const char *what);
void context_free(struct context *);		/* and those made of it by ctx_below */
void context_unknown(struct context *);		/* reports what nobody read */
/* After configure the problems are no longer taken. */
void context_done(struct context *);
bool context_empty(const struct context *);	/* no setting below the prefix */
bool context_equal(const struct context *, const struct context *);	/* the same settings, in two configurations */

struct context_said {
	int64_t batch;			/* ctx_batch; 0: not said */
	int64_t capacity, transaction;	/* ctx_capacity */
	bool runs_programs;
	size_t errors;
};
const struct context_said *context_said(const struct context *);
/* file and line of a key below the prefix; of the first one there when key is NULL or not set. */
void context_place(const struct context *, const char *key, const char **file, unsigned *line);

#endif
