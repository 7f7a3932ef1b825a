/*
 * disk_take.c - reading events back, and the position (disk.h).
 *
 * A batch of the log is read when nothing that was read before is left; its
 * bytes become an arena, over which the events lie.  What a sink gives back
 * goes among the runs again, in the order of offsets.  The position is the
 * lowest offset among open takes, runs, and what was not read yet.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/channels/disk_in.h"
#include "base/clock.h"

#define DECODED_MOST	((size_t)1 << 30)	/* of a compressed batch that somebody else put into the log */

void
run_free(struct run *r)
{
	arena_unref(r->span.arena);
	free(r);
}

static void
runs_free(struct runs *runs)
{
	struct run *r;

	while ((r = TAILQ_FIRST(runs)) != NULL) {
		TAILQ_REMOVE(runs, r, link);
		run_free(r);
	}
}

void
disk_settle(struct disk *d)
{
	atomic_store(&d->any, !TAILQ_EMPTY(&d->runs) || reader_position(d->reader) < d->visible);
}

/* A run among the others, by offset. */
static void
give(struct disk *d, struct run *r)
{
	struct run *at;

	TAILQ_FOREACH(at, &d->runs, link)
		if (at->first > r->first) {
			TAILQ_INSERT_BEFORE(at, r, link);
			return;
		}
	TAILQ_INSERT_TAIL(&d->runs, r, link);
}

static int
add_headers(struct batch *b, struct event *ev, const struct record *rec)
{
	struct rd rd = headers_rd(rec);
	struct header h;

	while (header_next(&rd, &h) == 1)
		if (event_set_kept(b, ev, h.name, h.value.p == NULL ? SLICE_OF(ev->body, 0) : h.value) != 0)
			return -1;
	return 0;
}

static int
add_record(struct batch *b, const struct record *rec, bool copied)
{
	struct record kept = *rec;
	struct arena *a = batch_arena(b);
	struct event *ev;

	if (a == NULL)
		return -1;
	if (!copied && rec->headers.n > 0 && (kept.headers.p = arena_copy(a, rec->headers.p, rec->headers.n)) == NULL)
		return -1;
	if (copied && rec->value.n > 0)
		ev = batch_add_kept(b, rec->value.p, rec->value.n);
	else
		ev = batch_add(b, rec->value.n > 0 ? rec->value.p : (const uint8_t *)"", rec->value.n);
	return ev == NULL ? -1 : add_headers(b, ev, &kept);
}

static struct run *
run_new(const struct batch *b, size_t from, size_t to, int64_t first)
{
	struct run *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->span = (struct span){ .arena = b->arena, .v = b->v + from, .n = to - from };
	r->first = first;
	arena_ref(b->arena);
	return r;
}

/* The records of one batch from `from` on, as runs without gaps. */
static int
read_records(struct disk *d, const struct log_batch *lb, int64_t from, struct err *e)
{
	struct batch b = BATCH_INIT;
	struct runs runs = TAILQ_HEAD_INITIALIZER(runs);
	bool plain = batch_codec(&lb->head) == CODEC_NONE;
	struct slice bytes = lb->bytes;
	struct run *r;
	struct record rec;
	int64_t first = -1, next = -1;
	size_t begun = 0;
	int rc = 0;

	b.hint = bytes.n + (size_t)lb->head.count * sizeof(struct event);
	if (plain && (batch_arena(&b) == NULL || (bytes.p = arena_copy(b.arena, bytes.p, bytes.n)) == NULL))
		rc = -ERR_NOMEM;
	if (rc == 0)
		rc = batch_open(&d->it, bytes, DECODED_MOST, e);
	while (rc == 0 && (rc = batch_next(&d->it, &rec, e)) == 1) {
		rc = 0;
		if (rec.offset < from)
			continue;
		if (rec.offset != next && b.n > begun) {
			if ((r = run_new(&b, begun, b.n, first)) == NULL)
				rc = -ERR_NOMEM;
			else
				TAILQ_INSERT_TAIL(&runs, r, link);
			begun = b.n;
		}
		if (b.n == begun)
			first = rec.offset;
		if (rc == 0 && add_record(&b, &rec, plain) != 0)
			rc = -ERR_NOMEM;
		next = rec.offset + 1;
	}
	if (rc == 0 && b.n > begun) {
		if ((r = run_new(&b, begun, b.n, first)) == NULL)
			rc = -ERR_NOMEM;
		else
			TAILQ_INSERT_TAIL(&runs, r, link);
	}
	if (rc == 0) {
		d->events -= batch_last_offset(&lb->head) + 1 - from - (int64_t)b.n;
		TAILQ_CONCAT(&d->runs, &runs, link);
	} else if (rc == -ERR_NOMEM)
		(void)err_set(e, ERR_NOMEM, "no memory for %zu bytes of events", bytes.n);
	runs_free(&runs);
	batch_clear(&b);
	return rc;
}

/* More runs, when there are none and the log goes on. */
static int
read_on(struct disk *d, struct err *e)
{
	struct log_batch lb;
	int64_t from;
	int rc;

	while (TAILQ_EMPTY(&d->runs) && (from = reader_position(d->reader)) < d->visible) {
		if ((rc = reader_next(d->reader, &lb, e)) == 0)
			return 0;
		if (rc < 0) {
			(void)reader_seek(d->reader, from, NULL);
			if (rc == -ERR_DAMAGE)
				return err_set(e, ERR_DAMAGE, "the channel's log is damaged at offset %lld; stop the agent, then: plog-check "
				    "repair -d %s --execute " DISK_NAME " [channel=%s]", (long long)from, d->o.data, d->o.channel);
			return rc;
		}
		/* Offsets that nobody has: a repair took them out. */
		if (lb.head.base_offset > from) {
			d->events -= lb.head.base_offset - from;
			from = lb.head.base_offset;
		}
		if (!lb.deliver)
			d->events -= batch_last_offset(&lb.head) + 1 - from;
		else if ((rc = read_records(d, &lb, from, e)) != 0) {
			(void)reader_seek(d->reader, from, NULL);
			return rc;
		}
	}
	return 0;
}

/* Moves up to max events of the first run into the take. */
static int
take_some(struct disk *d, struct take *t, struct holding *h, size_t max)
{
	struct run *r = TAILQ_FIRST(&d->runs), *mine;

	if (r->span.n <= max) {
		if (take_add(t, &r->span) != 0)
			return -1;
		TAILQ_REMOVE(&d->runs, r, link);
		TAILQ_INSERT_TAIL(&h->runs, r, link);
		return 0;
	}
	if ((mine = malloc(sizeof(*mine))) == NULL)
		return -1;
	*mine = *r;
	mine->span.n = max;
	if (take_add(t, &mine->span) != 0) {
		free(mine);
		return -1;
	}
	arena_ref(mine->span.arena);
	TAILQ_INSERT_TAIL(&h->runs, mine, link);
	r->span.v += max;
	r->span.n -= max;
	r->first += (int64_t)max;
	return 0;
}

static int
fenced_out(const struct disk *d, struct err *e)
{
	return err_set(e, ERR_FENCED, "another member of the group has the channel's position in %s now [channel=%s]",
	    d->o.checkpoint, d->o.channel);
}

ssize_t
disk_take(struct disk *d, struct take *t, size_t max, struct err *e)
{
	struct holding *h = calloc(1, sizeof(*h));
	int rc = 0;

	if (h == NULL)
		return err_set(e, ERR_NOMEM, "no memory to take events");
	TAILQ_INIT(&h->runs);
	pthread_mutex_lock(&d->lock);
	if (d->fenced)
		rc = fenced_out(d, e);
	while (rc == 0 && t->n < max && (rc = read_on(d, e)) == 0 && !TAILQ_EMPTY(&d->runs))
		if (take_some(d, t, h, max - t->n) != 0) {
			rc = err_set(e, ERR_NOMEM, "no memory to take events");
			break;
		}
	disk_settle(d);
	/* What was found before something went wrong is taken: the next take says it. */
	if (t->n > 0) {
		TAILQ_INSERT_TAIL(&d->open, h, link);
		t->data = h;
		h = NULL;
	}
	pthread_mutex_unlock(&d->lock);
	free(h);
	return t->n > 0 ? (ssize_t)t->n : rc;
}

void
disk_moved(struct disk *d)
{
	int64_t at = reader_position(d->reader);
	const struct holding *h;
	struct err e = ERR_INIT;
	int rc;

	TAILQ_FOREACH(h, &d->open, link)
		if (TAILQ_FIRST(&h->runs)->first < at)
			at = TAILQ_FIRST(&h->runs)->first;
	if (!TAILQ_EMPTY(&d->runs) && TAILQ_FIRST(&d->runs)->first < at)
		at = TAILQ_FIRST(&d->runs)->first;
	if (at <= d->position && !d->unwritten)
		return;
	d->position = at;
	rc = claim_commit(&d->claim, at, &e);
	if (rc != 0 && !d->unwritten)
		say(d->o.self, LOG_ERROR, "cannot write the position %lld, events behind the last one may come again: %s", (long long)at, e.text);
	d->unwritten = rc != 0;
	d->fenced = rc == -ERR_FENCED;
	if (d->moved_ns == 0) {
		d->moved_ns = clock_steady_ns();
		keeper_call(d);
	}
}

int
disk_commit(struct disk *d, struct take *t, struct err *e)
{
	struct holding *h = t->data;
	bool fenced;

	pthread_mutex_lock(&d->lock);
	TAILQ_REMOVE(&d->open, h, link);
	d->events -= (int64_t)t->n;
	disk_moved(d);
	fenced = d->fenced;
	pthread_mutex_unlock(&d->lock);
	runs_free(&h->runs);
	free(h);
	t->data = NULL;
	return fenced ? fenced_out(d, e) : 0;
}

void
disk_rollback(struct disk *d, struct take *t)
{
	struct holding *h = t->data;
	struct run *r;

	pthread_mutex_lock(&d->lock);
	TAILQ_REMOVE(&d->open, h, link);
	while ((r = TAILQ_FIRST(&h->runs)) != NULL) {
		TAILQ_REMOVE(&h->runs, r, link);
		give(d, r);
	}
	disk_settle(d);
	pthread_mutex_unlock(&d->lock);
	free(h);
	t->data = NULL;
}

bool
disk_ready(struct disk *d)
{
	return atomic_load(&d->any);
}

int64_t
disk_events(struct disk *d)
{
	int64_t n;

	pthread_mutex_lock(&d->lock);
	n = d->events;
	pthread_mutex_unlock(&d->lock);
	return n;
}
