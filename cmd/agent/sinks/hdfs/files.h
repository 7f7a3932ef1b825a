/*
 * files.h - what the sink asks of the place where its files are: HDFS over
 * WebHDFS (webhdfs.c), or directories of this machine (local.c).
 *
 * A session belongs to one thread; the place itself is shared by all.  Each
 * call waits until there is an answer, and says what is now true of the file.
 */
#ifndef AGENT_SINKS_HDFS_FILES_H
#define AGENT_SINKS_HDFS_FILES_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum outcome {
	OUT_DONE,		/* and acknowledged */
	OUT_AGAIN,		/* nothing happened; the same call may work later (no DataNode, safe mode, no connection) */
	OUT_UNSURE,		/* it may have happened, wholly or in part */
	OUT_HELD,		/* nothing happened; somebody's lease is on the file, or is being recovered */
	OUT_EXISTS,		/* nothing happened; the name is taken */
	OUT_MISSING,		/* nothing happened; there is no such file */
	OUT_REFUSED,		/* not allowed, over quota, wrongly configured: tried again later, without much hope */
	OUT_INVALID,		/* a name that can never be */
	OUT_STOPPED,		/* the agent ends; as OUT_UNSURE */
};

struct files_ops {
	void *(*open)(const void *place, struct err *);	/* a session; NULL: err says why */
	void (*close)(void *session);
	/* A new file with these bytes, its directories made; never over one that is there. */
	enum outcome (*create)(void *, const char *path, struct slice, struct err *);
	/* Behind the `length` bytes that are acknowledged. */
	enum outcome (*append)(void *, const char *path, int64_t length, struct slice, struct err *);
	/*
	 * The file is closed and holds its first `length` bytes and nothing
	 * else, whoever was writing: what a broken writer left is made whole.
	 * OUT_HELD: not yet.  A file that is shorter is left as it is (*got).
	 */
	enum outcome (*settle)(void *, const char *path, int64_t length, int64_t *got, struct err *);
	/* Never over a file that is there. */
	enum outcome (*rename)(void *, const char *from, const char *to, struct err *);
	enum outcome (*remove)(void *, const char *path, struct err *);	/* OUT_DONE when it was not there */
	enum outcome (*length)(void *, const char *path, int64_t *, struct err *);
};

extern const struct files_ops local_files;
extern const struct files_ops webhdfs_files;

#endif
