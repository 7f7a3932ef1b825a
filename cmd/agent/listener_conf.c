/*
 * listener_conf.c - the properties of a listener (listener.h).
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/rpc_conf.h"
#include "agent/listener.h"

#define CONNECTIONS_MAX	1000000
#define SECONDS_MAX	(10 * 365 * 86400)

/* "allow:ip:127.*" */
static bool
rule_of(struct listener_rule *r, const char *word)
{
	r->allow = strncasecmp(word, "allow:", 6) == 0;
	if (!r->allow && strncasecmp(word, "deny:", 5) != 0)
		return false;
	word = strchr(word, ':') + 1;
	r->by_name = strncasecmp(word, "name:", 5) == 0;
	if (!r->by_name && strncasecmp(word, "ip:", 3) != 0)
		return false;
	r->pattern = strchr(word, ':') + 1;
	return *r->pattern != '\0';
}

static void
filter(struct listener *l, struct context *c)
{
	bool on = ctx_bool(c, "ipFilter", false);
	struct words w = ctx_words(c, "ipFilterRules", ", \t");
	size_t i;

	if (!on) {
		if (w.n > 0)
			ctx_warn(c, "ipFilterRules", "of no effect without ipFilter = true");
		return;
	}
	if (w.n == 0) {
		ctx_error(c, "ipFilter", "needs ipFilterRules");
		return;
	}
	if ((l->rules = calloc(w.n, sizeof(*l->rules))) == NULL) {
		ctx_error(c, "ipFilterRules", "no memory");
		return;
	}
	for (i = 0; i < w.n; i++)
		if (rule_of(&l->rules[l->nrules], w.v[i]))
			l->nrules++;
		else
			ctx_error(c, "ipFilterRules", "'%s' is not allow or deny, ip or name, and a pattern: allow:ip:127.*", w.v[i]);
}

void
listener_configure(struct listener *l, struct context *c, int flags)
{
	const char *key = flags & LISTENER_HOST ? "host" : "bind";

	l->fd = -1;
	l->bind = flags & LISTENER_ANY ? ctx_str(c, key, "0.0.0.0") : ctx_need(c, key);
	if ((flags & LISTENER_PORTS) == 0)
		l->port = (int)ctx_need_int(c, "port", 0, 65535);
	l->most = ctx_int(c, "maxConnections", 256, 1, CONNECTIONS_MAX);
	l->most_from_one = ctx_int(c, "maxConnectionsPerAddress", 32, 1, CONNECTIONS_MAX);
	l->idle_ms = ctx_int(c, "idleTimeout", 3600, 0, SECONDS_MAX) * 1000;
	l->message_ms = ctx_int(c, "messageTimeout", 60, 0, SECONDS_MAX) * 1000;
	if (flags & LISTENER_FILTER)
		filter(l, c);
	if (flags & LISTENER_TLS)
		l->ssl = rpc_server_tls(c, &l->tls);
	if (flags & LISTENER_DEFLATE)
		l->deflate = rpc_deflate(c, &l->kind, l->ssl);
	if (!l->ssl)
		ctx_listens(c, key, l->bind);
}

void
listener_release(struct listener *l)
{
	free(l->rules);
}
