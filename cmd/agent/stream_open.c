/*
 * stream_open.c - connections made and taken over (stream.h).
 */
#include "agent/stream.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/netaddr.h"

#define DEAD_AFTER_MS	120000		/* bytes that nobody acknowledges for so long */

static void
peer_name(int fd, char *name)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	(void)snprintf(name, NETADDR_MAX, "?");
	if (getpeername(fd, (struct sockaddr *)&a, &n) == 0)
		netaddr_print((struct sockaddr *)&a, name);
}

static int
begin(struct stream *s, const struct stream_kind *k, int fd, int stop_fd, const char *host, struct err *e)
{
	int on = 1, ms = DEAD_AFTER_MS;

	*s = (struct stream)STREAM_INIT;
	s->kind = k;
	s->fd = fd;
	s->stop_fd = stop_fd;
	peer_name(fd, s->peer);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	if (k->tls != NULL && (s->session = k->tls->session(k->context, host)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for TLS");
	if (k->zlib != NULL && ((s->inflater = k->zlib->stream.inflater(false)) == NULL ||
	    (s->deflater = k->zlib->stream.deflater(k->level, false)) == NULL))
		return err_set(e, ERR_NOMEM, "no memory for deflate");
	return 0;
}

int
stream_serve(struct stream *s, const struct stream_kind *k, int fd, int stop_fd, struct err *e)
{
	int rc = begin(s, k, fd, stop_fd, NULL, e);

	if (rc != 0)
		stream_close(s);
	return rc;
}

/* A connected socket to one of the host's addresses; -1 with err. */
static int
dial(const char *host, int port, int64_t deadline, int stop_fd, struct err *e)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM }, *list, *a;
	char service[16];
	int fd = -1, rc, problem;
	socklen_t size = sizeof(problem);

	(void)snprintf(service, sizeof(service), "%d", port);
	if ((rc = getaddrinfo(host, service, &hints, &list)) != 0) {
		err_set(e, ERR_NOENT, "cannot connect to %s:%d: %s", host, port, gai_strerror(rc));
		return -1;
	}
	for (a = list; a != NULL; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0) {
			err_sys(e, "cannot connect to %s:%d", host, port);
			continue;
		}
		rc = connect(fd, a->ai_addr, a->ai_addrlen) == 0 ? 0 : err_sys(e, "cannot connect to %s:%d", host, port);
		if (rc != 0 && errno == EINPROGRESS) {
			rc = stream_poll(fd, POLLOUT, stop_fd, deadline, e);
			if (rc != 0) {
				err_prefix(e, "cannot connect to %s:%d", host, port);
			} else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem != 0) {
				errno = problem;
				rc = err_sys(e, "cannot connect to %s:%d", host, port);
			}
		}
		if (rc == 0)
			break;
		close(fd);
		fd = -1;
		if (rc == -ERR_INTR)
			break;
	}
	freeaddrinfo(list);
	return fd;
}

int
stream_shake(struct stream *s, int64_t deadline, struct err *e)
{
	const struct tls_ops *tls = s->kind->tls;
	int rc = 0, n = 1;

	if (tls == NULL)
		return 0;
	if (!s->kind->server)
		rc = stream_records(s, SLICE_OF("", 0), &s->early, deadline, e);
	while (rc == 0 && n > 0 && !tls->ready(s->session)) {
		n = stream_step(s, &s->early, deadline, e);
		rc = n < 0 ? n : 0;
	}
	if (rc == 0 && n == 0)
		rc = err_set(e, ERR_DAMAGE, "the peer ends while TLS begins");
	return rc;
}

int
stream_connect(struct stream *s, const struct stream_kind *k, const char *host, int port, int64_t deadline, int stop_fd,
    struct err *e)
{
	struct err own = ERR_INIT;
	int fd, rc;

	*s = (struct stream)STREAM_INIT;
	e = e != NULL ? e : &own;
	if ((fd = dial(host, port, deadline, stop_fd, e)) < 0)
		return -(int)e->code;
	rc = begin(s, k, fd, stop_fd, host, e);
	if (rc == 0)
		rc = stream_shake(s, deadline, e);
	if (rc != 0)
		stream_close(s);
	return rc;
}
