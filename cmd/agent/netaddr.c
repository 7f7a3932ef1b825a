/*
 * netaddr.c - addresses as text (netaddr.h).
 */
#include "agent/netaddr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

void
netaddr_host(const struct sockaddr *sa, char out[NETADDR_MAX])
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	out[0] = '\0';
	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		(void)inet_ntop(AF_INET, &in.sin_addr, out, NETADDR_MAX);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
			(void)inet_ntop(AF_INET, &in6.sin6_addr.s6_addr[12], out, NETADDR_MAX);
		else
			(void)inet_ntop(AF_INET6, &in6.sin6_addr, out, NETADDR_MAX);
	}
}

int
netaddr_port(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return ntohs(in.sin_port);
	}
	if (sa->sa_family != AF_INET6)
		return 0;
	memcpy(&in6, sa, sizeof(in6));
	return ntohs(in6.sin6_port);
}

void
netaddr_print(const struct sockaddr *sa, char out[NETADDR_MAX])
{
	char host[NETADDR_MAX];
	size_t n;

	netaddr_host(sa, host);
	if (strchr(host, ':') != NULL)
		snprintf(out, NETADDR_MAX, "[%.*s]", (int)(NETADDR_MAX - 10), host);
	else
		snprintf(out, NETADDR_MAX, "%.*s", (int)(NETADDR_MAX - 8), host);
	n = strlen(out);
	snprintf(out + n, NETADDR_MAX - n, ":%d", netaddr_port(sa));
}
