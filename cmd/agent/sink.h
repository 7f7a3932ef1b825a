/*
 * sink.h - what a sink is given: transactions on its channel.
 *
 *	enum sink_rc
 *	process(void *self, struct sink *sk, struct err *e)
 *	{
 *		struct take t = TAKE_INIT;		// or one that is kept in self
 *
 *		if ((n = sink_take(sk, &t, batch, e)) <= 0)
 *			return n < 0 ? SINK_FAILED : SINK_IDLE;
 *		for (i = 0; i < t.n; i++)
 *			... t.v[i] ...			// until commit or rollback
 *		if (failed) {
 *			sink_rollback(sk, &t);
 *			return SINK_FAILED;		// err was set
 *		}
 *		return sink_commit(sk, &t, e);		// SINK_READY, or SINK_FAILED
 *	}
 *
 * Several transactions may be open at once; commit them in the order in which
 * they were taken, roll them back in the opposite one.  A sink must leave none
 * open when its stop returns.
 */
#ifndef AGENT_SINK_H
#define AGENT_SINK_H

#include "agent/component.h"
#include "agent/channel.h"

struct component *sink_self(struct sink *);

/* Events taken; 0: the channel is empty, no transaction is open; negative: it failed. */
ssize_t sink_take(struct sink *, struct take *, size_t max, struct err *);
enum sink_rc sink_commit(struct sink *, struct take *, struct err *);
void sink_rollback(struct sink *, struct take *);

/* Process is called at that time (clock_steady_ns) though the channel may be empty; 0: not.  Kept until set anew. */
void sink_wake_at(struct sink *, int64_t steady_ns);
/* Process is called soon; from any thread. */
void sink_wake(struct sink *);
bool sink_stopping(struct sink *);

/* For processors: one go of a member. */
enum sink_rc sink_process(struct sink *, struct err *);
const char *sink_name(struct sink *);

/* Not for batches and events that are drained: sink_take and sink_commit count those. */
static inline void
sink_count(struct sink *s, enum sink_counter c, int64_t n)
{
	counter_add(sink_self(s)->counters, c, n);
}

#endif
