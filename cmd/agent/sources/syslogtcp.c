/*
 * syslogtcp.c - syslog over TCP, plain or in TLS.
 */
#include "agent/sources/syslog_form.h"
#include "agent/sources/syslog_stream.h"

struct syslogtcp {
	struct listener listener;
	struct syslog_rules rules;
};

static void
configure(void *self, struct context *c)
{
	struct syslogtcp *t = self;

	listener_configure(&t->listener, c, LISTENER_TLS | LISTENER_HOST);
	syslog_rules_configure(&t->rules, c);
	t->rules.form = syslog_form_new(c);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct syslogtcp *t = self;

	return listener_start(&t->listener, src, e);
}

static void
each(void *self, struct listener *l, struct stream *s)
{
	struct syslogtcp *t = self;

	syslog_stream(&t->rules, l, s, "UTF-8", l->port);
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct syslogtcp *t = self;

	return listener_run(&t->listener, src, each, t, e);
}

static void
stop(void *self, struct source *src)
{
	struct syslogtcp *t = self;

	(void)src;
	listener_stop(&t->listener);
}

static void
release(void *self)
{
	struct syslogtcp *t = self;

	listener_release(&t->listener);
	syslog_form_free(t->rules.form);
}

const struct source_type source_syslogtcp = {
	.names = { "syslogtcp", CLASSES("org.apache.flume.source.SyslogTcpSource") },
	.size = sizeof(struct syslogtcp), .restart = true, .configure = configure, .start = start, .run = run, .stop = stop, .release = release,
};
