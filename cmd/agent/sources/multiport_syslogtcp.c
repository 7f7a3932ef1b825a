/*
 * multiport_syslogtcp.c - syslog over TCP on several ports, each with its own
 * character set.
 *
 * A port that cannot be bound is said and tried again, the others work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/charset.h"
#include "agent/sources/syslog_stream.h"
#include "base/parse.h"

#define RETRY_MS	3000

struct port {
	struct multiport *of;
	struct listener listener;
	const char *charset;
	pthread_t thread;
	bool listens;			/* since start */
	bool running;
};

struct multiport {
	struct listener common;		/* what all have alike; never started */
	struct syslog_rules rules;
	const char *charset;
	struct port *ports;
	size_t n;
	struct source *src;
};

static const char *
charset_of(struct context *c, const char *key, const char *otherwise)
{
	const char *name = ctx_str(c, key, otherwise);
	struct charset *cs;
	struct err e = ERR_INIT;

	if (charset_open(&cs, name, &e) != 0)
		ctx_err(c, key, &e);
	else if (charset_unit(cs) != 1)
		ctx_error(c, key, "lines end with a newline of one byte, which %s does not have", name);
	charset_close(cs);
	return name;
}

static void
configure_ports(struct multiport *m, struct context *c)
{
	struct words w = ctx_words(c, "ports", " \t,");
	struct err e = ERR_INIT;
	char key[32];
	int64_t port;
	size_t i, k;

	if ((m->ports = calloc(w.n + 1, sizeof(*m->ports))) == NULL)
		return ctx_error(c, "ports", "no memory");
	for (i = 0; i < w.n; i++) {
		if (parse_int(w.v[i], 0, 65535, &port, &e) != 0) {
			ctx_error(c, "ports", "'%s' %s", w.v[i], e.text);
			continue;
		}
		for (k = 0; port != 0 && k < m->n && m->ports[k].listener.port != port; k++)
			;
		if (port != 0 && k < m->n) {
			ctx_warn(c, "ports", "%lld stands there twice", (long long)port);
			continue;
		}
		snprintf(key, sizeof(key), "charset.port.%lld", (long long)port);
		m->ports[m->n].of = m;
		m->ports[m->n].listener = m->common;
		m->ports[m->n].listener.port = (int)port;
		m->ports[m->n++].charset = charset_of(c, key, m->charset);
	}
}

static void
configure(void *self, struct context *c)
{
	struct multiport *m = self;

	listener_configure(&m->common, c, LISTENER_TLS | LISTENER_HOST | LISTENER_ANY | LISTENER_PORTS);
	syslog_rules_configure(&m->rules, c);
	m->rules.multiport = true;
	m->rules.batch = (size_t)ctx_int(c, "batchSize", 100, 1, INT32_MAX);
	m->rules.port_header = ctx_str(c, "portHeader", NULL);
	m->charset = charset_of(c, "charset.default", "UTF-8");
	(void)ctx_need(c, "ports");
	configure_ports(m, c);
	ctx_ignored(c, "numProcessors", "each connection has a thread");
	ctx_ignored(c, "readBufferBytes", "as much is read as there is");
	ctx_batch(c, (int64_t)m->rules.batch);
}

static void
each(void *self, struct listener *l, struct stream *s)
{
	struct port *p = self;

	syslog_stream(&p->of->rules, l, s, p->charset, l->port);
}

/* Asked to end before it served what start had bound. */
static void
leave(struct port *p)
{
	if (p->listens)
		listener_stop(&p->listener);
	p->listens = false;
}

static void *
serve(void *arg)
{
	struct port *p = arg;
	struct source *src = p->of->src;
	struct err e = ERR_INIT;
	bool said = false;

	while (!source_stopping(src)) {
		if (p->listens || listener_start(&p->listener, src, &e) == 0) {
			p->listens = false;
			(void)listener_run(&p->listener, src, each, p, &e);
			listener_stop(&p->listener);
		}
		if (source_stopping(src))
			break;
		if (!said)
			say(source_self(src), LOG_ERROR, "Could not bind to address: %s; it is tried again every %d s", e.text, RETRY_MS / 1000);
		said = true;
		(void)source_wait(src, NULL, 0, RETRY_MS);
	}
	leave(p);
	return NULL;
}

/* With one port it has started; the others are tried again while it runs. */
static int
start(void *self, struct source *src, struct err *e)
{
	struct multiport *m = self;
	size_t i, n = 0;

	for (i = 0; i < m->n; i++) {
		m->ports[i].listens = listener_start(&m->ports[i].listener, src, e) == 0;
		n += m->ports[i].listens;
	}
	return n > 0 ? 0 : -(int)e->code;
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct multiport *m = self;
	int rc = 0;
	size_t i;

	m->src = src;
	for (i = 0; i < m->n; i++) {
		if ((rc = pthread_create(&m->ports[i].thread, NULL, serve, &m->ports[i])) != 0) {
			leave(&m->ports[i]);
			say(source_self(src), LOG_ERROR, "no thread for port %d: %s", m->ports[i].listener.port, strerror(rc));
			continue;
		}
		m->ports[i].running = true;
	}
	while (!source_stopping(src))
		(void)source_wait(src, NULL, 0, -1);
	for (i = 0; i < m->n; i++)
		if (m->ports[i].running)
			pthread_join(m->ports[i].thread, NULL);
	(void)e;
	return 0;
}

static void
release(void *self)
{
	struct multiport *m = self;

	listener_release(&m->common);
	free(m->ports);
}

const struct source_type source_multiport_syslogtcp = {
	.names = { "multiport_syslogtcp", CLASSES("org.apache.flume.source.MultiportSyslogTCPSource") },
	.size = sizeof(struct multiport), .restart = true, .configure = configure, .start = start, .run = run, .release = release,
};
