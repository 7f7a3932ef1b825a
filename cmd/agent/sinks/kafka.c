/*
 * kafka.c - events as records of topics, of a cluster or of a plog store
 * (kafka_client.h).
 *
 * A transaction commits when all its records are acknowledged.  Each topic
 * has a producer of its own; the one that was used longest ago goes when
 * there are too many.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/deadletter.h"
#include "agent/escape.h"
#include "agent/kafka_client.h"
#include "agent/kafka_event.h"
#include "agent/sink.h"
#include "backend/partitioner.h"
#include "base/clock.h"
#include "base/parse.h"

#define MS		1000000LL
#define PRODUCERS_MAX	16
#define SAY_EVERY_NS	60000000000LL

enum { SEND_TIMER, ROLLBACKS };
static const char *const counted[] = { "KafkaEventSendTimer", "RollbackCount", NULL };

struct topic {
	char *name;
	struct producer *p;
	int32_t partitions;
	struct partitioner where;
	uint64_t used;
	bool dirty;			/* has records of this transaction */
};

struct kafka {
	struct kafka_client client;
	struct escape *topic;
	struct escape_time time;
	struct zone *zone;
	const char *topic_header;	/* NULL: no override */
	const char *partition_header, *timestamp_header;
	int64_t partition;		/* -1: by the key */
	size_t batch;
	bool avro;
	struct kafka_map map;
	struct deadletter *dead;

	struct backend *be;
	struct topic topics[PRODUCERS_MAX];
	size_t n;
	uint64_t clock;
	struct buf name, value, headers;
	struct take take;
	int64_t said_ns;
};

static void
configure(void *self, struct context *c)
{
	struct kafka *k = self;
	const char *topic = "default-flume-topic", *old, *acks = "1";
	struct err e = ERR_INIT;

	kafka_address(&k->client, c, "brokerList");
	if ((old = ctx_str(c, "topic", NULL)) != NULL) {
		ctx_warn(c, "topic", "the old name of kafka.topic");
		topic = old;
	}
	topic = ctx_str(c, "kafka.topic", topic);
	if (escape_compile(&k->topic, topic, &e) != 0)
		ctx_err(c, "kafka.topic", &e);
	if (zone_open(&k->zone, NULL, &e) != 0)
		ctx_err(c, "kafka.topic", &e);
	k->time = (struct escape_time){ .zone = k->zone };
	if ((old = ctx_str(c, "requiredAcks", NULL)) != NULL) {
		ctx_warn(c, "requiredAcks", "the old name of kafka.producer.acks");
		acks = old;
	}
	kafka_producer_conf(&k->client, c, acks);
	k->batch = (size_t)ctx_int(c, "flumeBatchSize", ctx_int(c, "batchSize", 100, 1, INT32_MAX), 1, INT32_MAX);
	k->avro = ctx_bool(c, "useFlumeEventFormat", false);
	k->topic_header = ctx_str(c, "topicHeader", "topic");
	if (!ctx_bool(c, "allowTopicOverride", true))
		k->topic_header = NULL;
	k->partition = ctx_int(c, "defaultPartitionId", -1, 0, INT32_MAX);
	k->partition_header = ctx_str(c, "partitionIdHeader", NULL);
	k->timestamp_header = ctx_str(c, "timestampHeader", NULL);
	kafka_map_read(&k->map, c);
	k->dead = deadletter_configure(c);
	ctx_batch(c, (int64_t)k->batch);
}

static int
start(void *self, struct sink *sk, struct err *e)
{
	(void)sk;
	return kafka_client_open(&((struct kafka *)self)->client, &((struct kafka *)self)->be, e);
}

static void
topic_close(struct kafka *k, struct topic *t)
{
	k->be->ops->producer_close(t->p);
	free(t->name);
	*t = k->topics[--k->n];
}

static void
close_all(struct kafka *k)
{
	while (k->n > 0)
		topic_close(k, &k->topics[0]);
}

static int
topic_open(struct kafka *k, const char *name, struct topic **out, struct err *e)
{
	struct producer_opts o;
	struct topic *t = NULL;
	size_t i;
	int rc;

	/* Those with records of this transaction stay; there are at most that many topics in one. */
	if (k->n == PRODUCERS_MAX) {
		for (i = 0; i < k->n; i++)
			if (!k->topics[i].dirty && (t == NULL || k->topics[i].used < t->used))
				t = &k->topics[i];
		if (t == NULL)
			return err_set(e, ERR_BUSY, "one batch has events for more than %d topics", PRODUCERS_MAX);
		topic_close(k, t);
	}
	t = &k->topics[k->n];
	*t = (struct topic){ .name = strdup(name) };
	if (t->name == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a topic");
	kafka_producer_fill(&k->client, t->name, &o);
	if ((rc = k->be->ops->producer_open(k->be, &o, &t->p, e)) == 0 && (t->partitions = k->be->ops->producer_partitions(t->p, e)) > 0) {
		partitioner_init(&t->where, PARTITIONER_MURMUR2, t->partitions);
		k->n++;
		*out = t;
		return 0;
	}
	rc = rc != 0 ? rc : t->partitions;
	k->be->ops->producer_close(t->p);
	free(t->name);
	return rc;
}

static int
topic_for(struct kafka *k, const char *name, struct topic **out, struct err *e)
{
	size_t i;
	int rc;

	for (i = 0; i < k->n && strcmp(k->topics[i].name, name) != 0; i++)
		;
	*out = &k->topics[i];
	if (i == k->n && (rc = topic_open(k, name, out, e)) != 0)
		return rc;
	(*out)->used = ++k->clock;
	return 0;
}

/* The partition that the event says, -1: none. */
static int
partition_of(const struct kafka *k, const struct topic *t, const struct event *ev, int32_t *out, struct err *e)
{
	struct slice s = k->partition_header == NULL ? SLICE_NULL : event_get(ev, slice_str(k->partition_header));
	int64_t n = k->partition;
	char text[24];

	if (s.p != NULL) {
		if (s.n == 0 || s.n >= sizeof(text))
			return err_set(e, ERR_INVALID, "header '%s' is no partition number", k->partition_header);
		memcpy(text, s.p, s.n);
		text[s.n] = '\0';
		if (parse_int(text, 0, INT32_MAX, &n, NULL) != 0)
			return err_set(e, ERR_INVALID, "header '%s' is no partition number: '%s'", k->partition_header, text);
	}
	if (n >= t->partitions)
		return err_set(e, ERR_INVALID, "topic '%s' has no partition %lld, it has %d", t->name, (long long)n, (int)t->partitions);
	*out = (int32_t)n;
	return 0;
}

static int64_t
time_of(const struct kafka *k, const struct event *ev)
{
	struct slice s = k->timestamp_header == NULL ? SLICE_NULL : event_get(ev, slice_str(k->timestamp_header));
	char text[24];
	int64_t ms;

	if (s.p == NULL || s.n == 0 || s.n >= sizeof(text))
		return clock_wall_ms();
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return parse_int(text, 0, INT64_MAX, &ms, NULL) == 0 ? ms : clock_wall_ms();
}

static int
make_record(struct kafka *k, const struct event *ev, struct record *r)
{
	struct header h;
	size_t i;

	*r = (struct record)RECORD_INIT;
	r->timestamp = time_of(k, ev);
	r->key = event_get(ev, slice_str(KAFKA_KEY_HEADER));
	r->value = event_body(ev);
	if (k->avro) {
		buf_clear(&k->value);
		if (kafka_avro_put(&k->value, ev) != 0)
			return -1;
		r->value = buf_slice(&k->value);
	}
	buf_clear(&k->headers);
	for (i = 0; i < k->map.n; i++) {
		h.name = slice_str(k->map.v[i].kafka);
		h.value = event_get(ev, slice_str(k->map.v[i].flume));
		if (h.value.p == NULL)
			continue;
		headers_add(&k->headers, &h);
		r->header_count++;
	}
	r->headers = buf_slice(&k->headers);
	return k->headers.failed ? -1 : 0;
}

/* -ERR_INVALID and -ERR_TOOBIG are the event's own fault. */
static int
send(struct kafka *k, const struct event *ev, struct err *e)
{
	struct slice over = k->topic_header == NULL ? SLICE_NULL : event_get(ev, slice_str(k->topic_header));
	struct topic *t;
	struct record r;
	int32_t partition = -1;
	int rc;

	buf_clear(&k->name);
	if (over.p != NULL)
		buf_put(&k->name, over.p, over.n);
	else if ((rc = escape_write(k->topic, &k->time, ev, clock_wall_ms(), &k->name, e)) != 0)
		return rc;
	if (memchr(k->name.p, '\0', k->name.n) != NULL)
		return err_set(e, ERR_INVALID, "the topic's name has a NUL byte");
	if ((rc = name_check("topic", buf_str(&k->name), e)) != 0 || (rc = topic_for(k, buf_str(&k->name), &t, e)) != 0 ||
	    (rc = partition_of(k, t, ev, &partition, e)) != 0)
		return rc;
	if (make_record(k, ev, &r) != 0)
		return err_set(e, ERR_NOMEM, "no memory for a record");
	if (partition < 0)
		partition = partitioner_pick(&t->where, &r);
	t->dirty = true;
	return k->be->ops->put(t->p, partition, &r, e);
}

/* An event that no try will deliver: put aside where asked for, said once a minute.  0: it is out of the way. */
static int
put_aside(struct kafka *k, struct sink *sk, const struct event *ev, struct err *e)
{
	struct buf headers = BUF_INIT;
	int64_t now = clock_steady_ns();

	if (k->said_ns == 0 || now - k->said_ns >= SAY_EVERY_NS) {
		k->said_ns = now;
		event_print_headers(&headers, ev);
		say(sink_self(sk), LOG_ERROR, "an event cannot be delivered: %s; headers %s", e->text, buf_str(&headers));
		buf_release(&headers);
	}
	if (k->dead == NULL)
		return -1;
	sink_count(sk, EVENT_DEAD, 1);
	return deadletter_add(k->dead, ev, e->text, e);
}

static int
send_all(struct kafka *k, struct sink *sk, struct err *e)
{
	size_t i;
	int rc;

	for (i = 0; i < k->n; i++)
		k->topics[i].dirty = false;
	for (i = 0; i < k->take.n; i++) {
		rc = send(k, &k->take.v[i], e);
		if ((rc == -ERR_INVALID || rc == -ERR_TOOBIG) && put_aside(k, sk, &k->take.v[i], e) == 0)
			rc = 0;
		if (rc != 0)
			return rc;
	}
	for (i = 0; i < k->n; i++)
		if (k->topics[i].dirty && (rc = k->be->ops->finish(k->topics[i].p, e)) != 0)
			return rc;
	return k->dead == NULL ? 0 : deadletter_flush(k->dead, e);
}

static enum sink_rc
process(void *self, struct sink *sk, struct err *e)
{
	struct kafka *k = self;
	int64_t began = clock_steady_ns();
	ssize_t n;

	if ((n = sink_take(sk, &k->take, k->batch, e)) <= 0)
		return n < 0 ? SINK_FAILED : SINK_IDLE;
	if (send_all(k, sk, e) != 0) {
		/* What was put and not acknowledged must not come out of a producer later. */
		close_all(k);
		if (k->dead != NULL)
			deadletter_drop(k->dead);
		sink_rollback(sk, &k->take);
		sink_count(sk, SINK_COUNTERS + ROLLBACKS, 1);
		sink_count(sk, EVENT_WRITE_FAIL, 1);
		return SINK_FAILED;
	}
	sink_count(sk, SINK_COUNTERS + SEND_TIMER, (clock_steady_ns() - began) / MS);
	return sink_commit(sk, &k->take, e);
}

static void
stop(void *self, struct sink *sk)
{
	struct kafka *k = self;

	(void)sk;
	close_all(k);
	backend_close(k->be);
	k->be = NULL;
}

static void
release(void *self)
{
	struct kafka *k = self;

	escape_free(k->topic);
	zone_free(k->zone);
	kafka_map_release(&k->map);
	deadletter_free(k->dead);
	buf_release(&k->name);
	buf_release(&k->value);
	buf_release(&k->headers);
	take_release(&k->take);
}

const struct sink_type sink_kafka = {
	.names = { NULL, CLASSES("org.apache.flume.sink.kafka.KafkaSink") },
	.size = sizeof(struct kafka), .counters = counted,
	.configure = configure, .start = start, .process = process, .stop = stop, .release = release,
};
