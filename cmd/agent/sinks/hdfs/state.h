/*
 * state.h - the hdfs sink from the inside; only its own files include it.
 *
 * One thread, the sink's, decides and owns everything here.  The file system
 * is waited for by the threads of jobs.h: a writer or a broken file that is
 * out on a job (busy) is left alone, but for what is gathered meanwhile.
 *
 *	flight	a transaction that was taken and is not yet committed; it waits for
 *		so many acknowledgements, and is committed when it is the oldest
 *	bucket	"PATH/PREFIX": where events go that resolve to it
 *	writer	one file.  What was put gathers in pending; when no job is out, it
 *		becomes out, and one request carries all of it, however many
 *		flights have bytes in it (riders)
 *	broken	a file that is to be made whole and renamed when its lease allows
 */
#ifndef AGENT_SINKS_HDFS_STATE_H
#define AGENT_SINKS_HDFS_STATE_H

#include <sys/queue.h>

#include "agent/deadletter.h"
#include "agent/sink.h"
#include "agent/sinks/hdfs/cluster.h"
#include "agent/sinks/hdfs/format.h"
#include "agent/sinks/hdfs/jobs.h"
#include "agent/sinks/hdfs/journal.h"
#include "agent/sinks/hdfs/naming.h"
#include "agent/sinks/hdfs/webhdfs.h"

#define MS_NS		1000000LL
#define SECOND_NS	1000000000LL
#define NEVER		INT64_MAX

struct flight {
	struct take take;
	size_t waiting;			/* acknowledgements; and 1 while it is being put */
	STAILQ_ENTRY(flight) link;
};
STAILQ_HEAD(flights, flight);

struct riders {
	struct flight **v;
	size_t n, cap;
};

struct writer;
struct bucket {
	char *name;			/* "PATH/PREFIX" with the location in front */
	int64_t number;			/* of the last file */
	struct writer *now;		/* the open one, or NULL */
	TAILQ_ENTRY(bucket) link;	/* least recently used first */
};
TAILQ_HEAD(buckets, bucket);

enum step { STEP_WRITE, STEP_RENAME };

struct writer {
	struct job job;			/* first */
	struct hdfs *h;
	struct bucket *bucket;		/* NULL once it is sealed */
	char *name;			/* of the bucket */
	int64_t number;
	char *temp, *final;
	struct format *format;
	struct buf head, pending, out;
	struct riders gathering, riding;	/* of pending, of out */
	int64_t events, size;		/* that were put: rollCount, rollSize */
	int64_t length;			/* bytes acknowledged */
	bool created;			/* at least one byte is */
	bool closing;			/* renamed when all is written */
	bool busy;
	bool last;			/* the job that is out ends with the rename */
	size_t out_bytes;		/* of the job that is out */
	enum step step;			/* where the job ended */
	int64_t opened_ns, flushed_ns;
	int64_t failing_ns, retry_ns;	/* since when it fails; when to try again; 0: not */
	unsigned tries;
	bool rename_unsure;		/* an earlier rename may have been done */
	long slot;
	TAILQ_ENTRY(writer) link;
};
TAILQ_HEAD(writers, writer);

struct broken {
	struct job job;			/* first */
	struct hdfs *h;
	char *temp, *final;
	int64_t length;
	bool exact;			/* length is what was acknowledged; else all that is there is kept */
	bool busy, done, short_of;
	bool unsure;			/* a rename may have been done */
	unsigned tries, held;
	int64_t next_ns;
	long slot;
	TAILQ_ENTRY(broken) link;
};
TAILQ_HEAD(brokens, broken);

struct hdfs {
	/* configuration */
	struct location where;
	struct naming naming;
	struct zone *zone;
	struct format_how how;
	const char *suffix, *in_use_prefix, *in_use_suffix;
	int64_t roll_ns, roll_size, roll_count, idle_ns;	/* 0: not */
	int64_t batch, max_open, call_ns, retry_ns, close_tries, max_in_flight;
	unsigned threads;
	bool recover;
	char *journal_path;
	struct cluster_conf *conf;
	struct cluster cluster;
	struct webhdfs web;
	char *user;
	const struct files_ops *files;
	struct deadletter *dead;	/* NULL: none */
	/* running */
	struct sink *sk;
	struct component *c;
	struct jobs *jobs;
	struct journal *journal;
	struct map *names;		/* buckets by name */
	struct buckets buckets;
	size_t open;			/* buckets */
	struct writers writers;
	struct brokens brokens;
	struct flights flights, spare;
	struct bucket **route;		/* of each event of the take that is being put */
	size_t nroute;
	int64_t in_flight;		/* bytes that are encoded and not acknowledged */
	int64_t next_ns;		/* the next look at timers */
	int64_t said_ns;		/* when an event without a place was last named */
	size_t limit;			/* events to take next, up to such an event; 0: the batch */
	atomic_bool stop;		/* requests in progress end */
	bool failed, stopping, begun;
	struct err why;
};

/* The name that the place of files knows. */
static inline const char *
place_name(const struct hdfs *h, const char *shown)
{
	return shown + h->where.skip;
}

/* options.c */
void hdfs_configure(void *self, struct context *);
void hdfs_release(void *self);

/* writer.c */
struct bucket *bucket_find(struct hdfs *, const char *name, struct err *);
void bucket_drop(struct hdfs *, struct bucket *);	/* without an open file */
int writer_put(struct hdfs *, struct bucket *, const struct event *, size_t n, struct flight *, int64_t now_ms, struct err *);
void writer_seal(struct hdfs *, struct writer *, bool timed);	/* no event more; timed: the bucket goes too */
int writer_rename(struct writer *);			/* the next number; -1: no memory */
void writer_free(struct hdfs *, struct writer *);
bool riders_add(struct riders *, struct flight *);

/* delivery.c */
void writer_flush(struct hdfs *, struct writer *);	/* what is pending goes out, now or after the job that is out */
void writer_settled(struct hdfs *, struct writer *);	/* its job is done */
void writer_retry(struct hdfs *, struct writer *);
void delivery_fail(struct hdfs *);			/* back to the channel with all that is in flight */
enum sink_rc delivery_commit(struct hdfs *, struct err *);	/* the oldest flights that wait for nothing */
void hdfs_collect(struct hdfs *);			/* the jobs that are done */
struct flight *flight_new(struct hdfs *);
void at_least(struct hdfs *, int64_t ns);		/* timers are looked at then, or sooner */

/* broken.c */
int broken_add(struct hdfs *, const char *temp, const char *final, int64_t length, bool exact, long slot);
void broken_start(struct hdfs *, struct broken *);
void broken_settled(struct hdfs *, struct broken *);
void broken_free_all(struct hdfs *);

#endif
