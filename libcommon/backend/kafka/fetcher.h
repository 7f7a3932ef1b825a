/*
 * fetcher.h - what fetcher.c, backlog.c and records.c share.
 *
 * librdkafka fetches all partitions of a handle into one queue.  What is taken
 * off it goes into the backlog of its range, out of which chunks are made; so
 * a range that was dropped and is added again where it was (a command per
 * batch does that all the time) goes on without asking a broker again.  A
 * range whose backlog is full while nobody wants it is stopped.
 */
#ifndef BACKEND_KAFKA_FETCHER_H
#define BACKEND_KAFKA_FETCHER_H

#include "backend/kafka/kafka.h"
#include "codec/batch.h"

#define POPPED		1000		/* messages taken off the queue at a time */

struct range {
	char *topic;
	int32_t partition;
	int64_t from, to;		/* what comes next; to -1: no end */
	rd_kafka_topic_t *rkt;
	bool active;			/* added, and not dropped */
	bool running;			/* librdkafka fetches it */
	bool gone;			/* its topic was deleted */
	int64_t popped;			/* the offset behind the last message in the backlog */
	int64_t eof;			/* end of the partition, where that was met; -1: not */
	int64_t parked_ns;		/* when it was dropped */
	rd_kafka_message_t **v;		/* the backlog: [at, n) */
	size_t at, n, cap, bytes;
};

struct fetcher {
	struct kafka *k;
	struct fetcher_opts opts;
	rd_kafka_t *rk;
	bool own;			/* the handle is this fetcher's */
	rd_kafka_queue_t *q;
	bool was_full;			/* the queue, since fetching was last set going */
	int event;			/* eventfd: something is in the queue */
	struct range **ranges;
	size_t nranges, turn;
	struct pollfd *fds;
	unsigned nfds;

	rd_kafka_message_t *chunk[POPPED];	/* in hand */
	size_t nchunk, taken;
	bool has_headers;		/* they are in headers */
	struct buf headers;
	size_t headers_at;
	struct batch_builder raw;
	struct err failed;		/* what a message said */
	int64_t progress_ns;		/* when something last came */
	int64_t news_ns;		/* when it was last said that there may be news */
};

/* ---- backlog.c ---- */
struct range *range_find(struct fetcher *, const char *topic, int32_t partition);
int range_add(struct fetcher *, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *);
int range_start(struct fetcher *, struct range *, struct err *);
void range_stop(struct range *);
void range_free(struct fetcher *, struct range *);
bool range_finished(const struct fetcher *, const struct range *);
/* Takes what is in the queue: how many messages came, or an error. */
int backlog_fill(struct fetcher *, struct err *);
/* The range whose turn it is and that has something; NULL: none. */
struct range *backlog_next(struct fetcher *);
/* Ranges that nobody has wanted for long are forgotten, full ones stopped. */
void backlog_tidy(struct fetcher *);

/* ---- records.c ---- */
/* Makes the chunk in hand of what the range has. */
void chunk_make(struct fetcher *, struct range *, struct chunk *);
void chunk_release(struct fetcher *);

#endif
