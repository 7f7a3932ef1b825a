/*
 * spillablememory.c - a channel in memory that goes on, when that is full, in
 * a queue on disk (disk.h).
 *
 * Order is kept by a list of pieces: a span in memory, or how many of the
 * events on disk come next.  A take is all of one kind.  Once it spills, puts
 * go to disk until enough of the memory is free again.  What is in memory at
 * the end is put on disk, behind what is there: a stop loses nothing, a kill
 * loses what was in memory.
 */
#include <sys/queue.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "agent/channels/disk.h"
#include "agent/channels/slots.h"
#include "base/clock.h"

struct piece {
	TAILQ_ENTRY(piece) link;
	struct span span;		/* span.arena NULL: on disk */
	size_t n;
};
TAILQ_HEAD(pieces, piece);

enum { FROM_MEMORY, FROM_DISK };	/* place[0] of a take */

struct spill {
	struct disk_opts o;
	struct disk *disk;		/* NULL: overflowCapacity = 0, or not started */
	int64_t memory, slots, overflow, transaction, timeout_ns, deactivation;
	pthread_mutex_t lock;
	pthread_cond_t room;
	struct pieces pieces;
	int64_t used, used_slots;	/* in memory, open takes included */
	bool spilling, started;
	atomic_size_t queued;		/* events in pieces */
};

static void
configure(void *self, struct context *c)
{
	struct spill *s = self;

	s->memory = ctx_int(c, "memoryCapacity", 10000, 0, INT32_MAX);
	s->overflow = ctx_int(c, "overflowCapacity", 100000000, 0, INT64_MAX);
	s->timeout_ns = ctx_int(c, "overflowTimeout", 3, 0, INT32_MAX) * 1000000000;
	s->deactivation = ctx_int(c, "overflowDeactivationThreshold", 5, 0, 100);
	s->slots = slots_read(c);
	s->transaction = ctx_int(c, "transactionCapacity", 10000, 1, INT32_MAX);
	ctx_ignored(c, "avgEventSize", "bodies are counted by their bytes");
	ctx_ignored(c, "keep-alive", "a put waits for overflowTimeout");
	ctx_ignored(c, "capacity", "memoryCapacity and overflowCapacity say it");
	if (s->memory == 0 && s->overflow == 0)
		ctx_error(c, "overflowCapacity", "with memoryCapacity and overflowCapacity both 0 the channel holds nothing");
	ctx_capacity(c, s->memory + s->overflow, s->transaction);
	disk_configure(&s->o, c);
}

static int
add_piece(struct spill *s, const struct span *span, size_t n, bool front)
{
	struct piece *p, *next = front ? TAILQ_FIRST(&s->pieces) : TAILQ_LAST(&s->pieces, pieces);

	if (span == NULL && next != NULL && next->span.arena == NULL)
		next->n += n;
	else {
		if ((p = calloc(1, sizeof(*p))) == NULL)
			return -1;
		p->n = n;
		if (span != NULL) {
			p->span = *span;
			arena_ref(span->arena);
		}
		if (front)
			TAILQ_INSERT_HEAD(&s->pieces, p, link);
		else
			TAILQ_INSERT_TAIL(&s->pieces, p, link);
	}
	atomic_fetch_add(&s->queued, n);
	return 0;
}

/* n events at the front of the first piece are taken. */
static void
shrink(struct spill *s, size_t n)
{
	struct piece *p = TAILQ_FIRST(&s->pieces);

	atomic_fetch_sub(&s->queued, n);
	p->n -= n;
	if (p->span.arena != NULL) {
		p->span.v += n;
		p->span.n -= n;
	}
	if (p->n > 0)
		return;
	TAILQ_REMOVE(&s->pieces, p, link);
	if (p->span.arena != NULL)
		arena_unref(p->span.arena);
	free(p);
}

/* What memory holds goes on disk. */
static void
save(struct spill *s)
{
	struct err e = ERR_INIT;
	int64_t lost = 0;
	struct piece *p;

	while ((p = TAILQ_FIRST(&s->pieces)) != NULL) {
		if (p->span.arena != NULL && (s->disk == NULL || disk_put(s->disk, &p->span, &e) < 0))
			lost += (int64_t)p->n;
		shrink(s, p->n);
	}
	if (lost > 0)
		say(s->o.self, LOG_ERROR, "%lld events in memory are lost: %s", (long long)lost,
		    s->disk == NULL ? "there is no overflow on disk" : e.text);
}

static void
stop(void *self, struct channel *ch)
{
	struct spill *s = self;

	(void)ch;
	if (!s->started)
		return;
	save(s);
	disk_close(s->disk);
	s->disk = NULL;
	s->started = false;
	pthread_cond_destroy(&s->room);
	pthread_mutex_destroy(&s->lock);
}

static int
start(void *self, struct channel *ch, struct err *e)
{
	struct spill *s = self;
	pthread_condattr_t attr;
	int64_t waiting;
	int rc;

	s->o.self = channel_self(ch);
	if (s->overflow > 0 && (rc = disk_open(&s->disk, &s->o, e)) != 0)
		return rc;
	TAILQ_INIT(&s->pieces);
	s->used = s->used_slots = 0;
	s->spilling = s->memory == 0;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->room, &attr);
	pthread_condattr_destroy(&attr);
	s->started = true;
	if (s->disk == NULL || (waiting = disk_events(s->disk)) == 0 || add_piece(s, NULL, (size_t)waiting, false) == 0)
		return 0;
	stop(self, ch);
	return err_set(e, ERR_NOMEM, "no memory for the channel");
}

/* How many of the span fit into memory now. */
static size_t
fitting(const struct spill *s, const struct span *span)
{
	int64_t left = s->slots - s->used_slots, one;
	size_t i;

	for (i = 0; i < span->n && s->used + (int64_t)i < s->memory; i++) {
		one = slots_of(span->v + i, 1);
		if (one > left)
			break;
		left -= one;
	}
	return i;
}

/* Waits until all of the span, or when the time is over `least` of it, fit into memory; under the lock.  0: it is to be spilled. */
static ssize_t
memory_room(struct spill *s, const struct span *span, size_t least, const atomic_bool *stopping, struct err *e)
{
	int64_t until = clock_steady_ns() + s->timeout_ns;
	struct timespec ts = { .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };
	size_t n;

	while ((n = fitting(s, span)) < span->n) {
		if (s->spilling)
			return 0;
		if (atomic_load(stopping))
			return err_set(e, ERR_INTR, "the source stops");
		if (clock_steady_ns() >= until)
			break;
		(void)pthread_cond_timedwait(&s->room, &s->lock, &ts);
	}
	return s->spilling ? 0 : n >= least ? (ssize_t)n : 0;
}

static ssize_t
put_memory(struct spill *s, const struct span *span, size_t n, struct err *e)
{
	struct span some = *span;

	some.n = n;
	if (add_piece(s, &some, n, false) != 0)
		return err_set(e, ERR_NOMEM, "no memory for the channel");
	s->used += (int64_t)n;
	s->used_slots += slots_of(some.v, n);
	return (ssize_t)n;
}

static ssize_t
put_disk(struct spill *s, const struct span *span, size_t least, struct err *e)
{
	struct span some = *span;
	int64_t room = s->disk == NULL ? 0 : s->overflow - disk_events(s->disk);
	ssize_t n;

	if (room < (int64_t)least)
		return err_set(e, ERR_BUSY, "Spillable Memory Channel's memory capacity has been reached and overflow is full or disabled. "
		    "[channel=%s]", s->o.channel);
	if (room < (int64_t)some.n)
		some.n = (size_t)room;
	s->spilling = true;
	pthread_mutex_unlock(&s->lock);
	n = disk_put(s->disk, &some, e);
	pthread_mutex_lock(&s->lock);
	if (n > 0 && add_piece(s, NULL, (size_t)n, false) != 0)
		say(s->o.self, LOG_ERROR, "no memory: %zd events wait on disk until the next start", n);
	return n;
}

static ssize_t
put(void *self, struct channel *ch, const struct span *span, size_t least, const atomic_bool *stopping, struct err *e)
{
	struct spill *s = self;
	struct span some = *span;
	ssize_t n;

	(void)ch;
	if ((int64_t)least > s->transaction)
		return err_set(e, ERR_TOOBIG, "Put queue of capacity %lld full, consider committing more frequently, or increasing "
		    "transactionCapacity. [channel=%s]", (long long)s->transaction, s->o.channel);
	if ((int64_t)some.n > s->transaction)
		some.n = (size_t)s->transaction;
	pthread_mutex_lock(&s->lock);
	if ((n = memory_room(s, &some, least, stopping, e)) > 0)
		n = put_memory(s, &some, (size_t)n, e);
	else if (n == 0)
		n = put_disk(s, &some, least, e);
	pthread_mutex_unlock(&s->lock);
	return n;
}

static void
nudge(void *self)
{
	struct spill *s = self;

	if (!s->started)
		return;
	pthread_mutex_lock(&s->lock);
	pthread_cond_broadcast(&s->room);
	pthread_mutex_unlock(&s->lock);
}

static ssize_t
take_disk(struct spill *s, struct take *t, size_t max, struct err *e)
{
	struct piece *p = TAILQ_FIRST(&s->pieces);
	ssize_t n = disk_take(s->disk, t, max < p->n ? max : p->n, e);

	t->place[0] = FROM_DISK;
	/* Less than was counted on: a repair took some out. */
	if (n >= 0)
		shrink(s, n == 0 ? p->n : (size_t)n);
	return n;
}

static ssize_t
take(void *self, struct channel *ch, struct take *t, size_t max, struct err *e)
{
	struct spill *s = self;
	struct piece *p;
	struct span some;
	ssize_t rc = 0;

	(void)ch;
	if (max > (size_t)s->transaction)
		max = (size_t)s->transaction;
	t->place[0] = FROM_MEMORY;
	pthread_mutex_lock(&s->lock);
	while (rc == 0 && t->n < max && (p = TAILQ_FIRST(&s->pieces)) != NULL) {
		if (p->span.arena == NULL) {
			if (t->n == 0)
				rc = take_disk(s, t, max, e);
			break;
		}
		some = p->span;
		if (some.n > max - t->n)
			some.n = max - t->n;
		if (take_add(t, &some) != 0)
			rc = err_set(e, ERR_NOMEM, "no memory to take events");
		else
			shrink(s, some.n);
	}
	pthread_mutex_unlock(&s->lock);
	return t->n > 0 ? (ssize_t)t->n : rc;
}

static int
commit(void *self, struct channel *ch, struct take *t, struct err *e)
{
	struct spill *s = self;
	int rc = 0;

	(void)ch;
	if (t->place[0] == FROM_DISK)
		rc = disk_commit(s->disk, t, e);
	pthread_mutex_lock(&s->lock);
	if (t->place[0] == FROM_MEMORY) {
		s->used -= (int64_t)t->n;
		s->used_slots -= slots_of(t->v, t->n);
	}
	if (s->spilling && s->memory > 0 && (s->memory - s->used) * 100 >= s->memory * s->deactivation && s->used < s->memory)
		s->spilling = false;
	pthread_cond_broadcast(&s->room);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

static void
rollback(void *self, struct channel *ch, struct take *t)
{
	struct spill *s = self;
	size_t i, n = t->n;
	int64_t lost = 0;

	(void)ch;
	if (t->place[0] == FROM_DISK)
		disk_rollback(s->disk, t);
	pthread_mutex_lock(&s->lock);
	if (t->place[0] == FROM_DISK)
		(void)add_piece(s, NULL, n, true);
	else
		for (i = t->nspans; i > 0; i--)
			if (add_piece(s, &t->spans[i - 1], t->spans[i - 1].n, true) != 0)
				lost += (int64_t)t->spans[i - 1].n;
	pthread_mutex_unlock(&s->lock);
	if (lost > 0)
		say(s->o.self, LOG_ERROR, "no memory: %lld events that a sink gave back are lost", (long long)lost);
}

static bool
ready(void *self)
{
	struct spill *s = self;

	return s->started && atomic_load(&s->queued) > 0;
}

static void
level(void *self, int64_t *size, int64_t *capacity)
{
	struct spill *s = self;

	*capacity = s->memory + s->overflow;
	if (!s->started)
		return;
	pthread_mutex_lock(&s->lock);
	*size = s->used + (s->disk == NULL ? 0 : disk_events(s->disk));
	pthread_mutex_unlock(&s->lock);
}

const struct channel_type channel_spillablememory = {
	.names = { "spillablememory", CLASSES("org.apache.flume.channel.SpillableMemoryChannel") },
	.size = sizeof(struct spill), .configure = configure, .start = start, .stop = stop,
	.put = put, .nudge = nudge, .take = take, .commit = commit, .rollback = rollback, .ready = ready, .level = level,
};
