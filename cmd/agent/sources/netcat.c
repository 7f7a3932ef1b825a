/*
 * netcat.c - lines over TCP: each is an event, answered with OK or FAILED.
 *
 * One thread serves all connections. What one read(2) brought becomes one
 * batch, copied once; its answers go out in one write.  A client that does not
 * read its answers is not read from.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/netaddr.h"
#include "agent/source.h"
#include "agent/sources/netcat_conn.h"
#include "base/clock.h"
#include "base/io.h"

#define READ_BYTES	(64 << 10)
#define OUT_MOST	(256 << 10)	/* of answers that the client has not read */
#define EVENTS		64

struct netcat {
	const char *host;
	int port;
	struct netcat_rules rules;
	const char *encoding;
	int64_t most, most_from_one;	/* connections: in all, from one address */
	int64_t idle_ns;		/* one that says nothing so long is closed; 0: never */
	int64_t swept_ns;		/* when that was looked at last */
	int listener, epoll;
	struct netcat_conn *all;	/* a list */
	int64_t open;
	uint8_t *in;
};

static void
configure(void *self, struct context *c)
{
	struct netcat *n = self;

	n->listener = n->epoll = -1;
	n->host = ctx_need(c, "bind");
	n->port = (int)ctx_need_int(c, "port", 0, 65535);
	n->rules.ack = ctx_bool(c, "ack-every-event", true);
	n->rules.max_line = (size_t)ctx_int(c, "max-line-length", 512, 1, 1 << 28);
	n->most = ctx_int(c, "maxConnections", 1000, 1, 1000000);
	n->most_from_one = ctx_int(c, "maxConnectionsPerAddress", n->most, 1, 1000000);
	n->idle_ns = ctx_int(c, "idleTimeout", 3600, 0, INT32_MAX) * 1000000000;
	n->encoding = ctx_str(c, "encoding", "utf-8");
	if (!charset_known(n->encoding))
		ctx_error(c, "encoding", "is no character set that is known here: %s", n->encoding);
	ctx_listens(c, "bind", n->host);
}

static int
watch(struct netcat *n, int op, int fd, uint32_t events, void *what)
{
	struct epoll_event ev = { .events = events, .data.ptr = what };

	return epoll_ctl(n->epoll, op, fd, &ev);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct netcat *n = self;
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	char at[NETADDR_MAX] = "";

	if (charset_open(&n->rules.set, n->encoding, e) != 0 || (n->listener = source_listen(src, n->host, n->port, e)) == -1) {
		charset_close(n->rules.set);
		return -(int)e->code;
	}
	if ((n->in = malloc(READ_BYTES)) == NULL || (n->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1 ||
	    watch(n, EPOLL_CTL_ADD, n->listener, EPOLLIN, &n->listener) != 0 ||
	    watch(n, EPOLL_CTL_ADD, source_self(src)->stop_fd, EPOLLIN, NULL) != 0)
		return err_sys(e, "cannot serve connections");
	if (getsockname(n->listener, (struct sockaddr *)&sa, &len) == 0)
		netaddr_print((struct sockaddr *)&sa, at);
	say(source_self(src), LOG_INFO, "Created serverSocket:%s", at);
	return 0;
}

static void
drop(struct netcat *n, struct source *src, struct netcat_conn *c)
{
	struct netcat_conn **at;

	for (at = &n->all; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	close(c->fd);
	netcat_conn_release(c);
	free(c);
	n->open--;
	counter_set(source_self(src)->counters, OPEN_CONNECTION, n->open);
	if (n->open == n->most - 1)
		(void)watch(n, EPOLL_CTL_MOD, n->listener, EPOLLIN, &n->listener);
}

/* May one more come from there? */
static bool
welcome(const struct netcat *n, const char *from)
{
	const struct netcat_conn *c;
	int64_t k = 0;

	if (n->most_from_one >= n->most)
		return true;
	for (c = n->all; c != NULL; c = c->next)
		k += strcmp(c->from, from) == 0;
	return k < n->most_from_one;
}

static void
admit(struct netcat *n, struct source *src)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct netcat_conn *c;
	char from[NETADDR_MAX];
	int fd;

	for (; n->open < n->most && (fd = accept4(n->listener, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1; len = sizeof(sa)) {
		netaddr_host((struct sockaddr *)&sa, from);
		if (!welcome(n, from) || (c = calloc(1, sizeof(*c))) == NULL) {
			close(fd);
			continue;
		}
		if (watch(n, EPOLL_CTL_ADD, fd, EPOLLIN, c) != 0) {
			free(c);
			close(fd);
			continue;
		}
		c->fd = fd;
		c->watched = EPOLLIN;
		c->heard_ns = clock_steady_ns();
		memcpy(c->from, from, sizeof(c->from));
		c->next = n->all;
		n->all = c;
		counter_set(source_self(src)->counters, OPEN_CONNECTION, ++n->open);
	}
	if (n->open == n->most) {
		say(source_self(src), LOG_WARN, "%lld connections are open, others wait (maxConnections)", (long long)n->most);
		(void)watch(n, EPOLL_CTL_MOD, n->listener, 0, &n->listener);
	}
}

/* False: the connection is over. */
static bool
answer(struct netcat *n, struct netcat_conn *c)
{
	ssize_t k;
	uint32_t want;

	while (c->out.n > 0) {
		k = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && errno == EAGAIN)
			break;
		if (k <= 0)
			return false;
		buf_consume(&c->out, (size_t)k);
	}
	if (c->out.n == 0 && c->closing)
		return false;
	want = (c->out.n > 0 ? EPOLLOUT : 0u) | (c->out.n < OUT_MOST && !c->closing ? EPOLLIN : 0u);
	if (want != c->watched && watch(n, EPOLL_CTL_MOD, c->fd, want, c) == 0)
		c->watched = want;
	return !c->out.failed;
}

/* False: the connection is over. */
static bool
serve(struct netcat *n, struct source *src, struct netcat_conn *c, uint32_t events)
{
	ssize_t got;

	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !c->closing && c->out.n < OUT_MOST) {
		got = read_some(c->fd, n->in, READ_BYTES);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		c->heard_ns = n->idle_ns > 0 ? clock_steady_ns() : 0;
		if (got > 0 && netcat_lines(c, src, &n->rules, n->in, (size_t)got) != 0)
			return false;
	}
	return answer(n, c);
}

/* Closes what has said nothing for too long; ms until the next look, -1: no need of one. */
static int
sweep(struct netcat *n, struct source *src)
{
	int64_t now, every = n->idle_ns / 4 + 1000000;
	struct netcat_conn *c, *next;

	if (n->idle_ns == 0 || n->all == NULL)
		return -1;
	now = clock_steady_ns();
	if (now - n->swept_ns < every)
		return (int)((n->swept_ns + every - now) / 1000000 + 1);
	n->swept_ns = now;
	for (c = n->all; c != NULL; c = next) {
		next = c->next;
		if (now - c->heard_ns >= n->idle_ns)
			drop(n, src, c);
	}
	return n->all == NULL ? -1 : (int)(every / 1000000 + 1);
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct netcat *n = self;
	struct epoll_event ev[EVENTS];
	int i, k;

	while (!source_stopping(src)) {
		k = epoll_wait(n->epoll, ev, EVENTS, sweep(n, src));
		if (k < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for connections");
		for (i = 0; i < k && !source_stopping(src); i++) {
			if (ev[i].data.ptr == NULL)
				continue;
			if (ev[i].data.ptr == &n->listener)
				admit(n, src);
			else if (!serve(n, src, ev[i].data.ptr, ev[i].events))
				drop(n, src, ev[i].data.ptr);
		}
	}
	return 0;
}

static void
stop(void *self, struct source *src)
{
	struct netcat *n = self;

	while (n->all != NULL)
		drop(n, src, n->all);
	if (n->listener != -1)
		close(n->listener);
	if (n->epoll != -1)
		close(n->epoll);
	n->listener = n->epoll = -1;
	charset_close(n->rules.set);
	n->rules.set = NULL;
	buf_release(&n->rules.text);
	free(n->in);
	n->in = NULL;
}

const struct source_type source_netcat = {
	.names = { "netcat", CLASSES("org.apache.flume.source.NetcatSource") },
	.size = sizeof(struct netcat), .restart = true, .configure = configure, .start = start, .run = run, .stop = stop,
};
