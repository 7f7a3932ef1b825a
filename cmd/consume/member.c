/*
 * -g: batches of the partitions that are this member's, on standard output,
 * each committed once it was delivered.
 */
#include <unistd.h>

#include "base/clock.h"
#include "consume/delivered.h"
#include "tool/msg.h"

#define MS		1000000LL
#define END_LOOK_MS	100
#define PENDING_MS	20		/* how often a reader is asked what it has read */
#define PENDING_MAX_MS	250		/* ... when it reads nothing for long */

struct sharing {
	struct holding g;
	struct delivery d;
	struct run *run;
	bool full;			/* -n is reached */
	int64_t last_ns;		/* when a record was last delivered, for --idle */
	int pending_ms;
};

/* Prints what passes of the chunk, with a mark behind each record for a pipe, else behind the last. */
static int
print_chunk(struct sharing *s, struct owned *p, const struct chunk *c)
{
	struct run *run = s->run;
	struct where w = { .topic = c->topic, .partition = c->partition };
	struct record recs[RECORDS];
	struct err e = ERR_INIT;
	bool one_by_one = s->d.pipe || run->o->max >= 0;
	int n, rc;

	while (!one_by_one && (n = run_values(run, s->g.f, c, &e)) != 0)
		if (n < 0 || delivery_spill(&s->d) != 0) {
			if (n < 0)
				msg_err(&e);
			return -1;
		}
	while (!s->full && (n = run->be->ops->records(s->g.f, recs, RECORDS, &e)) != 0) {
		if (n > 0 && !one_by_one && (rc = run_deliver(run, &w, recs, n, &e)) < 0)
			n = rc;
		for (int i = 0; one_by_one && i < n && !s->full; i++) {
			if ((rc = run_deliver(run, &w, &recs[i], 1, &e)) < 0) {
				n = rc;
				break;
			}
			s->full = rc == 0;
			if (s->d.pipe || s->full)
				delivery_mark(&s->d, p, recs[i].offset + 1, c->leader_epoch);
			if (s->full)
				p->next = recs[i].offset + 1;
		}
		if (n < 0) {
			msg_err(&e);
			return -1;
		}
	}
	p->epoch = c->leader_epoch;
	run->offsets += (uint64_t)(c->next_offset - c->first_offset);
	if (!s->full) {
		p->next = c->next_offset;
		delivery_mark(&s->d, p, c->next_offset, c->leader_epoch);
	}
	return 0;
}

/* 1: a batch was delivered, 0: there is none, -1: said, or nothing more can be written. */
static int
deliver_next(struct sharing *s)
{
	struct run *run = s->run;
	struct err e = ERR_INIT;
	struct owned *p;
	struct chunk c;
	int rc = run->be->ops->next(s->g.f, &c, &e);

	if (rc < 0)
		msg_err(&e);
	if (rc <= 0)
		return rc < 0 ? -1 : 0;
	if ((p = hold_find(&s->g, c.topic, c.partition)) == NULL) {
		run->be->ops->drop(s->g.f, c.topic, c.partition);
		return 1;
	}
	if (p->state != PART_OWNED || !hold_owns(&s->g, p))
		return 1;
	rc = print_chunk(s, p, &c);
	if (delivery_write(&s->d) != 0 || rc != 0)
		return -1;
	return 1;
}

/* A part that leaves goes when the reader has read what was written of it, or its time is over. */
static int
let_parts_go(struct sharing *s)
{
	int64_t now = clock_steady_ns();
	struct owned *p, *tmp;

	TAILQ_FOREACH_SAFE(p, &s->g.parts, link, tmp) {
		if (p->state == PART_OWNED || (p->state == PART_LEAVING && p->marks > 0 && now < p->leave_by_ns))
			continue;
		delivery_forget(&s->d, p);
		if (hold_let_go(&s->g, p) != 0)
			return -1;
	}
	return 0;
}

/* Nothing is there now.  1 look again, 0 the end, -1 said. */
static int
wait_for_more(struct sharing *s)
{
	struct run *run = s->run;
	struct pollfd fds[3] = { { .fd = STDOUT_FILENO, .events = 0 } };
	struct owned *p;
	int64_t wait_ms = -1, left;
	int rc;

	hold_at_end(&s->g);
	TAILQ_FOREACH(p, &s->g.parts, link)
		if (p->state == PART_OWNED && p->marks == 0 && p->next > p->committed && hold_commit(&s->g, p, p->next, p->epoch) != 0)
			return -1;
	if (delivery_pending(&s->d)) {
		wait_ms = s->pending_ms;
		s->pending_ms = s->pending_ms * 2 < PENDING_MAX_MS ? s->pending_ms * 2 : PENDING_MAX_MS;
	} else if (!run->o->follow) {
		if ((rc = hold_done(&s->g)) != 0)
			return rc < 0 ? -1 : 0;
		wait_ms = END_LOOK_MS;
	}
	if (run->o->follow && run->o->idle_ms >= 0) {
		left = run->o->idle_ms - (clock_steady_ns() - s->last_ns) / MS;
		if (left <= 0)
			return 0;
		wait_ms = wait_ms < 0 || left < wait_ms ? left : wait_ms;
	}
	hold_wait(&s->g, wait_ms, fds, 1);
	if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL))
		run->out.gone = true;
	return !run->out.gone;
}

/* What is in the pipe at the end is waited for: until it was read, the reader went, or a signal came. */
static int
wait_until_read(struct sharing *s)
{
	struct run *run = s->run;
	int pending_ms = 1;

	while (delivery_pending(&s->d)) {
		struct pollfd fds[3] = { { .fd = STDOUT_FILENO, .events = 0 } };

		if (delivery_look(&s->d) != 0)
			return -1;
		if (!delivery_pending(&s->d) || run->out.gone || run->out.failed || *run->stop)
			break;
		if (hold_look(&s->g) != 0 || let_parts_go(s) != 0)
			return -1;
		hold_wait(&s->g, pending_ms, fds, 1);
		pending_ms = pending_ms * 2 < PENDING_MAX_MS ? pending_ms * 2 : PENDING_MAX_MS;
		run->out.gone = fds[0].revents & (POLLERR | POLLHUP | POLLNVAL);
	}
	return delivery_look(&s->d);
}

static int
share_loop(struct sharing *s)
{
	struct run *run = s->run;
	int rc;

	s->last_ns = clock_steady_ns();
	while (!s->full && !*run->stop) {
		if (hold_look(&s->g) != 0 || delivery_look(&s->d) != 0 || let_parts_go(s) != 0)
			return -1;
		if ((rc = deliver_next(s)) < 0)
			return run->out.gone || *run->stop ? 0 : -1;
		if (rc == 1) {
			s->last_ns = clock_steady_ns();
			s->pending_ms = PENDING_MS / 4;
			progress_update(&run->progress, run->delivered, run->bytes, run->offsets);
			continue;
		}
		if ((rc = wait_for_more(s)) <= 0)
			return rc;
	}
	return 0;
}

int
read_group(struct run *run)
{
	struct sharing s = { .run = run, .pending_ms = PENDING_MS };
	int status = EXIT_DONE;

	if (run->o->max == 0)
		return EXIT_DONE;
	if (hold_open(&s.g, run) != 0) {
		hold_close(&s.g);
		return EXIT_FAILED;
	}
	delivery_open(&s.d, &s.g);
	if (share_loop(&s) != 0)
		status = EXIT_FAILED;
	if (!s.g.fenced && wait_until_read(&s) != 0)
		status = EXIT_FAILED;
	if (hold_close(&s.g) != 0)
		status = EXIT_FAILED;
	delivery_close(&s.d);
	return status;
}
