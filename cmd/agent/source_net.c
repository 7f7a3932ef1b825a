/*
 * source_net.c - sockets that sources listen on.
 */
#include <sys/socket.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/inside.h"
#include "agent/systemd.h"

#define BACKLOG	512

static int
bind_one(const struct addrinfo *a, int type)
{
	int fd = socket(a->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
		return fd;
	close(fd);
	return -1;
}

/* The first IPv4 address, as Java takes, else the first. */
static const struct addrinfo *
choose(const struct addrinfo *all)
{
	const struct addrinfo *a;

	for (a = all; a != NULL; a = a->ai_next)
		if (a->ai_family == AF_INET)
			return a;
	return all;
}

static int
bind_to(const char *host, int port, int type, struct err *e)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = type, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *all;
	char number[8];
	int rc, fd;

	snprintf(number, sizeof(number), "%d", port);
	if ((rc = getaddrinfo(host, number, &hints, &all)) != 0)
		return err_set(e, ERR_INVALID, "cannot listen on %s:%d: %s", host, port, gai_strerror(rc)), -1;
	if ((fd = systemd_socket(choose(all)->ai_addr, type)) == -1 && (fd = bind_one(choose(all), type)) == -1)
		(void)err_sys(e, "cannot listen on %s:%d", host, port);
	freeaddrinfo(all);
	return fd;
}

int
source_listen(struct source *s, const char *host, int port, struct err *e)
{
	(void)s;
	return bind_to(host, port, SOCK_STREAM, e);
}

int
source_bind_udp(struct source *s, const char *host, int port, struct err *e)
{
	(void)s;
	return bind_to(host, port, SOCK_DGRAM, e);
}
