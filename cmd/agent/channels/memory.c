/*
 * memory.c - a channel in memory: a queue of spans.
 *
 * Events stay in the arenas in which they came; a put appends one entry,
 * whatever its size, under one lock, and a take copies descriptors out of as
 * many entries as it needs.  Room is given back when the take commits.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/channel.h"
#include "agent/channels/slots.h"
#include "base/clock.h"

struct memory {
	int64_t capacity, transaction, keep_alive_ns, slots;
	pthread_mutex_t lock;
	pthread_cond_t room;
	unsigned waiting;		/* for room */
	struct span *ring;		/* a power of two of entries */
	size_t cap, head, entries;
	atomic_size_t queued;		/* events in the ring; changes under the lock */
	int64_t events, used;		/* those in open takes included: events, slots */
};

static void
configure(void *self, struct context *c)
{
	struct memory *m = self;

	m->capacity = ctx_int_or(c, "capacity", 100, 1, INT32_MAX);
	m->transaction = ctx_int_or(c, "transactionCapacity", 100, 1, INT32_MAX);
	m->keep_alive_ns = ctx_int_or(c, "keep-alive", 3, 0, INT32_MAX) * 1000000000;
	m->slots = slots_read(c);
	if (ctx_str(c, "transactionCapacity", NULL) == NULL && m->transaction > m->capacity)
		m->transaction = m->capacity;
	if (m->transaction > m->capacity)
		ctx_error(c, "transactionCapacity", "%lld is more than the capacity, %lld", (long long)m->transaction, (long long)m->capacity);
	ctx_capacity(c, m->capacity, m->transaction);
}

static int
start(void *self, struct channel *ch, struct err *e)
{
	struct memory *m = self;
	pthread_condattr_t attr;

	(void)ch;
	(void)e;
	if (m->ring != NULL)
		return 0;
	pthread_mutex_init(&m->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&m->room, &attr);
	pthread_condattr_destroy(&attr);
	m->cap = 64;
	if ((m->ring = calloc(m->cap, sizeof(*m->ring))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the channel");
	return 0;
}

/* Nobody puts or takes meanwhile. */
static void
adopt(void *self, void *other)
{
	struct memory *m = self, *old = other;

	if (old->ring == NULL || start(m, NULL, NULL) != 0)
		return;
	free(m->ring);
	m->ring = old->ring;
	m->cap = old->cap;
	m->head = old->head;
	m->entries = old->entries;
	m->events = old->events;
	m->used = old->used;
	atomic_store(&m->queued, atomic_load(&old->queued));
	old->ring = NULL;
	pthread_cond_destroy(&old->room);
	pthread_mutex_destroy(&old->lock);
}

static void
release(void *self)
{
	struct memory *m = self;
	size_t i;

	if (m->ring == NULL)
		return;
	for (i = 0; i < m->entries; i++)
		arena_unref(m->ring[(m->head + i) & (m->cap - 1)].arena);
	free(m->ring);
	pthread_cond_destroy(&m->room);
	pthread_mutex_destroy(&m->lock);
}

/* Room for one more entry; under the lock. */
static int
grow(struct memory *m)
{
	struct span *ring;
	size_t i;

	if (m->entries < m->cap)
		return 0;
	if ((ring = calloc(m->cap * 2, sizeof(*ring))) == NULL)
		return -1;
	for (i = 0; i < m->entries; i++)
		ring[i] = m->ring[(m->head + i) & (m->cap - 1)];
	free(m->ring);
	m->ring = ring;
	m->head = 0;
	m->cap *= 2;
	return 0;
}

/* How many events of the span fit now; *slots is what those take. */
static size_t
fitting(const struct memory *m, const struct span *s, int64_t all_slots, int64_t *slots)
{
	int64_t room = m->capacity - m->events, left = m->slots - m->used;
	size_t n = s->n, i;

	if (room <= 0)
		return 0;
	if ((int64_t)n <= room && all_slots <= left) {
		*slots = all_slots;
		return n;
	}
	if ((int64_t)n > room)
		n = (size_t)room;
	for (*slots = 0, i = 0; i < n; i++) {
		int64_t one = slots_of(s->v + i, 1);

		if (*slots + one > left)
			break;
		*slots += one;
	}
	return i;
}

static int
full(const struct memory *m, struct err *e)
{
	if (m->events < m->capacity && m->used > 0 && m->used + 1 >= m->slots)
		return err_set(e, ERR_BUSY, "Cannot commit transaction. Byte capacity allocated to store event body %lld reached. "
		    "Please increase heap space/byte capacity allocated to the channel as the sinks may not be keeping up with the sources",
		    (long long)(m->slots * SLOT));
	return err_set(e, ERR_BUSY, "Space for commit to queue couldn't be acquired. Sinks are likely not keeping up with sources, "
	    "or the buffer size is too tight");
}

/* Until `least` events fit; under the lock.  The number that do, or -code. */
static ssize_t
wait_for_room(struct memory *m, const struct span *s, int64_t all_slots, size_t least, const atomic_bool *stop, int64_t *slots, struct err *e)
{
	int64_t until = 0;
	struct timespec ts;
	size_t n;

	while ((n = fitting(m, s, all_slots, slots)) < least) {
		if (atomic_load(stop))
			return err_set(e, ERR_INTR, "the source stops");
		if (until == 0)
			until = clock_steady_ns() + m->keep_alive_ns;
		if (clock_steady_ns() >= until)
			return full(m, e);
		ts = (struct timespec){ .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };
		m->waiting++;
		(void)pthread_cond_timedwait(&m->room, &m->lock, &ts);
		m->waiting--;
	}
	return (ssize_t)n;
}

static ssize_t
put(void *self, struct channel *ch, const struct span *s, size_t least, const atomic_bool *stop, struct err *e)
{
	struct memory *m = self;
	int64_t all = slots_of(s->v, s->n), slots = 0;
	ssize_t n;

	(void)ch;
	if ((int64_t)least > m->transaction)
		return err_set(e, ERR_TOOBIG, "Put queue for MemoryTransaction of capacity %lld full, consider committing more frequently, "
		    "increasing capacity or increasing thread count", (long long)m->transaction);
	pthread_mutex_lock(&m->lock);
	n = wait_for_room(m, s, all, least, stop, &slots, e);
	if (n > 0 && grow(m) != 0)
		n = err_set(e, ERR_NOMEM, "no memory for the channel");
	if (n > 0) {
		arena_ref(s->arena);
		m->ring[(m->head + m->entries++) & (m->cap - 1)] = (struct span){ .arena = s->arena, .v = s->v, .n = (size_t)n };
		m->events += n;
		m->used += slots;
		atomic_fetch_add(&m->queued, (size_t)n);
	}
	pthread_mutex_unlock(&m->lock);
	return n;
}

static ssize_t
take(void *self, struct channel *ch, struct take *t, size_t max, struct err *e)
{
	struct memory *m = self;
	ssize_t rc = 0;

	(void)ch;
	pthread_mutex_lock(&m->lock);
	while (t->n < max && m->entries > 0) {
		struct span *s = &m->ring[m->head & (m->cap - 1)], some = *s;

		if (some.n > max - t->n)
			some.n = max - t->n;
		if (take_add(t, &some) != 0) {
			if (t->n == 0)
				rc = err_set(e, ERR_NOMEM, "no memory to take events");
			break;
		}
		s->v += some.n;
		s->n -= some.n;
		if (s->n == 0) {
			arena_unref(s->arena);
			m->head = (m->head + 1) & (m->cap - 1);
			m->entries--;
		}
	}
	atomic_fetch_sub(&m->queued, t->n);
	pthread_mutex_unlock(&m->lock);
	return rc != 0 ? rc : (ssize_t)t->n;
}

static int
commit(void *self, struct channel *ch, struct take *t, struct err *e)
{
	struct memory *m = self;
	int64_t slots = slots_of(t->v, t->n);

	(void)ch;
	(void)e;
	pthread_mutex_lock(&m->lock);
	m->events -= (int64_t)t->n;
	m->used -= slots;
	if (m->waiting > 0)
		pthread_cond_broadcast(&m->room);
	pthread_mutex_unlock(&m->lock);
	return 0;
}

static void
rollback(void *self, struct channel *ch, struct take *t)
{
	struct memory *m = self;
	size_t i;

	pthread_mutex_lock(&m->lock);
	for (i = t->nspans; i > 0; i--) {
		if (grow(m) != 0) {
			say(channel_self(ch), LOG_ERROR, "no memory: %zu events that a sink gave back are lost", t->spans[i - 1].n);
			m->events -= (int64_t)t->spans[i - 1].n;
			m->used -= slots_of(t->spans[i - 1].v, t->spans[i - 1].n);
			continue;
		}
		m->head = (m->head + m->cap - 1) & (m->cap - 1);
		m->ring[m->head] = t->spans[i - 1];
		arena_ref(t->spans[i - 1].arena);
		m->entries++;
		atomic_fetch_add(&m->queued, t->spans[i - 1].n);
	}
	pthread_mutex_unlock(&m->lock);
}

static void
nudge(void *self)
{
	struct memory *m = self;

	if (m->ring == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	pthread_cond_broadcast(&m->room);
	pthread_mutex_unlock(&m->lock);
}

static bool
ready(void *self)
{
	struct memory *m = self;

	return atomic_load(&m->queued) > 0;
}

static void
level(void *self, int64_t *size, int64_t *capacity)
{
	struct memory *m = self;

	*capacity = m->capacity;
	if (m->ring == NULL)
		return;
	pthread_mutex_lock(&m->lock);
	*size = m->events;
	pthread_mutex_unlock(&m->lock);
}

const struct channel_type channel_memory = {
	.names = { "memory", CLASSES("org.apache.flume.channel.MemoryChannel") },
	.size = sizeof(struct memory), .forgets = true, .configure = configure, .start = start, .release = release,
	.put = put, .nudge = nudge, .take = take, .commit = commit, .rollback = rollback, .ready = ready, .level = level, .adopt = adopt,
};
