/*
 * listener.h - what sources that listen on TCP have in common: the properties
 * of the listener, connections with limits, a thread for each.
 *
 *	struct thing { struct listener listener; ... };
 *
 *	configure:	listener_configure(&t->listener, c, LISTENER_TLS);
 *	start:		return listener_start(&t->listener, src, e);
 *	run:		return listener_run(&t->listener, src, one_connection, t, e);	// until the source is stopped
 *	stop:		listener_stop(&t->listener);
 *
 *	static void
 *	one_connection(void *self, struct listener *l, struct stream *s)
 *	{
 *		while ((n = stream_read(s, &in, listener_deadline(l, in.n > 0), &e)) > 0)
 *			...
 *	}
 *
 * Properties (of ours, where Flume has none):
 *
 *	bind, port			required (but see the flags)
 *	maxConnections 256		in all; more are closed at once, counted, and said once a minute
 *	maxConnectionsPerAddress 32	from one address
 *	idleTimeout 3600		seconds in which a connection may say nothing; 0: for ever
 *	messageTimeout 60		seconds for a message that has begun, and for a peer to take an answer; 0: for ever
 *	ssl, keystore ...		LISTENER_TLS
 *	ipFilter, ipFilterRules		LISTENER_FILTER: `allow|deny:ip|name:pattern`, separated by commas; the first that fits decides
 */
#ifndef AGENT_LISTENER_H
#define AGENT_LISTENER_H

#include <pthread.h>

#include "agent/source.h"
#include "agent/stream.h"

#define LISTENER_TLS	1
#define LISTENER_FILTER	2
#define LISTENER_DEFLATE	4
#define LISTENER_HOST		8	/* the address is called host, not bind */
#define LISTENER_ANY		16	/* and need not be set: then it is every one */
#define LISTENER_PORTS		32	/* the caller knows the port */

struct listener_rule {
	bool allow, by_name;
	const char *pattern;
};

struct listener {
	const char *bind;
	int port, fd;
	int64_t most, most_from_one, idle_ms, message_ms;
	struct listener_rule *rules;
	size_t nrules;
	struct tls_conf tls;
	bool ssl, deflate;
	struct stream_kind kind;

	struct source *source;
	void (*each)(void *self, struct listener *, struct stream *);
	void *self;
	pthread_mutex_t lock;		/* of what follows */
	pthread_cond_t gone;
	struct listener_peer *peers;	/* most of them */
	size_t open;
	int64_t refused, said_ns;
};

typedef void listener_fn(void *self, struct listener *, struct stream *);

void listener_configure(struct listener *, struct context *, int flags);
int listener_start(struct listener *, struct source *, struct err *);
/* Accepts until the source is stopped and each connection has ended. */
int listener_run(struct listener *, struct source *, listener_fn *, void *self, struct err *);
void listener_stop(struct listener *);
void listener_release(struct listener *);

/* Until when the next bytes must come; begun: a message is there in part. */
int64_t listener_deadline(const struct listener *, bool begun);

#endif
