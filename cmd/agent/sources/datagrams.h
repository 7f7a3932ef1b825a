/*
 * datagrams.h - UDP for sources: many datagrams a system call; what the kernel
 * had no room for is counted as lost.
 */
#ifndef AGENT_SOURCES_DATAGRAMS_H
#define AGENT_SOURCES_DATAGRAMS_H

#include <sys/socket.h>

#include "agent/sources/lossy.h"

#define DATAGRAMS	32		/* at once */

struct datagrams {
	int fd;
	struct datagrams_room *room;
	uint32_t dropped;		/* by the kernel, as it last said */
};

/* Binds and says where. */
int datagrams_open(struct datagrams *, struct source *, const char *host, int port, struct err *);
void datagrams_close(struct datagrams *);
/* Waits for some and reads them: how many, 0 when the source shall stop, -code. */
int datagrams_read(struct datagrams *, struct source *, struct lossy *, struct err *);
/* The i-th up to its first newline, until the next read. */
struct slice datagrams_line(const struct datagrams *, int i);
const struct sockaddr *datagrams_from(const struct datagrams *, int i, socklen_t *n);

#endif
