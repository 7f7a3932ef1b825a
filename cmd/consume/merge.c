/*
 * --sort=time and --tail: partitions merged by timestamp.
 *
 * Every partition is a stream with a record at its head; a heap gives the
 * stream whose head is the oldest (of equal ones the one named first), so
 * the merge is stable and within a partition the log's order stays.
 *
 * Only STREAMS_OPEN streams hold a fetcher at a time, the others keep the
 * offset and the timestamp of their head and open again when it is their
 * turn: memory does not grow with the number of partitions.
 */
#include <stdlib.h>

#include "consume/run.h"
#include "tool/msg.h"

#define STREAMS_OPEN	16

struct stream {
	const struct part *part;
	struct fetcher *f;		/* NULL: put away */
	struct record head;		/* its bytes only while f is there */
	int64_t offset, timestamp;	/* of the head */
	int64_t from;			/* where the stream began */
	uint64_t used;
	bool in_chunk;			/* records of the fetcher's chunk are being taken */
};

struct merge {
	struct run *run;
	struct stream *v, **heap;
	size_t n, nheap;
	unsigned open;
	uint64_t turn;
};

static bool
before(const struct stream *a, const struct stream *b)
{
	return a->timestamp != b->timestamp ? a->timestamp < b->timestamp : a < b;
}

static void
sift_down(struct merge *m, size_t i)
{
	for (;;) {
		size_t c = 2 * i + 1;
		struct stream *t;

		if (c >= m->nheap)
			return;
		if (c + 1 < m->nheap && before(m->heap[c + 1], m->heap[c]))
			c++;
		if (!before(m->heap[c], m->heap[i]))
			return;
		t = m->heap[i];
		m->heap[i] = m->heap[c];
		m->heap[c] = t;
		i = c;
	}
}

static void
put_away(struct merge *m, struct stream *s)
{
	if (s->f == NULL)
		return;
	run_fetcher_close(m->run, s->f);
	s->f = NULL;
	m->open--;
}

static void
put_oldest_away(struct merge *m)
{
	struct stream *oldest = NULL;

	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].f != NULL && (oldest == NULL || m->v[i].used < oldest->used))
			oldest = &m->v[i];
	put_away(m, oldest);
}

/* A fetcher that gives the stream's records from an offset on.  0, or -1: said. */
static int
stream_open(struct merge *m, struct stream *s, int64_t from)
{
	struct fetcher_opts fo = run_fetcher_opts(m->run, false);
	const struct backend_ops *ops = m->run->be->ops;
	struct err e = ERR_INIT;

	if (m->open == STREAMS_OPEN)
		put_oldest_away(m);
	if (ops->fetcher_open(m->run->be, &fo, &s->f, &e) == 0) {
		m->open++;
		s->in_chunk = false;
		if (ops->add(s->f, s->part->topic, s->part->number, from, s->part->to, &e) == 0)
			return 0;
	}
	msg_err(&e);
	return -1;
}

/* The next record that passes becomes the head: 1; 0 the stream is at its end; -1: said. */
static int
stream_advance(struct merge *m, struct stream *s)
{
	const struct backend_ops *ops = m->run->be->ops;
	struct err e = ERR_INIT;
	struct chunk c;
	int rc = 0;

	s->used = ++m->turn;
	for (;;) {
		while (s->in_chunk && (rc = ops->records(s->f, &s->head, 1, &e)) == 1) {
			if ((rc = filter_pass(m->run->filter, &s->head, &e)) < 0)
				break;
			s->offset = s->head.offset;
			s->timestamp = s->head.timestamp;
			if (rc == 1)
				return 1;
		}
		s->in_chunk = false;
		if (rc == 0)
			rc = ops->next(s->f, &c, &e);
		if (rc < 0)
			msg_err(&e);
		if (rc <= 0)
			return rc < 0 ? -1 : 0;
		s->in_chunk = true;
		rc = 0;
	}
}

/* Makes the head's bytes available again. */
static int
stream_recall(struct merge *m, struct stream *s)
{
	if (s->f != NULL)
		return 0;
	if (stream_open(m, s, s->offset) != 0)
		return -1;
	return stream_advance(m, s) == 1 ? 0 : -1;
}

/*
 * Where the last n records of a part begin, or earlier; *found is how many
 * pass from there on.  Offsets may have gaps, so it looks further back until
 * enough are found.
 */
static int
find_tail(struct run *run, const struct part *p, uint64_t n, int64_t *from, uint64_t *found)
{
	int64_t span = n > (uint64_t)INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)n;

	for (;; span = span > INT64_MAX / 4 ? INT64_MAX / 2 : span * 2) {
		*from = span >= p->to - p->from ? p->from : p->to - span;
		if (run_count(run, p, *from, p->to, found) != 0)
			return -1;
		if (*found >= n || *from == p->from || *run->stop)
			return 0;
	}
}

static int
merge_open(struct merge *m, uint64_t *total)
{
	struct run *run = m->run;

	m->v = calloc(run->sel.n + 1, sizeof(*m->v));
	m->heap = calloc(run->sel.n + 1, sizeof(struct stream *));
	if (m->v == NULL || m->heap == NULL)
		die("out of memory");
	*total = 0;
	for (size_t i = 0; i < run->sel.n; i++) {
		struct stream *s = &m->v[m->n++];
		uint64_t found = 0;
		int rc;

		*s = (struct stream){ .part = &run->sel.v[i], .from = run->sel.v[i].from };
		if (run->o->tail >= 0 && find_tail(run, s->part, (uint64_t)run->o->tail, &s->from, &found) != 0)
			return -1;
		*total += found;
		if (stream_open(m, s, s->from) != 0 || (rc = stream_advance(m, s)) < 0)
			return -1;
		if (rc == 1)
			m->heap[m->nheap++] = s;
		else
			put_away(m, s);
	}
	for (size_t i = m->nheap / 2; i-- > 0;)
		sift_down(m, i);
	return 0;
}

/* Gives out the oldest head and puts the stream's next one in its place.  false: stop. */
static int
merge_step(struct merge *m, bool skip, bool *go_on)
{
	struct stream *s = m->heap[0];
	struct where w = { .topic = s->part->topic, .partition = s->part->number };
	struct err e = ERR_INIT;
	int rc = 1;

	if (stream_recall(m, s) != 0)
		return -1;
	if (!skip && (rc = run_deliver(m->run, &w, &s->head, 1, &e)) < 0) {
		msg_err(&e);
		return -1;
	}
	*go_on = rc == 1;
	if ((rc = stream_advance(m, s)) < 0)
		return -1;
	if (rc == 0) {
		put_away(m, s);
		m->heap[0] = m->heap[--m->nheap];
	}
	sift_down(m, 0);
	return 0;
}

int
read_merged(struct run *run)
{
	struct merge m = { .run = run };
	uint64_t total, skip = 0;
	bool go_on = run->o->max != 0;
	int rc = merge_open(&m, &total);

	if (run->o->tail >= 0 && total > (uint64_t)run->o->tail)
		skip = total - (uint64_t)run->o->tail;
	while (rc == 0 && go_on && m.nheap > 0 && !*run->stop) {
		rc = merge_step(&m, skip > 0, &go_on);
		skip -= skip > 0;
		if (rc == 0 && printer_flush(&run->out, false) != 0)
			break;
		progress_update(&run->progress, run->delivered, run->bytes, ++run->offsets);
	}
	printer_flush(&run->out, true);
	for (size_t i = 0; i < m.n; i++)
		put_away(&m, &m.v[i]);
	free(m.v);
	free(m.heap);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}
