/*
 * runner.c - the thread of a sink, or of a group of sinks.
 *
 * It sleeps in the kernel until a channel of its sinks has events, a sink's
 * time has come, or it is called; then the processor has a go.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/inside.h"
#include "base/clock.h"

#define HURRY_NS	100000000LL
#define IDLE_GOES	64	/* with events said to be there that somebody else took */

/* Is there something to do?  *until: when there will be; 0: when somebody says so. */
static bool
due(struct runner *r, int64_t *until)
{
	int64_t now = clock_steady_ns(), at;
	bool yes = atomic_exchange(&r->called, false);
	size_t i;

	*until = 0;
	for (i = 0; i < r->nsinks; i++) {
		struct sink *s = r->sinks[i];

		at = s->started ? atomic_load(&s->wake_ns) : s->retry_ns;
		if (at > 0 && at <= now) {
			atomic_store(&s->wake_ns, 0);
			yes = true;
		} else if (at > 0 && (*until == 0 || at < *until))
			*until = at;
		yes = yes || (s->started && channel_ready(s->channel));
	}
	return yes;
}

static void
sleepers(struct runner *r, int n)
{
	size_t i;

	for (i = 0; i < r->nsinks; i++)
		atomic_fetch_add(&r->sinks[i]->channel->sleepers, n);
}

static void
wait_for_work(struct runner *r)
{
	unsigned seen = waker_look(&r->waker);
	int64_t until;

	if (due(r, &until)) {
		atomic_store(&r->called, true);
		return;
	}
	sleepers(r, 1);
	atomic_thread_fence(memory_order_seq_cst);
	if (due(r, &until))
		atomic_store(&r->called, true);
	else if (!atomic_load(&r->stopping))
		waker_sleep(&r->waker, seen, until);
	sleepers(r, -1);
}

/* Only a stop ends the pause before its time; an agent about to end makes it short. */
static void
pause_for(struct runner *r, int64_t ns)
{
	int64_t until = clock_steady_ns() + ns, now;
	unsigned seen;

	for (;;) {
		seen = waker_look(&r->waker);
		now = clock_steady_ns();
		if (atomic_load(&r->agent->ending) && until > now + HURRY_NS)
			until = now + HURRY_NS;
		if (atomic_load(&r->stopping) || now >= until)
			return;
		waker_sleep(&r->waker, seen, until);
	}
}

static bool
start_all(struct runner *r)
{
	struct err e = ERR_INIT;
	bool all = true;
	size_t i;

	for (i = 0; i < r->nsinks; i++)
		if (sink_start(r->sinks[i], &e) != 0)
			all = false;
	return all;
}

/* Those whose start failed, when their time has come again. */
static void
start_late(struct runner *r)
{
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < r->nsinks; i++)
		if (!r->sinks[i]->started && clock_steady_ns() >= r->sinks[i]->retry_ns)
			(void)sink_start(r->sinks[i], &e);
}

static void *
run(void *arg)
{
	struct runner *r = arg;
	struct err e = ERR_INIT;
	unsigned idle = 0;
	int64_t until;
	bool all;
	size_t i;

	agent_tried(r->agent, all = start_all(r));
	while (!atomic_load(&r->stopping)) {
		if (!due(r, &until)) {
			wait_for_work(r);
			continue;
		}
		if (!all)
			start_late(r);
		switch (r->processor->process(r->processor_self, r->sinks, r->nsinks, &e)) {
		case SINK_READY:
			idle = 0;
			break;
		case SINK_IDLE:
			if (++idle > IDLE_GOES)
				pause_for(r, 1000000);
			break;
		case SINK_FAILED:
			if (r->nsinks == 1 && !r->sinks[0]->started)
				break;		/* said by its start, which is tried again in its time */
			log_line(r->agent->log, LOG_ERROR, r->name, "org.apache.flume.SinkRunner", "Unable to deliver event: %s", e.text);
			pause_for(r, PAUSE_NS);
			break;
		}
	}
	for (i = 0; i < r->nsinks; i++)
		sink_halt(r->sinks[i]);
	return NULL;
}

int
runner_launch(struct runner *r, struct err *e)
{
	int rc;

	atomic_store(&r->stopping, false);
	if ((rc = pthread_create(&r->thread, NULL, run, r)) != 0)
		return err_set(e, ERR_SYS, "cannot start a thread for sink %s: %s", r->name, strerror(rc));
	r->running = true;
	return 0;
}

void
runner_halt(struct runner *r)
{
	size_t i;

	if (!r->running)
		return;
	for (i = 0; i < r->nsinks; i++) {
		say(&r->sinks[i]->c, LOG_INFO, "Stopping Sink %s", r->sinks[i]->c.name);
		component_stop(&r->sinks[i]->c);
	}
	atomic_store(&r->stopping, true);
	waker_wake(&r->waker);
	pthread_join(r->thread, NULL);
	r->running = false;
}

void
runner_free(struct runner *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < r->nsinks; i++) {
		if (r->sinks[i] != NULL && r->sinks[i]->channel != NULL)
			channel_leave(r->sinks[i]->channel, r);
		sink_free(r->sinks[i]);
	}
	free(r->sinks);
	if (r->processor_self != NULL && r->processor->release != NULL)
		r->processor->release(r->processor_self);
	free(r->processor_self);
	context_free(r->ctx);
	free(r);
}
