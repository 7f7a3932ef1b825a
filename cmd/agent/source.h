/*
 * source.h - what a source is given: a place to put batches, and a way to wait.
 *
 * source_put runs the interceptors, asks the selector, and puts the events
 * into each channel in a transaction of its own, as Flume does.  A batch that
 * a channel refused stays in the caller's hands: put it again (interceptors do
 * not run twice on an event, and a channel that has it does not get it twice),
 * or drop it with batch_clear.
 */
#ifndef AGENT_SOURCE_H
#define AGENT_SOURCE_H

#include <poll.h>

#include "agent/component.h"

enum put_rc {
	PUT_OK,				/* all of it is in the channels; the batch is empty */
	PUT_FULL,			/* a channel had no room in its time */
	PUT_FAILED,			/* a channel or an interceptor failed, err says why */
	PUT_STOPPED,			/* the source shall end */
};

struct component *source_self(struct source *);

/* All events of the batch in one transaction.  From any thread of the source. */
enum put_rc source_put(struct source *, struct batch *, struct err *);
/*
 * As many events from the front as there is room for, at least one, each a
 * transaction by itself: for sources that answer event by event.  *done of
 * them are in (or were dropped by an interceptor) and leave the batch, also
 * when the next one could not be put.
 */
enum put_rc source_put_some(struct source *, struct batch *, size_t *done, struct err *);
/* The most events that all channels take in one transaction. */
size_t source_transaction(const struct source *);

/*
 * Waits for one of the descriptors, at most ms (-1: without end), or the stop.
 * Returns as poll(2), 0 also when stopped (source_stopping); fds may be NULL.
 */
int source_wait(struct source *, struct pollfd *fds, size_t n, int ms);
bool source_stopping(const struct source *);

/* A listening TCP socket (SO_REUSEADDR, non-blocking, close-on-exec), or one that systemd passed for that address.  -1 with err. */
int source_listen(struct source *, const char *host, int port, struct err *);
/* The same for UDP. */
int source_bind_udp(struct source *, const char *host, int port, struct err *);

/* Not for events that are received and accepted, nor for a channel that fails: source_put counts those. */
static inline void
source_count(struct source *s, enum source_counter c, int64_t n)
{
	counter_add(source_self(s)->counters, c, n);
}

#endif
