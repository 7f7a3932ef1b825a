/*
 * plog-check verify: every byte, a line a finding.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "log/verify.h"
#include "store/check.h"
#include "tool/msg.h"
#include "tool/progress.h"

static const struct column columns[] = {
	{ "KIND", "kind", COL_TEXT }, { "PATH", "path", COL_TEXT }, { "POSITION", "position", COL_NUMBER },
	{ "FROM", "from", COL_NUMBER }, { "NEXT", "next", COL_NUMBER }, { "WHAT", "what", COL_TEXT },
	{ "REMEDY", "remedy", COL_TEXT }, { NULL, NULL, COL_TEXT } };

struct run {
	const struct check_opts *o;
	struct buf out;
	struct progress progress;
	uint64_t partitions, segments, batches, records, bytes, findings, unread;
	bool gone;			/* who reads the output went */
};

/* One partition's segments, taken by any thread; what each found is shown in order. */
struct work {
	struct run *run;
	const struct verify_part *part;
	pthread_mutex_t lock;
	size_t next, end;
	struct findings *found;
	struct verify_seen *seen, *counted;	/* what the run's sums have of it */
	bool nomem;
};

static void
line(struct run *r, const struct finding *f)
{
	struct buf *b = &r->out;

	buf_printf(b, "%s: ", f->path);
	if (f->position >= 0)
		buf_printf(b, "at %lld: ", (long long)f->position);
	if (f->from >= 0 && f->next > f->from + 1)
		buf_printf(b, "offsets %lld to %lld: ", (long long)f->from, (long long)f->next - 1);
	else if (f->from >= 0)
		buf_printf(b, "offset %lld: ", (long long)f->from);
	buf_printf(b, "%s: %s", finding_word(f->kind), f->what);
	if (f->remedy != NULL)
		buf_printf(b, " (%s)", f->remedy);
	buf_putc(b, '\n');
}

static void
number(struct table *t, int64_t v)
{
	if (v < 0)
		table_none(t);
	else
		table_number(t, v);
}

static void
show(struct run *r, const struct findings *l)
{
	struct table t;
	size_t i;

	if (l->nomem)
		die("%s", strerror(ENOMEM));
	table_init(&t, columns, r->o->form);
	for (i = 0; i < l->n; i++) {
		const struct finding *f = &l->v[i];

		if (f->kind == FINDING_UNREAD)
			r->unread++;
		else
			r->findings++;
		if (r->o->form == TABLE_PEOPLE) {
			line(r, f);
			continue;
		}
		table_text(&t, finding_word(f->kind));
		table_text(&t, f->path);
		number(&t, f->position);
		number(&t, f->from);
		number(&t, f->next);
		table_text(&t, f->what);
		table_text(&t, f->remedy);
		table_row(&t);
	}
	if (r->o->form == TABLE_PEOPLE)
		buf_release(&t.cells);
	else
		table_finish(&t, &r->out);
	if (r->out.n > 0 || l->more > 0)
		progress_clear(&r->progress);
	if (l->more > 0)
		msg("%s: %llu more findings are not shown", l->v[l->n - 1].path, (unsigned long long)l->more);
	if (r->out.n > 0 && !r->gone && out_flush(&r->out, &r->gone) != 0 && !r->gone)
		exit(EXIT_FAILED);
	buf_clear(&r->out);
}

static void
show_own(struct run *r, struct findings *l)
{
	show(r, l);
	findings_release(l);
}

/* Adds what is new of a segment to the sums; with the lock. */
static void
count(struct work *w, size_t i)
{
	const struct verify_seen *now = &w->seen[i];
	struct verify_seen *before = &w->counted[i];

	w->run->batches += now->batches - before->batches;
	w->run->records += now->records - before->records;
	w->run->bytes += now->bytes - before->bytes;
	*before = *now;
	progress_update(&w->run->progress, w->run->records, w->run->bytes, 0);
}

static void
passing(void *arg, const struct verify_seen *seen)
{
	struct work *w = arg;

	pthread_mutex_lock(&w->lock);
	count(w, (size_t)(seen - w->seen));
	pthread_mutex_unlock(&w->lock);
}

static void *
worker(void *arg)
{
	struct work *w = arg;
	struct batch_iter it = BATCH_ITER_INIT;
	struct err e = ERR_INIT;
	size_t i;
	int rc = 0;

	while (rc == 0) {
		pthread_mutex_lock(&w->lock);
		i = w->next++;
		pthread_mutex_unlock(&w->lock);
		if (i >= w->end)
			break;
		rc = verify_segment(w->part, i, &it, &w->found[i], &w->seen[i], &e);
		pthread_mutex_lock(&w->lock);
		w->nomem |= rc != 0;
		w->run->segments++;
		count(w, i);
		pthread_mutex_unlock(&w->lock);
	}
	batch_iter_release(&it);
	return NULL;
}

/* Segments [from, to), on as many threads as were asked for. */
static void
go_over(struct work *w, size_t from, size_t to)
{
	size_t n = to - from < (size_t)w->run->o->jobs ? to - from : (size_t)w->run->o->jobs, i, started = 0;
	pthread_t *threads = calloc(n + 1, sizeof(*threads));

	if (threads == NULL)
		die("%s", strerror(ENOMEM));
	w->next = from;
	w->end = to;
	for (i = 1; i < n; i++)
		if (pthread_create(&threads[started], NULL, worker, w) == 0)
			started++;
	(void)worker(w);
	for (i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	free(threads);
	if (w->nomem)
		die("%s", strerror(ENOMEM));
}

static void
segments(struct run *r, struct verify_part *p, size_t from, size_t to)
{
	size_t n = p->segments.n, i;
	struct work w = { .run = r, .part = p, .lock = PTHREAD_MUTEX_INITIALIZER };
	struct findings of_end = FINDINGS_INIT;

	w.found = calloc(n + 1, sizeof(*w.found));
	w.seen = calloc(n + 1, sizeof(*w.seen));
	w.counted = calloc(n + 1, sizeof(*w.counted));
	if (w.found == NULL || w.seen == NULL || w.counted == NULL)
		die("%s", strerror(ENOMEM));
	p->passing = passing;
	p->arg = &w;
	go_over(&w, from, to);
	for (i = from; i < to; i++)
		show_own(r, &w.found[i]);
	if (to - from == n) {
		verify_part_end(p, w.seen, &of_end);
		show_own(r, &of_end);
	}
	p->passing = NULL;
	free(w.found);
	free(w.seen);
	free(w.counted);
}

static void
failed(void *arg, const struct err *e)
{
	struct run *r = arg;

	progress_clear(&r->progress);
	msg_err(e);
	r->unread++;
}

static void
partition(void *arg, const struct partdir *d, int64_t only, const char *file)
{
	struct run *r = arg;
	struct findings beside = FINDINGS_INIT;
	struct err e = ERR_INIT;
	struct verify_part p;
	ptrdiff_t at;
	int rc;

	rc = verify_part_open(&p, d, &beside, &e);
	if (rc != 0) {
		findings_release(&beside);
		failed(r, &e);
		return;
	}
	r->partitions++;
	if (only == -1) {
		show_own(r, &beside);
		segments(r, &p, 0, p.segments.n);
	} else {
		findings_release(&beside);
		at = segment_list_find(&p.segments, only);
		if (at >= 0 && p.segments.base[at] == only)
			segments(r, &p, (size_t)at, (size_t)at + 1);
		else {
			(void)err_set(&e, ERR_NOENT, "'%s/%s' has no .log beside it", d->label, file);
			failed(r, &e);
		}
	}
	verify_part_close(&p);
}

static void
store(void *arg, struct store *st)
{
	struct findings l = FINDINGS_INIT;

	check_store(st, &l);
	check_groups(st, &l);
	show_own(arg, &l);
}

static void
topic(void *arg, struct store *st, const char *name)
{
	struct findings l = FINDINGS_INIT;

	check_topic(st, name, &l);
	show_own(arg, &l);
}

int
check_cmd_verify(struct check_opts *o, int n, char *const *operands)
{
	struct run r = { .o = o, .out = BUF_INIT };
	struct check_visitor v = { .store = store, .topic = topic, .partition = partition, .failed = failed,
		.finds = true, .arg = &r };
	char text[128];

	progress_start(&r.progress, true, 0);
	check_visit(o, n, operands, &v);
	progress_end(&r.progress);
	if (o->verbose) {
		progress_summary(&r.progress, r.records, r.bytes, text, sizeof(text));
		msg("%llu partitions, %llu segments, %llu batches, %s: %llu findings", (unsigned long long)r.partitions,
		    (unsigned long long)r.segments, (unsigned long long)r.batches, text, (unsigned long long)r.findings);
	}
	buf_release(&r.out);
	if (!r.gone && out_close() != EXIT_DONE)
		return EXIT_FAILED;
	return r.unread > 0 ? EXIT_UNREAD : r.findings > 0 ? EXIT_FAILED : EXIT_DONE;
}
