/*
 * inside.h - the agent from the inside: what stands behind the handles that
 * components get.  Only the agent's own files include it, no component does.
 *
 * A source has a thread; a runner has one, for a sink or for a group of them.
 * Channels are called from those.  What an agent is made of does not change
 * while it runs but by reload.c, which stops what it changes.
 */
#ifndef AGENT_INSIDE_H
#define AGENT_INSIDE_H

#include <pthread.h>

#include "agent/channel.h"
#include "agent/conf.h"
#include "agent/sink.h"
#include "agent/source.h"
#include "agent/waker.h"

#define CHANNELS_MAX	64		/* of one source: a bit each */
#define RETRY_NS	3000000000LL	/* a start that failed is tried again, as by Flume's supervisor */
#define PAUSE_NS	5000000000LL	/* after a delivery that failed, as Flume's runners wait */

struct agent;
struct runner;

struct channel {
	struct component c;
	const struct channel_type *type;
	void *self;
	struct context *ctx;
	struct counters counters;
	int64_t transaction;		/* events in one */
	atomic_bool started;
	bool kept;			/* by a reload: it goes on running */
	atomic_int sleepers;		/* runners that wait for an event */
	pthread_mutex_t lock;		/* of runners */
	struct runner **runners;
	size_t nrunners;
};

struct interceptor {
	const struct interceptor_type *type;
	void *self;
};

struct source {
	struct component c;
	const struct source_type *type;
	void *self;
	struct context *ctx;
	struct counters counters;
	struct channel *channels[CHANNELS_MAX];
	size_t nchannels;
	struct interceptor *interceptors;
	size_t ninterceptors;
	const struct selector_type *selector;
	void *selector_self;
	pthread_mutex_t gate;		/* of interceptors and selector */
	size_t transaction;
	struct agent *agent;
	pthread_t thread;
	bool running, kept, tried;
};

struct sink {
	struct component c;
	const struct sink_type *type;
	void *self;
	struct context *ctx;
	struct counters counters;
	struct channel *channel;
	struct runner *runner;
	bool started;
	int64_t retry_ns;		/* when a start that failed is tried again */
	_Atomic int64_t wake_ns;
};

struct runner {				/* of a group, or of a sink by itself */
	const char *name;
	struct context *ctx;		/* of the group; NULL: of a sink */
	const struct processor_type *processor;
	void *processor_self;
	struct sink **sinks;
	size_t nsinks;
	struct agent *agent;
	struct waker waker;
	atomic_bool called, stopping;
	pthread_t thread;
	bool running, kept, tried;
};

struct agent {
	const char *name;
	struct conf *conf;
	struct log *log;
	bool fail_fast, runs_programs;
	bool no_programs;		/* the sandbox has taken that right away */
	struct channel **channels;
	struct source **sources;
	struct runner **runners;
	size_t nchannels, nsources, nrunners;
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t changed;
	size_t pending;			/* components whose first start is not over */
	bool failed;			/* one of those failed, and that is fatal */
	atomic_bool ending;
};

/* channel.c */
int channel_start(struct channel *, struct err *);
void channel_stop(struct channel *);
ssize_t channel_put(struct channel *, const struct span *, size_t least, const atomic_bool *stop, struct err *);
bool channel_ready(struct channel *);
void channel_level(struct channel *, int64_t *size, int64_t *capacity);
int channel_join(struct channel *, struct runner *);	/* that runner takes from it from now on; -1: no memory */
void channel_leave(struct channel *, struct runner *);
void channel_free(struct channel *);

/* source.c, source_put.c */
int source_launch(struct source *, struct err *);	/* its thread starts it */
void source_halt(struct source *);			/* stops it and waits for the thread */
void source_free(struct source *);

/* runner.c, sink.c */
int runner_launch(struct runner *, struct err *);
void runner_halt(struct runner *);
void runner_free(struct runner *);
int sink_start(struct sink *, struct err *);		/* at once; says what came of it */
void sink_halt(struct sink *);
void sink_free(struct sink *);

/* agent.c */
void agent_tried(struct agent *, bool started);		/* a component's first start is over */

/* component.c */
int component_init(struct component *, const char *name, const struct names *, struct log *, struct counters *);
void component_stop(struct component *);
void component_again(struct component *);		/* may be started again */
void component_release(struct component *);
void component_started(struct component *);		/* said and counted */
void component_stopped(struct component *);
/* Until stop_fd or so many ns; true: stopping. */
bool component_pause(struct component *, int64_t ns);

#endif
