/*
 * The usual way of reading: whatever partition has something gives its next
 * batch; when none has, output is flushed and, with -f, changes are waited for.
 */
#include <unistd.h>

#include "base/clock.h"
#include "consume/run.h"
#include "tool/msg.h"

struct reading {
	struct run *run;
	struct fetcher *f;
	bool full;			/* -n is reached */
	int64_t last_ns;		/* when a record was last delivered, for --idle */
};

static int
add_parts(struct reading *r, size_t first)
{
	struct selection *s = &r->run->sel;
	struct err e = ERR_INIT;

	for (size_t i = first; i < s->n; i++) {
		int rc = r->run->be->ops->add(r->f, s->v[i].topic, s->v[i].number, s->v[i].from, s->v[i].to, &e);

		if (rc != 0 && !(rc == -ERR_NOENT && r->run->o->follow)) {
			msg_err(&e);
			return -1;
		}
	}
	return 0;
}

/* What is left of the chunk; 0, or an error. */
static int
deliver_records(struct reading *r, const struct where *w, struct err *e)
{
	struct run *run = r->run;
	struct record recs[RECORDS];
	int rc;

	while ((rc = run->be->ops->records(r->f, recs, RECORDS, e)) > 0) {
		if ((rc = run_deliver(run, w, recs, rc, e)) == 1 && printer_flush(&run->out, false) == 0)
			continue;
		r->full = rc == 0;
		break;
	}
	return rc < 0 ? rc : 0;
}

/* 0, or -1: said. */
static int
deliver_chunk(struct reading *r, const struct chunk *c)
{
	struct run *run = r->run;
	struct where w = { .topic = c->topic, .partition = c->partition };
	struct err e = ERR_INIT;
	int rc;

	run->offsets += (uint64_t)(c->next_offset - c->first_offset);
	if (run->o->form == OUT_RAW) {
		print_bytes(&run->out, c->raw);
		run->delivered += (uint64_t)c->count;
		run->bytes += c->raw.n;
		return 0;
	}
	do
		rc = run_values(run, r->f, c, &e);
	while (rc > 0 && printer_flush(&run->out, false) == 0);
	if (rc == 0)
		rc = deliver_records(r, &w, &e);
	if (rc < 0)
		msg_err(&e);
	return rc < 0 ? rc : 0;
}

/* Topics or partitions came or went. */
static int
look_for_news(struct reading *r)
{
	size_t before;

	if (!r->run->be->ops->news(r->f))
		return 0;
	selection_forget(&r->run->sel, r->run->be, r->f);
	before = r->run->sel.n;
	if (selection_more(&r->run->sel, r->run->be, r->run->o) < 0)
		return -1;
	return add_parts(r, before);
}

/* Nothing is there now.  1: look again, 0: the end, -1: said. */
static int
wait_for_more(struct reading *r)
{
	struct run *run = r->run;
	struct pollfd out = { .fd = STDOUT_FILENO, .events = 0 };
	int64_t left = -1;

	if (!run->o->follow || (run->sel.n > 0 && run->o->has_to && run->be->ops->done(r->f)))
		return 0;
	if (look_for_news(r) != 0)
		return -1;
	if (run->o->idle_ms >= 0) {
		left = run->o->idle_ms - (clock_steady_ns() - r->last_ns) / 1000000;
		if (left <= 0)
			return 0;
	}
	run->be->ops->wait(r->f, left, &out, 1);
	if (out.revents & (POLLERR | POLLHUP | POLLNVAL))
		run->out.gone = true;
	return !run->out.gone;
}

static int
read_loop(struct reading *r)
{
	struct run *run = r->run;
	struct err e = ERR_INIT;
	struct chunk c;

	r->last_ns = clock_steady_ns();
	while (!r->full && !*run->stop) {
		int rc = run->be->ops->next(r->f, &c, &e);

		if (rc < 0) {
			msg_err(&e);
			return EXIT_FAILED;
		}
		if (rc == 1 && deliver_chunk(r, &c) < 0)
			return EXIT_FAILED;
		if (printer_flush(&run->out, rc == 0) != 0)
			break;
		if (rc == 1) {
			r->last_ns = run->o->idle_ms >= 0 ? clock_steady_ns() : 0;
			progress_update(&run->progress, run->delivered, run->bytes, run->offsets);
			continue;
		}
		if ((rc = wait_for_more(r)) <= 0)
			return rc == 0 ? EXIT_DONE : EXIT_FAILED;
	}
	return EXIT_DONE;
}

int
read_batches(struct run *run)
{
	struct reading r = { .run = run };
	struct fetcher_opts fo = run_fetcher_opts(run, run->o->follow);
	struct err e = ERR_INIT;
	int status = EXIT_FAILED;

	if (run->o->max == 0)
		return EXIT_DONE;
	if (run->be->ops->fetcher_open(run->be, &fo, &r.f, &e) != 0) {
		msg_err(&e);
		return EXIT_FAILED;
	}
	if (add_parts(&r, 0) == 0)
		status = read_loop(&r);
	printer_flush(&run->out, true);
	run_fetcher_close(run, r.f);
	return status;
}
