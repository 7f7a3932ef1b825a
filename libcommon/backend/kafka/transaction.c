/*
 * What is put as a transaction of Kafka's (kafka.h).
 */
#include "backend/kafka/producer.h"

#define ABORT_MS	10000

/* 0, or the error of the library's in words; takes it. */
static int
failed(struct producer *p, rd_kafka_error_t *error, const char *doing, struct err *e)
{
	int rc;

	if (error == NULL)
		return 0;
	rc = talk_failed(p->k, rd_kafka_error_code(error), rd_kafka_error_string(error), e, "cannot %s transaction '%s'", doing,
	    p->o.transactional);
	rd_kafka_error_destroy(error);
	return rc;
}

int
transaction_init(struct producer *p, struct err *e)
{
	if (p->o.transactional == NULL)
		return 0;
	return failed(p, rd_kafka_init_transactions(p->rk, (int)p->k->timeout_ms), "begin", e);
}

int
transaction_enter(struct producer *p, struct err *e)
{
	if (p->o.transactional == NULL || p->in_transaction)
		return 0;
	if (failed(p, rd_kafka_begin_transaction(p->rk), "begin", e) != 0)
		return deliver_fail(p, e);
	p->in_transaction = true;
	p->in_transaction_put = 0;
	return 0;
}

int
transaction_count(struct producer *p, struct err *e)
{
	if (!p->in_transaction || ++p->in_transaction_put != (uint64_t)p->o.every)
		return 0;
	return transaction_commit(p, e);
}

/* All its records first: a transaction with one that failed is none. */
int
transaction_commit(struct producer *p, struct err *e)
{
	rd_kafka_error_t *error;

	if (deliver_all(p, e) != 0)
		return deliver_fail(p, e);
	if (p->lost > 0) {
		err_set(e, ERR_REMOTE, "transaction '%s' was aborted: a record of it failed", p->o.transactional);
		return deliver_fail(p, e);
	}
	/* A commit that may have been done is asked for again, which does no harm. */
	while ((error = rd_kafka_commit_transaction(p->rk, (int)p->k->timeout_ms)) != NULL && rd_kafka_error_is_retriable(error) &&
	    !talk_stopped(p->k))
		rd_kafka_error_destroy(error);
	if (failed(p, error, "commit", e) != 0)
		return deliver_fail(p, e);
	p->in_transaction = false;
	return 0;
}

void
transaction_abort(struct producer *p)
{
	rd_kafka_error_t *error;

	(void)rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	error = rd_kafka_abort_transaction(p->rk, ABORT_MS);
	if (error != NULL)
		rd_kafka_error_destroy(error);
	p->in_transaction = false;
}
