/*
 * host.c - a header that says where the agent runs, looked up once.
 */
#include <ifaddrs.h>
#include <netdb.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "agent/component.h"
#include "agent/netaddr.h"

struct host {
	const char *header;
	bool preserve;
	char value[NI_MAXHOST];
};

/* The address that the host's name has; where it has none, that of the first interface that is up. */
static void
find_address(const char *name, char out[NETADDR_MAX])
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *all = NULL;
	struct ifaddrs *ifs, *i;

	out[0] = '\0';
	if (getaddrinfo(name, NULL, &hints, &all) == 0) {
		netaddr_host(all->ai_addr, out);
		freeaddrinfo(all);
	} else if (getifaddrs(&ifs) == 0) {
		for (i = ifs; i != NULL; i = i->ifa_next)
			if (i->ifa_addr != NULL && i->ifa_addr->sa_family == AF_INET && (i->ifa_flags & IFF_UP) != 0 &&
			    (out[0] == '\0' || (i->ifa_flags & IFF_LOOPBACK) == 0))
				netaddr_host(i->ifa_addr, out);
		freeifaddrs(ifs);
	}
}

static void
find_name(char out[NI_MAXHOST])
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_flags = AI_CANONNAME }, *all = NULL;

	if (getaddrinfo(out, NULL, &hints, &all) != 0)
		return;
	if (all->ai_canonname != NULL)
		strlcpy(out, all->ai_canonname, NI_MAXHOST);
	freeaddrinfo(all);
}

static void
configure(void *self, struct context *c)
{
	struct host *h = self;
	char name[NI_MAXHOST] = "localhost", address[NETADDR_MAX];

	h->header = ctx_str(c, "hostHeader", "host");
	h->preserve = ctx_bool(c, "preserveExisting", false);
	(void)gethostname(name, sizeof(name) - 1);
	if (ctx_bool(c, "useIP", true)) {
		find_address(name, address);
		strlcpy(h->value, address, sizeof(h->value));
	} else {
		find_name(name);
		strlcpy(h->value, name, sizeof(h->value));
	}
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	const struct host *h = self;

	return batch_stamp(b, from, slice_str(h->header), slice_str(h->value), h->preserve) == 0 ? 0 :
	    err_set(e, ERR_NOMEM, "no memory for headers");
}

const struct interceptor_type interceptor_host = {
	.names = { "host", CLASSES("org.apache.flume.interceptor.HostInterceptor") },
	.size = sizeof(struct host), .configure = configure, .intercept = intercept,
};
