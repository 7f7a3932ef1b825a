/*
 * channel.c - channels as the agent calls them, and the events of a take (channel.h).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/inside.h"
#include "base/clock.h"

#define STARTED_NS	3000000000LL	/* Flume's keep-alive */
#define STARTED_LOOK_NS	50000000

static int
more_room(struct take *t, size_t events)
{
	size_t cap = t->cap;
	struct event *v;
	struct span *s;

	if (t->n + events > cap) {
		while (cap < t->n + events)
			cap = cap == 0 ? 128 : cap * 2;
		if ((v = reallocarray(t->v, cap, sizeof(*v))) == NULL)
			return -1;
		t->v = v;
		t->cap = cap;
	}
	if (t->nspans == t->capspans) {
		cap = t->capspans == 0 ? 8 : t->capspans * 2;
		if ((s = reallocarray(t->spans, cap, sizeof(*s))) == NULL)
			return -1;
		t->spans = s;
		t->capspans = cap;
	}
	return 0;
}

int
take_add(struct take *t, const struct span *s)
{
	if (more_room(t, s->n) != 0)
		return -1;
	memcpy(t->v + t->n, s->v, s->n * sizeof(*s->v));
	t->n += s->n;
	arena_ref(s->arena);
	t->spans[t->nspans++] = *s;
	return 0;
}

void
take_clear(struct take *t)
{
	size_t i;

	for (i = 0; i < t->nspans; i++)
		arena_unref(t->spans[i].arena);
	t->n = t->nspans = 0;
}

void
take_release(struct take *t)
{
	take_clear(t);
	free(t->v);
	free(t->spans);
	*t = (struct take)TAKE_INIT;
}

struct component *
channel_self(struct channel *ch)
{
	return &ch->c;
}

int
channel_start(struct channel *ch, struct err *e)
{
	int rc = ch->type->start == NULL ? 0 : ch->type->start(ch->self, ch, e);

	if (rc == 0) {
		atomic_store(&ch->started, true);
		component_started(&ch->c);
	}
	return rc;
}

void
channel_stop(struct channel *ch)
{
	component_stop(&ch->c);
	if (!atomic_load(&ch->started))
		return;
	if (ch->type->stop != NULL)
		ch->type->stop(ch->self, ch);
	atomic_store(&ch->started, false);
	component_stopped(&ch->c);
}

void
channel_arrived(struct channel *ch)
{
	size_t i;

	/* Whoever goes to sleep says so first and looks for events then: one of us sees the other. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&ch->sleepers, memory_order_relaxed) == 0)
		return;
	pthread_mutex_lock(&ch->lock);
	for (i = 0; i < ch->nrunners; i++)
		waker_wake(&ch->runners[i]->waker);
	pthread_mutex_unlock(&ch->lock);
}

/* A channel that could not start is tried again; until then who puts waits as for room.  False: it did not in that time. */
static bool
wait_until_started(struct channel *ch, const atomic_bool *stop)
{
	struct timespec t = { .tv_nsec = STARTED_LOOK_NS };
	int64_t until = clock_steady_ns() + STARTED_NS;

	while (!atomic_load_explicit(&ch->started, memory_order_acquire)) {
		if (atomic_load(stop) || clock_steady_ns() >= until)
			return false;
		(void)nanosleep(&t, NULL);
	}
	return true;
}

ssize_t
channel_put(struct channel *ch, const struct span *s, size_t least, const atomic_bool *stop, struct err *e)
{
	ssize_t n;

	if (!wait_until_started(ch, stop))
		n = err_set(e, ERR_BUSY, "channel %s is not started", ch->c.name);
	else
		n = ch->type->put(ch->self, ch, s, least, stop, e);
	/* Of more than it must take, what it has no room for was only shown to it. */
	counter_add(&ch->counters, PUT_ATTEMPT, n > 0 ? (int64_t)n : (int64_t)least);
	if (n > 0) {
		counter_add(&ch->counters, PUT_SUCCESS, n);
		channel_arrived(ch);
	}
	return n;
}

bool
channel_ready(struct channel *ch)
{
	return atomic_load_explicit(&ch->started, memory_order_acquire) && ch->type->ready(ch->self);
}

void
channel_level(struct channel *ch, int64_t *size, int64_t *capacity)
{
	*size = *capacity = 0;
	if (ch->type->level != NULL)
		ch->type->level(ch->self, size, capacity);
}

int
channel_join(struct channel *ch, struct runner *r)
{
	struct runner **v;
	size_t i;
	int rc = 0;

	pthread_mutex_lock(&ch->lock);
	for (i = 0; i < ch->nrunners && ch->runners[i] != r; i++)
		;
	if (i == ch->nrunners) {
		if ((v = reallocarray(ch->runners, ch->nrunners + 1, sizeof(struct runner *))) == NULL)
			rc = -1;
		else {
			ch->runners = v;
			v[ch->nrunners++] = r;
		}
	}
	pthread_mutex_unlock(&ch->lock);
	return rc;
}

void
channel_leave(struct channel *ch, struct runner *r)
{
	size_t i;

	pthread_mutex_lock(&ch->lock);
	for (i = 0; i < ch->nrunners; i++)
		if (ch->runners[i] == r)
			ch->runners[i--] = ch->runners[--ch->nrunners];
	pthread_mutex_unlock(&ch->lock);
}

void
channel_free(struct channel *ch)
{
	if (ch == NULL)
		return;
	if (ch->self != NULL && ch->type->release != NULL)
		ch->type->release(ch->self);
	free(ch->self);
	component_release(&ch->c);
	context_free(ch->ctx);
	pthread_mutex_destroy(&ch->lock);
	free(ch->runners);
	free(ch);
}
