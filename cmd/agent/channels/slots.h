/*
 * slots.h - bytes of bodies as Flume's byteCapacity counts them: in slots of
 * 100, at least one an event.
 */
#ifndef AGENT_CHANNELS_SLOTS_H
#define AGENT_CHANNELS_SLOTS_H

#include "agent/context.h"
#include "agent/event.h"

#define SLOT		100

/* What byteCapacity and byteCapacityBufferPercentage allow, at least one; byteCapacity = 0: so many that it is no limit. */
int64_t slots_read(struct context *);
/* Of n events. */
int64_t slots_of(const struct event *, size_t n);

#endif
