/*
 * local_range.h - the ranges that a fetcher reads: one partition each, from
 * an offset to another or without end.  Shared by local_range.c (a range and
 * the topic it is of) and local_fetcher.c (whose turn it is).
 *
 * Descriptors and memory stay bounded however many ranges there are: only
 * OPEN_MAX_READERS of them hold a reader that is open, the one that was used
 * longest ago is parked for the next.
 */
#ifndef BACKEND_LOCAL_RANGE_H
#define BACKEND_LOCAL_RANGE_H

#include "backend/local.h"
#include "base/stop.h"
#include "codec/batch.h"
#include "log/follow.h"
#include "log/reader.h"
#include "store/topic.h"

#define OPEN_MAX_READERS	24
#define BUFFER_BUDGET		(16 << 20)	/* of all open readers */
#define TURN_BYTES		(1 << 20)
#define DECOMPRESSED_MAX	(32 << 20)	/* of one batch: what a bomb is stopped at */

struct source {				/* a topic that some range reads */
	struct topic topic;
	unsigned ranges;
	int tag;			/* of its directory; -1 */
};

struct range {
	struct source *source;
	int32_t partition;
	struct reader *reader;
	int64_t from, to;		/* to -1: no end */
	int tag;
	bool positioned, ready, finished;
	bool open;			/* holds descriptors and a buffer */
	uint64_t used;			/* turn of its last use */
};

struct fetcher {
	struct local *local;
	struct fetcher_opts opts;
	struct source **sources;
	size_t nsources;
	struct range **ranges;
	size_t nranges, at;		/* at: whose turn it is */
	size_t turn_bytes;		/* delivered in it */
	unsigned open;
	uint64_t turn, damaged;
	struct follow *follow;
	struct stop stop;		/* for waits without it */
	bool news;
	struct batch_iter it;
	struct range *range;		/* of the chunk in hand */
	struct slice bytes;		/* the chunk, not yet opened when pending */
	bool pending;
	int64_t from, to;		/* of the chunk in hand */
};

/* A range behind the others, ready, reading nothing yet.  Backend errors. */
int range_add(struct fetcher *, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *);
void range_drop(struct fetcher *, size_t i);
/* Its index, or nranges. */
size_t range_find(const struct fetcher *, const char *topic, int32_t partition);
/* Gives the range's descriptors and buffer back. */
void range_park(struct fetcher *, struct range *);
/*
 * One look: 1 a batch that has something to deliver, 0 nothing yet (ready is
 * false) or no more (finished), or the reader's error.
 */
int range_next(struct fetcher *, struct range *, struct log_batch *, struct err *);
/* What becomes of range i, whose reader failed with rc: 0 and reading goes on, or the error. */
int range_failed(struct fetcher *, size_t i, int rc, struct err *);

#endif
