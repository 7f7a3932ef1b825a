/*
 * event.h - events, and the batches in which they move.
 *
 * An event is a body and headers, all of them borrowed from an arena: memory
 * that only grows, never moves, and is given back as a whole when its last
 * holder lets go.  So a body is copied once, from where it was received into
 * an arena; after that only descriptors (24 bytes) move, and several channels
 * share the bytes.  No allocation is made for each event.
 *
 * A source fills a batch and hands it over (component.h, source_put):
 *
 *	struct batch b = BATCH_INIT;
 *	struct event *ev;
 *
 *	ev = batch_add(&b, line, len);			// copies the body; NULL: no memory
 *	event_set(&b, ev, slice_str("host"), name);	// copies the header, replaces one of that name
 *	...
 *	rc = source_put(src, &b, &e);			// PUT_OK: b is empty again
 *	batch_clear(&b);				// or: drops what is left in it
 *
 * Who reads straight into the arena (a socket, a decompressor) takes room
 * with arena_room and keeps what was used with arena_keep, then adds events
 * over those bytes with batch_add_kept.
 *
 * Once handed over, the bytes never change: whoever comes later reads only.
 * An arena is filled by one thread; it may be let go by any.
 */
#ifndef AGENT_EVENT_H
#define AGENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "codec/record.h"		/* struct header */

struct event {
	const uint8_t *body;		/* never NULL */
	const struct header *headers;	/* in the order in which they were set; no name comes twice, none is NULL */
	uint32_t len;			/* of the body */
	uint16_t nheaders;
	uint8_t table;			/* log2 of the size of Flume's header table, 0 for the usual 16: see event_order */
	bool dropped;			/* an interceptor took it out; only the agent looks at this */
};

#define EVENT_BODY_MAX		(1u << 30)
#define EVENT_HEADERS_MAX	65535

struct arena;

struct arena *arena_new(size_t first);		/* bytes that will be asked for, a guess; NULL: no memory */
void arena_ref(struct arena *);
void arena_unref(struct arena *);		/* NULL is fine; the last one frees */
void *arena_alloc(struct arena *, size_t n);	/* aligned for pointers; NULL: no memory */
uint8_t *arena_copy(struct arena *, const void *, size_t n);	/* not aligned */
/* At least n bytes that may be written; arena_keep then takes the first `used` of them (none: they are room again). */
uint8_t *arena_room(struct arena *, size_t n, size_t *have);
void arena_keep(struct arena *, size_t used);
size_t arena_bytes(const struct arena *);	/* what it holds of the process's memory */

/* Some events of an arena, as a channel gets and keeps them: v itself lies in the arena. */
struct span {
	struct arena *arena;
	const struct event *v;
	size_t n;
};

/* The channels that an event goes to, a bit each. */
struct way {
	uint64_t required, optional;
};

struct batch {
	struct arena *arena;		/* made by the first add; the batch holds it */
	struct event *v;		/* in the arena */
	size_t n, cap;
	size_t intercepted;		/* the first so many went through the interceptors */
	size_t routed;			/* the first so many have their way, */
	struct way *ways;		/* which stays the same when they are put again; in the arena */
	uint64_t done;			/* the channels (a bit each) that have this batch already, after a put that failed midway */
	size_t skipped;			/* so many left the front so far */
	size_t *ahead;			/* each channel has the events up to this one, those that left counted; in the arena; NULL: none is told */
	size_t hint;			/* bytes to ask for at first; 0: little */
};
#define BATCH_INIT	{ .arena = NULL, .v = NULL, .n = 0, .cap = 0, .intercepted = 0, .routed = 0, .ways = NULL, .done = 0, .skipped = 0, .ahead = NULL, .hint = 0 }

/* The event is borrowed until the next add.  NULL: no memory, and the batch is as it was. */
struct event *batch_add(struct batch *, const void *body, size_t n);
/* The same over bytes that lie in the batch's arena already (batch_arena), or are static. */
struct event *batch_add_kept(struct batch *, const uint8_t *body, size_t n);
struct arena *batch_arena(struct batch *);	/* NULL: no memory */
void batch_skip(struct batch *, size_t n);	/* drops n events at the front */
void batch_clear(struct batch *);		/* lets the arena go; the hint stays */

/* Sets or replaces a header, copying name and value; -1: no memory, or too many headers. */
int event_set(struct batch *, struct event *, struct slice name, struct slice value);
/* The same without copying: both lie in the batch's arena or are static. */
int event_set_kept(struct batch *, struct event *, struct slice name, struct slice value);
/*
 * Sets one header of the events [from, n) that are not dropped; preserve: not of those that have one of that name.
 * Name and value are copied once, and events that had the same headers share the new ones.  -1: no memory.
 */
int batch_stamp(struct batch *, size_t from, struct slice name, struct slice value, bool preserve);
void event_remove(struct batch *, struct event *, struct slice name);	/* none of that name is fine */
/* The value of a header; NULL (p == NULL): there is none. */
struct slice event_get(const struct event *, struct slice name);

/*
 * The order in which Flume prints the headers: that of a Java HashMap.  at gets
 * nheaders indexes into headers.  The table's first size depends on where the
 * event comes from: sources whose Flume counterpart builds events from a map of
 * headers (avro, thrift, http, syslog, Kafka) call event_from_map when the
 * headers are set and before interceptors run.
 */
void event_order(const struct event *, uint16_t *at);
void event_from_map(struct event *);
/* "{a=1, b=2}" as Java prints a map of the headers. */
void event_print_headers(struct buf *, const struct event *);

static inline struct slice
event_body(const struct event *ev)
{
	return SLICE_OF(ev->body, ev->len);
}

#endif
