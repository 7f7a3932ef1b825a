/*
 * listener.c - accepts connections and gives each a thread (listener.h).
 */
#include "agent/listener.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/netaddr.h"
#include "agent/rpc_conf.h"
#include "base/clock.h"
#include "text/glob.h"

#define STACK		((size_t)256 << 10)
#define NO_DESCRIPTOR_MS 100			/* until accept is tried again */
#define SAY_NS		INT64_C(60000000000)	/* what is refused is said once in that time */

struct listener_peer {		/* a connection that is open */
	bool used;
	int fd;
	char host[NETADDR_MAX];
	struct listener *listener;
};

static void
say_where(struct listener *l, struct source *src)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char name[NETADDR_MAX];

	if (getsockname(l->fd, (struct sockaddr *)&a, &n) != 0)
		return;
	netaddr_print((struct sockaddr *)&a, name);
	say(source_self(src), LOG_INFO, "listening on %s", name);
}

int
listener_start(struct listener *l, struct source *src, struct err *e)
{
	int rc = rpc_open(&l->kind, &l->tls, l->ssl, l->deflate, e);

	if (rc == 0 && (l->peers = calloc((size_t)l->most, sizeof(*l->peers))) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for %lld connections", (long long)l->most);
	if (rc == 0 && (l->fd = source_listen(src, l->bind, l->port, e)) < 0)
		rc = -(int)e->code;
	if (rc != 0) {
		listener_stop(l);
		return rc;
	}
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->gone, NULL);
	l->open = 0;
	l->refused = 0;
	say_where(l, src);
	return 0;
}

void
listener_stop(struct listener *l)
{
	if (l->fd >= 0) {
		close(l->fd);
		pthread_mutex_destroy(&l->lock);
		pthread_cond_destroy(&l->gone);
	}
	l->fd = -1;
	rpc_close(&l->kind);
	free(l->peers);
	l->peers = NULL;
}

int64_t
listener_deadline(const struct listener *l, bool begun)
{
	int64_t ms = begun ? l->message_ms : l->idle_ms;

	return ms == 0 ? 0 : clock_steady_ns() + ms * 1000000;
}

static bool
fits(const struct listener_rule *r, const char *host, int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);
	char name[NI_MAXHOST];

	if (!r->by_name)
		return glob_match(slice_str(r->pattern), slice_str(host));
	return getpeername(fd, (struct sockaddr *)&a, &n) == 0 &&
	    getnameinfo((struct sockaddr *)&a, n, name, sizeof(name), NULL, 0, NI_NAMEREQD) == 0 &&
	    glob_match(slice_str(r->pattern), slice_str(name));
}

static bool
allowed(const struct listener *l, const char *host, int fd)
{
	size_t i;

	for (i = 0; i < l->nrules; i++)
		if (fits(&l->rules[i], host, fd))
			return l->rules[i].allow;
	return true;
}

/* Counts and, now and then, says that a connection was closed at once. */
static void
refuse(struct listener *l, const char *peer, const char *why)
{
	int64_t now = clock_steady_ns();

	l->refused++;
	if (l->said_ns != 0 && now - l->said_ns < SAY_NS)
		return;
	l->said_ns = now;
	say(source_self(l->source), LOG_WARN, "connection from %s refused: %s (%lld refused since the start)", peer, why,
	    (long long)l->refused);
}

/* A slot for a connection from host, or NULL and why there is none.  With the lock. */
static struct listener_peer *
slot(struct listener *l, const char *host, const char **why)
{
	struct listener_peer *empty = NULL;
	int64_t same = 0;
	size_t i, seen = 0;

	for (i = 0; i < (size_t)l->most && (seen < l->open || empty == NULL); i++) {
		if (!l->peers[i].used) {
			empty = empty != NULL ? empty : &l->peers[i];
			continue;
		}
		seen++;
		same += strcmp(l->peers[i].host, host) == 0;
	}
	*why = empty == NULL ? "maxConnections are open" : same >= l->most_from_one ?
	    "maxConnectionsPerAddress are open from there" : NULL;
	return *why == NULL ? empty : NULL;
}

static void *
serve(void *arg)
{
	struct listener_peer *p = arg;
	struct listener *l = p->listener;
	struct stream s = STREAM_INIT;
	struct err e = ERR_INIT;
	int fd = p->fd, rc;

	/* Names are looked up here, where nobody else waits for it. */
	if (!allowed(l, p->host, fd)) {
		pthread_mutex_lock(&l->lock);
		refuse(l, p->host, "ipFilterRules");
		pthread_mutex_unlock(&l->lock);
		close(fd);
	} else if (stream_serve(&s, &l->kind, fd, source_self(l->source)->stop_fd, &e) == 0) {
		rc = stream_shake(&s, listener_deadline(l, true), &e);
		if (rc == 0)
			l->each(l->self, l, &s);
		else if (rc != -ERR_INTR)
			say(source_self(l->source), LOG_WARN, "connection from %s closed: %s", s.peer, e.text);
		stream_close(&s);
	}
	pthread_mutex_lock(&l->lock);
	p->used = false;
	l->open--;
	source_count(l->source, OPEN_CONNECTION, -1);
	pthread_cond_broadcast(&l->gone);
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static void
welcome(struct listener *l, int fd, const struct sockaddr *a, const pthread_attr_t *detached)
{
	char host[NETADDR_MAX];
	struct listener_peer *p;
	const char *why;
	pthread_t t;

	netaddr_host(a, host);
	pthread_mutex_lock(&l->lock);
	p = slot(l, host, &why);
	if (p != NULL) {
		p->used = true;
		p->fd = fd;
		p->listener = l;
		memcpy(p->host, host, sizeof(host));
		l->open++;
		source_count(l->source, OPEN_CONNECTION, 1);
		if (pthread_create(&t, detached, serve, p) != 0) {
			p->used = false;
			l->open--;
			source_count(l->source, OPEN_CONNECTION, -1);
			why = "no thread can be made for it";
		}
	}
	if (why != NULL)
		refuse(l, host, why);
	pthread_mutex_unlock(&l->lock);
	if (why != NULL)
		close(fd);
}

int
listener_run(struct listener *l, struct source *src, listener_fn *each, void *self, struct err *e)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	struct sockaddr_storage a;
	pthread_attr_t detached;
	socklen_t size;
	int fd, rc = 0;

	l->source = src;
	l->each = each;
	l->self = self;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&detached, STACK);
	while (!source_stopping(src)) {
		size = sizeof(a);
		fd = accept4(l->fd, (struct sockaddr *)&a, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			welcome(l, fd, (struct sockaddr *)&a, &detached);
		} else if (errno == EAGAIN) {
			(void)source_wait(src, &p, 1, -1);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			/* Connections wait in the kernel until others have gone. */
			pthread_mutex_lock(&l->lock);
			refuse(l, "the next one", strerror(errno));
			pthread_mutex_unlock(&l->lock);
			(void)source_wait(src, NULL, 0, NO_DESCRIPTOR_MS);
		} else if (errno != EINTR && errno != ECONNABORTED && errno != EPROTO) {
			rc = err_sys(e, "cannot accept connections on %s:%d", l->bind, l->port);
			break;
		}
	}
	pthread_attr_destroy(&detached);
	pthread_mutex_lock(&l->lock);
	while (l->open > 0)
		pthread_cond_wait(&l->gone, &l->lock);
	pthread_mutex_unlock(&l->lock);
	return rc;
}
