/*
 * source.c - a source in its thread: started, tried again, run, stopped.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/inside.h"

struct component *
source_self(struct source *s)
{
	return &s->c;
}

bool
source_stopping(const struct source *s)
{
	return atomic_load_explicit(&s->c.stopping, memory_order_relaxed);
}

size_t
source_transaction(const struct source *s)
{
	return s->transaction;
}

int
source_wait(struct source *s, struct pollfd *fds, size_t n, int ms)
{
	struct pollfd few[16], *all = few;
	int rc;

	if (n + 1 > sizeof(few) / sizeof(few[0]) && (all = calloc(n + 1, sizeof(*all))) == NULL)
		return -1;
	if (n > 0)
		memcpy(all, fds, n * sizeof(*all));
	all[n] = (struct pollfd){ .fd = s->c.stop_fd, .events = POLLIN };
	rc = poll(all, (nfds_t)n + 1, ms);
	if (n > 0)
		memcpy(fds, all, n * sizeof(*all));
	if (rc > 0 && all[n].revents != 0)
		rc--;
	if (all != few)
		free(all);
	return rc;
}

/* Until it is started, or shall stop. */
static int
start(struct source *s)
{
	struct err e = ERR_INIT;

	for (;;) {
		if (s->type->start == NULL || s->type->start(s->self, s, &e) == 0) {
			component_started(&s->c);
			if (!s->tried)
				agent_tried(s->agent, true);
			s->tried = true;
			return 0;
		}
		say(&s->c, LOG_ERROR, "Unable to start source %s: %s", s->c.name, e.text);
		if (!s->tried)
			agent_tried(s->agent, false);
		s->tried = true;
		if (component_pause(&s->c, RETRY_NS))
			return -1;
	}
}

static void *
run(void *arg)
{
	struct source *s = arg;
	struct err e = ERR_INIT;
	int rc;

	while (!source_stopping(s) && start(s) == 0) {
		rc = s->type->run(s->self, s, &e);
		if (s->type->stop != NULL)
			s->type->stop(s->self, s);
		component_stopped(&s->c);
		if (rc == 0)
			break;
		atomic_store(&s->c.failed, true);
		say(&s->c, LOG_ERROR, "Source %s ended: %s%s", s->c.name, e.text, s->type->restart ? "" : "; restart or reconfigure the agent to continue");
		if (!s->type->restart || component_pause(&s->c, RETRY_NS))
			break;
	}
	return NULL;
}

int
source_launch(struct source *s, struct err *e)
{
	int rc;

	component_again(&s->c);
	s->tried = false;
	if ((rc = pthread_create(&s->thread, NULL, run, s)) != 0)
		return err_set(e, ERR_SYS, "cannot start a thread for source %s: %s", s->c.name, strerror(rc));
	s->running = true;
	return 0;
}

void
source_halt(struct source *s)
{
	size_t i;

	if (!s->running)
		return;
	say(&s->c, LOG_INFO, "Stopping Source %s", s->c.name);
	component_stop(&s->c);
	for (i = 0; i < s->nchannels; i++)
		if (s->channels[i]->type->nudge != NULL)
			s->channels[i]->type->nudge(s->channels[i]->self);
	pthread_join(s->thread, NULL);
	s->running = false;
}

void
source_free(struct source *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->ninterceptors; i++) {
		if (s->interceptors[i].type->release != NULL)
			s->interceptors[i].type->release(s->interceptors[i].self);
		free(s->interceptors[i].self);
	}
	free(s->interceptors);
	if (s->selector_self != NULL && s->selector->release != NULL)
		s->selector->release(s->selector_self);
	free(s->selector_self);
	if (s->self != NULL && s->type->release != NULL)
		s->type->release(s->self);
	free(s->self);
	component_release(&s->c);
	context_free(s->ctx);
	pthread_mutex_destroy(&s->gate);
	free(s);
}
