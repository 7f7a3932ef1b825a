/*
 * matching.h - the topics whose names match a regular expression, for
 * kafka.topics.regex.
 */
#ifndef AGENT_SOURCES_MATCHING_H
#define AGENT_SOURCES_MATCHING_H

#include "agent/pattern.h"
#include "backend/backend.h"

struct matching {
	struct pattern pattern;		/* the caller's to read and release */
	char **names;			/* sorted */
	size_t n;
	int64_t looked_ns;		/* clock_steady_ns of the last look */
};

/* 1: names are others than before, 0: the same; the backend's errors, -ERR_NOMEM. */
int matching_look(struct matching *, struct backend *, struct err *);
void matching_forget(struct matching *);

#endif
