/*
 * sender.h - headers that say who sent an event: clientIPHeader and
 * clientHostnameHeader of the syslog sources.
 */
#ifndef AGENT_SOURCES_SENDER_H
#define AGENT_SOURCES_SENDER_H

#include <sys/socket.h>

#include "agent/netaddr.h"
#include "agent/source.h"

struct sender_rules {
	const char *ip, *hostname;	/* the names of the headers; NULL: none */
};

void sender_configure(struct sender_rules *, struct context *);

/* Who it is; one thread's.  The name of the last one is kept. */
struct sender {
	char ip[NETADDR_MAX];
	char name[256];
	bool named;
};

void sender_is(struct sender *, const struct sender_rules *, const struct sockaddr *, socklen_t);
int sender_headers(const struct sender *, const struct sender_rules *, struct batch *, struct event *);	/* -1: no memory */

#endif
