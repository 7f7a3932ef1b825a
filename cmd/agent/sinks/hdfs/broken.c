/*
 * broken.c - files that somebody has to make whole: those whose last request
 * went wrong, and those that a killed run left (state.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/sinks/hdfs/state.h"
#include "base/clock.h"

#define HELD_MOST	(15 * SECOND_NS)	/* between looks at a lease; HDFS keeps it 60 s */

int
broken_add(struct hdfs *h, const char *temp, const char *final, int64_t length, bool exact, long slot)
{
	struct broken *b = calloc(1, sizeof(*b));

	if (b == NULL || (b->temp = strdup(temp)) == NULL || (b->final = strdup(final)) == NULL) {
		if (b != NULL)
			free(b->temp);
		free(b);
		return -1;
	}
	b->h = h;
	b->length = length;
	b->exact = exact;
	b->slot = slot;
	b->next_ns = clock_steady_ns() + (exact ? SECOND_NS : 0);
	TAILQ_INSERT_TAIL(&h->brokens, b, link);
	at_least(h, b->next_ns);
	return 0;
}

static void
broken_free(struct hdfs *h, struct broken *b)
{
	TAILQ_REMOVE(&h->brokens, b, link);
	free(b->temp);
	free(b->final);
	free(b);
}

void
broken_free_all(struct hdfs *h)
{
	struct broken *b, *next;

	TAILQ_FOREACH_SAFE(b, &h->brokens, link, next)
		broken_free(h, b);
}

/* A final name that is taken gets a number of its own. */
static enum outcome
rename_to_free_name(struct broken *b, const struct files_ops *files, void *session)
{
	struct hdfs *h = b->h;
	enum outcome out;
	char *other;
	int i;

	say(h->c, LOG_INFO, "Renaming %s to %s", b->temp, b->final);
	out = files->rename(session, place_name(h, b->temp), place_name(h, b->final), &b->job.err);
	for (i = 1; out == OUT_EXISTS && i < 10; i++) {
		if (asprintf(&other, "%s.%d", b->final, i) < 0)
			return OUT_AGAIN;
		say(h->c, LOG_INFO, "Renaming %s to %s", b->temp, other);
		out = files->rename(session, place_name(h, b->temp), place_name(h, other), &b->job.err);
		free(other);
	}
	return out;
}

/* In a thread of jobs. */
static void
run_finish(struct job *job, const struct files_ops *files, void *session)
{
	struct broken *b = (struct broken *)(void *)job;
	const char *temp = place_name(b->h, b->temp);
	int64_t got = 0, there;

	if (!b->exact) {
		if ((job->out = files->length(session, temp, &there, &job->err)) == OUT_DONE) {
			b->length = there;
			b->exact = true;
		}
	} else {
		job->out = OUT_DONE;
	}
	if (job->out == OUT_DONE && b->length == 0)
		job->out = files->remove(session, temp, &job->err);
	else if (job->out == OUT_DONE) {
		job->out = files->settle(session, temp, b->length, &got, &job->err);
		if (job->out == OUT_DONE) {
			b->short_of = got < b->length;
			job->out = rename_to_free_name(b, files, session);
		}
		b->unsure |= job->out == OUT_UNSURE;
	}
	/* gone from its place, and perhaps by our own hand */
	if (job->out == OUT_MISSING && files->length(session, place_name(b->h, b->final), &there, NULL) == OUT_DONE &&
	    there == b->length)
		job->out = OUT_DONE;
}

void
broken_start(struct hdfs *h, struct broken *b)
{
	b->busy = true;
	b->job.run = run_finish;
	jobs_put(h->jobs, &b->job);
}

/* When to try again; false: no more in this run. */
static bool
next_try(struct hdfs *h, struct broken *b)
{
	int64_t wait;

	if (b->job.out == OUT_HELD) {
		b->held++;
		wait = SECOND_NS << (b->held < 5 ? b->held - 1 : 4);
		b->next_ns = clock_steady_ns() + (wait < HELD_MOST ? wait : HELD_MOST);
		return true;
	}
	b->tries++;
	if ((h->close_tries > 0 && b->tries >= h->close_tries) || h->retry_ns <= 0)
		return false;
	wait = SECOND_NS << (b->tries < 16 ? b->tries : 16);
	b->next_ns = clock_steady_ns() + (wait < h->retry_ns ? wait : h->retry_ns);
	return true;
}

void
broken_settled(struct hdfs *h, struct broken *b)
{
	b->busy = false;
	if (b->job.out == OUT_DONE) {
		if (b->short_of)
			say(h->c, LOG_ERROR, "%s is shorter than the %lld bytes that HDFS had acknowledged", b->final, (long long)b->length);
		journal_remove(h->journal, b->slot);
		broken_free(h, b);
	} else if (b->job.out == OUT_MISSING) {
		say(h->c, b->length > 0 ? LOG_ERROR : LOG_INFO, "%s is not there any more", b->temp);
		journal_remove(h->journal, b->slot);
		broken_free(h, b);
	} else if (next_try(h, b)) {
		if (b->held + b->tries == 1)
			say(h->c, LOG_WARN, "Closing file: %s failed (%s). Will retry again in %lld seconds.", b->temp, b->job.err.text,
			    (long long)((b->next_ns - clock_steady_ns() + SECOND_NS - 1) / SECOND_NS));
		at_least(h, b->next_ns);
	} else {
		say(h->c, LOG_ERROR, "%s stays as it is until the next start: %s", b->temp, b->job.err.text);
		broken_free(h, b);
	}
}
