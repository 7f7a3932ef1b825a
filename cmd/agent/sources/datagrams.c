/*
 * datagrams.c - UDP for sources (datagrams.h).
 */
#include "agent/sources/datagrams.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/netaddr.h"

#define LARGEST		65536
#define RECEIVE_BYTES	(4 << 20)	/* asked of the kernel, which may give less */

struct datagrams_room {
	struct mmsghdr v[DATAGRAMS];
	struct iovec iov[DATAGRAMS];
	struct sockaddr_storage from[DATAGRAMS];
	union {
		char bytes[CMSG_SPACE(sizeof(uint32_t))];
		struct cmsghdr align;
	} control[DATAGRAMS];
	uint8_t bytes[DATAGRAMS][LARGEST];
};

int
datagrams_open(struct datagrams *d, struct source *src, const char *host, int port, struct err *e)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int on = 1, bytes = RECEIVE_BYTES;
	char at[NETADDR_MAX] = "";

	d->dropped = 0;
	if ((d->fd = source_bind_udp(src, host, port, e)) == -1)
		return -e->code;
	if ((d->room = malloc(sizeof(*d->room))) == NULL) {
		datagrams_close(d);
		return err_set(e, ERR_NOMEM, "no memory for datagrams");
	}
	(void)setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	(void)setsockopt(d->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	if (getsockname(d->fd, (struct sockaddr *)&sa, &len) == 0)
		netaddr_print((struct sockaddr *)&sa, at);
	say(source_self(src), LOG_INFO, "listening on %s", at);
	return 0;
}

void
datagrams_close(struct datagrams *d)
{
	if (d->fd != -1)
		close(d->fd);
	d->fd = -1;
	free(d->room);
	d->room = NULL;
}

/* The kernel says with each datagram how many it has dropped since the start. */
static void
count_dropped(struct datagrams *d, struct source *src, struct lossy *l, struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	uint32_t dropped;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
		return;
	memcpy(&dropped, CMSG_DATA(c), sizeof(dropped));
	if (dropped != d->dropped)
		lossy_count(l, src, dropped - d->dropped, "they came faster than they were taken, and the kernel had no room");
	d->dropped = dropped;
}

int
datagrams_read(struct datagrams *d, struct source *src, struct lossy *l, struct err *e)
{
	struct pollfd p = { .fd = d->fd, .events = POLLIN };
	struct datagrams_room *r = d->room;
	int i, n = -1;

	while (n <= 0) {
		if (source_stopping(src))
			return 0;
		for (i = 0; i < DATAGRAMS; i++) {
			r->iov[i] = (struct iovec){ .iov_base = r->bytes[i], .iov_len = LARGEST };
			r->v[i].msg_hdr = (struct msghdr){ .msg_name = &r->from[i], .msg_namelen = sizeof(r->from[i]), .msg_iov = &r->iov[i],
			    .msg_iovlen = 1, .msg_control = r->control[i].bytes, .msg_controllen = sizeof(r->control[i].bytes) };
		}
		n = recvmmsg(d->fd, r->v, DATAGRAMS, MSG_DONTWAIT, NULL);
		if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED)
			return err_sys(e, "cannot receive datagrams");
		if (n <= 0)
			(void)source_wait(src, &p, 1, -1);
	}
	count_dropped(d, src, l, &r->v[n - 1].msg_hdr);
	return n;
}

struct slice
datagrams_line(const struct datagrams *d, int i)
{
	const uint8_t *p = d->room->bytes[i], *nl = memchr(p, '\n', d->room->v[i].msg_len);

	return SLICE_OF(p, nl == NULL ? d->room->v[i].msg_len : (size_t)(nl - p));
}

const struct sockaddr *
datagrams_from(const struct datagrams *d, int i, socklen_t *n)
{
	*n = d->room->v[i].msg_hdr.msg_namelen;
	return (const struct sockaddr *)&d->room->from[i];
}
