/*
 * kafka.c - a channel that is a topic, of a cluster or of a plog store
 * (kafka_client.h): puts are records, takes are a consumer group.
 *
 * A put is acknowledged before it returns.  Takes are served by a thread that
 * is the group's member: it reads ahead into a list, in the order in which
 * records came, and commits what is done at the front of it, so a position
 * never passes an event that is in an open take.  Whose partition leaves loses
 * the events that nobody took; those in open takes are waited for.
 */
#include <sys/eventfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/channel.h"
#include "agent/kafka_consumer.h"
#include "agent/kafka_event.h"
#include "backend/partitioner.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/parse.h"

#define MS		1000000LL
#define RECORDS		64
#define AHEAD		8192		/* events read and not taken, at most, and one chunk */
#define RETRY_MS	3000

enum { GET_TIMER, SEND_TIMER, COMMIT_TIMER, ROLLBACKS };
static const char *const counted[] = { "KafkaEventGetTimer", "KafkaEventSendTimer", "KafkaCommitTimer", "RollbackCount", NULL };

struct run {				/* events of one part, in order */
	TAILQ_ENTRY(run) link;
	struct span span;
	struct kafka_part *part;
	const int64_t *offsets;		/* of each, in the span's arena */
	int64_t next;			/* position behind the last one */
	enum { QUEUED, TAKEN, DONE } state;
};

struct kafka {
	struct kafka_client client;
	const char *topic, *partition_header;
	int64_t partition;
	bool avro;
	struct channel *ch;
	/* puts */
	pthread_mutex_t putting;
	struct backend *be;
	struct producer *producer;
	int32_t partitions;
	struct partitioner where;
	struct buf value;
	/* takes */
	pthread_mutex_t lock;
	TAILQ_HEAD(, run) runs;
	size_t queued;			/* events */
	atomic_bool any, wanted;	/* something is queued; somebody takes from this channel */
	int wake;			/* eventfd of the thread */
	pthread_t thread;
	bool started;
	atomic_bool quit;
};

static void
configure(void *self, struct context *c)
{
	struct kafka *k = self;
	struct err e = ERR_INIT;

	kafka_address(&k->client, c, "brokerList");
	k->topic = ctx_str(c, "kafka.topic", ctx_str(c, "topic", "flume-channel"));
	if (name_check("topic", k->topic, &e) != 0)
		ctx_err(c, "kafka.topic", &e);
	kafka_consumer_conf(&k->client, c, ctx_str(c, "groupId", "flume"), "earliest");
	kafka_producer_conf(&k->client, c, "all");
	k->avro = ctx_bool(c, "parseAsFlumeEvent", true);
	k->partition = ctx_int(c, "defaultPartitionId", -1, 0, INT32_MAX);
	k->partition_header = ctx_str(c, "partitionIdHeader", NULL);
	ctx_ignored(c, "kafka.pollTimeout", "a take never waits");
	ctx_ignored(c, "migrateZookeeperOffsets", "there are no offsets in ZooKeeper any more");
	ctx_refused(c, "zookeeperConnect", "name the brokers in kafka.bootstrap.servers");
	ctx_capacity(c, INT32_MAX, INT32_MAX);
	k->wake = -1;
}

/* ---- puts ---- */

static int
open_producer(struct kafka *k, struct err *e)
{
	struct producer_opts o;
	int rc;

	kafka_producer_fill(&k->client, k->topic, &o);
	if ((rc = k->be->ops->producer_open(k->be, &o, &k->producer, e)) != 0)
		return rc;
	if ((k->partitions = k->be->ops->producer_partitions(k->producer, e)) < 1)
		return k->partitions < 0 ? k->partitions : err_set(e, ERR_NOENT, "topic '%s' has no partitions", k->topic);
	partitioner_init(&k->where, PARTITIONER_MURMUR2, k->partitions);
	return 0;
}

static void
close_producer(struct kafka *k)
{
	if (k->producer != NULL)
		k->be->ops->producer_close(k->producer);
	k->producer = NULL;
}

static int
partition_of(const struct kafka *k, const struct event *ev, int32_t *out, struct err *e)
{
	struct slice s = k->partition_header == NULL ? SLICE_NULL : event_get(ev, slice_str(k->partition_header));
	int64_t n = k->partition;
	char text[24] = "";

	if (s.p != NULL) {
		memcpy(text, s.p, s.n < sizeof(text) ? s.n : sizeof(text) - 1);
		if (parse_int(text, 0, INT32_MAX, &n, NULL) != 0)
			return err_set(e, ERR_INVALID, "header '%s' is no partition number: '%s'", k->partition_header, text);
	}
	if (n >= k->partitions)
		return err_set(e, ERR_INVALID, "topic '%s' has no partition %lld, it has %d", k->topic, (long long)n, (int)k->partitions);
	*out = (int32_t)n;
	return 0;
}

static int
send(struct kafka *k, const struct event *ev, int64_t now, struct err *e)
{
	struct record r = RECORD_INIT;
	int32_t partition = -1;
	int rc;

	if ((rc = partition_of(k, ev, &partition, e)) != 0)
		return rc;
	r.timestamp = now;
	r.key = event_get(ev, slice_str(KAFKA_KEY_HEADER));
	r.value = event_body(ev);
	if (k->avro) {
		buf_clear(&k->value);
		kafka_avro_put(&k->value, ev);
		if (k->value.failed)
			return err_set(e, ERR_NOMEM, "no memory for a record");
		r.value = buf_slice(&k->value);
	}
	return k->be->ops->put(k->producer, partition >= 0 ? partition : partitioner_pick(&k->where, &r), &r, e);
}

static ssize_t
put(void *self, struct channel *ch, const struct span *s, size_t least, const atomic_bool *stopping, struct err *e)
{
	struct kafka *k = self;
	int64_t began = clock_steady_ns(), now = clock_wall_ms();
	size_t i;
	int rc = 0;

	(void)least;
	(void)stopping;
	pthread_mutex_lock(&k->putting);
	if (k->producer == NULL)
		rc = open_producer(k, e);
	for (i = 0; rc == 0 && i < s->n; i++)
		rc = send(k, &s->v[i], now, e);
	if (rc == 0)
		rc = k->be->ops->finish(k->producer, e);
	/* Nothing of a put that failed may come out of the producer later. */
	if (rc != 0)
		close_producer(k);
	pthread_mutex_unlock(&k->putting);
	counter_add(channel_self(ch)->counters, CHANNEL_COUNTERS + SEND_TIMER, (clock_steady_ns() - began) / MS);
	return rc == 0 ? (ssize_t)s->n : rc;
}

/* ---- takes ---- */

static void
run_free(struct kafka *k, struct run *r)
{
	TAILQ_REMOVE(&k->runs, r, link);
	if (r->part != NULL)
		r->part->held--;
	arena_unref(r->span.arena);
	free(r);
}

static void
wake_thread(struct kafka *k)
{
	uint64_t one = 1;

	(void)write_full(k->wake, &one, sizeof(one), NULL);
}

/* All records of the chunk as one run. */
static int
read_chunk(struct kafka *k, struct kafka_consumer *kc, struct kafka_part *p, struct err *e)
{
	struct batch b = BATCH_INIT;
	struct buf offsets = BUF_INIT;
	struct record recs[RECORDS];
	struct run *r = NULL;
	struct event *ev;
	bool bad = false;
	int n, i, rc = 0;

	while (rc == 0 && (n = kafka_consumer_records(kc, recs, RECORDS, e)) > 0)
		for (i = 0; rc == 0 && i < n; i++) {
			ev = k->avro ? kafka_avro_event(&b, recs[i].value, &bad) : kafka_plain_event(&b, recs[i].value);
			if (bad) {
				say(channel_self(k->ch), LOG_ERROR, "%s-%d: the record at offset %lld is no Flume event in Avro, and is passed over",
				    p->topic, (int)p->number, (long long)recs[i].offset);
				continue;
			}
			if (ev == NULL || (!k->avro && recs[i].key.p != NULL && event_set(&b, ev, slice_str(KAFKA_KEY_HEADER), recs[i].key) != 0))
				rc = err_set(e, ERR_NOMEM, "no memory for events");
			else
				buf_put(&offsets, &recs[i].offset, sizeof(recs[i].offset));
		}
	if (rc == 0 && n < 0)
		rc = n;
	if (rc == 0 && (offsets.failed || batch_arena(&b) == NULL || (r = calloc(1, sizeof(*r))) == NULL ||
	    (r->offsets = arena_alloc(b.arena, offsets.n + 1)) == NULL))
		rc = err_set(e, ERR_NOMEM, "no memory for events");
	if (rc == 0) {
		memcpy((void *)(uintptr_t)r->offsets, offsets.n > 0 ? (const void *)offsets.p : "", offsets.n);
		r->span = (struct span){ .arena = b.arena, .v = b.v, .n = b.n };
		arena_ref(b.arena);
		r->part = p;
		r->next = p->next;
		/* Markers alone: nothing to take, and the position moves on. */
		r->state = b.n > 0 ? QUEUED : DONE;
		pthread_mutex_lock(&k->lock);
		p->held++;
		TAILQ_INSERT_TAIL(&k->runs, r, link);
		k->queued += b.n;
		atomic_store(&k->any, k->queued > 0);
		pthread_mutex_unlock(&k->lock);
	} else
		free(r);
	buf_release(&offsets);
	batch_clear(&b);
	return rc;
}

/* What is done at the front is committed; false when a position could not be written. */
static bool
commit_done(struct kafka *k, struct kafka_consumer *kc)
{
	struct kafka_part *p = NULL;
	struct err e = ERR_INIT;
	struct run *r;
	int rc = 0;

	for (;;) {
		pthread_mutex_lock(&k->lock);
		if ((r = TAILQ_FIRST(&k->runs)) != NULL && r->state == DONE) {
			if (p != NULL && p != r->part) {
				pthread_mutex_unlock(&k->lock);
				rc = kafka_consumer_commit(kc, p, &e);
				pthread_mutex_lock(&k->lock);
			}
			p = r->part;
			if (r->next > p->done)
				p->done = r->next;
			run_free(k, r);
		} else
			r = NULL;
		pthread_mutex_unlock(&k->lock);
		if (r == NULL || rc != 0)
			break;
	}
	if (rc == 0 && p != NULL)
		rc = kafka_consumer_commit(kc, p, &e);
	if (rc != 0)
		say(channel_self(k->ch), LOG_ERROR, "cannot commit, events may come again: %s", e.text);
	return rc == 0;
}

/* Parts that leave: nobody takes what is queued of them. */
static int
part_with(struct kafka *k, struct kafka_consumer *kc, struct err *e)
{
	struct kafka_part *p;
	struct run *r, *next;
	int rc = 0;

	if (!kafka_consumer_urged(kc))
		return 0;
	pthread_mutex_lock(&k->lock);
	TAILQ_FOREACH_SAFE(r, &k->runs, link, next)
		if (r->part->leaving && r->state == QUEUED) {
			k->queued -= r->span.n;
			run_free(k, r);
		}
	atomic_store(&k->any, k->queued > 0);
	while (rc == 0 && (p = kafka_consumer_leaving(kc)) != NULL) {
		pthread_mutex_unlock(&k->lock);
		rc = kafka_consumer_let_go(kc, p, e);
		pthread_mutex_lock(&k->lock);
	}
	pthread_mutex_unlock(&k->lock);
	return rc;
}

/* The member is gone, and its parts: what was queued is read again by whoever has them then; open takes end without a commit. */
static void
forget_runs(struct kafka *k)
{
	struct run *r, *next;

	pthread_mutex_lock(&k->lock);
	TAILQ_FOREACH_SAFE(r, &k->runs, link, next) {
		if (r->state == QUEUED)
			k->queued -= r->span.n;
		r->part = NULL;
		if (r->state != TAKEN)
			run_free(k, r);
	}
	atomic_store(&k->any, k->queued > 0);
	pthread_mutex_unlock(&k->lock);
}

static int
serve(struct kafka *k, struct kafka_consumer *kc, struct err *e)
{
	struct pollfd wake = { .fd = k->wake, .events = POLLIN };
	int64_t began;
	struct kafka_part *p;
	uint64_t count;
	size_t queued;
	int rc;

	while (!atomic_load(&k->quit)) {
		began = clock_steady_ns();
		(void)commit_done(k, kc);
		if ((rc = kafka_consumer_look(kc, e)) != 0 || (rc = part_with(k, kc, e)) != 0)
			return rc;
		pthread_mutex_lock(&k->lock);
		queued = k->queued;
		pthread_mutex_unlock(&k->lock);
		rc = queued >= AHEAD ? 0 : kafka_consumer_next(kc, &p, e);
		if (rc == 1 && (rc = read_chunk(k, kc, p, e)) == 0) {
			counter_add(channel_self(k->ch)->counters, CHANNEL_COUNTERS + GET_TIMER, (clock_steady_ns() - began) / MS);
			channel_arrived(k->ch);
			continue;
		}
		if (rc < 0)
			return rc;
		wake.revents = 0;
		/* With enough in hand records that come are no reason to wake up, but a waiter of the fetcher's cannot tell. */
		if (queued >= AHEAD)
			(void)poll(&wake, 1, 100);
		else
			(void)kafka_consumer_wait(kc, -1, &wake, 1);
		if (wake.revents != 0)
			(void)read_some(k->wake, &count, sizeof(count));
	}
	(void)commit_done(k, kc);
	return 0;
}

static void *
run_consumer(void *arg)
{
	struct kafka *k = arg;
	struct component *self = channel_self(k->ch);
	struct pollfd wake = { .fd = k->wake, .events = POLLIN }, stop = { .fd = self->stop_fd, .events = POLLIN };
	struct kafka_consumer *kc;
	struct err e = ERR_INIT;
	uint64_t count;
	int rc;

	while (!atomic_load(&k->quit)) {
		/* A channel that has no sink here takes nothing from those who have. */
		if (!atomic_load(&k->wanted)) {
			(void)poll(&wake, 1, -1);
			(void)read_some(k->wake, &count, sizeof(count));
			continue;
		}
		if ((rc = kafka_consumer_open(&kc, &k->client, &k->topic, 1, self, &e)) == 0) {
			if ((rc = kafka_consumer_settle(kc, self->stop_fd, &e)) == 0)
				rc = serve(k, kc, &e);
			forget_runs(k);
			kafka_consumer_close(kc);
		}
		if (rc == 0 || rc == -ERR_INTR || atomic_load(&k->quit))
			continue;
		say(self, LOG_ERROR, "cannot take from topic '%s', and tries again: %s", k->topic, e.text);
		stop.revents = 0;
		(void)poll(&stop, 1, RETRY_MS);
	}
	return NULL;
}

static int
start(void *self, struct channel *ch, struct err *e)
{
	struct kafka *k = self;
	sigset_t all, old;
	int rc;

	k->ch = ch;
	TAILQ_INIT(&k->runs);
	if ((rc = kafka_client_open(&k->client, &k->be, e)) != 0)
		return rc;
	if ((k->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1) {
		(void)err_sys(e, "cannot start the channel");
		backend_close(k->be);
		k->be = NULL;
		return -e->code;
	}
	pthread_mutex_init(&k->putting, NULL);
	pthread_mutex_init(&k->lock, NULL);
	atomic_store(&k->quit, false);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&k->thread, NULL, run_consumer, k);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	k->started = rc == 0;
	return rc == 0 ? 0 : err_set(e, ERR_NOMEM, "cannot start a thread for the channel");
}

static void
stop(void *self, struct channel *ch)
{
	struct kafka *k = self;

	(void)ch;
	if (!k->started)
		return;
	atomic_store(&k->quit, true);
	wake_thread(k);
	pthread_join(k->thread, NULL);
	k->started = false;
	close_producer(k);
	backend_close(k->be);
	k->be = NULL;
	close(k->wake);
	k->wake = -1;
	pthread_mutex_destroy(&k->putting);
	pthread_mutex_destroy(&k->lock);
}

static void
release(void *self)
{
	buf_release(&((struct kafka *)self)->value);
}

/* The first n events of a run are a run of their own, in front of it; NULL: no memory. */
static struct run *
split(struct run *r, size_t n)
{
	struct run *first = malloc(sizeof(*first));

	if (first == NULL)
		return NULL;
	*first = *r;
	first->span.n = n;
	first->next = r->offsets[n - 1] + 1;
	arena_ref(first->span.arena);
	if (first->part != NULL)
		first->part->held++;
	TAILQ_INSERT_BEFORE(r, first, link);
	r->span.v += n;
	r->span.n -= n;
	r->offsets += n;
	return first;
}

struct holding {			/* the runs of an open take: one a span */
	size_t n;
	struct run *v[];
};

static ssize_t
take(void *self, struct channel *ch, struct take *t, size_t max, struct err *e)
{
	struct kafka *k = self;
	struct holding *h = NULL, *more;
	struct run *r;
	ssize_t rc = 0;

	(void)ch;
	pthread_mutex_lock(&k->lock);
	TAILQ_FOREACH(r, &k->runs, link) {
		if (t->n >= max || k->queued == 0)
			break;
		if (r->state != QUEUED)
			continue;
		if (r->span.n > max - t->n && (r = split(r, max - t->n)) == NULL) {
			rc = err_set(e, ERR_NOMEM, "no memory to take events");
			break;
		}
		if ((more = realloc(h, sizeof(*h) + ((h == NULL ? 0 : h->n) + 1) * sizeof(struct run *))) == NULL ||
		    take_add(t, &r->span) != 0) {
			h = more == NULL ? h : more;
			rc = err_set(e, ERR_NOMEM, "no memory to take events");
			break;
		}
		if (h == NULL)
			more->n = 0;
		h = more;
		h->v[h->n++] = r;
		r->state = TAKEN;
		k->queued -= r->span.n;
	}
	atomic_store(&k->any, k->queued > 0);
	t->data = h;
	pthread_mutex_unlock(&k->lock);
	/* It fell below what is read ahead. */
	if (t->n > 0)
		wake_thread(k);
	else {
		free(h);
		t->data = NULL;
	}
	return t->n > 0 ? (ssize_t)t->n : rc;
}

/* Of a take that ended: its runs are done, or queued again. */
static void
end_take(struct kafka *k, struct take *t, bool done)
{
	struct holding *h = t->data;
	size_t i;

	pthread_mutex_lock(&k->lock);
	for (i = 0; i < h->n; i++) {
		struct run *r = h->v[i];

		/* The member that read it is gone: the record is another's now. */
		if (r->part == NULL)
			run_free(k, r);
		else if (done)
			r->state = DONE;
		else {
			r->state = QUEUED;
			k->queued += r->span.n;
		}
	}
	atomic_store(&k->any, k->queued > 0);
	pthread_mutex_unlock(&k->lock);
	free(h);
	t->data = NULL;
	wake_thread(k);
}

static int
commit(void *self, struct channel *ch, struct take *t, struct err *e)
{
	(void)ch;
	(void)e;
	end_take(self, t, true);
	return 0;
}

static void
rollback(void *self, struct channel *ch, struct take *t)
{
	counter_add(channel_self(ch)->counters, CHANNEL_COUNTERS + ROLLBACKS, 1);
	end_take(self, t, false);
}

static bool
ready(void *self)
{
	struct kafka *k = self;

	/* Who asks has a sink here: now the channel is to be a member. */
	if (!atomic_exchange(&k->wanted, true) && k->wake != -1)
		wake_thread(k);
	return atomic_load(&k->any);
}

static void
level(void *self, int64_t *size, int64_t *capacity)
{
	struct kafka *k = self;

	/* How much is in the topic is the topic's business, as in Flume: what was read and not taken is told. */
	*capacity = 0;
	if (!k->started)
		return;
	pthread_mutex_lock(&k->lock);
	*size = (int64_t)k->queued;
	pthread_mutex_unlock(&k->lock);
}

const struct channel_type channel_kafka = {
	.names = { NULL, CLASSES("org.apache.flume.channel.kafka.KafkaChannel") },
	.size = sizeof(struct kafka), .counters = counted, .configure = configure, .start = start, .stop = stop, .release = release,
	.put = put, .take = take, .commit = commit, .rollback = rollback, .ready = ready, .level = level,
};
