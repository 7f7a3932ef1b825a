/*
 * kafka_reading.c - the Kafka channel's thread: a member of the group that
 * reads ahead, and commits what is done at the front of the list.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/channels/kafka_in.h"
#include "agent/kafka_event.h"
#include "base/clock.h"
#include "base/io.h"

#define RECORDS		64
#define AHEAD		8192		/* events read and not taken, at most, and one chunk */
#define RETRY_MS	3000

void
ahead_free(struct kafka *k, struct ahead *r)
{
	TAILQ_REMOVE(&k->runs, r, link);
	if (r->part != NULL)
		r->part->held--;
	arena_unref(r->span.arena);
	free(r);
}

/* All records of the chunk as one run. */
static int
read_chunk(struct kafka *k, struct kafka_consumer *kc, struct kafka_part *p, struct err *e)
{
	struct batch b = BATCH_INIT;
	struct buf offsets = BUF_INIT;
	struct record recs[RECORDS];
	struct ahead *r = NULL;
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
	struct ahead *r;
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
			ahead_free(k, r);
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
	struct ahead *r, *next;
	int rc = 0;

	if (!kafka_consumer_urged(kc))
		return 0;
	pthread_mutex_lock(&k->lock);
	TAILQ_FOREACH_SAFE(r, &k->runs, link, next)
		if (r->part->leaving && r->state == QUEUED) {
			k->queued -= r->span.n;
			ahead_free(k, r);
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
	struct ahead *r, *next;

	pthread_mutex_lock(&k->lock);
	TAILQ_FOREACH_SAFE(r, &k->runs, link, next) {
		if (r->state == QUEUED)
			k->queued -= r->span.n;
		r->part = NULL;
		if (r->state != TAKEN)
			ahead_free(k, r);
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
		counter_add(channel_self(k->ch)->counters, CHANNEL_COUNTERS + COMMIT_TIMER, (clock_steady_ns() - began) / MS);
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

void *
kafka_read_ahead(void *arg)
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
		if ((rc = kafka_consumer_open(&kc, &k->client, &k->puts.topic, 1, self, &e)) == 0) {
			if ((rc = kafka_consumer_settle(kc, self->stop_fd, &e)) == 0)
				rc = serve(k, kc, &e);
			forget_runs(k);
			kafka_consumer_close(kc);
		}
		if (rc == 0 || rc == -ERR_INTR || atomic_load(&k->quit))
			continue;
		say(self, LOG_ERROR, "cannot take from topic '%s', and tries again: %s", k->puts.topic, e.text);
		stop.revents = 0;
		(void)poll(&stop, 1, RETRY_MS);
	}
	return NULL;
}
