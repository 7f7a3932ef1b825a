/*
 * producer.h - what producer.c, deliver.c and transaction.c share.
 */
#ifndef BACKEND_KAFKA_PRODUCER_H
#define BACKEND_KAFKA_PRODUCER_H

#include "backend/kafka/kafka.h"

struct producer {
	struct kafka *k;
	struct producer_opts o;
	rd_kafka_t *rk;
	rd_kafka_topic_t *rkt;
	int32_t npartitions;		/* 0: the topic is not there yet */
	size_t max_record;
	uint64_t put;			/* records; each one's number goes along as its opaque */
	uint64_t bytes;
	uint64_t lost;			/* of them */
	size_t *gathered;		/* of each partition: keyless bytes since the last batch ended, about */
	int64_t *gathered_ns;
	unsigned unpolled;		/* puts since reports were looked for */

	/* A run of records that failed alike, not told yet; first 0: none. */
	uint64_t first_failed, last_failed;
	rd_kafka_resp_err_t failed_code;
	int32_t failed_partition;
	char failed_why[256];
	char reason[256];		/* of a time-out, as the cluster told it */
	int64_t reason_ns;		/* when */
	int32_t reason_partition;

	bool failed;			/* nothing more is taken */
	struct err why;
	bool in_transaction;
	uint64_t in_transaction_put;
};

/* ---- producer_conf.c ---- */
int producer_conf(struct kafka *, const struct producer_opts *, rd_kafka_conf_t **, struct err *);

/* ---- deliver.c ---- */
void deliver_report(rd_kafka_t *, const rd_kafka_message_t *, void *);	/* dr_msg_cb */
/* Reports that came; waits for one up to so long. */
void deliver_look(struct producer *, int wait_ms);
/* Until nothing is on its way; 0, or the run's error. */
int deliver_all(struct producer *, struct err *);
/* Nothing more is taken: e's error, or the one that was there before. */
int deliver_fail(struct producer *, struct err *e);

/* ---- transaction.c ---- */
int transaction_init(struct producer *, struct err *);
/* Before a record is put: it is in a transaction then. */
int transaction_enter(struct producer *, struct err *);
/* Behind a record that was put: with --every the transaction may be full. */
int transaction_count(struct producer *, struct err *);
int transaction_commit(struct producer *, struct err *);
void transaction_abort(struct producer *);

#endif
