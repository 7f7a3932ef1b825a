/*
 * selection.h - which partitions are read, and from where to where.
 *
 * The operands are topic names and globs.  selection_start finds what is
 * there and takes the ends; with -f, selection_more finds what came since,
 * which is read from its beginning.
 */
#ifndef CONSUME_SELECTION_H
#define CONSUME_SELECTION_H

#include "backend/backend.h"
#include "base/map.h"
#include "consume/options.h"

struct part {
	char *topic;			/* owned by the selection */
	int32_t number;
	int64_t from, to;		/* offsets; to -1: no end */
};

struct selection {
	struct part *v;
	size_t n;
	char **told;			/* topics whose absence was said */
	size_t ntold;
};

#define SELECTION_INIT	{ .v = NULL }

/* 0, or -1 and the messages were given: a topic is not there (without -f), a place cannot be reached. */
int selection_start(struct selection *, struct backend *, const struct options *);
/* With -f: appends what is new; how many, or -1. */
int selection_more(struct selection *, struct backend *, const struct options *);
/* With -g and -f, where the group finds the topics: is any there?  Those named that are not are said, once. */
bool selection_there(struct selection *, struct backend *, const struct options *);
/* Parts that the fetcher no longer has, as their topic was deleted, are forgotten: they are new when they come back. */
void selection_forget(struct selection *, struct backend *, struct fetcher *);
void selection_release(struct selection *);

#endif
