/*
 * netcat_conn.h - what came over one connection of a netcat source, cut into
 * events and answered.  No descriptor is touched here.
 */
#ifndef AGENT_SOURCES_NETCAT_CONN_H
#define AGENT_SOURCES_NETCAT_CONN_H

#include "agent/charset.h"
#include "agent/netaddr.h"
#include "agent/source.h"

struct netcat_rules {
	bool ack;			/* OK for every event */
	size_t max_line;		/* characters, the newline included */
	struct charset *set;		/* of what comes; NULL: UTF-8 */
	struct buf text;		/* room to convert it */
};

struct netcat_conn {
	struct netcat_conn *next;
	int fd;
	uint32_t watched;
	struct buf part;		/* of a line whose end has not come */
	struct buf out;			/* answers to be sent */
	bool closing;			/* when they are */
	char from[NETADDR_MAX];		/* its address */
	int64_t heard_ns;		/* when it last sent something */
};

/* The bytes just read.  Answers are appended to out.  0, or -1: no memory, the connection is to be closed. */
int netcat_lines(struct netcat_conn *, struct source *, struct netcat_rules *, const uint8_t *, size_t);
void netcat_conn_release(struct netcat_conn *);

#endif
