/*
 * sink.c - a sink as it and its runner see it (sink.h).
 */
#include <stdlib.h>

#include "agent/inside.h"
#include "base/clock.h"

struct component *
sink_self(struct sink *s)
{
	return &s->c;
}

const char *
sink_name(struct sink *s)
{
	return s->c.name;
}

bool
sink_stopping(struct sink *s)
{
	return atomic_load_explicit(&s->runner->stopping, memory_order_relaxed);
}

ssize_t
sink_take(struct sink *s, struct take *t, size_t max, struct err *e)
{
	struct channel *ch = s->channel;
	ssize_t n;

	if (ch->transaction > 0 && max > (size_t)ch->transaction)
		max = (size_t)ch->transaction;
	take_clear(t);
	if (!atomic_load_explicit(&ch->started, memory_order_acquire))
		return err_set(e, ERR_BUSY, "channel %s is not started", ch->c.name);
	n = ch->type->take(ch->self, ch, t, max, e);
	counter_add(&ch->counters, TAKE_ATTEMPT, n > 0 ? n : 1);
	if (n > 0) {
		sink_count(s, (size_t)n < max ? BATCH_UNDERFLOW : BATCH_COMPLETE, 1);
		sink_count(s, DRAIN_ATTEMPT, n);
	} else {
		sink_count(s, n == 0 ? BATCH_EMPTY : CHANNEL_READ_FAIL, 1);
		take_clear(t);
	}
	return n;
}

enum sink_rc
sink_commit(struct sink *s, struct take *t, struct err *e)
{
	struct channel *ch = s->channel;
	int64_t n = (int64_t)t->n;
	int rc = ch->type->commit(ch->self, ch, t, e);

	take_clear(t);
	if (rc != 0)
		return SINK_FAILED;
	counter_add(&ch->counters, TAKE_SUCCESS, n);
	sink_count(s, DRAIN_SUCCESS, n);
	return SINK_READY;
}

void
sink_rollback(struct sink *s, struct take *t)
{
	struct channel *ch = s->channel;

	ch->type->rollback(ch->self, ch, t);
	take_clear(t);
	channel_arrived(ch);
}

void
sink_wake_at(struct sink *s, int64_t steady_ns)
{
	atomic_store(&s->wake_ns, steady_ns);
}

void
sink_wake(struct sink *s)
{
	atomic_store(&s->runner->called, true);
	waker_wake(&s->runner->waker);
}

int
sink_start(struct sink *s, struct err *e)
{
	if (s->started)
		return 0;
	if (s->type->start != NULL && s->type->start(s->self, s, e) != 0) {
		say(&s->c, LOG_ERROR, "Unable to start sink %s: %s", s->c.name, e->text);
		s->retry_ns = clock_steady_ns() + RETRY_NS;
		return -1;
	}
	s->started = true;
	component_started(&s->c);
	return 0;
}

void
sink_halt(struct sink *s)
{
	if (!s->started)
		return;
	if (s->type->stop != NULL)
		s->type->stop(s->self, s);
	s->started = false;
	component_stopped(&s->c);
}

enum sink_rc
sink_process(struct sink *s, struct err *e)
{
	if (!s->started) {
		(void)err_set(e, ERR_BUSY, "sink %s is not started", s->c.name);
		return SINK_FAILED;
	}
	return s->type->process(s->self, s, e);
}

void
sink_free(struct sink *s)
{
	if (s == NULL)
		return;
	if (s->self != NULL && s->type->release != NULL)
		s->type->release(s->self);
	free(s->self);
	component_release(&s->c);
	context_free(s->ctx);
	free(s);
}
