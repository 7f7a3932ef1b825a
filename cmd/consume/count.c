/*
 * --count: how many records there are; from the batch headers alone unless a
 * filter must see the records.
 */
#include <inttypes.h>

#include "consume/run.h"
#include "tool/msg.h"

static int
count_chunk(struct run *run, struct fetcher *f, const struct chunk *c, uint64_t *n, struct err *e)
{
	struct record recs[RECORDS];
	int got, rc = 0;

	if (run->filter == NULL && c->whole) {
		*n += (uint64_t)c->count;
		return 0;
	}
	while ((got = run->be->ops->records(f, recs, RECORDS, e)) > 0)
		for (int i = 0; i < got; i++) {
			if ((rc = filter_pass(run->filter, &recs[i], e)) < 0)
				return rc;
			*n += (uint64_t)rc;
		}
	return got;
}

int
run_count(struct run *run, const struct part *p, int64_t from, int64_t to, uint64_t *n)
{
	struct fetcher_opts fo = run_fetcher_opts(run, false);
	struct err e = ERR_INIT;
	struct fetcher *f;
	struct chunk c;
	int rc;

	*n = 0;
	if ((rc = run->be->ops->fetcher_open(run->be, &fo, &f, &e)) == 0) {
		rc = run->be->ops->add(f, p->topic, p->number, from, to, &e);
		while (rc == 0 && !*run->stop && (rc = run->be->ops->next(f, &c, &e)) == 1)
			rc = count_chunk(run, f, &c, n, &e);
		run_fetcher_close(run, f);
	}
	if (rc < 0)
		msg_err(&e);
	return rc < 0 ? -1 : 0;
}

/* From what the backend knows, where nothing must be looked at; 0 or -1: said. */
static int
count_part(struct run *run, const struct part *p, uint64_t *n)
{
	const struct backend_ops *ops = run->be->ops;
	struct err e = ERR_INIT;
	const char *why;

	if (run->filter != NULL || ops->count == NULL)
		return run_count(run, p, p->from, p->to, n);
	if (ops->count(run->be, p->topic, p->from, p->to, n, &why, &e) != 0) {
		msg_err(&e);
		return -1;
	}
	if (why != NULL && !run->o->quiet)
		msg("'%s/%d': an estimate: %s", p->topic, (int)p->number, why);
	return 0;
}

int
read_count(struct run *run)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < run->sel.n && !*run->stop; i++) {
		const struct part *p = &run->sel.v[i];
		uint64_t n = 0;
		const bool enough = run->o->max >= 0 && run->delivered >= (uint64_t)run->o->max;

		if (!enough && count_part(run, p, &n) != 0) {
			status = EXIT_FAILED;
			continue;
		}
		if (run->o->max >= 0 && n > (uint64_t)run->o->max - run->delivered)
			n = (uint64_t)run->o->max - run->delivered;
		buf_printf(&run->out.out, "%s\t%d\t%" PRIu64 "\n", p->topic, p->number, n);
		run->delivered += n;
		if (printer_flush(&run->out, false) != 0)
			break;
	}
	printer_flush(&run->out, true);
	return status;
}
