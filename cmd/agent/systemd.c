/*
 * systemd.c - notifications, and sockets that were passed (systemd.h).
 */
#include "agent/systemd.h"

#include <sys/un.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/netaddr.h"
#include "base/clock.h"
#include "base/parse.h"

#define FIRST_FD	3

void
systemd_notify(const char *state)
{
	const char *to = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t n = to == NULL ? 0 : strlen(to);
	int fd;

	if (n < 2 || n >= sizeof(un.sun_path) || (to[0] != '/' && to[0] != '@'))
		return;
	memcpy(un.sun_path, to, n);
	if (to[0] == '@')
		un.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&un, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

void
systemd_reloading(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(clock_steady_ns() / 1000));
	systemd_notify(text);
}

/* How many sockets were passed to this very process. */
static int64_t
passed(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t p, n;

	if (pid == NULL || fds == NULL || parse_int(pid, 1, INT32_MAX, &p, NULL) != 0 || p != getpid() || parse_int(fds, 0, 1024, &n, NULL) != 0)
		return 0;
	return n;
}

int
systemd_socket(const struct sockaddr *want, int type)
{
	char wanted[NETADDR_MAX], is[NETADDR_MAX];
	struct sockaddr_storage sa;
	socklen_t len;
	int64_t n = passed();
	int fd, of;

	netaddr_print(want, wanted);
	for (fd = FIRST_FD; fd < FIRST_FD + n; fd++) {
		len = sizeof(of);
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &of, &len) != 0 || of != type)
			continue;
		len = sizeof(sa);
		if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
			continue;
		netaddr_print((struct sockaddr *)&sa, is);
		if (strcmp(is, wanted) != 0)
			continue;
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		/* non-blocking, and a copy: the next start of the source finds it again */
		if ((of = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD)) != -1)
			(void)fcntl(of, F_SETFL, fcntl(of, F_GETFL) | O_NONBLOCK);
		return of;
	}
	return -1;
}
