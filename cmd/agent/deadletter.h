/*
 * deadletter.h - where a sink puts events that can never be delivered
 * (plog-agent.conf(5), "deadLetter").
 *
 *	s->dead = deadletter_configure(c);		// in configure; NULL: not asked for
 *	...
 *	deadletter_add(s->dead, event, why, &e);	// gathers
 *	rc = deadletter_flush(s->dead, &e);		// before the commit: they are on disk then
 *	deadletter_free(s->dead);
 *
 * Each becomes a record: the event's body and headers, and the headers
 * plog.error (why) and plog.sink.  deadLetter = plog:TOPIC is a topic of the
 * agent's store, made when it is not there; anything else a directory, in
 * which DIRECTORY/SINK.jsonl gets a line of JSON each, as plog-produce --json
 * takes it.  One thread at a time.
 */
#ifndef AGENT_DEADLETTER_H
#define AGENT_DEADLETTER_H

#include "agent/context.h"
#include "agent/event.h"

struct deadletter;

struct deadletter *deadletter_configure(struct context *);
int deadletter_add(struct deadletter *, const struct event *, const char *why, struct err *);
size_t deadletter_count(const struct deadletter *);	/* added since the last flush */
int deadletter_flush(struct deadletter *, struct err *);	/* also after an error: tried again with the next */
void deadletter_drop(struct deadletter *);		/* what was added since the last flush comes again */
void deadletter_free(struct deadletter *);		/* NULL is fine */

/* deadletter_store.c: n records, encoded: value length (be32), value, header count (be32), headers, each name and value so. */
int deadletter_to_topic(const char *store, const char *topic, struct slice records, size_t n, int64_t now_ms, struct err *);
int deadletter_to_file(const char *dir, const char *sink, struct slice records, size_t n, int64_t now_ms, struct err *);

#endif
