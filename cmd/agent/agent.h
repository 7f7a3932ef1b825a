/*
 * agent.h - an agent that runs: started, stopped, drained (inside.h has its parts).
 *
 * Order as Flume's: channels, then sinks, then sources; the other way round at
 * the end.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/inside.h"

/*
 * Starts channels, launches sinks and sources that are not running, and waits
 * until each had its first try.  -code: a thread could not be made, or (with
 * fail_fast) a component not be started.
 */
int agent_start(struct agent *, struct err *);
/* Channels whose start failed are tried again; ms until this should be called again, -1: no need. */
int agent_tend(struct agent *);
void agent_stop_sources(struct agent *);
/* Events in channels that forget (memory). */
int64_t agent_left(struct agent *);
void agent_hurry(struct agent *);		/* deliveries that failed are tried again at once: the agent is about to end */
void agent_stop_rest(struct agent *);		/* sinks, then channels */

#endif
