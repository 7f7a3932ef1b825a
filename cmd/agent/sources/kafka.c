/*
 * kafka.c - records of topics as events, by a consumer group of a cluster or
 * of a plog store (kafka_client.h).
 *
 * A batch is put when it has batchSize events or batchDurationMillis are over,
 * and then what it was made of is committed: an event is in its channels
 * before its record counts as read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/kafka_consumer.h"
#include "agent/kafka_event.h"
#include "agent/source.h"
#include "agent/sources/matching.h"
#include "agent/sources/patient.h"
#include "base/clock.h"

#define MS		1000000LL
#define RETRY_MOST_MS	5000
#define REGEX_LOOK_MS	5000		/* how often topics are listed anew for kafka.topics.regex */
#define RECORDS		64

enum { GET_TIMER, COMMIT_TIMER, EMPTY };
static const char *const counted[] = { "KafkaEventGetTimer", "KafkaCommitTimer", "KafkaEmptyCount", NULL };

struct kafka {
	struct kafka_client client;
	struct words topics;
	const char *regex;		/* NULL: by name */
	struct matching match;		/* topics that match it */
	size_t batch;
	int64_t duration_ns;
	bool avro, set_topic;
	const char *topic_header;
	struct kafka_map map;
	struct patient patient;

	struct source *src;
	struct kafka_consumer *kc;
	struct batch events;
	int64_t since_ns;		/* when the first of them came */
	struct kafka_part **touched;	/* parts that the batch has records of */
	size_t ntouched, captouched;
};

static void
configure(void *self, struct context *c)
{
	struct kafka *k = self;
	const char *old;

	kafka_address(&k->client, c, NULL);
	k->regex = ctx_str(c, "kafka.topics.regex", NULL);
	k->topics = ctx_words(c, "kafka.topics", ", \t");
	if ((old = ctx_str(c, "topic", NULL)) != NULL && k->topics.n == 0) {
		ctx_warn(c, "topic", "the old name of kafka.topics");
		k->topics = ctx_words(c, "topic", ", \t");
	}
	if (k->regex != NULL && k->topics.n > 0)
		ctx_warn(c, "kafka.topics", "does not count beside kafka.topics.regex");
	if (k->regex != NULL)
		pattern_read_whole(&k->match.pattern, c, "kafka.topics.regex", k->regex);
	else if (k->topics.n == 0)
		ctx_error(c, "kafka.topics", "At least one Kafka topic must be specified.");
	if ((old = ctx_str(c, "groupId", NULL)) != NULL)
		ctx_warn(c, "groupId", "the old name of kafka.consumer.group.id");
	kafka_consumer_conf(&k->client, c, old == NULL ? "flume" : old, "latest");
	k->batch = (size_t)ctx_int(c, "batchSize", 1000, 1, INT32_MAX);
	k->duration_ns = ctx_int(c, "batchDurationMillis", 1000, 0, INT32_MAX) * MS;
	k->avro = ctx_bool(c, "useFlumeEventFormat", false);
	k->set_topic = ctx_bool(c, "setTopicHeader", true);
	k->topic_header = ctx_str(c, "topicHeader", "topic");
	kafka_map_read(&k->map, c);
	ctx_ignored(c, "backoffSleepIncrement", "the source sleeps until records come");
	ctx_ignored(c, "maxBackoffSleep", "the source sleeps until records come");
	ctx_ignored(c, "migrateZookeeperOffsets", "there are no offsets in ZooKeeper any more");
	ctx_refused(c, "zookeeperConnect", "name the brokers in kafka.bootstrap.servers");
	ctx_batch(c, (int64_t)k->batch);
	k->patient.most_ms = RETRY_MOST_MS;
}

/* Listing needs a backend of its own while there is no consumer. */
static int
first_match(struct kafka *k, struct err *e)
{
	struct backend *be;
	int rc;

	if ((rc = kafka_client_open(&k->client, &be, e)) != 0)
		return rc;
	rc = matching_look(&k->match, be, e);
	backend_close(be);
	return rc < 0 ? rc : 0;
}

static int
open_consumer(struct kafka *k, struct err *e)
{
	const char *const *topics = k->topics.v;
	size_t n = k->topics.n;
	int rc;

	if (k->regex != NULL) {
		if ((rc = first_match(k, e)) != 0)
			return rc;
		topics = (const char *const *)(void *)k->match.names;
		n = k->match.n;
		if (n == 0)
			return 0;
	}
	if ((rc = kafka_consumer_open(&k->kc, &k->client, topics, n, source_self(k->src), e)) == 0 &&
	    (rc = kafka_consumer_settle(k->kc, source_self(k->src)->stop_fd, e)) == 0)
		return 0;
	kafka_consumer_close(k->kc);
	k->kc = NULL;
	return rc;
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct kafka *k = self;
	int rc;

	k->src = src;
	if ((rc = open_consumer(k, e)) == 0)
		say(source_self(src), LOG_INFO, "Kafka source %s started.", source_self(src)->name);
	return rc;
}

static int
add_mapped(struct kafka *k, struct event *ev, const struct record *rec)
{
	struct rd rd;
	struct header h;
	size_t i;

	for (i = 0; i < k->map.n; i++)
		for (rd = headers_rd(rec); header_next(&rd, &h) == 1;)
			if (slice_eq(h.name, slice_str(k->map.v[i].kafka)) && h.value.p != NULL &&
			    event_set(&k->events, ev, slice_str(k->map.v[i].flume), h.value) != 0)
				return -1;
	return 0;
}

/* A header that the event does not have yet. */
static int
add_missing(struct kafka *k, struct event *ev, const char *name, struct slice value)
{
	return event_get(ev, slice_str(name)).p != NULL ? 0 : event_set(&k->events, ev, slice_str(name), value);
}

static int
add_number(struct kafka *k, struct event *ev, const char *name, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	return add_missing(k, ev, name, slice_str(text));
}

/* 0, -1: no memory. */
static int
add_record(struct kafka *k, const struct kafka_part *p, const struct record *rec)
{
	bool bad = false;
	struct event *ev = k->avro ? kafka_avro_event(&k->events, rec->value, &bad) : kafka_plain_event(&k->events, rec->value);

	if (bad) {
		say(source_self(k->src), LOG_ERROR, "%s-%d: the record at offset %lld is no Flume event in Avro, and is passed over", p->topic,
		    (int)p->number, (long long)rec->offset);
		source_count(k->src, EVENT_READ_FAIL, 1);
		return 0;
	}
	if (ev == NULL || add_number(k, ev, "timestamp", rec->timestamp) != 0 || add_number(k, ev, "offset", rec->offset) != 0 ||
	    (k->set_topic && add_missing(k, ev, k->topic_header, slice_str(p->topic)) != 0) ||
	    add_number(k, ev, "partition", p->number) != 0 || add_mapped(k, ev, rec) != 0 ||
	    (rec->key.p != NULL && event_set(&k->events, ev, slice_str(KAFKA_KEY_HEADER), rec->key) != 0))
		return -1;
	event_from_map(ev);
	return 0;
}

static int
touch(struct kafka *k, struct kafka_part *p, size_t events)
{
	struct kafka_part **v;

	if (p->held == 0) {
		if (k->ntouched == k->captouched) {
			k->captouched = k->captouched == 0 ? 16 : k->captouched * 2;
			if ((v = reallocarray(k->touched, k->captouched, sizeof(struct kafka_part *))) == NULL)
				return -1;
			k->touched = v;
		}
		k->touched[k->ntouched++] = p;
	}
	p->held += events;
	return 0;
}

/* What is gathered goes into the channels, and is committed.  1: done, 0: the source stops. */
static int
hand_over(struct kafka *k)
{
	struct component *self = source_self(k->src);
	int64_t began;
	struct err e = ERR_INIT;
	size_t i;

	source_count(k->src, APPEND_BATCH_RECEIVED, 1);
	if (k->events.n > 0 && !patient_put(&k->patient, k->src, &k->events))
		return 0;
	source_count(k->src, APPEND_BATCH_ACCEPTED, 1);
	began = clock_steady_ns();
	for (i = 0; i < k->ntouched; i++) {
		k->touched[i]->held = 0;
		if (kafka_consumer_commit(k->kc, k->touched[i], &e) != 0)
			say(self, LOG_ERROR, "cannot commit %s-%d, its events may come again: %s", k->touched[i]->topic,
			    (int)k->touched[i]->number, e.text);
	}
	source_count(k->src, SOURCE_COUNTERS + COMMIT_TIMER, (clock_steady_ns() - began) / MS);
	k->ntouched = 0;
	return 1;
}

/* A chunk, in batches of at most k->batch.  1: go on, 0: the source stops, negative: an error. */
static int
take_chunk(struct kafka *k, struct kafka_part *p, struct err *e)
{
	struct record recs[RECORDS];
	int n, i;

	if (k->ntouched == 0)
		k->since_ns = clock_steady_ns();
	for (;;) {
		n = (int)(k->batch - k->events.n < RECORDS ? k->batch - k->events.n : RECORDS);
		if ((n = kafka_consumer_records(k->kc, recs, n, e)) < 0)
			return n;
		for (i = 0; i < n; i++)
			if (add_record(k, p, &recs[i]) != 0)
				return err_set(e, ERR_NOMEM, "no memory for a batch of %zu events", k->batch);
		if (touch(k, p, n == 0 ? 1 : (size_t)n) != 0)
			return err_set(e, ERR_NOMEM, "no memory for a batch of %zu events", k->batch);
		/* Behind the last record of a chunk also what was no record: a marker, a gap. */
		p->done = n == 0 ? p->next : recs[n - 1].offset + 1;
		if (k->events.n >= k->batch && hand_over(k) == 0)
			return 0;
		if (n == 0)
			return 1;
	}
}

/* Topics of the pattern came or went: joins anew with those that are there. */
static int
look_for_topics(struct kafka *k, struct err *e)
{
	int rc;

	if (k->regex == NULL || clock_steady_ns() - k->match.looked_ns < REGEX_LOOK_MS * MS)
		return 0;
	if (k->kc != NULL && (rc = matching_look(&k->match, kafka_consumer_backend(k->kc), e)) <= 0)
		return rc;
	if (k->kc != NULL && k->ntouched > 0 && hand_over(k) == 0)
		return 0;
	kafka_consumer_close(k->kc);
	k->kc = NULL;
	return open_consumer(k, e);
}

/* Parts that want to leave go when what is in hand of them is in the channels. */
static int
part_with(struct kafka *k, struct err *e)
{
	struct kafka_part *p;
	int rc = 0;

	if (!kafka_consumer_urged(k->kc))
		return 0;
	if (k->ntouched > 0 && hand_over(k) == 0)
		return 0;
	while (rc == 0 && (p = kafka_consumer_leaving(k->kc)) != NULL)
		rc = kafka_consumer_let_go(k->kc, p, e);
	return rc;
}

/* Nothing is there: until something is, or the batch is due. */
static int
wait_for_more(struct kafka *k)
{
	struct pollfd stop = { .fd = source_self(k->src)->stop_fd, .events = POLLIN };
	int64_t ms = k->regex != NULL ? REGEX_LOOK_MS : -1, left;

	if (k->ntouched > 0) {
		left = (k->since_ns + k->duration_ns - clock_steady_ns()) / MS;
		if (left <= 0)
			return hand_over(k);
		ms = ms < 0 || left < ms ? left : ms;
	}
	if (k->kc == NULL)
		(void)source_wait(k->src, NULL, 0, (int)ms);
	else if (kafka_consumer_wait(k->kc, ms, &stop, 1) == 0)
		source_count(k->src, SOURCE_COUNTERS + EMPTY, 1);
	return 1;
}

static int
step(struct kafka *k, struct err *e)
{
	int64_t began = clock_steady_ns();
	struct kafka_part *p;
	int rc;

	if ((rc = look_for_topics(k, e)) != 0 || k->kc == NULL)
		return rc != 0 ? rc : wait_for_more(k);
	if ((rc = kafka_consumer_look(k->kc, e)) != 0 || (rc = part_with(k, e)) != 0 || source_stopping(k->src))
		return rc;
	if ((rc = kafka_consumer_next(k->kc, &p, e)) < 0)
		return rc;
	if (rc == 0)
		return wait_for_more(k);
	rc = take_chunk(k, p, e);
	source_count(k->src, SOURCE_COUNTERS + GET_TIMER, (clock_steady_ns() - began) / MS);
	return rc;
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct kafka *k = self;
	int rc = 1;

	while (rc >= 0 && !source_stopping(src)) {
		rc = step(k, e);
		/* The first event came so long ago that others must not hold it up. */
		if (rc > 0 && k->ntouched > 0 && clock_steady_ns() - k->since_ns >= k->duration_ns)
			rc = hand_over(k);
	}
	return rc < 0 ? rc : 0;		/* what is in hand and not in a channel comes again: it was not committed */
}

static void
stop(void *self, struct source *src)
{
	struct kafka *k = self;

	(void)src;
	batch_clear(&k->events);
	k->ntouched = 0;
	kafka_consumer_close(k->kc);
	k->kc = NULL;
	matching_forget(&k->match);
}

static void
release(void *self)
{
	struct kafka *k = self;

	kafka_map_release(&k->map);
	pattern_release(&k->match.pattern);
	free(k->touched);
}

const struct source_type source_kafka = {
	.names = { NULL, CLASSES("org.apache.flume.source.kafka.KafkaSource") },
	.size = sizeof(struct kafka), .counters = counted, .restart = true,
	.configure = configure, .start = start, .run = run, .stop = stop, .release = release,
};
