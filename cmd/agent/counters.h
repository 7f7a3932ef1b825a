/*
 * counters.h - what a component counts, by Flume's names.
 *
 * Every source, channel and sink has those of its kind; a type may add its own
 * (the `counters` of its table), which follow: the first is
 * counter_add(c, SOURCE_COUNTERS + 0, 1).  Counted by any thread, read by any;
 * channels' puts and takes are counted by the agent.
 */
#ifndef AGENT_COUNTERS_H
#define AGENT_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

#define COUNTERS_MAX	32

enum source_counter {
	EVENT_RECEIVED, EVENT_ACCEPTED, APPEND_RECEIVED, APPEND_ACCEPTED, APPEND_BATCH_RECEIVED, APPEND_BATCH_ACCEPTED,
	OPEN_CONNECTION, EVENT_READ_FAIL, CHANNEL_WRITE_FAIL, GENERIC_PROCESSING_FAIL,
	EVENT_LOST,		/* ours: received and thrown away, as the source's protocol cannot refuse */
	EVENT_UNROUTED,		/* ours: the selector named no channel; the agent counts it */
	EVENT_FILTERED,		/* ours: an interceptor dropped it; the agent counts it */
	SOURCE_COUNTERS
};
enum channel_counter {
	PUT_ATTEMPT, PUT_SUCCESS, TAKE_ATTEMPT, TAKE_SUCCESS,
	CHANNEL_COUNTERS
};
enum sink_counter {
	CONNECTION_CREATED, CONNECTION_CLOSED, CONNECTION_FAILED, BATCH_EMPTY, BATCH_UNDERFLOW, BATCH_COMPLETE,
	DRAIN_ATTEMPT, DRAIN_SUCCESS, EVENT_WRITE_FAIL, CHANNEL_READ_FAIL,
	EVENT_DEAD,		/* ours: could never be delivered */
	SINK_COUNTERS
};

enum kind { KIND_SOURCE, KIND_CHANNEL, KIND_SINK, KIND_COUNT };

struct counters {
	enum kind kind;
	const char *const *more;		/* the type's own names, NULL: none; one that begins with ? is true or false */
	_Atomic int64_t v[COUNTERS_MAX];
	_Atomic int64_t started_ms, stopped_ms;
};

static inline void
counter_add(struct counters *c, int which, int64_t n)
{
	atomic_fetch_add_explicit(&c->v[which], n, memory_order_relaxed);
}

static inline void
counter_set(struct counters *c, int which, int64_t n)
{
	atomic_store_explicit(&c->v[which], n, memory_order_relaxed);
}

static inline int64_t
counter_get(const struct counters *c, int which)
{
	return atomic_load_explicit(&c->v[which], memory_order_relaxed);
}

int counters_count(const struct counters *);
const char *counters_name(const struct counters *, int which);	/* "EventReceivedCount" */
const char *kind_name(enum kind);				/* "SOURCE" */

#endif
