/*
 * netcat_conn.h - what came over one connection of a netcat source, cut into
 * events and answered.  No descriptor is touched here.
 */
#ifndef AGENT_SOURCES_NETCAT_CONN_H
#define AGENT_SOURCES_NETCAT_CONN_H

#include "agent/source.h"

struct netcat_rules {
	bool ack;			/* OK for every event */
	size_t max_line;		/* characters, the newline included */
};

struct netcat_conn {
	struct netcat_conn *next;
	int fd;
	uint32_t watched;
	struct buf part;		/* of a line whose end has not come */
	struct buf out;			/* answers to be sent */
	bool closing;			/* when they are */
};

/* The bytes just read.  Answers are appended to out.  0, or -1: no memory, the connection is to be closed. */
int netcat_lines(struct netcat_conn *, struct source *, const struct netcat_rules *, const uint8_t *, size_t);
void netcat_conn_release(struct netcat_conn *);

#endif
