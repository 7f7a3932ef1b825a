/*
 * component.c - what every component has: a name, a stop, a place in the log.
 */
#include <sys/eventfd.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/inside.h"
#include "base/clock.h"
#include "base/io.h"

int
component_init(struct component *c, const char *name, const struct names *names, struct log *log, struct counters *counters)
{
	c->name = name;
	c->type = names->classes[0];
	c->log = log;
	c->counters = counters;
	atomic_init(&c->stopping, false);
	atomic_init(&c->failed, false);
	c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return c->stop_fd == -1 ? -1 : 0;
}

void
component_stop(struct component *c)
{
	uint64_t one = 1;

	atomic_store(&c->stopping, true);
	(void)write_full(c->stop_fd, &one, sizeof(one), NULL);
}

void
component_again(struct component *c)
{
	uint64_t n;

	atomic_store(&c->stopping, false);
	(void)read_some(c->stop_fd, &n, sizeof(n));
}

void
component_release(struct component *c)
{
	if (c->stop_fd > 0)
		close(c->stop_fd);
	c->stop_fd = -1;
}

static const char *
kind_of(const struct component *c)
{
	return kind_name(c->counters->kind);
}

void
component_started(struct component *c)
{
	atomic_store(&c->failed, false);
	atomic_store(&c->counters->started_ms, clock_wall_ms());
	atomic_store(&c->counters->stopped_ms, 0);
	say(c, LOG_INFO, "Component type: %s, name: %s started", kind_of(c), c->name);
}

void
component_stopped(struct component *c)
{
	atomic_store(&c->counters->stopped_ms, clock_wall_ms());
	say(c, LOG_INFO, "Component type: %s, name: %s stopped", kind_of(c), c->name);
}

bool
component_pause(struct component *c, int64_t ns)
{
	struct pollfd p = { .fd = c->stop_fd, .events = POLLIN };

	(void)poll(&p, 1, (int)(ns / 1000000));
	return atomic_load(&c->stopping);
}

void
say(struct component *c, enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(c->log, level, c->name, c->type, fmt, ap);
	va_end(ap);
}
