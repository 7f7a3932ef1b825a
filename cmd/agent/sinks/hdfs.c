/*
 * hdfs.c - the hdfs sink: events into files of HDFS, or of this machine
 * (sinks/hdfs/state.h).
 *
 * Over HTTP the only acknowledgement is the answer at the end of a request,
 * and a request takes tens of milliseconds: so the sink takes on while one is
 * out, and the next one carries all that came meanwhile.  Transactions are
 * committed when their bytes are acknowledged, in the order of their takes.
 */
#include <stdlib.h>

#include "agent/sinks/hdfs/state.h"
#include "base/clock.h"
#include "text/terminal.h"

#define STOP_MOST	(10 * SECOND_NS)	/* for files to be closed when the agent ends */
#define SAY_EVERY	(60 * SECOND_NS)

void
hdfs_collect(struct hdfs *h)
{
	struct broken *b;
	struct job *job;

	while ((job = jobs_done(h->jobs)) != NULL) {
		TAILQ_FOREACH(b, &h->brokens, link)
			if (&b->job == job)
				break;
		if (b != NULL)
			broken_settled(h, b);
		else
			writer_settled(h, (struct writer *)(void *)job);
	}
}

static void
called(void *arg)
{
	sink_wake(((struct hdfs *)arg)->sk);
}

/* What a killed run left open. */
static bool
found(void *arg, const struct journal_entry *en, long slot)
{
	struct hdfs *h = arg;
	char *temp, *final;
	int rc = -1;

	if (!h->recover)
		return false;
	temp = strndup((const char *)en->temp.p, en->temp.n);
	final = strndup((const char *)en->final.p, en->final.n);
	if (temp != NULL && final != NULL && strlen(temp) > h->where.skip && strlen(final) > h->where.skip) {
		say(h->c, LOG_INFO, "Closing %s, which a run that was killed left", temp);
		rc = broken_add(h, temp, final, en->length, en->this_boot, slot);
	}
	free(temp);
	free(final);
	return rc == 0;
}

static int
start(void *self, struct sink *sk, struct err *e)
{
	struct hdfs *h = self;
	struct err why = ERR_INIT;

	h->sk = sk;
	h->c = sink_self(sk);
	h->next_ns = NEVER;
	h->failed = h->stopping = h->begun = false;
	h->in_flight = 0;
	h->limit = 0;
	h->said_ns = 0;
	atomic_store(&h->stop, false);
	if ((h->names = map_new()) == NULL || (h->jobs = jobs_new(h->files, &h->web, h->threads, called, h)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the sink");
	if (h->journal_path == NULL || journal_open(&h->journal, h->journal_path, found, h, &why) != 0)
		say(h->c, LOG_WARN, "files that are open when the agent is killed keep their name in use: %s",
		    h->journal_path == NULL ? "there is no HOME and no hdfs.stateDir" : why.text);
	sink_wake_at(sk, h->next_ns == NEVER ? 0 : h->next_ns);
	return 0;
}

/* Files whose time has come, requests to be made again, broken files. */
static void
timers(struct hdfs *h)
{
	int64_t now = clock_steady_ns(), at;
	struct writer *w, *wn;
	struct broken *b;

	h->next_ns = NEVER;
	TAILQ_FOREACH_SAFE(w, &h->writers, link, wn) {
		if (w->retry_ns != 0 && w->retry_ns <= now)
			writer_retry(h, w);
		else if (w->retry_ns != 0)
			at_least(h, w->retry_ns);
		if (w->bucket == NULL)
			continue;
		at = h->roll_ns > 0 ? w->opened_ns + h->roll_ns : NEVER;
		/* what is still on its way is not idle */
		if (h->idle_ns > 0 && !w->busy && w->retry_ns == 0 && w->flushed_ns + h->idle_ns < at)
			at = w->flushed_ns + h->idle_ns;
		if (at <= now)
			writer_seal(h, w, true);
		else
			at_least(h, at);
	}
	TAILQ_FOREACH(b, &h->brokens, link)
		if (!b->busy && b->next_ns <= now)
			broken_start(h, b);
		else if (!b->busy)
			at_least(h, b->next_ns);
}

/* Where each event goes.  The number of events up to one that has no place, or -code; *why then says. */
static ssize_t
route(struct hdfs *h, const struct take *t, int64_t now_ms, struct err *why)
{
	struct bucket *b = NULL, **more;
	const char *name;
	bool same;
	int64_t key;
	size_t i;
	int rc;

	if (t->n > h->nroute) {
		if ((more = reallocarray(h->route, t->n, sizeof(*more))) == NULL)
			return err_set(why, ERR_NOMEM, "no memory for a batch");
		h->route = more;
		h->nroute = t->n;
	}
	for (i = 0; i < t->n; i++) {
		rc = naming_resolve(&h->naming, &t->v[i], now_ms, &name, &same, why);
		if (rc == 0 && h->how.type == FILE_SEQUENCE)
			rc = format_key(&t->v[i], now_ms, &key, why);
		if (rc == 0 && (!same || b == NULL) && (b = bucket_find(h, name, why)) == NULL)
			return -ERR_NOMEM;
		if (rc == 0) {
			h->route[i] = b;
			continue;
		}
		if (rc != -ERR_INVALID)
			return rc;
		if (h->dead == NULL)
			return (ssize_t)i;
		if (deadletter_add(h->dead, &t->v[i], why->text, why) != 0)
			return -ERR_NOMEM;
		h->route[i] = NULL;
	}
	return (ssize_t)t->n;
}

/* The event, once a minute. */
static void
name_event(struct hdfs *h, const struct event *ev, const char *why)
{
	int64_t now = clock_steady_ns();
	struct buf b = BUF_INIT, shown = BUF_INIT;

	if (h->said_ns != 0 && now - h->said_ns < SAY_EVERY)
		return;
	h->said_ns = now;
	event_print_headers(&b, ev);
	terminal_line(buf_slice(&b), &shown);
	say(h->c, LOG_ERROR, "an event with the headers %s can never be delivered%s: %s", buf_str(&shown) != NULL ?
	    (const char *)shown.p : "", h->dead == NULL ? " and stops the sink (deadLetter would take it)" : "", why);
	buf_release(&b);
	buf_release(&shown);
}

/* Runs of events that go the same way. */
static int
put_all(struct hdfs *h, struct flight *f, int64_t now_ms, struct err *e)
{
	const struct take *t = &f->take;
	size_t i, k;
	int rc = 0;

	for (i = 0; i < t->n && rc == 0; i += k) {
		for (k = 1; i + k < t->n && h->route[i + k] == h->route[i]; k++)
			;
		if (h->route[i] != NULL)
			rc = writer_put(h, h->route[i], &t->v[i], k, f, now_ms, e);
	}
	return rc;
}

/* All that the flight has put goes out. */
static int
flush_all(struct hdfs *h, const struct flight *f, struct err *e)
{
	struct writer *w, *next;
	size_t before;
	int rc = 0;

	TAILQ_FOREACH_SAFE(w, &h->writers, link, next) {
		if (w->gathering.n == 0 || w->gathering.v[w->gathering.n - 1] != f)
			continue;
		before = w->pending.n;
		if (!w->closing && rc == 0)
			rc = format_flush(w->format, &w->pending, e);
		h->in_flight += (int64_t)(w->pending.n - before);
		if (rc == 0)
			writer_flush(h, w);
	}
	return rc;
}

static void
evict(struct hdfs *h)
{
	struct bucket *b;

	while ((int64_t)h->open > h->max_open && (b = TAILQ_FIRST(&h->buckets)) != NULL) {
		if (b->now == NULL) {
			bucket_drop(h, b);
			continue;
		}
		writer_seal(h, b->now, true);
	}
}

/* An event that has no place: it is given back with what follows, or goes to where dead letters go. */
static enum sink_rc
stuck(struct hdfs *h, struct flight *f, size_t at, struct err *e)
{
	name_event(h, &f->take.v[at], e->text);
	h->limit = at;
	sink_rollback(h->sk, &f->take);
	STAILQ_INSERT_HEAD(&h->spare, f, link);
	return at > 0 ? SINK_READY : SINK_FAILED;
}

static enum sink_rc
give_back(struct hdfs *h, struct flight *f)
{
	if (h->dead != NULL)
		deadletter_drop(h->dead);
	sink_rollback(h->sk, &f->take);
	STAILQ_INSERT_HEAD(&h->spare, f, link);
	return SINK_FAILED;
}

/* One transaction taken, and on its way. */
static enum sink_rc
take_on(struct hdfs *h, struct err *e)
{
	struct flight *f = flight_new(h);
	int64_t now_ms = clock_wall_ms();
	size_t max = h->limit > 0 && (int64_t)h->limit < h->batch ? h->limit : (size_t)h->batch, dead;
	struct err why = ERR_INIT;
	ssize_t n;

	if (f == NULL) {
		err_set(e, ERR_NOMEM, "no memory for a transaction");
		return SINK_FAILED;
	}
	if ((n = sink_take(h->sk, &f->take, max, e)) <= 0) {
		STAILQ_INSERT_HEAD(&h->spare, f, link);
		return n < 0 ? SINK_FAILED : SINK_IDLE;
	}
	h->limit = 0;
	if ((n = route(h, &f->take, now_ms, &why)) < 0 || (size_t)n < f->take.n) {
		*e = why;
		return n < 0 ? give_back(h, f) : stuck(h, f, (size_t)n, e);
	}
	if ((dead = deadletter_count(h->dead)) > 0) {
		for (n = 0; h->route[n] != NULL; n++)
			;
		name_event(h, &f->take.v[n], why.text);
		if (deadletter_flush(h->dead, e) != 0)
			return give_back(h, f);
		sink_count(h->sk, EVENT_DEAD, (int64_t)dead);
	}
	f->waiting = 1;
	STAILQ_INSERT_TAIL(&h->flights, f, link);
	if (put_all(h, f, now_ms, &h->why) != 0 || flush_all(h, f, &h->why) != 0)
		h->failed = true;
	f->waiting--;
	evict(h);
	return SINK_READY;
}

static enum sink_rc
process(void *self, struct sink *sk, struct err *e)
{
	struct hdfs *h = self;
	enum sink_rc rc, took = SINK_IDLE;

	(void)sk;
	hdfs_collect(h);
	if (clock_steady_ns() >= h->next_ns)
		timers(h);
	rc = h->failed ? SINK_IDLE : delivery_commit(h, e);
	if (rc != SINK_FAILED && !h->failed) {
		if (h->in_flight < h->max_in_flight)
			took = take_on(h, e);
		else
			/* the channel may be full of events, so the runner would not sleep */
			jobs_wait(h->jobs, clock_steady_ns() + SECOND_NS < h->next_ns ? clock_steady_ns() + SECOND_NS : h->next_ns);
	}
	/* such as one whose events were all dead letters */
	if (took == SINK_READY && !h->failed && delivery_commit(h, e) == SINK_FAILED)
		rc = SINK_FAILED;
	if (h->failed) {
		delivery_fail(h);
		*e = h->why;
		rc = SINK_FAILED;
	}
	sink_wake_at(h->sk, h->next_ns == NEVER ? 0 : h->next_ns);
	if (rc == SINK_FAILED || took == SINK_FAILED)
		return SINK_FAILED;
	return rc == SINK_READY || took == SINK_READY ? SINK_READY : SINK_IDLE;
}

/* Files are closed, and what is acknowledged is committed, for as long as there is time. */
static void
stop(void *self, struct sink *sk)
{
	struct hdfs *h = self;
	int64_t until = clock_steady_ns() + STOP_MOST;
	struct writer *w, *next;
	struct err e = ERR_INIT;

	(void)sk;
	h->stopping = true;
	TAILQ_FOREACH_SAFE(w, &h->writers, link, next) {
		writer_retry(h, w);
		writer_seal(h, w, true);
	}
	while (jobs_running(h->jobs) > 0) {
		jobs_wait(h->jobs, until);
		if (clock_steady_ns() >= until) {
			atomic_store(&h->stop, true);
			until = clock_steady_ns() + SECOND_NS;
		}
		hdfs_collect(h);
		(void)delivery_commit(h, &e);
	}
	(void)delivery_commit(h, &e);
	if (!STAILQ_EMPTY(&h->flights) || !TAILQ_EMPTY(&h->writers)) {
		h->failed = true;
		delivery_fail(h);
		while (jobs_running(h->jobs) > 0) {
			jobs_wait(h->jobs, clock_steady_ns() + SECOND_NS);
			hdfs_collect(h);
		}
	}
	jobs_free(h->jobs);
	broken_free_all(h);
	journal_close(h->journal);
	while (!TAILQ_EMPTY(&h->buckets))
		bucket_drop(h, TAILQ_FIRST(&h->buckets));
	map_free(h->names, NULL);
	h->jobs = NULL;
	h->journal = NULL;
	h->names = NULL;
}

const struct sink_type sink_hdfs = {
	.names = { "hdfs", CLASSES("org.apache.flume.sink.hdfs.HDFSEventSink") },
	.size = sizeof(struct hdfs), .configure = hdfs_configure, .start = start, .process = process, .stop = stop,
	.release = hdfs_release,
};
