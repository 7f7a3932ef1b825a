/*
 * local_producer.h - what the files of the local producer share.
 *
 *	local_producer.c	gathering, and what is due when
 *	local_topic.c		the topic and what its configs say
 *	local_send.c		one gathered batch into its partition: seal, append,
 *				wait for room, acknowledge
 *	local_packers.c		threads that compress, or one that appends, while the
 *				next batch gathers
 *	local_syncer.c		the thread of the sync each flush.ms
 *
 * A partition's order is the order of put.  Ctrl-Z finds nobody with a lock:
 * with compression the thread that puts appends, and without the stop signals
 * wait until the thread that appends has nothing to do.  Memory: the builders together hold at most HELD_BYTES - then the one
 * that gathers longest goes out and gives its buffer back - and the packers
 * PACK_BYTES more, or one record where that alone is larger.
 */
#ifndef BACKEND_LOCAL_PRODUCER_H
#define BACKEND_LOCAL_PRODUCER_H

#include <sys/queue.h>
#include <pthread.h>

#include "backend/local.h"
#include "codec/batch.h"
#include "log/appender.h"
#include "store/topic.h"

#define HELD_BYTES	((size_t)12 << 20)
#define FEW_PARTS	8			/* get whole buffers at once */
#define FIRST_LEAST	256			/* bytes of a buffer to begin with */
#define FIRST_MOST	((size_t)64 << 10)
#define PACK_BYTES	((size_t)8 << 20)
#define KEEP_BYTES	((size_t)2 << 20)	/* a buffer beyond is given back after use */

struct part {
	int32_t number;
	struct appender *ap;		/* NULL: not open */
	struct batch_builder b;
	size_t cap;			/* of b, as counted in held */
	int64_t due_ns;			/* while gathering: when linger ends */
	bool gathering;			/* has records, is in that list */
	bool unsynced;			/* is in the syncer's list; under its mutex */
	bool syncing;			/* the syncer works on ap; under its mutex */
	unsigned packed;		/* batches of it that a packer appends */
	int64_t since_sync;		/* records, for flush.messages */
	TAILQ_ENTRY(part) gather_link;
	TAILQ_ENTRY(part) open_link;
	TAILQ_ENTRY(part) sync_link;
};
TAILQ_HEAD(part_list, part);

struct syncer {
	pthread_mutex_t mutex;
	pthread_cond_t wake, idle;	/* there is work, or quit; a part is no longer syncing */
	struct part_list list;		/* appended to since their last sync began */
	int64_t since_ns;		/* when the first of them came */
	int64_t period_ns;
	bool running, quit;
	bool failed;			/* read without the mutex; why is set before */
	struct err why;
	pthread_t thread;
	unsigned noted;			/* batches */
};

struct packers;

struct producer {
	struct local *local;
	struct producer_opts o;
	struct topic topic;
	bool open;			/* the topic is there */
	struct log_config conf;
	struct part **parts;		/* made as they are met */
	size_t hard, soft;		/* bytes of a batch: at most, and when it goes out */
	bool sync_each;			/* acks=all, flush.ms=0: before the acknowledgement */
	int64_t flush_messages;
	int64_t linger_ns, now_ns;
	int64_t round_ns;		/* what sending those due took last time */
	struct part_list gathering;	/* first due first */
	struct part_list opened;	/* used longest ago first */
	unsigned nopen, most_open;
	size_t held;			/* of all builders */
	struct compressor *comp;	/* NULL: plain, or the packers have it */
	int level;
	struct packers *packers;	/* NULL: this thread compresses */
	struct producer_stats st;
	struct syncer sync;
	struct buf scratch;		/* of put_batch */
	struct batch_iter it;		/* for want_records */
	struct record *recs;
	size_t nrecs;
	bool failed;			/* why says how; nothing more is appended */
	struct err why;
};

/* Ends the run: later calls say the same. */
int producer_fail(struct producer *, struct err *);

/* local_topic.c.  Find: 0 also when it is not there and may be made; p->open says. */
int producer_topic_find(struct producer *, struct err *);
int producer_topic_make(struct producer *, struct err *);

/* local_send.c.  Seals what the part gathered (by the packers, if they run) and appends; the builder is empty then. */
int part_send(struct producer *, struct part *, struct err *);
/* The part's buffer changed: counts it. */
void part_count(struct producer *, struct part *);
/* Makes sure that the part is open for appending. */
int part_open(struct producer *, struct part *, struct err *);
/* What follows an append that was done: sync where it is due now, counts, the acknowledgement. */
int part_appended(struct producer *, struct part *, struct slice batch, int32_t count, const struct appended *, struct err *);
/* Appends one sealed batch of count records, retrying as the options say; acknowledges. */
int part_append(struct producer *, struct part *, struct slice batch, int32_t count, struct err *);
/* Runs a failed step again each second while it may get better: 0 go on, else the error.  *told: was said. */
int wait_for_room(struct producer *, int rc, bool *told, struct err *);
void room_again(struct producer *, bool told);

/* local_packers.c */
bool packers_worth(const struct producer *, const struct part *);
int packers_start(struct producer *, struct err *);
/* False: it is little and nothing is before it, so it is quicker done at once. */
bool packers_take(const struct producer *, const struct part *);
/* Takes what the part gathered; appends what was compressed meanwhile. */
int packers_submit(struct producer *, struct part *, struct err *);
int packers_look(struct producer *, bool *more, struct err *);	/* appends what is compressed by now */
int packers_drain(struct producer *, struct err *);	/* all of it is appended */
void packers_stop(struct producer *);

/* local_syncer.c */
void syncer_init(struct producer *);
void syncer_note(struct producer *, struct part *);	/* was appended to */
int64_t syncer_tick(struct producer *);			/* starts the thread when due; ms until then, -1: nothing to do here */
void syncer_forget(struct producer *, struct part *);	/* waits until the thread is off it */
void syncer_stop(struct producer *);
/* 0, or the thread's error, once. */
int syncer_check(struct producer *, struct err *);

#endif
