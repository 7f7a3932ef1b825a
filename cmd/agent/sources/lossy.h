/*
 * lossy.h - puts events of a sender that hears no answer: what the channels
 * have no room for is dropped as Flume drops it, but counted, and said.
 */
#ifndef AGENT_SOURCES_LOSSY_H
#define AGENT_SOURCES_LOSSY_H

#include "agent/source.h"

struct lossy {				/* all zero to begin with; of a source, from any thread */
	bool waits;			/* for room instead, until the source is stopped: then the sender waits */
	_Atomic int64_t said_ns, unsaid;
};

/* Puts all, each event by itself or all in one transaction; the batch is empty then. */
void lossy_put(struct lossy *, struct source *, struct batch *, bool together);
/* So many were lost otherwise. */
void lossy_count(struct lossy *, struct source *, int64_t n, const char *why);

#endif
