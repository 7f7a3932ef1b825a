/*
 * plog-consume - records of topics on standard output.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "consume/run.h"
#include "tool/msg.h"
#include "tool/signals.h"

#define STORE_LOOK_MS	500

static void
notice(void *arg, const char *text)
{
	struct run *run = arg;

	printer_flush(&run->out, true);
	msg("%s", text);
}

struct fetcher_opts
run_fetcher_opts(struct run *run, bool follow)
{
	return (struct fetcher_opts){ .read_committed = run->o->read_committed, .skip_damage = run->o->skip_damage,
		.follow = follow, .raw = run->o->form == OUT_RAW, .arg = run, .notice = notice };
}

void
run_fetcher_close(struct run *run, struct fetcher *f)
{
	if (run->be->ops->damaged(f) > 0)
		run->damaged = true;
	run->be->ops->fetcher_close(f);
}

int
run_deliver(struct run *run, const struct where *w, const struct record *recs, int n, struct err *e)
{
	int rc;

	for (int i = 0; i < n; i++) {
		if (run->filter != NULL && (rc = filter_pass(run->filter, &recs[i], e)) <= 0) {
			if (rc < 0)
				return rc;
			continue;
		}
		if ((rc = print_record(&run->out, w, &recs[i], e)) != 0)
			return rc;
		run->bytes += recs[i].value.n;
		if (++run->delivered == (uint64_t)run->o->max)
			return 0;
	}
	return 1;
}

int
run_values(struct run *run, struct fetcher *f, const struct chunk *c, struct err *e)
{
	uint64_t bytes;
	uint8_t delim;
	int n;

	if (run->be->ops->values == NULL || !c->whole || run->filter != NULL || run->o->max >= 0 ||
	    !print_is_plain(&run->out, &delim))
		return 0;
	if ((n = run->be->ops->values(f, delim, PRINT_GATHER, &run->out.out, &bytes, e)) > 0) {
		run->delivered += (uint64_t)n;
		run->bytes += bytes;
	}
	return n;
}

/* A look at the store later; the end when a signal, --idle or the reader of the output says so. */
static void
wait_for_store(const struct options *o, const volatile sig_atomic_t *stop, int64_t since_ns)
{
	struct pollfd out = { .fd = o->command == NULL ? STDOUT_FILENO : -1, .events = 0 };
	int64_t left = STORE_LOOK_MS;

	if (o->idle_ms >= 0 && (left = o->idle_ms - (clock_steady_ns() - since_ns) / 1000000) <= 0)
		signals_exit(o->fail_empty ? EXIT_NOTHING : EXIT_DONE);
	if (*stop || (poll(&out, 1, left < STORE_LOOK_MS ? (int)left : STORE_LOOK_MS) == -1 && *stop))
		signals_exit(EXIT_FAILED);
	if (out.revents & (POLLERR | POLLHUP | POLLNVAL))
		signals_exit(EXIT_DONE);
}

/* The store, waited for with -f. */
static struct backend *
open_target(struct options *o, const volatile sig_atomic_t *stop)
{
	const int64_t since_ns = clock_steady_ns();
	struct err e = ERR_INIT;
	struct backend *be;
	bool said = false;
	int rc;

	while ((rc = target_connect(&o->target, false, false, stop, &be, &e)) == -ERR_NOENT && o->follow) {
		if (!said && !o->quiet)
			msg("%s; waiting for it", e.text);
		said = true;
		wait_for_store(o, stop, since_ns);
	}
	if (rc != 0)
		die_err(&e);
	return be;
}

/* The last records up to the ends that are there now; with -f, what comes behind them. */
static int
consume_tail(struct run *run)
{
	const struct place latest = { .kind = PLACE_LATEST };
	struct err e = ERR_INIT;
	int status;

	for (size_t i = 0; i < run->sel.n; i++) {
		struct part *p = &run->sel.v[i];

		if (p->to < 0 && run->be->ops->resolve(run->be, p->topic, p->number, &latest, &p->to, &e) < 0) {
			msg_err(&e);
			return EXIT_FAILED;
		}
	}
	status = read_merged(run);
	if (!run->o->follow || status != EXIT_DONE)
		return status;
	for (size_t i = 0; i < run->sel.n; i++) {
		run->sel.v[i].from = run->sel.v[i].to;
		run->sel.v[i].to = -1;
	}
	return read_batches(run);
}

/* For progress; 0 when there is no end, or -n comes first. */
static uint64_t
offsets_to_go(const struct run *run)
{
	uint64_t total = 0;

	if (run->o->max >= 0)
		return 0;
	for (size_t i = 0; i < run->sel.n; i++) {
		if (run->sel.v[i].to < 0)
			return 0;
		total += (uint64_t)(run->sel.v[i].to - run->sel.v[i].from);
	}
	return total;
}

static int
consume(struct run *run)
{
	const struct options *o = run->o;

	/* With -g and -f the group's member finds what is there. */
	if (!(o->group != NULL && o->follow) && selection_start(&run->sel, run->be, o) != 0)
		return EXIT_FAILED;
	progress_start(&run->progress, (o->progress || o->verbose) && isatty(STDOUT_FILENO) == 0, offsets_to_go(run));
	if (o->command != NULL)
		return read_commands(run);
	if (o->group != NULL)
		return read_group(run);
	if (o->form == OUT_RAW && o->partitions == NULL && run->sel.n > 1)
		die_usage("--raw: there are %zu partitions: name one with -p", run->sel.n);
	if (o->count)
		return read_count(run);
	if (o->tail >= 0)
		return consume_tail(run);
	return o->sort_time ? read_merged(run) : read_batches(run);
}

int
main(int argc, char *argv[])
{
	struct options o;
	struct run run = { .o = &o, .sel = SELECTION_INIT };
	char summary[128];
	int status;

	options_parse(&o, argc, argv);
	signals_ignore_pipe();
	run.stop = signals_catch();
	run.filter = filter_new(&o);
	printer_open(&run.out, &o, run.stop);
	run.be = open_target(&o, run.stop);
	status = consume(&run);
	progress_end(&run.progress);
	if (run.out.failed || run.damaged)
		status = EXIT_FAILED;
	if (o.verbose) {
		progress_summary(&run.progress, run.delivered, run.bytes, summary, sizeof(summary));
		msg("%s", summary);
	}
	selection_release(&run.sel);
	filter_free(run.filter);
	printer_close(&run.out);
	backend_close(run.be);
	if (status == EXIT_DONE && !run.out.gone)
		status = out_close();
	if (status == EXIT_DONE && o.fail_empty && run.delivered == 0)
		status = EXIT_NOTHING;
	signals_exit(status);
}
