/*
 * stock.h - records taken from the log for commands: copies, in crates of one
 * batch each, and the lanes in which they wait.
 *
 * A crate belongs to a part and keeps its records in the log's order, until
 * every one is done.  So the first record of a part's first crate that is not
 * done is where the part's commit stands (stock_place).  A lane is a queue out
 * of which commands are given their batches: one a part, or with --by-key one
 * a hash of the key, over all parts.
 */
#ifndef CONSUME_STOCK_H
#define CONSUME_STOCK_H

#include <sys/queue.h>

#include "consume/holding.h"

struct item {
	STAILQ_ENTRY(item) next;	/* in its lane */
	struct record rec;		/* with --raw the value is a whole batch */
	struct owned *part;
	uint64_t nth;			/* of its part, from 0 on */
	int64_t count;			/* records: 1, or those of the batch */
	size_t bytes;
	bool done;
};

struct crate {
	TAILQ_ENTRY(crate) link;
	struct item *items;
	size_t n, first;		/* first: that is not done */
	int32_t epoch_before, epoch;
	struct buf data;
};

struct lane {
	TAILQ_ENTRY(lane) link;
	STAILQ_HEAD(, item) items;	/* nobody has them yet */
	size_t n, bytes;
	unsigned running;		/* commands */
	int64_t since_ns;		/* when the first of them came */
	int64_t free_ns;		/* when a command last gave it up: until then nobody looked for more */
};
TAILQ_HEAD(lane_list, lane);

struct stock {
	struct holding *g;
	struct lane_list lanes;
	struct lane **by_key;		/* -j of them; NULL: a lane a part */
	unsigned nkeys, turn;
	size_t bytes;			/* of all that waits */
	uint64_t taken;			/* items, for -n */
	bool full;			/* -n is reached */
};

void stock_open(struct stock *, struct holding *);
/* Copies the chunk that the fetcher has into the part's lanes.  0, or -1: said. */
int stock_take(struct stock *, struct owned *, const struct chunk *);
/* What comes next in the lane, of one part; true: it is taken off. */
struct item *lane_head(struct lane *);
void lane_take(struct stock *, struct lane *);
/* What waits of the part is taken off its lanes; it is still not done. */
void stock_withdraw(struct stock *, struct owned *);
/* Where the part's commit may stand, and the epoch of what is before it. */
void stock_place(const struct owned *, int64_t *offset, int32_t *epoch);
/* How far down the first that is not done stands: its nth. */
uint64_t stock_lowest(const struct owned *);
/* Crates that are done are given back. */
void stock_clean(struct owned *);
void stock_drop(struct owned *);
/* Forgets the lane of a part that goes. */
void stock_leave(struct stock *, struct owned *);
void stock_close(struct stock *);

#endif
