/*
 * jobs.h - threads that wait for file systems, so that the sink need not.
 *
 * The sink's thread hands out jobs (jobs_put) and collects those that are done
 * (jobs_done), in the order in which they ended; called is told of each end.
 * A job belongs to its thread from put to done.  Threads are made as they are
 * needed, up to a number; each has a session with the place of files.
 */
#ifndef AGENT_SINKS_HDFS_JOBS_H
#define AGENT_SINKS_HDFS_JOBS_H

#include <sys/queue.h>

#include "agent/sinks/hdfs/files.h"

struct job {
	void (*run)(struct job *, const struct files_ops *, void *session);
	enum outcome out;		/* set by run; OUT_AGAIN when there was no session */
	struct err err;
	STAILQ_ENTRY(job) link;
};

struct jobs;

/* NULL: no memory.  place and called live as long. */
struct jobs *jobs_new(const struct files_ops *, const void *place, unsigned threads, void (*called)(void *), void *arg);
void jobs_put(struct jobs *, struct job *);
struct job *jobs_done(struct jobs *);		/* NULL: none now */
size_t jobs_running(struct jobs *);		/* put and not yet collected */
/* Until one is done, or that time (clock_steady_ns). */
void jobs_wait(struct jobs *, int64_t until_ns);
void jobs_free(struct jobs *);			/* all are done; ends the threads; NULL is fine */

#endif
