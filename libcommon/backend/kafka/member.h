/*
 * member.h - a member of a group of a cluster: what member.c (for its caller)
 * and rebalance.c (for the broker) share.
 *
 * A thread polls librdkafka, which keeps the membership alive and says what
 * the group assigned and takes back; whatever the caller waits for.  It puts
 * events into a list that the caller takes.  What is to be given back is given
 * back when the caller has let go of all of it.  The handle never fetches: its
 * partitions are paused.
 */
#ifndef BACKEND_KAFKA_MEMBER_H
#define BACKEND_KAFKA_MEMBER_H

#include <sys/queue.h>

#include "backend/kafka/groups.h"

struct owned_part {
	char *topic;
	int32_t partition;
	bool revoking;			/* the caller was told to give it up */
};

struct member_word {			/* an event, or (text) something to be said */
	STAILQ_ENTRY(member_word) link;
	struct member_event ev;
	char *topic, *text;
};
STAILQ_HEAD(word_list, member_word);

struct member {
	struct kafka *k;
	struct member_opts o;
	char *group;
	rd_kafka_t *rk;
	pthread_t thread;
	bool started;
	int fd;				/* eventfd: the list is not empty, or it failed */
	char id[256];

	pthread_mutex_t lock;		/* over all that follows */
	bool quit, closing;
	struct word_list words;
	struct member_word *current;	/* whose topic the caller looks at */
	struct owned_part *parts;
	size_t nparts;
	rd_kafka_topic_partition_list_t *revoked;	/* to be given back when none of parts is revoking; NULL: nothing */
	bool cooperative;
	bool assigned;			/* something, were it nothing, was assigned once */
	int64_t settle_ns;		/* when a settled member without partitions is told so; 0: it was */
	struct err failed;		/* code 0: well */
	char *told_reset;		/* the topic whose beginning was told last */
};

/* ---- rebalance.c ---- */
void rebalance(rd_kafka_t *, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t *, void *member);	/* rebalance_cb */
/* Gives back what the caller has let go of, when that is all of it. */
void rebalance_give_back(struct member *);

/* ---- subscribe.c ---- */
/* Makes the handle, subscribed to the topics. */
int member_handle(struct member *, struct err *);

/* ---- member.c ---- */
void member_put(struct member *, enum member_event_kind, const char *topic, int32_t partition, int64_t offset);
void member_say(struct member *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void member_fail(struct member *, const struct err *);
struct owned_part *member_part(struct member *, const char *topic, int32_t partition);	/* lock held */
void member_forget(struct member *, struct owned_part *);	/* lock held */

#endif
