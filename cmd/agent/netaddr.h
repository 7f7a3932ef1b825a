/*
 * netaddr.h - addresses as text.
 */
#ifndef AGENT_NETADDR_H
#define AGENT_NETADDR_H

#include <sys/socket.h>
#include <netinet/in.h>
#include <stddef.h>

#define NETADDR_MAX	(INET6_ADDRSTRLEN + 10)

/* "127.0.0.1:44444", "[::1]:44444". */
void netaddr_print(const struct sockaddr *, char out[NETADDR_MAX]);
/* "127.0.0.1", "::1"; an IPv4 address inside IPv6 as IPv4. */
void netaddr_host(const struct sockaddr *, char out[NETADDR_MAX]);
int netaddr_port(const struct sockaddr *);

#endif
