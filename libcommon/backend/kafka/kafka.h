/*
 * kafka.h - what the files of the module kafka share: a cluster as a backend.
 *
 *	module.c	the module's table, opening, closing
 *	conf.c		properties: from where, which, how librdkafka takes them
 *	talk.c		the shared handle, waiting for answers, what errors mean
 *	look.c		topics, partitions, offsets, brokers
 *	brokers.c	the brokers, those that are away too
 *	configs.c	configs of a topic
 *	admin.c		topics made, changed, deleted, trimmed
 *	producer.c producer_conf.c deliver.c transaction.c	producing
 *	fetcher.c backlog.c records.c		fetching
 *	member.c rebalance.c subscribe.c	being a member of a group
 *	groups.c group_set.c			groups as others see them
 *
 * This is the one file that includes librdkafka's header.  Of librdkafka's
 * three kinds of handles the module uses: one consumer that is in no group,
 * for questions and for fetching (the shared handle); a producer; and for a
 * member of a group a consumer that never fetches, as its partitions are
 * paused: it keeps the membership, whatever its caller waits for.
 *
 * Source: librdkafka 2.0 (Debian 12); share/doc/kafka.md.  What a later one
 * has is used where it is compiled against.
 */
#ifndef BACKEND_KAFKA_KAFKA_H
#define BACKEND_KAFKA_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include "backend/backend.h"
#include "backend/client_config.h"
#include "backend/group.h"

#define HAS_INCREMENTAL_CONFIGS	(RD_KAFKA_VERSION >= 0x020200ff)

#define LOOK_MS		100		/* how often who waits for an answer looks for a signal */

#define FETCH_QUEUE	40000		/* queued.min.messages: records that are fetched ahead */
#define TEXT_OF(n)	TEXT_OF_(n)
#define TEXT_OF_(n)	#n

/* What the library said last of a connection, from whatever thread. */
struct trouble {
	pthread_mutex_t lock;
	rd_kafka_resp_err_t code;
	char text[512];
	bool all_down;			/* no broker can be reached */
};

struct kafka {
	struct backend be;		/* first: a struct backend is one of these */
	const volatile sig_atomic_t *stop;	/* of backend_opts; may be NULL */
	void *arg;
	void (*notice)(void *arg, const char *text);
	bool debug;			/* -X debug=...: what the library says is passed on */
	char *servers;			/* for messages */
	struct client_config conf;	/* translated */
	int64_t timeout_ms;		/* for an answer: default.api.timeout.ms */
	rd_kafka_t *rk;			/* the shared handle; NULL: not needed so far */
	bool borrowed;			/* it is the producer's */
	bool met;			/* the cluster has answered once */
	rd_kafka_resp_err_t last;	/* what talk_failed was last told */
	struct trouble trouble;
};

static inline struct kafka *
kafka_of(struct backend *be)
{
	return (struct kafka *)be;
}

/* ---- conf.c ---- */
enum kafka_use { USE_SHARED, USE_PRODUCER, USE_MEMBER };
/* Gathers what files, -b and -X say; -ERR_INVALID for what makes no sense, before anything is asked of a broker. */
int conf_gather(struct kafka *, const struct backend_opts *, struct err *);
/* The library's configuration for a use: ours, then the user's. */
int conf_make(struct kafka *, enum kafka_use, rd_kafka_conf_t **, struct err *);
/* Sets one of ours that was not given by the user. */
int conf_default(const struct kafka *, rd_kafka_conf_t *, const char *name, const char *value, struct err *);
int conf_force(rd_kafka_conf_t *, const char *name, const char *value, struct err *);

/* ---- talk.c ---- */
/* The shared handle; NULL: said in err. */
rd_kafka_t *talk_handle(struct kafka *, struct err *);
/* A handle of its own; takes conf. */
rd_kafka_t *talk_new(struct kafka *, rd_kafka_type_t, rd_kafka_conf_t *, struct err *);
void talk_trouble(rd_kafka_t *, int code, const char *reason, void *k);	/* error_cb */
void talk_log(const rd_kafka_t *, int level, const char *facility, const char *text);	/* log_cb */
/* What -X debug=... asked to see is passed on, from any thread. */
void talk_debug(struct kafka *, const char *facility, const char *text);
bool talk_stopped(const struct kafka *);
/* Makes sure that there is a handle and that the cluster has answered once. */
int talk_meet(struct kafka *, struct err *);
/* Metadata of one topic (NULL: of all). 0: free it with rd_kafka_metadata_destroy. */
int talk_metadata(struct kafka *, const char *topic, const struct rd_kafka_metadata **, struct err *);
/* The same, of one topic that is there; -ERR_NOENT with the nearest name. */
int talk_topic(struct kafka *, const char *topic, const struct rd_kafka_metadata **, struct err *);
int talk_topic_missing(struct kafka *, const char *topic, struct err *);
/* The answer to a request of the admin API, whose events come in q; NULL: said in err. */
rd_kafka_event_t *talk_answer(struct kafka *, rd_kafka_queue_t *q, const char *what, struct err *);
rd_kafka_AdminOptions_t *talk_options(struct kafka *, rd_kafka_t *, rd_kafka_admin_op_t);
/* What an error of the library is here; the sentence is "what: reason". */
enum err_code talk_code(rd_kafka_resp_err_t);
/* A coordinator that is just starting or moving is waited for a little: whether to ask again.  since: of the first time. */
bool talk_again(struct kafka *, int64_t since_ns);
int talk_failed(struct kafka *, rd_kafka_resp_err_t, const char *reason, struct err *, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* ---- look.c ---- */
int kafka_topics(struct backend *, const char *const *globs, size_t n, char ***names, size_t *count, struct err *);
void kafka_names_free(char **, size_t);
/* Those of the names that a glob matches (none: all), sorted; takes them. */
int names_select(char **names, size_t n, const char *const *globs, size_t nglobs, char ***out, size_t *count);
int kafka_describe(struct backend *, const char *topic, struct topic_info *, struct err *);
void kafka_info_release(struct topic_info *);
int kafka_partitions(struct backend *, const char *topic, int32_t **list, size_t *n, int32_t *total, struct err *);
int kafka_resolve(struct backend *, const char *topic, int32_t partition, const struct place *, int64_t *offset, struct err *);
int kafka_count(struct backend *, const char *topic, int64_t from, int64_t to, uint64_t *, const char **why, struct err *);
int kafka_cluster(struct backend *, struct cluster_info *, struct err *);
void kafka_cluster_release(struct cluster_info *);
/* Asks for an offset of each partition in the list: each one's offset field is a time, or OFFSET_BEGINNING, _END. */
int look_offsets(struct kafka *, rd_kafka_topic_partition_list_t *, const char *topic, struct err *);

/* ---- admin.c ---- */
int kafka_create(struct backend *, const char *topic, const struct topic_spec *, struct err *);
int kafka_alter(struct backend *, const char *topic, int32_t partitions, const char *const *set, size_t nset,
    const char *const *unset, size_t nunset, struct err *);
int kafka_remove(struct backend *, const char *topic, struct err *);
int kafka_trim(struct backend *, const char *topic, int32_t partition, int64_t offset, struct err *);
int kafka_defaults(struct backend *, const char *const *set, size_t nset, struct err *);
/* Replaces what set names ("name=value"), takes out what unset does. */
int admin_alter_configs(struct kafka *, const char *topic, const char *const *set, size_t nset, const char *const *unset,
    size_t nunset, struct err *);
/* "name=value" of the topic's own configs, ends with NULL; free with kafka_names_free. */
int admin_configs(struct kafka *, const char *topic, char ***configs, size_t *n, struct err *);

/* ---- producer.c ---- */
int kafka_producer_open(struct backend *, const struct producer_opts *, struct producer **, struct err *);
int32_t kafka_producer_partitions(struct producer *, struct err *);
bool kafka_producer_compacted(struct producer *);
size_t kafka_producer_max_record(struct producer *);
int kafka_put(struct producer *, int32_t partition, const struct record *, struct err *);
int kafka_put_values(struct producer *, int32_t partition, const struct record *like, const struct slice *values, size_t n,
    size_t *done, struct err *);
int kafka_put_batch(struct producer *, int32_t partition, struct slice batch, struct err *);
size_t kafka_gathered(struct producer *, int32_t partition);
int kafka_flush(struct producer *, struct err *);
int kafka_tick(struct producer *, int64_t *wait_ms, struct err *);
int kafka_finish(struct producer *, struct err *);
void kafka_producer_stats(struct producer *, struct producer_stats *);
void kafka_producer_close(struct producer *);

/* ---- records.c ---- */
/* Appends the headers of a message as a record has them; how many. */
int32_t headers_of(const rd_kafka_message_t *, struct buf *);

/* ---- fetcher.c ---- */
int kafka_fetcher_open(struct backend *, const struct fetcher_opts *, struct fetcher **, struct err *);
int kafka_fetcher_add(struct fetcher *, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *);
int kafka_fetcher_drop(struct fetcher *, const char *topic, int32_t partition);
bool kafka_fetcher_has(struct fetcher *, const char *topic, int32_t partition);
int kafka_fetcher_next(struct fetcher *, struct chunk *, struct err *);
int kafka_fetcher_records(struct fetcher *, struct record *, int max, struct err *);
int kafka_fetcher_values(struct fetcher *, uint8_t delim, size_t most, struct buf *, uint64_t *bytes, struct err *);
bool kafka_fetcher_done(struct fetcher *);
bool kafka_fetcher_news(struct fetcher *);
uint64_t kafka_fetcher_damaged(struct fetcher *);
int kafka_fetcher_wait(struct fetcher *, int64_t timeout_ms, struct pollfd *fds, unsigned n);
void kafka_fetcher_close(struct fetcher *);

extern const struct group_ops kafka_groups;	/* groups.c */

#endif
