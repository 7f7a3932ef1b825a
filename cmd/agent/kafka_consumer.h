/*
 * kafka_consumer.h - a member of a consumer group, as the Kafka source and
 * channel are one: what it owns, the records of it, positions.
 *
 *	rc = kafka_consumer_open(&kc, &client, topics, n, self, &e);
 *	rc = kafka_consumer_settle(kc, stop_fd, &e);	// owns what it is to own, from fixed positions on
 *	for (;;) {
 *		rc = kafka_consumer_look(kc, &e);	// parts come, and want to leave
 *		for (p = kafka_consumer_leaving(kc); p != NULL; p = kafka_consumer_leaving(kc))
 *			...put and commit what is in hand..., kafka_consumer_let_go(kc, p, &e);
 *		if (kafka_consumer_next(kc, &p, &e) == 1)
 *			while ((n = kafka_consumer_records(kc, recs, 64, &e)) > 0) ...
 *		else
 *			kafka_consumer_wait(kc, ms, fds, nfds);
 *		...kafka_consumer_commit(kc, p, &e)...		// up to p->done
 *	}
 *	kafka_consumer_close(kc);			// commits nothing more
 *
 * All calls from one thread.  A part lives until it is let go; a lost one is
 * leaving too, and nothing of it can be committed.
 */
#ifndef AGENT_KAFKA_CONSUMER_H
#define AGENT_KAFKA_CONSUMER_H

#include <sys/queue.h>

#include "agent/component.h"
#include "agent/kafka_client.h"

struct kafka_part {
	TAILQ_ENTRY(kafka_part) link;
	char *topic;
	int32_t number;
	int64_t next;			/* the offset behind the last chunk that was handed out */
	int64_t done;			/* the caller's: what is to be committed */
	int32_t epoch;			/* of the last chunk; -1: not known */
	size_t held;			/* the caller's: what it has of the part in hand */
	int64_t committed;
	bool leaving, lost, fetching;
};

struct kafka_consumer;

/*
 * -ERR_REMOTE, -ERR_INVALID, -ERR_SYS ...  Topics that a store does not have
 * are made there.  The client and topics are borrowed until close.
 */
int kafka_consumer_open(struct kafka_consumer **, const struct kafka_client *, const char *const *topics, size_t n,
    struct component *self, struct err *);
void kafka_consumer_close(struct kafka_consumer *);	/* leaves the group; NULL is fine */

/*
 * Until the group gave this member what it gets: 0; -ERR_INTR: stop_fd is
 * readable.  Where a partition had no commit, its beginning is committed, so
 * that it stays what it is.
 */
int kafka_consumer_settle(struct kafka_consumer *, int stop_fd, struct err *);
/* 0, or -ERR_FENCED and others: it is no member any more; close and open again. */
int kafka_consumer_look(struct kafka_consumer *, struct err *);
struct kafka_part *kafka_consumer_leaving(struct kafka_consumer *);	/* one that wants to leave and of which nothing is held; NULL: none */
bool kafka_consumer_urged(struct kafka_consumer *);	/* one wants to leave, held or not */
int kafka_consumer_let_go(struct kafka_consumer *, struct kafka_part *, struct err *);

/* 1: records of *part follow; 0: none now. */
int kafka_consumer_next(struct kafka_consumer *, struct kafka_part **, struct err *);
int kafka_consumer_records(struct kafka_consumer *, struct record *, int max, struct err *);
/* Up to part->done.  0 also when it is not ours any more; -ERR_SYS, -ERR_REMOTE: not written, try again later. */
int kafka_consumer_commit(struct kafka_consumer *, struct kafka_part *, struct err *);
/* 1 look again, 0 the time is over; also watches fds (at most 4). */
int kafka_consumer_wait(struct kafka_consumer *, int64_t ms, struct pollfd *fds, unsigned n);

struct backend *kafka_consumer_backend(struct kafka_consumer *);

#endif
