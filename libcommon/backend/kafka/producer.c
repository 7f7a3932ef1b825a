/*
 * Records of one run into a topic of a cluster (kafka.h).
 *
 * librdkafka gathers, sends and sends again; what it may hold is bounded, and
 * who puts more waits.  The partition is always the caller's choice, so store
 * and cluster put a key in the same one.
 */
#include "backend/kafka/producer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "codec/batch.h"

#define POLL_EACH	512		/* puts between two looks at reports */
#define FULL_WAIT_MS	50
#define BUSY_WAIT_MS	5		/* how soon reports are looked for while some are due */
#define BATCH_LINGER_NS	5000000
#define DECOMPRESSED	((size_t)64 << 20)
#define FIELDS		8		/* of a record, for rd_kafka_produceva */

static size_t
message_max(const rd_kafka_conf_t *conf)
{
	char text[32];
	size_t n = sizeof(text);
	int64_t v = 1000000;

	if (rd_kafka_conf_get(conf, "message.max.bytes", text, &n) == RD_KAFKA_CONF_OK)
		(void)parse_int(text, 1, INT32_MAX, &v, NULL);
	return (size_t)v;
}

static int
topic_is_here(struct producer *p, const struct rd_kafka_metadata *md, struct err *e)
{
	p->npartitions = md->topics[0].partition_cnt;
	p->gathered = calloc((size_t)p->npartitions + 1, sizeof(*p->gathered));
	p->gathered_ns = calloc((size_t)p->npartitions + 1, sizeof(*p->gathered_ns));
	if (p->gathered == NULL || p->gathered_ns == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the partitions of '%s'", p->o.topic);
	return 0;
}

static void
tell_partitions(struct producer *p, const char *how)
{
	char said[NAME_MAX_LEN + 80];

	if (p->o.notice == NULL)
		return;
	snprintf(said, sizeof(said), how, p->o.topic, (int)p->npartitions, p->npartitions == 1 ? "" : "s");
	p->o.notice(p->o.arg, said);
}

/* With -P a topic that is not there is made with the first record; else the cluster may make it as it is asked for it. */
static int
find_topic(struct producer *p, struct err *e)
{
	const bool make = p->o.create && p->o.partitions > 0;
	const int64_t until = clock_steady_ns() + p->k->timeout_ms * INT64_C(1000000);
	const struct rd_kafka_metadata *md;
	int rc;

	do {
		if ((rc = talk_topic(p->k, p->o.topic, &md, e)) == 0) {
			if (md->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR && md->topics[0].partition_cnt > 0)
				rc = topic_is_here(p, md, e);
			rd_kafka_metadata_destroy(md);
			if (rc != 0 || p->npartitions > 0)
				break;
			/* Just made by the cluster: it has no leader yet. */
			rd_kafka_poll(p->rk, FULL_WAIT_MS);
		}
	} while (rc == 0 && !talk_stopped(p->k) && clock_steady_ns() < until);
	if (rc == 0 && p->npartitions == 0)
		return err_set(e, ERR_REMOTE, "topic '%s' has no leader", p->o.topic);
	if (rc == 0 && p->o.partitions > 0 && p->o.partitions != p->npartitions)
		tell_partitions(p, "topic '%s' is there already, with %d partition%s");
	return rc == -ERR_NOENT && make && name_check("topic", p->o.topic, NULL) == 0 ? 0 : rc;
}

static int
make_topic(struct producer *p, struct err *e)
{
	const struct topic_spec spec = { .partitions = p->o.partitions, .configs = p->o.configs, .nconfigs = p->o.nconfigs,
		.mode = -1 };
	int rc = kafka_create(&p->k->be, p->o.topic, &spec, e);

	if (rc != 0 && rc != -ERR_EXIST)
		return rc;
	if ((rc = find_topic(p, e)) == 0 && p->npartitions > 0)
		tell_partitions(p, "made topic '%s' with %d partition%s");
	return rc;
}

int
kafka_producer_open(struct backend *be, const struct producer_opts *o, struct producer **out, struct err *e)
{
	struct producer *p = calloc(1, sizeof(*p));
	rd_kafka_topic_conf_t *tconf;
	rd_kafka_conf_t *conf;
	int rc;

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a producer");
	p->k = kafka_of(be);
	p->o = *o;
	if ((rc = producer_conf(p->k, o, &conf, e)) != 0) {
		free(p);
		return rc;
	}
	p->max_record = message_max(conf);
	if ((p->rk = talk_new(p->k, RD_KAFKA_PRODUCER, conf, e)) == NULL) {
		free(p);
		return -ERR_INVALID;
	}
	/* One handle, one set of connections, where none was needed before. */
	if (p->k->rk == NULL) {
		p->k->rk = p->rk;
		p->k->borrowed = true;
	}
	if ((rc = name_check("topic", o->topic, e)) == 0) {
		/* The first who names a topic to a handle gives it its opaque. */
		tconf = rd_kafka_default_topic_conf_dup(p->rk);
		rd_kafka_topic_conf_set_opaque(tconf, p);
		if ((p->rkt = rd_kafka_topic_new(p->rk, o->topic, tconf)) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory for topic '%s'", o->topic);
		else if ((rc = find_topic(p, e)) == 0)
			rc = transaction_init(p, e);
	}
	if (rc != 0) {
		kafka_producer_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

int32_t
kafka_producer_partitions(struct producer *p, struct err *e)
{
	int rc;

	if (p->failed)
		return deliver_fail(p, e);
	if (p->npartitions == 0 && (rc = make_topic(p, e)) != 0)
		return deliver_fail(p, e);
	return p->npartitions;
}

/* What a compacted topic refuses is said with the record. */
bool
kafka_producer_compacted(struct producer *p)
{
	(void)p;
	return false;
}

size_t
kafka_producer_max_record(struct producer *p)
{
	return p->max_record;
}

static int
make_headers(const struct record *rec, rd_kafka_headers_t **out, struct err *e)
{
	struct rd r = headers_rd(rec);
	struct header h;

	*out = NULL;
	if (rec->header_count == 0)
		return 0;
	*out = rd_kafka_headers_new((size_t)rec->header_count);
	while (header_next(&r, &h) == 1)
		if (rd_kafka_header_add(*out, (const char *)h.name.p, (ssize_t)h.name.n, h.value.p, (ssize_t)h.value.n) !=
		    RD_KAFKA_RESP_ERR_NO_ERROR) {
			rd_kafka_headers_destroy(*out);
			return err_set(e, ERR_NOMEM, "no memory for the headers of a record");
		}
	return 0;
}

static rd_kafka_vu_t
bytes_of(rd_kafka_vtype_t type, struct slice s)
{
	return (rd_kafka_vu_t){ .vtype = type, .u.mem = { .ptr = (void *)(uintptr_t)s.p, .size = s.n } };
}

/* The record went to librdkafka, or the reason why not. */
static int
refused(struct producer *p, rd_kafka_resp_err_t code, struct err *e)
{
	char why[512];

	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
		return err_set(e, ERR_TOOBIG, "the record is too long: more than message.max.bytes=%zu", p->max_record);
	if (code == RD_KAFKA_RESP_ERR__FATAL) {
		code = rd_kafka_fatal_error(p->rk, why, sizeof(why));
		talk_failed(p->k, code, why, e, "cannot produce to '%s'", p->o.topic);
	} else
		talk_failed(p->k, code, NULL, e, "cannot produce to '%s'", p->o.topic);
	return deliver_fail(p, e);
}

static int
hand_over(struct producer *p, rd_kafka_vu_t *v, size_t n, struct err *e)
{
	rd_kafka_error_t *error;
	rd_kafka_resp_err_t code;

	while ((error = rd_kafka_produceva(p->rk, v, n)) != NULL) {
		code = rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
		if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			return refused(p, code, e);
		deliver_look(p, FULL_WAIT_MS);
		if (p->failed)
			return deliver_fail(p, e);
		if (talk_stopped(p->k) && deliver_all(p, e) != 0)
			return deliver_fail(p, e);
	}
	if (++p->unpolled == POLL_EACH)
		deliver_look(p, 0);
	return 0;
}

static void
gather(struct producer *p, int32_t partition, size_t n)
{
	p->gathered[partition] += n;
	p->gathered_ns[partition] = clock_steady_ns();
}

int
kafka_put(struct producer *p, int32_t partition, const struct record *rec, struct err *e)
{
	rd_kafka_headers_t *headers;
	rd_kafka_vu_t v[FIELDS];
	size_t n = 0;
	int rc;

	if (p->failed || (p->npartitions == 0 && kafka_producer_partitions(p, e) < 0))
		return deliver_fail(p, e);
	if (rec->timestamp == 0)
		return err_set(e, ERR_INVALID, "the record's timestamp is 0, which librdkafka cannot send");
	if ((rc = transaction_enter(p, e)) != 0 || (rc = make_headers(rec, &headers, e)) != 0)
		return rc;
	v[n++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = p->rkt };
	v[n++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition };
	v[n++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY };
	v[n++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = rec->timestamp };
	v[n++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)(p->put + 1) };
	v[n++] = bytes_of(RD_KAFKA_VTYPE_VALUE, rec->value);
	v[n++] = bytes_of(RD_KAFKA_VTYPE_KEY, rec->key);
	if (headers != NULL)
		v[n++] = (rd_kafka_vu_t){ .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers };
	if ((rc = hand_over(p, v, n, e)) != 0) {
		if (headers != NULL)
			rd_kafka_headers_destroy(headers);
		return rc;
	}
	p->put++;
	p->bytes += rec->value.n;
	if (p->o.keyless_bytes > 0 && rec->key.p == NULL && p->npartitions > 1)
		gather(p, partition, rec->value.n);
	return transaction_count(p, e);
}

int
kafka_put_values(struct producer *p, int32_t partition, const struct record *like, const struct slice *values, size_t n,
    size_t *done, struct err *e)
{
	struct record rec = *like;
	int rc = 0;

	for (*done = 0; rc == 0 && *done < n; *done += rc == 0) {
		rec.value = values[*done];
		rc = kafka_put(p, partition, &rec, e);
	}
	return rc;
}

/* A broker numbers anew, so a batch goes as its records. */
int
kafka_put_batch(struct producer *p, int32_t partition, struct slice batch, struct err *e)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct record rec;
	int rc;

	if ((rc = batch_open(&it, batch, DECOMPRESSED, e)) == 0)
		while ((rc = batch_next(&it, &rec, e)) == 1)
			if ((rc = kafka_put(p, partition, &rec, e)) != 0)
				break;
	batch_iter_release(&it);
	return rc;
}

/* When librdkafka ends a batch is not told: by then it has what keyless_bytes says, or linger is over. */
size_t
kafka_gathered(struct producer *p, int32_t partition)
{
	if (partition < 0 || partition >= p->npartitions)
		return 0;
	if (p->gathered[partition] >= (size_t)(p->o.keyless_bytes > 0 ? p->o.keyless_bytes : INT64_MAX) ||
	    clock_steady_ns() - p->gathered_ns[partition] > BATCH_LINGER_NS)
		p->gathered[partition] = 0;
	return p->gathered[partition];
}

/* What was put goes out by itself within linger; nobody has to wait for it. */
int
kafka_flush(struct producer *p, struct err *e)
{
	deliver_look(p, 0);
	return p->failed ? deliver_fail(p, e) : 0;
}

int
kafka_tick(struct producer *p, int64_t *wait_ms, struct err *e)
{
	deliver_look(p, 0);
	*wait_ms = rd_kafka_outq_len(p->rk) > 0 ? BUSY_WAIT_MS : -1;
	return p->failed ? deliver_fail(p, e) : 0;
}

int
kafka_finish(struct producer *p, struct err *e)
{
	const bool told = p->failed;	/* the run's error was given already: what is on its way is still waited for */
	int rc = p->in_transaction && !told ? transaction_commit(p, e) : deliver_all(p, told ? NULL : e);

	return told ? 0 : rc;
}

void
kafka_producer_stats(struct producer *p, struct producer_stats *st)
{
	/* What is on its way counts as both: what becomes of it is known when the run is finished. */
	*st = (struct producer_stats){ .records = p->put - p->lost, .bytes = p->bytes,
		.unacked = p->lost + (uint64_t)rd_kafka_outq_len(p->rk) };
}

void
kafka_producer_close(struct producer *p)
{
	if (p == NULL)
		return;
	if (p->in_transaction)
		transaction_abort(p);
	if (p->rkt != NULL) {
		(void)rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
		rd_kafka_poll(p->rk, 0);
		rd_kafka_topic_destroy(p->rkt);
	}
	if (p->k->borrowed && p->k->rk == p->rk) {
		p->k->rk = NULL;
		p->k->borrowed = false;
		p->k->met = false;
	}
	rd_kafka_destroy(p->rk);
	free(p->gathered);
	free(p->gathered_ns);
	free(p);
}
