/*
 * replacing.h - replaces what a pattern finds in a text, everywhere, as Java's
 * replaceAll: $1 is a group, a backslash makes plain what stands behind it.
 */
#ifndef AGENT_REPLACING_H
#define AGENT_REPLACING_H

#include "agent/pattern.h"
#include "base/buf.h"

struct replacing {
	struct pattern pattern;
	const char *with;
	struct buf out;
};

/* Read in configure: the pattern of one key, what stands in its place of another. */
void replacing_read(struct replacing *, struct context *, const char *key, const char *pattern, const char *with_key, const char *with);
/* The new text in out; false: nothing was found. */
bool replacing_run(struct replacing *, struct slice);
void replacing_release(struct replacing *);

#endif
