/*
 * naming.h - where an event's file is: hdfs.path and hdfs.filePrefix, resolved
 * and looked at.
 *
 * A location is what a configuration's path begins with: hdfs://authority,
 * webhdfs://host:port, file:, or nothing.  It stays in front of names, as
 * Flume shows them; the place of files gets what stands behind it.
 */
#ifndef AGENT_SINKS_HDFS_NAMING_H
#define AGENT_SINKS_HDFS_NAMING_H

#include "agent/escape.h"

enum scheme { SCHEME_NONE, SCHEME_LOCAL, SCHEME_HDFS, SCHEME_WEBHDFS, SCHEME_SWEBHDFS, SCHEME_OTHER };

struct location {
	enum scheme scheme;
	char authority[256];
	size_t skip;			/* bytes of scheme and authority */
};

/* -ERR_INVALID: a URL that is none, or with escapes in its authority. */
int location_parse(struct location *, const char *path, struct err *);

struct naming {
	struct escape *path, *prefix;
	struct escape_time time;
	size_t skip;			/* of the location */
	bool hdfs;			/* HDFS's rules for names, else the ones of Linux */
	/* the last answer, for as long as it holds */
	struct buf last;
	int64_t second;
	bool holds;
};

/*
 * "PATH/PREFIX" of an event, without what tells one file from the next; it
 * stays until the next call.  *same: it is the one of the call before.
 * -ERR_INVALID: there is none for this event, and never will be.
 */
int naming_resolve(struct naming *, const struct event *, int64_t now_ms, const char **name, bool *same, struct err *);
void naming_release(struct naming *);
/* The rules for what stands behind the location; the text says what is wrong. */
int naming_check(const char *path, bool hdfs, struct err *);

#endif
