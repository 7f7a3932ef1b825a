/*
 * assignment.h - who reads what in a generation of a group: assignment.N.
 *
 * Written whole under a name with a `~` in it and published by link(2): the
 * first who publishes N wins, the others read what it says.  Members act on
 * the highest only.  Text, a line each:
 *
 *	plog-assignment 1
 *	assignor NAME
 *	topic NAME ID PARTITIONS READ	what was shared out; ID as in topic.properties, or -; READ is "begun" once
 *					there was an offsets/NAME: that it is not there now is damage, not a beginning
 *	member ID INCARNATION INSTANCE	who was there; INSTANCE may be -
 *	own TOPIC LIST			of the member before: number of the topic line, "0,3-5"
 *	crc HEX				CRC-32C of all lines before
 *
 * It is no promise: what makes a member an owner is its claim (offsets.h).
 * So it need not be on disk: when it is lost or damaged, members compute
 * another.  Two are kept, so that a damaged one leaves the one before.
 */
#ifndef STORE_ASSIGNMENT_H
#define STORE_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/assignor.h"
#include "store/group.h"
#include "store/topic.h"

struct assignment_topic {
	char *name;
	struct topic_id id;		/* all zero: not known */
	int32_t partitions;
	bool begun;			/* the group had positions of it */
};

struct assignment_member {
	char *id, *instance;		/* instance NULL: dynamic */
	uint64_t incarnation;
	struct assign_part *parts;	/* by topic, partition */
	size_t nparts;
};

struct assignment {
	int64_t generation;		/* 0: there is none */
	bool damaged;			/* the highest could not be read: topics and members are of the one before, if any */
	enum assignor how;
	struct assignment_topic *topics;
	size_t ntopics;
	struct assignment_member *members;
	size_t nmembers;
};
#define ASSIGNMENT_INIT	{ .generation = 0 }

/* The highest number there is, 0: none; -ERR_SYS. */
int assignment_highest(const struct group *, int64_t *generation, struct err *);
int assignment_read(const struct group *, struct assignment *, struct err *);
/* As generation a->generation.  -ERR_EXIST: another was faster.  Older ones than the one before are removed. */
int assignment_publish(const struct group *, const struct assignment *, struct err *);
/* The next generation with nothing in it: nobody is there, and nothing was begun.  The caller holds GROUP_BYTE. */
int assignment_clear(const struct group *, struct err *);
void assignment_release(struct assignment *);

#endif
