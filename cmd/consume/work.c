/*
 * -- COMMAND: batches of records, each to a run of a command, so many at once
 * as -j says and the order allows.
 *
 * One loop: what the group says; what came of the commands; more commands,
 * as long as lanes have something; more records, as long as lanes have not;
 * else wait for whatever moves first.  Nothing in it blocks, and a part is
 * left out of the fetcher while enough of it waits.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "consume/job.h"
#include "consume/spawn.h"
#include "tool/msg.h"

#define MS		1000000LL
#define TAKEN_AHEAD	256		/* records of a part that may wait, at least */
#define WAITING_BYTES	(64 << 20)	/* of all: with more, batches need not be full */
#define PARTIAL_NS	(10 * MS)	/* how long a batch gathers while there is more, whatever --batch-wait says */
#define END_LOOK_MS	100

static size_t
job_records(const struct options *o)
{
	return o->each || o->form == OUT_RAW ? 1 : (size_t)o->batch;
}

/* How far beyond the first that is not done a part's records may be begun. */
static uint64_t
window(const struct options *o)
{
	if (o->by_key)
		return (uint64_t)o->jobs * (uint64_t)o->batch;
	return o->unordered ? (uint64_t)o->jobs * job_records(o) : UINT64_MAX;
}

static bool
hungry(const struct work *w, const struct owned *p)
{
	const struct options *o = w->g.run->o;
	uint64_t want = window(o) != UINT64_MAX ? window(o) : job_records(o);

	return p->state == PART_OWNED && p->waiting < want && p->bytes < (size_t)o->batch_size &&
	    (p->waiting == 0 || w->stock.bytes < WAITING_BYTES);
}

static int
commit(struct work *w, struct owned *p)
{
	int64_t offset;
	int32_t epoch;

	stock_place(p, &offset, &epoch);
	return hold_commit(&w->g, p, offset, epoch);
}

/* 1: something was taken, 0: there is nothing now, -1: said. */
static int
take_more(struct work *w)
{
	const struct backend_ops *ops = w->g.run->be->ops;
	const struct options *o = w->g.run->o;
	struct err e = ERR_INIT;
	struct owned *p;
	struct chunk c;
	int rc;

	w->dry = true;
	if (w->stock.full)
		return 0;
	TAILQ_FOREACH(p, &w->g.parts, link)
		if (!p->fetching && hungry(w, p) && (p->to < 0 || p->next < p->to) && hold_fetch(&w->g, p, true) != 0)
			return -1;
	if ((rc = ops->next(w->g.f, &c, &e)) < 0) {
		msg_err(&e);
		return -1;
	}
	if (rc == 0) {
		hold_at_end(&w->g);
		TAILQ_FOREACH(p, &w->g.parts, link)
			if (p->fetching && commit(w, p) != 0)
				return -1;
		return 0;
	}
	w->dry = false;
	if ((p = hold_find(&w->g, c.topic, c.partition)) == NULL || p->state != PART_OWNED) {
		ops->drop(w->g.f, c.topic, c.partition);
		return 1;
	}
	if (stock_take(&w->stock, p, &c) != 0)
		return -1;
	if (p->waiting >= TAKEN_AHEAD || p->bytes >= (size_t)o->batch_size || !hungry(w, p))
		rc = hold_fetch(&w->g, p, hungry(w, p) && p->waiting < TAKEN_AHEAD) != 0 ? -1 : 1;
	return rc == 1 && commit(w, p) != 0 ? -1 : rc;
}

/* A batch that is not full is given out when it waited long enough, or nothing will fill it.  *wait_ms: until then. */
static bool
lane_ready(const struct work *w, const struct lane *l, int64_t now, int64_t *wait_ms)
{
	const struct options *o = w->g.run->o;
	int64_t left = l->since_ns + o->batch_wait_ms * MS - now, free = l->free_ns - now;

	if (l->n >= job_records(o) || l->bytes >= (size_t)o->batch_size || w->stock.full || w->stock.bytes >= WAITING_BYTES)
		return true;
	if ((w->dry && (left <= 0 || !o->follow)) || (left > free ? left : free) <= -PARTIAL_NS)
		return true;
	left = left > 0 ? left / MS + 1 : 1;
	if (*wait_ms < 0 || left < *wait_ms)
		*wait_ms = left;
	return false;
}

static void
fill_job(struct work *w, struct job *j, struct lane *l)
{
	const struct options *o = w->g.run->o;
	struct item *it = lane_head(l);
	uint64_t end = window(o);
	size_t bytes = 0;

	j->n = 0;
	j->lane = l;
	j->part = it->part;
	if (end != UINT64_MAX)
		end += stock_lowest(j->part);
	while ((it = lane_head(l)) != NULL && it->part == j->part && j->n < job_records(o) && it->nth < end &&
	    (j->n == 0 || bytes + it->bytes <= (size_t)o->batch_size)) {
		bytes += it->bytes;
		lane_take(&w->stock, l);
		job_add(j, it);
	}
}

/* Gives a lane's batch to the command; false: no lane has one that may go. */
static bool
start_one(struct work *w, int64_t now, int64_t *wait_ms)
{
	const struct options *o = w->g.run->o;
	unsigned most = o->unordered ? w->njobs : 1;
	struct job *j = w->jobs;
	struct lane *l;

	TAILQ_FOREACH(l, &w->stock.lanes, link) {
		struct item *it = lane_head(l);

		if (it == NULL || l->running >= most || !lane_ready(w, l, now, wait_ms))
			continue;
		if (!hold_owns(&w->g, it->part)) {
			stock_withdraw(&w->stock, it->part);
			return true;
		}
		if (window(o) == UINT64_MAX || it->nth < stock_lowest(it->part) + window(o))
			break;
	}
	if (l == NULL)
		return false;
	while (j->state != JOB_FREE)
		j++;
	fill_job(w, j, l);
	TAILQ_REMOVE(&w->stock.lanes, l, link);
	TAILQ_INSERT_TAIL(&w->stock.lanes, l, link);
	l->since_ns = now;
	l->running++;
	j->part->running++;
	w->busy++;
	job_start(w, j);
	return true;
}

static int
step_jobs(struct work *w, int64_t now)
{
	for (unsigned i = 0; i < w->njobs && w->busy > 0; i++) {
		struct job *j = &w->jobs[i];

		if (j->state == JOB_FREE)
			continue;
		if (w->stopping || j->part->state != PART_OWNED) {
			int64_t by = w->stopping ? w->stop_by_ns : j->part->state == PART_LEAVING ? j->part->leave_by_ns : 0;

			job_cancel(j);
			if (j->state == JOB_RUNNING && now >= by)
				command_end(&j->command);
		}
		job_step(w, j, now);
		if (j->state == JOB_RUNNING && j->n > 1)
			stock_clean(j->part);
		if (j->state != JOB_DONE)
			continue;
		j->state = JOB_FREE;
		j->lane->running--;
		j->lane->free_ns = now;
		j->part->running--;
		w->busy--;
		stock_clean(j->part);
		if (commit(w, j->part) != 0)
			return -1;
	}
	return 0;
}

/* Parts that leave, or are lost, go as soon as no command has anything of theirs. */
static int
let_parts_go(struct work *w)
{
	struct owned *p, *tmp;

	TAILQ_FOREACH_SAFE(p, &w->g.parts, link, tmp) {
		if (p->state == PART_OWNED)
			continue;
		stock_withdraw(&w->stock, p);
		if (p->running > 0)
			continue;
		stock_leave(&w->stock, p);
		if ((p->state == PART_LEAVING && commit(w, p) != 0) || hold_let_go(&w->g, p) != 0)
			return -1;
	}
	return 0;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Waits until something can go on; at most wait_ms (-1: no limit). */
static void
wait_for_any(struct work *w, int64_t wait_ms)
{
	int64_t now = clock_steady_ns();
	unsigned n = 0;

	for (unsigned i = 0; i < w->njobs; i++) {
		struct job *j = &w->jobs[i];
		int64_t by = w->stopping ? w->stop_by_ns : -1;

		if (j->state == JOB_WAITING)
			wait_ms = sooner(wait_ms, j->again_ns > now ? (j->again_ns - now) / MS + 1 : 0);
		if (j->state != JOB_RUNNING)
			continue;
		if (j->command.ended)
			wait_ms = 0;
		if (j->part->state == PART_LEAVING && (by < 0 || j->part->leave_by_ns < by))
			by = j->part->leave_by_ns;
		if (by >= 0 && !j->command.told)
			wait_ms = sooner(wait_ms, by > now ? (by - now) / MS + 1 : 0);
		wait_ms = sooner(wait_ms, command_tick(&j->command, now));
		n += command_fds(&j->command, w->fds + n);
	}
	hold_wait(&w->g, wait_ms, w->fds, n);
	for (unsigned i = 0; i < w->njobs; i++)
		if (w->jobs[i].state == JOB_RUNNING)
			command_look(&w->jobs[i].command, w->fds, n);
}

/* Nothing is there and nothing runs: is that the end?  1, 0, -1. */
static int
at_the_end(struct work *w, int64_t *idle_ns, int64_t *wait_ms)
{
	const struct options *o = w->g.run->o;
	int64_t left;

	if (w->stock.full)
		return 1;
	if (!o->follow) {
		*wait_ms = sooner(*wait_ms, END_LOOK_MS);
		return hold_done(&w->g);
	}
	if (o->idle_ms < 0)
		return 0;
	left = o->idle_ms - (clock_steady_ns() - *idle_ns) / MS;
	*wait_ms = sooner(*wait_ms, left > 0 ? left : 0);
	return left <= 0;
}

/* -j is more than one a partition. */
static void
say_once_too_many(struct work *w)
{
	const struct options *o = w->g.run->o;

	if (o->jobs == 1 || o->by_key || o->unordered || o->quiet || w->said || (w->g.ops != NULL && !w->g.settled))
		return;
	w->said = true;
	if ((size_t)o->jobs > w->g.nparts && w->g.nparts > 0)
		msg("-j %d: %zu at once, one a partition; --by-key would allow more, one a key, and --unordered any", o->jobs,
		    w->g.nparts);
}

/* One round.  1 go on, 0 the end, -1 said. */
static int
turn(struct work *w, int64_t *idle_ns)
{
	int64_t now = clock_steady_ns(), wait_ms = -1;
	int rc = 0;

	if (*w->g.run->stop || w->out.gone)
		work_stop(w, EXIT_DONE);
	if (w->out.failed)
		work_stop(w, EXIT_FAILED);
	if (step_jobs(w, now) != 0 || (!w->stopping && hold_look(&w->g) != 0) || let_parts_go(w) != 0)
		return -1;
	say_once_too_many(w);
	if (w->stopping) {
		if (w->busy == 0)
			return 0;
		wait_for_any(w, -1);
		return 1;
	}
	while (w->busy < w->njobs && !w->stopping) {
		if (start_one(w, now, &wait_ms))
			continue;
		if ((rc = take_more(w)) < 0)
			return -1;
		wait_ms = -1;
		if (rc == 0 && !start_one(w, now, &wait_ms))
			break;
	}
	if (w->busy > 0 || rc == 1)
		*idle_ns = now;
	if (w->busy == 0 && wait_ms < 0 && w->dry) {
		if ((rc = at_the_end(w, idle_ns, &wait_ms)) != 0)
			return rc < 0 ? -1 : 0;
	}
	progress_update(&w->g.run->progress, w->g.run->delivered, w->g.run->bytes, w->g.run->offsets);
	wait_for_any(w, wait_ms);
	return 1;
}

/* The loop; after an error what runs is given its time to end. */
static void
work_loop(struct work *w)
{
	int64_t idle_ns = clock_steady_ns();
	int rc;

	while ((rc = turn(w, &idle_ns)) == 1)
		;
	if (rc == 0)
		return;
	work_stop(w, EXIT_FAILED);
	if (w->g.fenced)
		w->stop_by_ns = 0;
	while (w->busy > 0) {
		wait_for_any(w, -1);
		step_jobs(w, clock_steady_ns());
	}
}

int
read_commands(struct run *run)
{
	const struct options *o = run->o;
	struct work w = { .env = { .base = NULL }, .njobs = (unsigned)o->jobs, .out = OUTLET_OUT, .err = OUTLET_ERR };
	char *path = spawn_find(o->command[0]);
	struct owned *p;

	if (path == NULL) {
		int status = errno == ENOENT ? 127 : 126;

		msg("cannot run '%s': %s", o->command[0], strerror(errno));
		return status;
	}
	if (o->max == 0)
		return EXIT_DONE;
	w.how = (struct command_how){ .path = path, .argv = o->command, .gather_out = o->jobs > 1, .keep_err = o->dead_letter != NULL,
	    .timeout_ms = o->command_timeout_ms };
	w.jobs = calloc(w.njobs, sizeof(*w.jobs));
	w.fds = calloc(w.njobs * COMMAND_FDS + 4, sizeof(*w.fds));
	if (w.jobs == NULL || w.fds == NULL)
		die("out of memory");
	environment_open(&w.env);
	if (hold_open(&w.g, run) == 0) {
		stock_open(&w.stock, &w.g);
		work_loop(&w);
		TAILQ_FOREACH(p, &w.g.parts, link)
			if (!w.g.fenced && commit(&w, p) != 0)
				w.status = w.status != EXIT_DONE ? w.status : EXIT_FAILED;
		if (hold_close(&w.g) != 0 && w.status == EXIT_DONE)
			w.status = EXIT_FAILED;
		stock_close(&w.stock);
	} else {
		w.status = EXIT_FAILED;
	}
	for (unsigned i = 0; i < w.njobs; i++) {
		buf_release(&w.jobs[i].input);
		free(w.jobs[i].v);
	}
	environment_close(&w.env);
	free(w.jobs);
	free(w.fds);
	free(path);
	return w.status;
}
