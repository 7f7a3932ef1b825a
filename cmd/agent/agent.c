/*
 * agent.c - starts and stops what an agent is made of (agent.h).
 */
#include "agent/agent.h"


static void
say_agent(struct agent *a, enum log_level level, const char *what, const char *name)
{
	log_line(a->log, level, a->name, "org.apache.flume.node.Application", "%s %s", what, name);
}

static int
start_channel(struct agent *a, struct channel *ch)
{
	struct err e = ERR_INIT;

	say_agent(a, LOG_INFO, "Starting Channel", ch->c.name);
	if (channel_start(ch, &e) == 0)
		return 0;
	say(&ch->c, LOG_ERROR, "Unable to start channel %s: %s", ch->c.name, e.text);
	return -1;
}

void
agent_tried(struct agent *a, bool started)
{
	pthread_mutex_lock(&a->lock);
	a->pending--;
	a->failed = a->failed || !started;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void
expect(struct agent *a, size_t n)
{
	pthread_mutex_lock(&a->lock);
	a->pending += n;
	pthread_mutex_unlock(&a->lock);
}

static void
wait_for_all(struct agent *a)
{
	pthread_mutex_lock(&a->lock);
	while (a->pending > 0)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

int
agent_start(struct agent *a, struct err *e)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < a->nchannels; i++)
		if (!atomic_load(&a->channels[i]->started) && start_channel(a, a->channels[i]) != 0)
			a->failed = true;
	for (i = 0; i < a->nrunners && rc == 0; i++) {
		if (a->runners[i]->running)
			continue;
		for (k = 0; k < a->runners[i]->nsinks; k++)
			say_agent(a, LOG_INFO, "Starting Sink", a->runners[i]->sinks[k]->c.name);
		expect(a, 1);
		if ((rc = runner_launch(a->runners[i], e)) != 0)
			agent_tried(a, false);
	}
	/* No source puts before every sink was given its chance to take. */
	wait_for_all(a);
	for (i = 0; i < a->nsources && rc == 0; i++) {
		if (a->sources[i]->running)
			continue;
		say_agent(a, LOG_INFO, "Starting Source", a->sources[i]->c.name);
		expect(a, 1);
		if ((rc = source_launch(a->sources[i], e)) != 0)
			agent_tried(a, false);
	}
	wait_for_all(a);
	if (rc == 0)
		log_line(a->log, LOG_INFO, a->name, "org.apache.flume.node.Application", "Agent %s started", a->name);
	if (rc == 0 && a->failed && a->fail_fast)
		rc = err_set(e, ERR_BUSY, "a component could not be started (--fail-fast)");
	return rc;
}

int
agent_tend(struct agent *a)
{
	int ms = -1;
	size_t i;

	for (i = 0; i < a->nchannels; i++)
		if (!atomic_load(&a->channels[i]->started)) {
			if (start_channel(a, a->channels[i]) == 0)
				channel_arrived(a->channels[i]);
			else
				ms = (int)(RETRY_NS / 1000000);
		}
	return ms;
}

void
agent_stop_sources(struct agent *a)
{
	size_t i;

	for (i = 0; i < a->nsources; i++)
		source_halt(a->sources[i]);
}

int64_t
agent_left(struct agent *a)
{
	int64_t sum = 0, size, capacity;
	size_t i;

	for (i = 0; i < a->nchannels; i++) {
		if (!a->channels[i]->type->forgets)
			continue;
		channel_level(a->channels[i], &size, &capacity);
		sum += size;
	}
	return sum;
}

void
agent_hurry(struct agent *a)
{
	size_t i;

	atomic_store(&a->ending, true);
	for (i = 0; i < a->nrunners; i++)
		waker_wake(&a->runners[i]->waker);
}

void
agent_stop_rest(struct agent *a)
{
	size_t i;

	for (i = 0; i < a->nrunners; i++)
		runner_halt(a->runners[i]);
	for (i = 0; i < a->nchannels; i++) {
		say_agent(a, LOG_INFO, "Stopping Channel", a->channels[i]->c.name);
		channel_stop(a->channels[i]);
	}
}
