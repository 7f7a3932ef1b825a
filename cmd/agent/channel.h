/*
 * channel.h - what a channel is given, and the events of a take.
 *
 * struct take holds descriptors of the events taken, side by side, and the
 * arenas below them.  A channel fills it with take_add (descriptors copied,
 * the arena held) and keeps in place[] and data what it needs to commit or
 * roll back; the agent empties it afterwards (take_clear).
 */
#ifndef AGENT_CHANNEL_H
#define AGENT_CHANNEL_H

#include "agent/component.h"

struct take {
	struct event *v;		/* valid until commit or rollback */
	size_t n, cap;
	struct span *spans;		/* where they came from, each holding its arena */
	size_t nspans, capspans;
	int64_t place[4];		/* the channel's */
	void *data;			/* the channel's, freed by it */
};
#define TAKE_INIT	{ .v = NULL }

/* Holds the span's arena; -1: no memory. */
int take_add(struct take *, const struct span *);
void take_clear(struct take *);		/* lets the arenas go, keeps memory for the next */
void take_release(struct take *);

struct component *channel_self(struct channel *);
/* Events came in otherwise than by put: sinks that wait are woken.  From any thread. */
void channel_arrived(struct channel *);

#endif
