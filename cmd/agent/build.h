/*
 * build.h - an agent out of a configuration: every component made and
 * configured, nothing opened or started.
 *
 * What cannot run is left out, and the problems say why; whether the rest
 * then runs is the caller's decision.  With problems->errors == 0 nothing that
 * the configuration names was left out but channels that nobody uses.
 */
#ifndef AGENT_BUILD_H
#define AGENT_BUILD_H

#include "agent/inside.h"

/* NULL with err: no memory, no such agent (then the names that there are, in err). */
struct agent *agent_build(struct conf *, struct log *, struct problems *, struct err *);
void agent_free(struct agent *);

/* What the parts of it share. */
struct build {
	struct agent *agent;
	struct conf *conf;
	struct log *log;
	struct problems *problems;
	struct err *err;
	bool failed;			/* no memory, no descriptor */
};

/* A context for each name of the list "AGENT.sources": NULL ends them.  Reports names that come twice, and those without properties. */
struct context **build_contexts(struct build *, const char *list, const char *what, size_t *n);
/* The type's table by find, or NULL after an error. */
const void *build_type(struct context *, const char *what, const void *(*find)(const char *, const char **));
/* Zeroed state of a component, or NULL (failed). */
void *build_state(struct build *, size_t size);
struct channel *build_find_channel(struct build *, const char *name);

int build_channels(struct build *);
int build_sources(struct build *);
int build_sinks(struct build *);

#endif
