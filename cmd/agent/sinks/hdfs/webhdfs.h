/*
 * webhdfs.h - HDFS over HTTP (WebHDFS, also HttpFS), a place of files.h.
 *
 * What it needs of a cluster is a struct webhdfs, filled in once and then
 * shared by all sessions: only `active` changes, which NameNode answered last.
 * A request that the NameNode sends on to a DataNode is made in two steps; a
 * redirect is followed at most WEBHDFS_HOPS times, to http or https only, and
 * never from https to http.  Answers are at most WEBHDFS_ANSWER_MAX bytes.
 *
 * Source: Hadoop 3.4 WebHDFS REST API, and as measured against it.
 */
#ifndef AGENT_SINKS_HDFS_WEBHDFS_H
#define AGENT_SINKS_HDFS_WEBHDFS_H

#include "agent/http.h"
#include "agent/sinks/hdfs/files.h"

#define WEBHDFS_HOPS		5
#define WEBHDFS_ANSWER_MAX	((size_t)1 << 20)

struct webhdfs {
	const struct http_ops *net;
	struct http_how how;
	const char *const *base;	/* "http://host:port" of each NameNode */
	size_t n;
	atomic_size_t active;
	const char *user, *doas, *token;	/* NULL: not said; a token stands in place of both */
	int replication;		/* 0: the cluster's */
	int64_t block_size;		/* 0: the cluster's */
};

/* The sentence for a person, and what it means for the file; sent: the request may have been acted on. */
enum outcome webhdfs_judge(int status, struct slice body, bool sent, struct err *);
/*
 * Appends BASE/webhdfs/v1 and the path, percent-encoded.  -ERR_TOOBIG beyond
 * HTTP_URL_MAX.
 */
int webhdfs_url(struct buf *, const char *base, const char *path, struct err *);
/* Whether a redirect leads to where it may. */
int webhdfs_redirect_check(const char *from, struct slice to, struct err *);

#endif
