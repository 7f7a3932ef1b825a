/*
 * disk.h - a queue of events on disk, for the channels that keep them there:
 * one partition of plog's own log, and a position in it.
 *
 *	disk_configure(&opts, context);
 *	rc = disk_open(&d, &opts, &e);
 *	n = disk_put(d, &span, &e);		// one transaction: appended, and on disk with sync_each
 *	n = disk_take(d, &take, max, &e);
 *	disk_commit(d, &take, &e); or disk_rollback(d, &take);
 *	disk_close(d);
 *
 * The directory `data` is a store with the topic "channel", one partition; a
 * transaction of puts is one batch, whole or absent (beyond 64 MiB, or the
 * size of a segment, several: a kill between them repeats the first ones,
 * because the source puts all of it again).  An event is a record: body and
 * headers are value and headers.  The position is the committed offset of the
 * group "channel" in the directory `checkpoint` (plog-group --groups=); being
 * a member that owns the partition is what keeps a second agent out.
 *
 * What always holds:
 *  - an event is taken only when what the put promised is true: with sync_each
 *    when it is on disk, else when it is in the log;
 *  - the position is the lowest offset that is not delivered for good, so a
 *    death repeats what was in open takes or behind them, and skips nothing;
 *  - it is written at each commit and on disk 100 ms later: power loss may
 *    repeat what was committed in that time;
 *  - segments wholly below the position go each checkpoint_ms: first the log
 *    start offset is raised, then they are unlinked.
 *
 * Memory: the batch in hand, and what open takes hold.  Threads: one, asleep
 * when there is nothing to sync.  Calls may come from any thread.
 */
#ifndef AGENT_CHANNELS_DISK_H
#define AGENT_CHANNELS_DISK_H

#include "agent/channel.h"

struct disk;

struct disk_opts {
	/* All borrowed. */
	const char *checkpoint, *data;	/* directories, made when they are not there */
	const char *const *dirs;	/* those that a real Flume's files may be in; ends with NULL */
	const char *channel;		/* its name, for messages */
	bool sync_each;			/* each put is synced before it returns */
	int64_t sync_ms;		/* else each so many */
	int64_t checkpoint_ms;
	int64_t segment_bytes;
	int64_t min_space;		/* bytes that must be free on the file system for a put */
	struct component *self;		/* whose log hears of what happens in the background */
};

/* Reads what Flume's file channel has of properties, but for its capacities.  Strings live as long as the component. */
void disk_configure(struct disk_opts *, struct context *);

/*
 * -ERR_EXIST: another agent has it ("Cannot lock ...").  -ERR_FORMAT: a real
 * Flume's files are there, and the sentence says how many events are in them.
 * -ERR_DAMAGE: the position cannot be read.  -ERR_READONLY, -ERR_SYS, -ERR_NOMEM.
 */
int disk_open(struct disk **, const struct disk_opts *, struct err *);
void disk_close(struct disk *);			/* commits, syncs, leaves; NULL is fine */

/* All of the span; n, or -ERR_SYS (space, too: "Usable space exhausted ..."), -ERR_UNSYNCED, -ERR_TOOBIG, -ERR_NOMEM. */
ssize_t disk_put(struct disk *, const struct span *, struct err *);
/*
 * Up to max events, added to the take; 0: none.  -ERR_DAMAGE: the log is
 * damaged there, and stays so until plog-check repair; -ERR_NOMEM, -ERR_SYS.
 */
ssize_t disk_take(struct disk *, struct take *, size_t max, struct err *);
/* 0 also when the position could not be written: it is tried again, and said.  -ERR_FENCED: another owns the channel now. */
int disk_commit(struct disk *, struct take *, struct err *);
void disk_rollback(struct disk *, struct take *);

bool disk_ready(struct disk *);			/* would a take give an event? */
int64_t disk_events(struct disk *);		/* in it, those in open takes included */

#endif
