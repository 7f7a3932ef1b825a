/*
 * sender.c - who sent it (sender.h).
 */
#include "agent/sources/sender.h"

#include <netdb.h>
#include <string.h>

void
sender_configure(struct sender_rules *r, struct context *c)
{
	r->ip = ctx_str(c, "clientIPHeader", NULL);
	r->hostname = ctx_str(c, "clientHostnameHeader", NULL);
}

void
sender_is(struct sender *s, const struct sender_rules *r, const struct sockaddr *sa, socklen_t n)
{
	char ip[NETADDR_MAX];

	if (r->ip == NULL && r->hostname == NULL)
		return;
	netaddr_host(sa, ip);
	if (s->named && strcmp(ip, s->ip) == 0)
		return;
	memcpy(s->ip, ip, sizeof(ip));
	s->named = true;
	if (r->hostname != NULL && getnameinfo(sa, n, s->name, sizeof(s->name), NULL, 0, 0) != 0)
		memcpy(s->name, ip, sizeof(ip));
}

int
sender_headers(const struct sender *s, const struct sender_rules *r, struct batch *b, struct event *ev)
{
	if (r->ip != NULL && event_set(b, ev, slice_str(r->ip), slice_str(s->ip)) != 0)
		return -1;
	return r->hostname == NULL ? 0 : event_set(b, ev, slice_str(r->hostname), slice_str(s->name));
}
