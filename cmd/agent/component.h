/*
 * component.h - what a source, channel, sink, interceptor, selector, sink
 * processor, serializer and deserializer is: a const table of each.
 *
 * A component is one file, agent/KINDs/NAME.c, with one table, KIND_NAME,
 * and one line in agent/components.def.  It knows events (event.h), its
 * properties (context.h) and what its kind is given (source.h, sink.h,
 * channel.h), and no other component.  share/doc/agent.md walks through one.
 *
 * The agent allocates size bytes, zeroed, for each component configured so,
 * and calls, each in this order:
 *
 *	configure	reads properties, opens nothing
 *	start		opens, binds, recovers; -code with a sentence: tried again every 3 s
 *	run, process, put, take ...
 *	stop		closes what start opened; start may follow again
 *	release		frees what configure made
 *
 * Any of them but configure may be NULL where there is nothing to do.  start,
 * run and stop of a component run in its own thread; configure and release in
 * the agent's.
 */
#ifndef AGENT_COMPONENT_H
#define AGENT_COMPONENT_H

#include <sys/types.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/context.h"
#include "agent/counters.h"
#include "agent/event.h"
#include "agent/log.h"
#include "base/err.h"

/* How a configuration names a type; an alias is compared in any case. */
struct names {
	const char *alias;			/* "netcat"; NULL: by class only */
	const char *const *classes;		/* "org.apache.flume.source.NetcatSource" ..., NULL ends them; at least one */
};
#define CLASSES(...)	(const char *const[]){ __VA_ARGS__, NULL }

/* What the agent tells every component of itself. */
struct component {
	const char *name;			/* "r1" */
	const char *type;			/* its first class name */
	struct log *log;
	struct counters *counters;		/* counters.h: those of its kind, then the type's own */
	int stop_fd;				/* becomes readable (poll) when it shall end */
	atomic_bool stopping;			/* true from then on */
	atomic_bool failed;			/* it ended by itself, with an error, and does not run */
};

/* A line of the log, in the component's name. */
void say(struct component *, enum log_level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * A source runs in its own thread until stop_fd is readable, blocked in the
 * kernel when idle, and puts batches (source.h).  run returns 0 when it ended
 * by itself or was stopped, -code when it died; then the agent says so, and
 * starts it again after 3 s if restart says so.
 */
struct source;
struct source_type {
	struct names names;
	size_t size;
	const char *const *counters;		/* beyond those of every source; NULL ends them, NULL: none */
	bool restart;				/* start it again when run failed */
	void (*configure)(void *self, struct context *);
	int (*start)(void *self, struct source *, struct err *);
	int (*run)(void *self, struct source *, struct err *);
	void (*stop)(void *self, struct source *);
	void (*release)(void *self);
};

/*
 * A sink's process is one go: take a batch, deliver it, commit or roll back
 * (sink.h).  It is called in the thread of the sink or of its group when the
 * channel has events, when the time of sink_wake_at has come, and after
 * sink_wake; never again before it has returned.
 */
enum sink_rc {
	SINK_READY,				/* a batch was delivered, or work was done */
	SINK_IDLE,				/* nothing to do */
	SINK_FAILED,				/* rolled back, err says why: the agent waits 5 s, a group tries another */
};
struct sink;
struct sink_type {
	struct names names;
	size_t size;
	const char *const *counters;
	void (*configure)(void *self, struct context *);
	int (*start)(void *self, struct sink *, struct err *);
	enum sink_rc (*process)(void *self, struct sink *, struct err *);
	void (*stop)(void *self, struct sink *);
	void (*release)(void *self);
};

/*
 * A channel keeps events between put and commit of the take.  Its calls come
 * from several threads at once.
 */
struct channel;
struct take;
struct channel_type {
	struct names names;
	size_t size;
	const char *const *counters;
	bool forgets;				/* keeps events in memory only: drained into the sinks before the agent ends */
	void (*configure)(void *self, struct context *);
	int (*start)(void *self, struct channel *, struct err *);
	void (*stop)(void *self, struct channel *);
	void (*release)(void *self);
	/*
	 * Puts a transaction: the first k events of the span, at least `least`
	 * of them, as many as fit; keeps the arena with arena_ref.  Waits as
	 * long as its configuration says for room, or until *stop.  Returns k;
	 * -ERR_BUSY: full, -ERR_INTR: *stop, other codes: failed; nothing was put.
	 */
	ssize_t (*put)(void *self, struct channel *, const struct span *, size_t least, const atomic_bool *stop, struct err *);
	/* Putters that wait look at their *stop again. */
	void (*nudge)(void *self);
	/*
	 * Begins a transaction with up to max events (take_add, channel.h)
	 * without waiting; 0: none there.  Several may be open.
	 */
	ssize_t (*take)(void *self, struct channel *, struct take *, size_t max, struct err *);
	int (*commit)(void *self, struct channel *, struct take *, struct err *);	/* not 0: the events come again */
	void (*rollback)(void *self, struct channel *, struct take *);	/* back to the head, in order */
	bool (*ready)(void *self);		/* would a take give an event? */
	/* Events in it, those in open takes included; and how many it can hold. */
	void (*level)(void *self, int64_t *size, int64_t *capacity);
	/* Takes over what `old`, of the same type, held; its configuration has changed.  NULL: the new one starts from disk. */
	void (*adopt)(void *self, void *old);
};

/* An interceptor changes the events [from, n) of a batch; it drops one by setting its `dropped`.  One thread at a time. */
struct interceptor_type {
	struct names names;
	size_t size;
	void (*configure)(void *self, struct context *);
	int (*intercept)(void *self, struct batch *, size_t from, struct err *);	/* not 0: the batch is refused */
	void (*release)(void *self);
};

/* A selector says into which of its source's channels (a bit each, in the order of `channels`) an event goes. */
struct selector_type {
	struct names names;
	size_t size;
	bool uniform;				/* all events go the same way; it is asked once a batch */
	void (*configure)(void *self, struct context *, const char *const *channels, size_t n);
	void (*route)(void *self, const struct event *, uint64_t *required, uint64_t *optional);
	void (*release)(void *self);
};

/* A sink processor runs a group: it calls sink_process of its members, and says what came of it. */
struct processor_type {
	struct names names;
	size_t size;
	void (*configure)(void *self, struct context *, const char *const *sinks, size_t n);
	enum sink_rc (*process)(void *self, struct sink *const *sinks, size_t n, struct err *);
	void (*release)(void *self);
};

/*
 * A serializer makes the bytes of a file out of events.  All append to out:
 * begin once a file, put any number of times, flush before each commit (what
 * was put is in the file then), end once.
 */
struct serializer_type {
	struct names names;
	size_t size;
	void (*configure)(void *self, struct context *);
	int (*begin)(void *self, struct buf *out, struct err *);
	int (*put)(void *self, const struct event *, size_t n, struct buf *out, struct err *);
	int (*flush)(void *self, struct buf *out, struct err *);
	int (*end)(void *self, struct buf *out, struct err *);
	void (*release)(void *self);
};

/* What the source says of the text of its files: its character set, what to do with bytes that are none of it
 * (enum charset_policy), the characters of a line (0: the deserializer's own maximum counts). */
struct deserializer_text { const char *charset; int policy; int64_t longest; };

/* A deserializer makes events out of a file; a place that tell gave is one to open at again. */
struct deserializer_type {
	struct names names;
	size_t size;
	void (*configure)(void *self, struct context *);
	void (*text)(void *self, const struct deserializer_text *);	/* after configure; NULL: it reads bytes */
	int (*open)(void *self, int fd, int64_t at, struct err *);	/* fd stays the caller's, and open until close */
	ssize_t (*read)(void *self, struct batch *, size_t max, struct err *);	/* events added; 0: the end */
	int64_t (*tell)(void *self);		/* where the next event begins */
	void (*close)(void *self);
	void (*release)(void *self);
};

#endif
