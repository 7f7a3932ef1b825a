/*
 * What becomes of records on their way to a cluster (kafka.h).
 */
#include "backend/kafka/producer.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define SLICE_MS	100		/* how late a signal is seen; the last report wakes at once */
#define STOP_MS		10000		/* how long what is on its way is waited for, once a signal came */
#define LOOK_TIMEOUT_MS	2000
#define REASON_NS	5000000000LL

/* What metadata says of a partition that does not take anything; out stays when it is all well. */
static void
look_at_partition(const struct rd_kafka_metadata *md, int32_t partition, char *out, size_t size)
{
	const struct rd_kafka_metadata_partition *m;
	int i;

	for (i = 0; md->topic_cnt == 1 && i < md->topics[0].partition_cnt; i++) {
		m = &md->topics[0].partitions[i];
		if (m->id != partition)
			continue;
		if (m->leader == -1)
			snprintf(out, size, "no acknowledgement in time: partition %d has no leader", (int)partition);
		else if (m->isr_cnt < m->replica_cnt)
			snprintf(out, size, "no acknowledgement in time: partition %d has %d of %d replicas in sync", (int)partition,
			    m->isr_cnt, m->replica_cnt);
	}
}

/* Behind a time-out there is a reason that the cluster can be asked for: no leader, or too few replicas in sync. */
static const char *
reason_of_timeout(struct producer *p, int32_t partition)
{
	const int64_t now = clock_steady_ns();
	const struct rd_kafka_metadata *md;

	if (p->reason_ns != 0 && p->reason_partition == partition && now - p->reason_ns < REASON_NS)
		return p->reason;
	pthread_mutex_lock(&p->k->trouble.lock);
	snprintf(p->reason, sizeof(p->reason), "no acknowledgement in time%s%.200s", p->k->trouble.text[0] != '\0' ? ": " : "",
	    p->k->trouble.text);
	pthread_mutex_unlock(&p->k->trouble.lock);
	if (rd_kafka_metadata(p->rk, 0, p->rkt, &md, LOOK_TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		look_at_partition(md, partition, p->reason, sizeof(p->reason));
		rd_kafka_metadata_destroy(md);
	}
	p->reason_ns = clock_steady_ns();
	p->reason_partition = partition;
	return p->reason;
}

/* The run of failed records that was gathered is told. */
static void
tell_failed(struct producer *p)
{
	if (p->first_failed == 0)
		return;
	if (p->failed_why[0] == '\0')
		snprintf(p->failed_why, sizeof(p->failed_why), "%s", reason_of_timeout(p, p->failed_partition));
	if (p->o.failed != NULL)
		p->o.failed(p->o.arg, p->first_failed, p->last_failed, p->failed_why);
	if (!p->failed && !p->o.skip_failed) {
		p->failed = true;
		err_set(&p->why, talk_code(p->failed_code), "cannot produce to '%s': %s", p->o.topic, p->failed_why);
	}
	p->first_failed = 0;
}

static void
gather_failed(struct producer *p, const rd_kafka_message_t *m)
{
	const uint64_t number = (uint64_t)(uintptr_t)m->_private;
	const char *why = rd_kafka_err2str(m->err);

	p->lost++;
	if (p->first_failed != 0 && m->err == p->failed_code && number == p->last_failed + 1) {
		p->last_failed = number;
		return;
	}
	tell_failed(p);
	p->first_failed = p->last_failed = number;
	p->failed_code = m->err;
	p->failed_partition = m->partition;
	if (strncmp(why, "Broker: ", 8) == 0 || strncmp(why, "Local: ", 7) == 0)
		why = strchr(why, ' ') + 1;
	/* The cluster is asked for the reason when the run is told. */
	if (m->err == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || m->err == RD_KAFKA_RESP_ERR__TIMED_OUT)
		p->failed_why[0] = '\0';
	else
		snprintf(p->failed_why, sizeof(p->failed_why), "%s", why);
}

static void
tell_acked(struct producer *p, const rd_kafka_message_t *m)
{
	struct buf headers = BUF_INIT;
	struct record rec = { .offset = m->offset >= 0 ? m->offset : -1, .key = SLICE_OF(m->key, m->key_len),
		.value = SLICE_OF(m->payload, m->len) };
	rd_kafka_timestamp_type_t type;

	rec.timestamp = rd_kafka_message_timestamp(m, &type);
	rec.timestamp_type = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? TIMESTAMP_LOG_APPEND : TIMESTAMP_CREATE;
	rec.header_count = headers_of(m, &headers);
	rec.headers = buf_slice(&headers);
	p->o.acked(p->o.arg, m->partition, rec.offset, 1, &rec);
	buf_release(&headers);
}

void
deliver_report(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
	struct producer *p = rd_kafka_topic_opaque(m->rkt);

	(void)rk;
	(void)opaque;
	if (m->err != RD_KAFKA_RESP_ERR_NO_ERROR)
		gather_failed(p, m);
	else if (p->o.acked != NULL)
		tell_acked(p, m);
}

void
deliver_look(struct producer *p, int wait_ms)
{
	p->unpolled = 0;
	rd_kafka_poll(p->rk, wait_ms);
	/* More of the same may be in the next look. */
	if (p->first_failed != 0 && rd_kafka_poll(p->rk, 0) == 0)
		tell_failed(p);
}

int
deliver_fail(struct producer *p, struct err *e)
{
	if (!p->failed) {
		p->failed = true;
		p->why = *e;
	} else if (e != NULL)
		*e = p->why;
	return -(int)p->why.code;
}

/* Each record is acknowledged or fails within delivery.timeout.ms; after a signal that is too long to wait. */
int
deliver_all(struct producer *p, struct err *e)
{
	int64_t stopped_ns = 0, now;

	while (rd_kafka_flush(p->rk, SLICE_MS) != RD_KAFKA_RESP_ERR_NO_ERROR && rd_kafka_outq_len(p->rk) > 0) {
		if (!talk_stopped(p->k))
			continue;
		now = clock_steady_ns();
		if (stopped_ns == 0)
			stopped_ns = now;
		else if (now - stopped_ns > STOP_MS * INT64_C(1000000))
			(void)rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	}
	tell_failed(p);
	return p->failed ? deliver_fail(p, e) : 0;
}
