/*
 * syslogudp.c - syslog by UDP: a datagram, up to its first newline, is an event.
 */
#include <string.h>

#include "agent/sources/datagrams.h"
#include "agent/sources/sender.h"
#include "agent/sources/syslog_form.h"

struct syslogudp {
	const char *host;
	int port;
	struct sender_rules who;
	struct datagrams in;
	struct lossy lossy;
	struct syslog syslog;
	struct sender sender;
};

static void
configure(void *self, struct context *c)
{
	struct syslogudp *u = self;

	u->in.fd = -1;
	u->host = ctx_str(c, "host", "0.0.0.0");
	u->port = (int)ctx_need_int(c, "port", 0, 65535);
	u->syslog.keep = syslog_keep(c, "keepFields");
	sender_configure(&u->who, c);
	u->syslog.form = syslog_form_new(c);
	ctx_listens(c, "host", u->host);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct syslogudp *u = self;

	return datagrams_open(&u->in, src, u->host, u->port, e);
}

static int
one(struct syslogudp *u, struct source *src, struct batch *b, int i)
{
	struct slice line = datagrams_line(&u->in, i);
	const struct sockaddr *from;
	struct arena *a = batch_arena(b);
	struct event *ev;
	socklen_t n;

	if (line.n == 0) {
		lossy_count(&u->lossy, src, 1, "an empty datagram is no event");
		return 0;
	}
	if (a == NULL || (line.p = arena_copy(a, line.p, line.n)) == NULL || (ev = syslog_event(&u->syslog, b, line, false)) == NULL)
		return -1;
	from = datagrams_from(&u->in, i, &n);
	sender_is(&u->sender, &u->who, from, n);
	return sender_headers(&u->sender, &u->who, b, ev);
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct syslogudp *u = self;
	struct batch b = BATCH_INIT;
	int i, k;

	while ((k = datagrams_read(&u->in, src, &u->lossy, e)) > 0) {
		for (i = 0; i < k; i++)
			if (one(u, src, &b, i) != 0) {
				lossy_count(&u->lossy, src, k - i, "no memory");
				break;
			}
		lossy_put(&u->lossy, src, &b, false);
	}
	return k;
}

static void
stop(void *self, struct source *src)
{
	struct syslogudp *u = self;

	(void)src;
	datagrams_close(&u->in);
}

static void
release(void *self)
{
	struct syslogudp *u = self;

	syslog_form_free(u->syslog.form);
}

const struct source_type source_syslogudp = {
	.names = { "syslogudp", CLASSES("org.apache.flume.source.SyslogUDPSource") },
	.size = sizeof(struct syslogudp), .restart = true, .configure = configure, .start = start, .run = run, .stop = stop,
	.release = release,
};
