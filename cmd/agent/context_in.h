/*
 * context_in.h - what context.c and context_look.c know of a context.
 */
#ifndef AGENT_CONTEXT_IN_H
#define AGENT_CONTEXT_IN_H

#include "agent/conf.h"

struct context {
	struct conf *conf;
	struct problems *problems;	/* of the topmost only */
	const char *prefix, *name, *what;
	struct context *above;		/* NULL: the topmost */
	struct context *below, *next;
	struct arena *text;		/* of the topmost only */
	const char **asked;		/* ends with NULL */
	size_t nasked, cap_asked;
	struct context_said said;
};

const char *context_keep(struct context *, const char *);	/* a copy that lives as long */

#endif
