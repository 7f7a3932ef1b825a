/*
 * answer.h - what a WebHDFS server says, out of its JSON.
 *
 * The bytes come from outside: each call judges the whole text (bounded
 * depth, UTF-8, types, ranges) before it takes anything; members that are not
 * known are passed over.  0, or -ERR_DAMAGE with what is wrong.
 */
#ifndef AGENT_SINKS_HDFS_ANSWER_H
#define AGENT_SINKS_HDFS_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct hdfs_status {
	int64_t length, modified_ms;
	bool directory;
};

/* {"RemoteException":{"exception":"E","message":"M"}}; of M what stands before its first newline. */
struct hdfs_exception {
	char name[96];
	char message[512];		/* fit to be shown */
};

int answer_boolean(struct slice, bool *, struct err *);		/* {"boolean":true} */
int answer_status(struct slice, struct hdfs_status *, struct err *);	/* {"FileStatus":{...}} */
int answer_location(struct slice, struct buf *url, struct err *);	/* {"Location":"http://..."} */
/* {"FileStatuses":{"FileStatus":[...]}}: each is called with its name, until one says no (false). */
int answer_list(struct slice, bool (*each)(void *, struct slice name, const struct hdfs_status *), void *, struct err *);
int answer_exception(struct slice, struct hdfs_exception *, struct err *);

#endif
