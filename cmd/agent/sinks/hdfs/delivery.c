/*
 * delivery.c - bytes on their way, acknowledgements, and what is done about
 * failures (state.h).
 *
 * A request that had no effect is made again, for as long as hdfs.callTimeout;
 * one whose effect nobody knows is not: its file is left as broken, with what
 * is acknowledged of it, and its bytes go into a new one.  Only when that
 * fails too do all flights go back to the channel.
 */
#include <stdlib.h>

#include "agent/sinks/hdfs/state.h"
#include "base/clock.h"

#define RETRY_FIRST	(100 * MS_NS)
#define RETRY_MOST	(2 * SECOND_NS)
#define UNSURE_MOST	4		/* new files in a row */
#define FLIGHTS_SPARE	16

void
at_least(struct hdfs *h, int64_t ns)
{
	if (ns < h->next_ns)
		h->next_ns = ns;
}

/* In a thread of jobs: the bytes that are out, then the new name. */
static void
run_write(struct job *job, const struct files_ops *files, void *session)
{
	struct writer *w = (struct writer *)(void *)job;
	struct hdfs *h = w->h;
	const char *temp = place_name(h, w->temp);
	struct slice out = buf_slice(&w->out);

	w->step = STEP_WRITE;
	job->out = OUT_DONE;
	if (w->out.n > 0) {
		job->out = w->created ? files->append(session, temp, w->length, out, &job->err) :
		    files->create(session, temp, out, &job->err);
		if (job->out != OUT_DONE)
			return;
		w->created = true;
		w->length += (int64_t)w->out.n;
		/* before anybody hears of it: what is committed is never cut */
		journal_length(h->journal, w->slot, w->length);
		buf_clear(&w->out);
	}
	if (!w->last || !w->created)
		return;
	w->step = STEP_RENAME;
	say(h->c, LOG_INFO, "Renaming %s to %s", w->temp, w->final);
	job->out = files->rename(session, temp, place_name(h, w->final), &job->err);
}

static void
start(struct hdfs *h, struct writer *w)
{
	if (!w->created && w->slot == JOURNAL_NONE && w->out.n > 0)
		w->slot = journal_add(h->journal, w->temp, w->final);
	w->busy = true;
	w->retry_ns = 0;
	w->last = w->closing && w->pending.n == 0;
	w->out_bytes = w->out.n;
	w->job.run = run_write;
	jobs_put(h->jobs, &w->job);
}

void
writer_flush(struct hdfs *h, struct writer *w)
{
	struct riders r = w->riding;
	struct buf b = w->out;

	if (w->busy || w->retry_ns != 0 || h->failed)
		return;
	if (w->out.n == 0 && w->pending.n > 0) {
		w->out = w->pending;
		w->riding = w->gathering;
		w->pending = b;
		w->gathering = r;
		w->gathering.n = 0;
	}
	if (w->out.n > 0 || w->closing)
		start(h, w);
}

void
writer_retry(struct hdfs *h, struct writer *w)
{
	if (!w->busy && w->retry_ns != 0)
		start(h, w);
}

static void
riders_leave(struct riders *r)
{
	while (r->n > 0)
		r->v[--r->n]->waiting--;
}

/* The file stays behind with what is acknowledged of it; the writer goes on in a new one. */
static int
leave_file(struct hdfs *h, struct writer *w)
{
	struct buf b = BUF_INIT;

	say(h->c, LOG_WARN, "%s: %s; going on in a new file", w->temp, w->job.err.text);
	if (broken_add(h, w->temp, w->final, w->length, true, w->slot) != 0)
		return -1;
	w->slot = JOURNAL_NONE;
	if (w->created) {
		buf_put(&b, w->head.p, w->head.n);
		buf_put(&b, w->out.p, w->out.n);
		if (b.failed) {
			buf_release(&b);
			return -1;
		}
		buf_release(&w->out);
		w->out = b;
		h->in_flight += (int64_t)w->head.n;
	}
	w->created = false;
	w->length = 0;
	if (writer_rename(w) != 0)
		return -1;
	say(h->c, LOG_INFO, "Creating %s", w->temp);
	return 0;
}

static void
fail(struct hdfs *h, struct writer *w)
{
	if (!h->failed)
		err_set(&h->why, ERR_SYS, "HDFS IO error: %s: %s", w->temp, w->job.err.text);
	h->failed = true;
	sink_count(h->sk, CONNECTION_FAILED, 1);
}

static void
later(struct hdfs *h, struct writer *w, int64_t ns)
{
	w->retry_ns = clock_steady_ns() + ns;
	at_least(h, w->retry_ns);
}

/* The same again after a while; false: it has failed for too long. */
static bool
again(struct hdfs *h, struct writer *w)
{
	int64_t now = clock_steady_ns(), wait = RETRY_FIRST << (w->tries < 5 ? w->tries : 5);

	if (w->failing_ns == 0) {
		w->failing_ns = now;
		say(h->c, LOG_WARN, "%s: %s; trying again", w->temp, w->job.err.text);
	}
	if (now - w->failing_ns >= h->call_ns || h->stopping)
		return false;
	w->tries++;
	later(h, w, wait < RETRY_MOST ? wait : RETRY_MOST);
	return true;
}

static void
write_failed(struct hdfs *h, struct writer *w)
{
	switch (h->failed ? OUT_STOPPED : w->job.out) {
	case OUT_AGAIN:
		if (again(h, w))
			return;
		break;
	case OUT_EXISTS:
		journal_remove(h->journal, w->slot);
		w->slot = JOURNAL_NONE;
		if (w->tries++ < 1000 && writer_rename(w) == 0) {
			start(h, w);
			return;
		}
		break;
	case OUT_UNSURE:
	case OUT_HELD:
	case OUT_MISSING:
		if (w->tries++ < UNSURE_MOST && !h->stopping && leave_file(h, w) == 0) {
			if (w->tries == 1)
				start(h, w);
			else
				later(h, w, RETRY_FIRST << w->tries);
			return;
		}
		break;
	case OUT_REFUSED:
	case OUT_INVALID:
	case OUT_STOPPED:
	case OUT_DONE:
		break;
	}
	fail(h, w);
}

/* All its bytes are acknowledged, so whatever becomes of the name keeps nobody waiting. */
static void
rename_failed(struct hdfs *h, struct writer *w)
{
	if (w->job.out == OUT_EXISTS && w->tries++ < 1000) {
		char *temp = w->temp;

		w->temp = NULL;
		if (writer_rename(w) == 0) {
			free(w->temp);
			w->temp = temp;
			start(h, w);
			return;
		}
		free(w->temp);
		w->temp = temp;
	}
	say(h->c, LOG_WARN, "failed to rename() file (%s): %s", w->temp, w->job.err.text);
	if (broken_add(h, w->temp, w->final, w->length, true, w->slot) != 0)
		say(h->c, LOG_ERROR, "%s stays as it is: no memory", w->temp);
	writer_free(h, w);
}

void
writer_settled(struct hdfs *h, struct writer *w)
{
	w->busy = false;
	if (w->out.n == 0) {
		h->in_flight -= (int64_t)w->out_bytes;
		w->out_bytes = 0;
		riders_leave(&w->riding);
	}
	if (w->job.out != OUT_DONE) {
		if (w->step == STEP_RENAME)
			rename_failed(h, w);
		else
			write_failed(h, w);
		return;
	}
	w->failing_ns = 0;
	w->tries = 0;
	w->flushed_ns = clock_steady_ns();
	if (h->idle_ns > 0)
		at_least(h, w->flushed_ns + h->idle_ns);
	if (w->last) {
		journal_remove(h->journal, w->slot);
		sink_count(h->sk, CONNECTION_CLOSED, 1);
		writer_free(h, w);
		return;
	}
	writer_flush(h, w);
}

/* What is not acknowledged is forgotten; a file that is there is closed. */
static void
discard(struct hdfs *h, struct writer *w)
{
	h->in_flight -= (int64_t)(w->out.n + w->pending.n);
	buf_clear(&w->out);
	buf_clear(&w->pending);
	w->riding.n = w->gathering.n = 0;
	w->retry_ns = 0;
	if (w->created && (w->job.out == OUT_UNSURE || w->job.out == OUT_STOPPED) && w->step == STEP_WRITE) {
		if (broken_add(h, w->temp, w->final, w->length, true, w->slot) == 0)
			w->slot = JOURNAL_NONE;
		w->created = false;
	} else if (!w->created && w->slot != JOURNAL_NONE && w->job.out != OUT_AGAIN && w->job.out != OUT_REFUSED) {
		if (broken_add(h, w->temp, w->final, 0, true, w->slot) == 0)
			w->slot = JOURNAL_NONE;
	}
	if (!w->created) {
		journal_remove(h->journal, w->slot);
		writer_free(h, w);
	}
}

void
delivery_fail(struct hdfs *h)
{
	struct writer *w, *next;
	struct flight *f, *last;

	while (jobs_running(h->jobs) > 0) {
		jobs_wait(h->jobs, clock_steady_ns() + SECOND_NS);
		hdfs_collect(h);
	}
	(void)delivery_commit(h, NULL);
	TAILQ_FOREACH_SAFE(w, &h->writers, link, next)
		discard(h, w);
	/* the newest first, so that the channel has them in order */
	while (!STAILQ_EMPTY(&h->flights)) {
		last = NULL;
		STAILQ_FOREACH(f, &h->flights, link)
			last = f;
		STAILQ_REMOVE(&h->flights, last, flight, link);
		sink_rollback(h->sk, &last->take);
		last->waiting = 0;
		STAILQ_INSERT_HEAD(&h->spare, last, link);
	}
	h->failed = false;
	TAILQ_FOREACH_SAFE(w, &h->writers, link, next) {
		w->job.out = OUT_DONE;
		writer_seal(h, w, true);
		writer_flush(h, w);
	}
}

struct flight *
flight_new(struct hdfs *h)
{
	struct flight *f = STAILQ_FIRST(&h->spare);

	if (f != NULL)
		STAILQ_REMOVE_HEAD(&h->spare, link);
	else
		f = calloc(1, sizeof(*f));
	return f;
}

enum sink_rc
delivery_commit(struct hdfs *h, struct err *e)
{
	enum sink_rc rc = SINK_IDLE, one;
	struct flight *f;

	while ((f = STAILQ_FIRST(&h->flights)) != NULL && f->waiting == 0) {
		STAILQ_REMOVE_HEAD(&h->flights, link);
		one = sink_commit(h->sk, &f->take, e);
		if (rc != SINK_FAILED)
			rc = one;
		STAILQ_INSERT_HEAD(&h->spare, f, link);
	}
	return rc;
}
