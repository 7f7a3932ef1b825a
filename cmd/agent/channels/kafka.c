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
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/channels/kafka_in.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/parse.h"

static const char *const counted[] = { "KafkaEventGetTimer", "KafkaEventSendTimer", "KafkaCommitTimer", "RollbackCount", NULL };

static void
configure(void *self, struct context *c)
{
	struct kafka *k = self;
	struct err e = ERR_INIT;

	kafka_address(&k->client, c, "brokerList");
	k->puts.client = &k->client;
	k->puts.topic = ctx_str(c, "kafka.topic", ctx_str(c, "topic", "flume-channel"));
	if (name_check("topic", k->puts.topic, &e) != 0)
		ctx_err(c, "kafka.topic", &e);
	kafka_consumer_conf(&k->client, c, ctx_str(c, "groupId", "flume"), "earliest");
	kafka_producer_conf(&k->client, c, "all");
	k->avro = k->puts.avro = ctx_bool(c, "parseAsFlumeEvent", true);
	k->puts.partition = ctx_int(c, "defaultPartitionId", -1, 0, INT32_MAX);
	k->puts.partition_header = ctx_str(c, "partitionIdHeader", NULL);
	ctx_ignored(c, "kafka.pollTimeout", "a take never waits");
	ctx_ignored(c, "migrateZookeeperOffsets", "there are no offsets in ZooKeeper any more");
	ctx_refused(c, "zookeeperConnect", "name the brokers in kafka.bootstrap.servers");
	ctx_capacity(c, INT32_MAX, INT32_MAX);
	k->wake = -1;
}

static ssize_t
put(void *self, struct channel *ch, const struct span *s, size_t least, const atomic_bool *stopping, struct err *e)
{
	struct kafka *k = self;
	int64_t began = clock_steady_ns();
	int rc = kafka_puts_send(&k->puts, s, e);

	(void)least;
	(void)stopping;
	counter_add(channel_self(ch)->counters, CHANNEL_COUNTERS + SEND_TIMER, (clock_steady_ns() - began) / MS);
	return rc == 0 ? (ssize_t)s->n : rc;
}

static void
wake_thread(struct kafka *k)
{
	uint64_t one = 1;

	(void)write_full(k->wake, &one, sizeof(one), NULL);
}

static int
start(void *self, struct channel *ch, struct err *e)
{
	struct kafka *k = self;
	sigset_t all, old;
	int rc;

	k->ch = ch;
	TAILQ_INIT(&k->runs);
	if ((rc = kafka_puts_open(&k->puts, e)) != 0)
		return rc;
	if ((k->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1) {
		rc = err_sys(e, "cannot start the channel");
		kafka_puts_close(&k->puts);
		return rc;
	}
	pthread_mutex_init(&k->lock, NULL);
	atomic_store(&k->quit, false);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&k->thread, NULL, kafka_read_ahead, k);
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
	kafka_puts_close(&k->puts);
	close(k->wake);
	k->wake = -1;
	pthread_mutex_destroy(&k->lock);
}

/* The first n events of a run are a run of their own, in front of it; NULL: no memory. */
static struct ahead *
split(struct ahead *r, size_t n)
{
	struct ahead *first = malloc(sizeof(*first));

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
	struct ahead *v[];
};

static ssize_t
take(void *self, struct channel *ch, struct take *t, size_t max, struct err *e)
{
	struct kafka *k = self;
	struct holding *h = NULL, *more;
	struct ahead *r;
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
		if ((more = realloc(h, sizeof(*h) + ((h == NULL ? 0 : h->n) + 1) * sizeof(struct ahead *))) == NULL ||
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
		struct ahead *r = h->v[i];

		/* The member that read it is gone: the record is another's now. */
		if (r->part == NULL)
			ahead_free(k, r);
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
	.size = sizeof(struct kafka), .counters = counted, .configure = configure, .start = start, .stop = stop,
	.put = put, .take = take, .commit = commit, .rollback = rollback, .ready = ready, .level = level,
};
