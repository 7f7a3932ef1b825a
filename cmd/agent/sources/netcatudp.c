/*
 * netcatudp.c - a datagram, up to its first newline, is an event.
 */
#include <stdio.h>
#include <string.h>

#include "agent/netaddr.h"
#include "agent/sources/datagrams.h"

struct netcatudp {
	const char *bind, *header;
	int port;
	struct datagrams in;
	struct lossy lossy;
};

static void
configure(void *self, struct context *c)
{
	struct netcatudp *n = self;

	n->in.fd = -1;
	n->bind = ctx_str(c, "bind", "0.0.0.0");
	n->port = (int)ctx_need_int(c, "port", 0, 65535);
	n->header = ctx_str(c, "remoteAddress", NULL);
	ctx_listens(c, "bind", n->bind);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct netcatudp *n = self;

	return datagrams_open(&n->in, src, n->bind, n->port, e);
}

/* As Java prints a sender: "/127.0.0.1:1234". */
static int
say_sender(const struct netcatudp *n, struct batch *b, struct event *ev, int i)
{
	char text[NETADDR_MAX + 1] = "/";
	socklen_t len;

	if (n->header == NULL)
		return 0;
	netaddr_print(datagrams_from(&n->in, i, &len), text + 1);
	return event_set(b, ev, slice_str(n->header), slice_str(text));
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct netcatudp *n = self;
	struct batch b = BATCH_INIT;
	struct event *ev;
	struct slice line;
	int i, k;

	while ((k = datagrams_read(&n->in, src, &n->lossy, e)) > 0) {
		for (i = 0; i < k; i++) {
			line = datagrams_line(&n->in, i);
			if ((ev = batch_add(&b, line.p, line.n)) == NULL || say_sender(n, &b, ev, i) != 0) {
				lossy_count(&n->lossy, src, k - i, "no memory");
				break;
			}
			event_from_map(ev);
		}
		lossy_put(&n->lossy, src, &b, false);
	}
	return k;
}

static void
stop(void *self, struct source *src)
{
	struct netcatudp *n = self;

	(void)src;
	datagrams_close(&n->in);
}

const struct source_type source_netcatudp = {
	.names = { "netcatudp", CLASSES("org.apache.flume.source.NetcatUdpSource") },
	.size = sizeof(struct netcatudp), .restart = true, .configure = configure, .start = start, .run = run, .stop = stop,
};
