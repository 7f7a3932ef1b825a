/*
 * syslog_stream.h - syslog over a connection: frames become events, until the
 * sender goes.
 */
#ifndef AGENT_SOURCES_SYSLOG_STREAM_H
#define AGENT_SOURCES_SYSLOG_STREAM_H

#include "agent/listener.h"
#include "agent/sources/lossy.h"
#include "agent/sources/sender.h"
#include "agent/sources/syslog.h"

struct syslog_rules {
	unsigned keep;
	struct syslog_form *form;	/* NULL: none but the two that are known */
	struct sender_rules who;
	size_t event_size;
	bool octets;			/* a length may stand in front of a frame */
	bool multiport;			/* which parser */
	size_t batch;			/* events of one transaction; 0: each is one by itself */
	const char *port_header;	/* NULL: none */
	struct lossy lossy;
};

/* The properties that both sources have. */
void syslog_rules_configure(struct syslog_rules *, struct context *);
/* One connection, in its thread; charset: of the port, for multiport. */
void syslog_stream(struct syslog_rules *, struct listener *, struct stream *, const char *charset, int port);

#endif
