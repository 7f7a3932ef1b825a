/*
 * holding.h - the partitions that this process reads, and where it is in each.
 *
 * With -g they come and go as the group's member is told; without it (a
 * command alone) they are those of the selection, and a commit goes nowhere.
 *
 *	rc = hold_open(&g, run);
 *	while ((rc = hold_look(&g)) == 0) {	// events: see the state of each part
 *		...part of a chunk: hold_find; hold_owns before each batch...
 *		...delivered: hold_commit(&g, part, next_offset, epoch)
 *		...a part that is LEAVING and has nothing in hand: hold_let_go...
 *		...LOST: forget what is in hand, hold_let_go...
 *	}
 *	hold_close(&g);			// gives up what is left
 *
 * Functions that return -1 have said why.
 */
#ifndef CONSUME_HOLDING_H
#define CONSUME_HOLDING_H

#include <sys/queue.h>

#include "backend/group.h"
#include "consume/run.h"

enum part_state {
	PART_OWNED,
	PART_LEAVING,			/* to be given up once what is in hand is done, or its time is over */
	PART_LOST,			/* another's: nothing of it counts any more */
};

struct crate;
struct lane;

struct owned {
	TAILQ_ENTRY(owned) link;
	char *topic;
	int32_t number;
	enum part_state state;
	bool fetching;			/* the fetcher has it */
	int64_t next;			/* where reading goes on */
	int32_t epoch;			/* of what was read last; -1: nothing yet */
	int64_t to;			/* -1: no end */
	int64_t committed;		/* or where reading began */
	int64_t leave_by_ns;		/* PART_LEAVING */
	size_t marks;			/* delivered.h: written, not yet read */
	TAILQ_HEAD(, crate) crates;	/* stock.h: in the log's order, with something unfinished */
	struct lane *lane;
	size_t waiting, bytes;		/* items that no command has yet, and their bytes */
	uint64_t taken;			/* items that were ever taken */
	unsigned running;		/* commands */
};
TAILQ_HEAD(owned_list, owned);

struct holding {
	struct run *run;
	const struct group_ops *ops;	/* NULL: without -g */
	struct member *m;
	struct fetcher *f;
	struct owned_list parts;
	size_t nparts;
	bool settled;			/* everything assigned is owned */
	bool fenced;			/* no member any more */
};

int hold_open(struct holding *, struct run *);
/* Events of the member, and topics that came (without -g). */
int hold_look(struct holding *);
struct owned *hold_find(struct holding *, const char *topic, int32_t number);
/* Asked before each batch; false: the part is LOST now. */
bool hold_owns(struct holding *, struct owned *);
/* Nothing happens when it is not beyond what was committed.  A part that was taken away becomes LOST, which is no error. */
int hold_commit(struct holding *, struct owned *, int64_t offset, int32_t epoch);
/* Reads on in it, or stops to; 0 or -1. */
int hold_fetch(struct holding *, struct owned *, bool on);
/* Gives it up (or forgets it) and frees it. */
int hold_let_go(struct holding *, struct owned *);
/* Every range was read: what lies between the last record and the end is done too. */
void hold_at_end(struct holding *);
/* Without -f: is all committed up to the ends, or another's?  1, 0, -1. */
int hold_done(struct holding *);
/* Waits for records, events, one of the descriptors (two more must fit behind n), a signal. */
void hold_wait(struct holding *, int64_t timeout_ms, struct pollfd *fds, unsigned n);
int hold_close(struct holding *);

#endif
