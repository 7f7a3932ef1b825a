/*
 * backend.h - where records are, for commands: a const table of operations.
 *
 * `local` works on a store (store/), `kafka` on a cluster (librdkafka, a
 * module).  A command never asks which one it has: what differs is an entry
 * here.  Operations a backend cannot do are -ERR_ABSENT with a sentence.
 *
 *	rc = backend_open(&be, &opts, &e);
 *	...be->ops->...(be, ...)...
 *	backend_close(be);
 *
 * Producing
 *	rc = be->ops->producer_open(be, &popts, &p, &e);
 *	be->ops->put(p, partition, &rec, &e);	// copied; may block (back-pressure)
 *	be->ops->flush(p, &e);			// input ran dry: what was put goes out now
 *	be->ops->finish(p, &e);			// all acknowledged and synced
 *	be->ops->producer_close(p);
 *
 * Fetching
 *	rc = be->ops->fetcher_open(be, &fopts, &f, &e);
 *	be->ops->add(f, topic, partition, from, to, &e);
 *	while ((rc = be->ops->next(f, &chunk, &e)) == 1)
 *		while ((n = be->ops->records(f, recs, 64, &e)) > 0) ...	// they live until the next next()
 *	rc == 0: nothing now; chunk-less end when every range is done: be->ops->done(f)
 *	be->ops->wait(f, timeout_ms, pollfds, n);
 */
#ifndef BACKEND_BACKEND_H
#define BACKEND_BACKEND_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/place.h"
#include "backend/topicinfo.h"
#include "base/err.h"
#include "codec/compress.h"
#include "codec/record.h"

struct backend_ops;
struct group_ops;
struct member;
struct backend { const struct backend_ops *ops; };	/* first member of what each makes */

struct backend_opts {
	const char *const *dirs;	/* -d, as given; n 0: the default store */
	size_t ndirs;
	const char *bootstrap;		/* -b: kafka; NULL: local */
	bool create;			/* the store may be made */
	bool write;			/* the command writes: a broker's directory is refused */
	const char *const *properties;	/* -X name=value */
	size_t nproperties;
	const char *command_config;	/* --command-config: a file of properties; NULL: none */
	void *arg;
	void (*notice)(void *arg, const char *text);	/* what -X debug=... asked to see, from any thread; may be NULL */
	const volatile sig_atomic_t *stop;	/* a signal asked to end: waits return */
};
int backend_open(struct backend **, const struct backend_opts *, struct err *);
void backend_close(struct backend *);			/* NULL is fine */

/* ---- producing ---- */

/* Of what was acknowledged; unacked: records put that were not, or not yet. */
struct producer_stats { uint64_t records, bytes, batches, unacked; };

struct producer_opts {
	const char *topic;
	bool create;			/* make the topic when it is not there, with these: */
	int32_t partitions;		/* 0: the default */
	const char *const *configs;	/* "name=value" */
	size_t nconfigs;
	int acks;			/* 0, 1, -1 (all); ACKS_DEFAULT: the backend's */
	int64_t linger_ms;		/* how long a batch gathers; -1: default 5 */
	int64_t batch_bytes;		/* -1: default 1 MiB */
	int64_t keyless_bytes;		/* in a topic of several partitions keyless records end a batch here; -1: they do not */
	bool has_codec;			/* else the topic's compression.type */
	enum codec codec;
	int level;
	bool wait_when_full;		/* --on-full=wait */
	int64_t lock_timeout_ms;
	int64_t delivery_timeout_ms;	/* how long a broker that is away is waited for; -1: the default */
	const char *transactional;	/* --transactional=ID: what is put is a transaction; NULL: none */
	int64_t every;			/* ... of so many records each; 0: of all */
	bool skip_failed;		/* a record that failed does not end the run */
	/* Called from put, flush, finish, in the caller's thread. */
	void *arg;
	/* n records of partition were acknowledged from base_offset on; recs is NULL unless want_records. */
	void (*acked)(void *arg, int32_t partition, int64_t base_offset, int32_t n, const struct record *recs);
	bool want_records;
	/* The records from the first-th put to the last-th (from 1 on) were not stored.  NULL: only the run's error says so. */
	void (*failed)(void *arg, uint64_t first, uint64_t last, const char *why);
	/* Something a person should know: made a topic, waits for room, goes on. */
	void (*notice)(void *arg, const char *text);
};
#define ACKS_DEFAULT	(-2)

struct producer;

/* ---- fetching ---- */

struct fetcher_opts {
	bool read_committed;
	bool skip_damage;		/* go on behind damage; each is told by notice, damaged() says how many */
	bool follow;			/* watch for more behind the end */
	bool raw;			/* chunks must have their batch's bytes */
	struct member *member;		/* of a group, whose partitions are read (group.h); NULL: none */
	void *arg;
	void (*notice)(void *arg, const char *text);
};

struct chunk {				/* records of one partition, in order */
	const char *topic;
	int32_t partition;
	int64_t first_offset, next_offset;	/* next_offset: where reading goes on behind it */
	int32_t leader_epoch;
	struct slice raw;		/* the whole batch as stored; NULL where the backend has none */
	int64_t count;			/* records of the range asked for, exact when whole; else an upper bound */
	bool whole;			/* all its records lie in the range asked for */
};

struct fetcher;

struct backend_ops {
	const char *name;		/* "local", "kafka" */
	const struct group_ops *groups;	/* group.h */
	void (*close)(struct backend *);
	const char *(*where)(const struct backend *);	/* the directory or the servers, for messages */
	size_t (*left_out)(const struct backend *);	/* a broker's directory: replicas being deleted or moved, or stray */

	/* Names sorted; freed with names_free. globs: none means all. */
	int (*topics)(struct backend *, const char *const *globs, size_t n, char ***names, size_t *count, struct err *);
	void (*names_free)(char **, size_t);
	int (*describe)(struct backend *, const char *topic, struct topic_info *, struct err *);
	void (*info_release)(struct topic_info *);
	int (*create)(struct backend *, const char *topic, const struct topic_spec *, struct err *);
	int (*alter)(struct backend *, const char *topic, int32_t partitions, const char *const *set, size_t nset,
	    const char *const *unset, size_t nunset, struct err *);
	int (*remove)(struct backend *, const char *topic, struct err *);
	int (*trim)(struct backend *, const char *topic, int32_t partition, int64_t offset, struct err *);
	int (*defaults)(struct backend *, const char *const *set, size_t nset, struct err *);
	/* To and from a Kafka broker's directories (store/transfer.h); NULL where records are in no directory of ours. */
	int (*export_topic)(struct backend *, const char *topic, const char *dir, void *arg,
	    void (*notice)(void *arg, const char *text), struct err *);
	int (*import_topic)(struct backend *, const char *const *dirs, size_t n, const char *topic, const struct topic_spec *,
	    void *arg, void (*notice)(void *arg, const char *text), struct err *);
	/* Numbers of the partitions that can be read here, rising; free(3). */
	int (*partitions)(struct backend *, const char *topic, int32_t **list, size_t *n, int32_t *total, struct err *);
	/* Where a place is in a partition: *offset (clamped to the log), 1; 0: PLACE_TIME behind all records (*offset is the end). */
	int (*resolve)(struct backend *, const char *topic, int32_t partition, const struct place *, int64_t *offset, struct err *);
	/* How many records of [from, to), without reading them; *why says why that is an estimate, or is NULL.  NULL: read them. */
	int (*count)(struct backend *, const char *topic, int64_t from, int64_t to, uint64_t *, const char **why, struct err *);
	/* The brokers; NULL where there are none. */
	int (*cluster)(struct backend *, struct cluster_info *, struct err *);
	void (*cluster_release)(struct cluster_info *);

	int (*producer_open)(struct backend *, const struct producer_opts *, struct producer **, struct err *);
	int32_t (*producer_partitions)(struct producer *, struct err *);	/* of the topic; makes it when it is not there; negative: error */
	bool (*compacted)(struct producer *);		/* records need a key */
	size_t (*max_record)(struct producer *);	/* the longest value that could be taken */
	int (*put)(struct producer *, int32_t partition, const struct record *, struct err *);
	/* As put, for n values in records that are else like this one; *done of them were put, also on error.  NULL: not here. */
	int (*put_values)(struct producer *, int32_t partition, const struct record *like, const struct slice *values, size_t n,
	    size_t *done, struct err *);
	int (*put_batch)(struct producer *, int32_t partition, struct slice batch, struct err *);
	/* How many bytes are gathered for the partition's next batch: 0 just after one ended (sticky partitioning). */
	size_t (*gathered)(struct producer *, int32_t partition);
	int (*flush)(struct producer *, struct err *);
	/* Once for each look at the input: sends what linger says is due; *wait_ms until the next is, -1: nothing to wait for. */
	int (*tick)(struct producer *, int64_t *wait_ms, struct err *);
	/* All acknowledged and on disk, a transaction committed; after an error: what was acknowledged is.  Closed without it, a
	 * transaction is aborted. */
	int (*finish)(struct producer *, struct err *);
	void (*stats)(struct producer *, struct producer_stats *);
	void (*producer_close)(struct producer *);

	int (*fetcher_open)(struct backend *, const struct fetcher_opts *, struct fetcher **, struct err *);
	/* Records from <= offset < to (to -1: no end). */
	int (*add)(struct fetcher *, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *);
	int (*drop)(struct fetcher *, const char *topic, int32_t partition);
	bool (*has)(struct fetcher *, const char *topic, int32_t partition);	/* false once its topic was deleted */
	int (*next)(struct fetcher *, struct chunk *, struct err *);
	/* Up to max records of the chunk that come next: how many, 0 no more. */
	int (*records)(struct fetcher *, struct record *, int max, struct err *);
	/* The short way for a whole chunk (NULL where there is none): appends values with delim behind each, until
	 * `most` bytes are passed or one is not plain; records goes on from there.  How many, or an error. */
	int (*values)(struct fetcher *, uint8_t delim, size_t most, struct buf *, uint64_t *bytes, struct err *);
	bool (*done)(struct fetcher *);			/* every range was read to its end */
	bool (*news)(struct fetcher *);			/* topics or partitions may have come or gone since this was last asked */
	uint64_t (*damaged)(struct fetcher *);		/* gaps passed over with skip_damage */
	/* 1 look again, 0 timeout, -1 interrupted; also watches fds. */
	int (*wait)(struct fetcher *, int64_t timeout_ms, struct pollfd *fds, unsigned n);
	void (*fetcher_close)(struct fetcher *);
};

#endif
