/*
 * A batch that was given to the command.
 */
#include "consume/job.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tool/msg.h"

#define MS		1000000LL

void
work_stop(struct work *w, int status)
{
	if (status != EXIT_DONE && w->status == EXIT_DONE)
		w->status = status;
	if (w->stopping)
		return;
	w->stopping = true;
	w->stop_by_ns = clock_steady_ns() + w->g.run->o->drain_ms * MS;
}

void
job_add(struct job *j, struct item *it)
{
	struct item **more;

	if (j->n == j->cap) {
		j->cap = j->cap == 0 ? 16 : j->cap * 2;
		if ((more = reallocarray(j->v, j->cap, sizeof(*more))) == NULL)
			die("out of memory");
		j->v = more;
	}
	j->v[j->n++] = it;
}

static void
finish(struct job *j)
{
	command_release(&j->command);
	j->state = JOB_DONE;
}

/* Runs what is in hand. */
static void
run_it(struct work *w, struct job *j)
{
	struct run *run = w->g.run;
	size_t from = j->todo[j->ntodo - 1].from, to = j->todo[j->ntodo - 1].to;
	struct where where = { .topic = j->part->topic, .partition = j->part->number };
	struct err e = ERR_INIT;

	if (j->attempt == 1) {
		buf_clear(&j->input);
		for (size_t i = from; i < to; i++)
			if (print_into(&run->out, &j->input, &where, &j->v[i]->rec, &e) != 0) {
				msg_err(&e);
				finish(j);
				work_stop(w, EXIT_FAILED);
				return;
			}
		if (j->input.failed)
			die("out of memory");
	}
	w->how.envp = environment_of(&w->env, run->o, j->v + from, to - from, j->attempt);
	command_start(&j->command, &w->how, &w->out, &w->err, buf_slice(&j->input));
	j->state = JOB_RUNNING;
}

void
job_start(struct work *w, struct job *j)
{
	j->todo[0].from = 0;
	j->todo[0].to = j->n;
	j->ntodo = 1;
	j->attempt = 1;
	run_it(w, j);
}

/* The next part of a split batch, or the end. */
static void
go_on(struct work *w, struct job *j)
{
	command_release(&j->command);
	j->ntodo--;
	j->attempt = 1;
	if (j->ntodo == 0 || w->stopping || j->part->state != PART_OWNED)
		finish(j);
	else
		run_it(w, j);
}

static void
mark_done(struct work *w, struct job *j, bool delivered)
{
	struct run *run = w->g.run;

	for (size_t i = j->todo[j->ntodo - 1].from; i < j->todo[j->ntodo - 1].to; i++) {
		j->v[i]->done = true;
		if (!delivered)
			continue;
		run->delivered += (uint64_t)j->v[i]->count;
		run->bytes += j->v[i]->rec.value.n;
	}
}

static void
say_failed(struct work *w, const struct job *j, const char *what, const char *then)
{
	size_t from = j->todo[j->ntodo - 1].from, to = j->todo[j->ntodo - 1].to;
	char tries[64] = "", more[64] = "";

	if (j->attempt > 1)
		snprintf(tries, sizeof(tries), ", attempt %" PRId64, j->attempt);
	if (to - from > 1)
		snprintf(more, sizeof(more), " and %zu more", to - from - 1);
	msg("offset %" PRId64 "%s of '%s/%d': '%s' %s%s%s", j->v[from]->rec.offset, more, j->part->topic, j->part->number,
	    w->how.argv[0], what, tries, then);
}

/* Between half of it and all of it, so that many who failed at once do not come back at once. */
static int64_t
backoff_ns(const struct options *o, int64_t attempt)
{
	int64_t ms = o->backoff_min_ms;

	while (--attempt > 0 && ms < o->backoff_max_ms)
		ms = ms > INT64_MAX / 2 ? INT64_MAX : ms * 2;
	if (ms > o->backoff_max_ms)
		ms = o->backoff_max_ms;
	return ms * MS / 2 + (int64_t)((double)ms * MS / 2 * ((double)arc4random() / UINT32_MAX));
}

/* It will not be tried again. */
static void
give_in(struct work *w, struct job *j, const char *what)
{
	const struct options *o = w->g.run->o;
	char then[300];

	if (o->dead_letter == NULL) {
		say_failed(w, j, what, "");
		finish(j);
		work_stop(w, EXIT_FAILED);
		return;
	}
	if (dead_letter(w, j, j->todo[j->ntodo - 1].from, j->todo[j->ntodo - 1].to) != 0) {
		finish(j);
		work_stop(w, EXIT_FAILED);
		return;
	}
	if (!o->quiet) {
		snprintf(then, sizeof(then), ": sent to '%s'", o->dead_letter);
		say_failed(w, j, what, then);
	}
	mark_done(w, j, false);
	go_on(w, j);
}

static bool
never_again(struct work *w, struct job *j, const char *what)
{
	const struct command *c = &j->command;
	int status = 0;

	if (c->outcome == OUTCOME_EXIT && (c->status == 126 || c->status == 127))
		status = c->status;
	else if (c->outcome == OUTCOME_NOT_STARTED && c->status != EAGAIN && c->status != ENOMEM && c->status != E2BIG &&
	    c->status != EMFILE && c->status != ENFILE)
		status = c->status == ENOENT ? 127 : 126;
	if (status == 0)
		return false;
	say_failed(w, j, what, "");
	finish(j);
	work_stop(w, status);
	return true;
}

static void
on_failure(struct work *w, struct job *j, int64_t now)
{
	const struct options *o = w->g.run->o;
	size_t from = j->todo[j->ntodo - 1].from, to = j->todo[j->ntodo - 1].to;
	char what[128];

	command_words(&j->command, what, sizeof(what));
	if (never_again(w, j, what))
		return;
	/* A part that is leaving, or a run that ends, leaves it to the next owner. */
	if (w->stopping || j->part->state != PART_OWNED) {
		finish(j);
		return;
	}
	if (o->bisect && to - from > 1 && j->ntodo < SPLITS_MAX) {
		j->todo[j->ntodo - 1].from = from + (to - from) / 2;
		j->todo[j->ntodo].from = from;
		j->todo[j->ntodo].to = from + (to - from) / 2;
		j->ntodo += 2;
		go_on(w, j);
		return;
	}
	if (o->retries >= 0 && j->attempt > o->retries) {
		give_in(w, j, what);
		return;
	}
	if (o->verbose)
		say_failed(w, j, what, ": it is tried again");
	j->again_ns = now + backoff_ns(o, j->attempt);
	command_release(&j->command);
	j->attempt++;
	j->state = JOB_WAITING;
}

void
job_step(struct work *w, struct job *j, int64_t now)
{
	if (j->state == JOB_WAITING && now >= j->again_ns) {
		if (hold_owns(&w->g, j->part))
			run_it(w, j);
		else
			finish(j);
	}
	if (j->state != JOB_RUNNING || !j->command.ended)
		return;
	if (!hold_owns(&w->g, j->part)) {
		finish(j);
	} else if (j->command.outcome == OUTCOME_OK) {
		mark_done(w, j, true);
		go_on(w, j);
	} else {
		on_failure(w, j, now);
	}
}

void
job_cancel(struct job *j)
{
	if (j->state == JOB_WAITING)
		finish(j);
}
