/*
 * disk_in.h - what the files of the queue on disk share (disk.h).
 *
 *	disk.c		opening and closing, putting
 *	disk_keeper.c	the thread that syncs, and takes away what was delivered
 *	disk_take.c	reading, taking, the position that follows from it
 *	disk_claim.c	being the one that owns the position
 *
 * Two mutexes: `putting` is held by whoever appends; `lock` guards all else,
 * and is never held over a sync.  Order: putting, lock.
 */
#ifndef AGENT_CHANNELS_DISK_IN_H
#define AGENT_CHANNELS_DISK_IN_H

#include <sys/queue.h>
#include <pthread.h>

#include "agent/channels/disk.h"
#include "codec/batch.h"
#include "log/appender.h"
#include "log/reader.h"
#include "store/member_file.h"
#include "store/offsets.h"
#include "store/topic.h"

#define DISK_NAME	"channel"	/* of the topic and of the group */

/* Events with offsets from first on, without a gap, that were read or given back and are not taken. */
struct run {
	TAILQ_ENTRY(run) link;
	struct span span;
	int64_t first;
};
TAILQ_HEAD(runs, run);

/* Of an open take: its runs, one a span. */
struct holding {
	TAILQ_ENTRY(holding) link;
	struct runs runs;
};

struct claim {				/* disk_claim.c */
	struct group group;
	struct member_info me;
	char name[MEMBER_NAME_MAX];
	int file;			/* locked while we are the member; -1: not */
	struct offsets offsets;
	struct slot slot;		/* as it was written last */
};
#define CLAIM_INIT { .group = { .parent = -1, .fd = -1, .members = -1, .offsets = -1, .lock = -1 }, .file = -1, .offsets = { .fd = -1 } }

struct waiting {			/* a put that waits for a sync */
	STAILQ_ENTRY(waiting) link;
	int64_t end;			/* log end offset behind it */
	bool done;
	int rc;
	struct err err;
};
STAILQ_HEAD(waitings, waiting);

struct disk {
	struct disk_opts o;
	struct store *store;
	struct topic topic;
	struct partdir dir;
	struct claim claim;
	struct log_config conf;

	pthread_mutex_t putting;
	struct appender *ap;
	struct batch_builder batch;
	struct buf headers;		/* of the record that is being added */

	pthread_mutex_t lock;
	pthread_cond_t synced;		/* a sync is over */
	struct waitings waitings;
	bool syncing;
	int64_t visible;		/* events below this offset may be taken */
	struct reader *reader;
	struct batch_iter it;
	struct runs runs;		/* by offset */
	TAILQ_HEAD(, holding) open;	/* takes */
	int64_t position;		/* committed */
	int64_t events;			/* between there and visible, less what was committed beyond it */
	atomic_bool any;		/* a take would find something; changes under the lock */

	pthread_t thread;		/* of disk_keeper.c */
	bool running, quit;
	pthread_cond_t work;		/* of the thread */
	int64_t unsynced_ns;		/* since when something appended waits for sync_ms; 0: nothing */
	int64_t moved_ns;		/* since when the position waits to be synced; 0: it is */
	bool unwritten, fenced;		/* it could not be written; and never will be */
	int64_t trimmed;		/* segments below this position were looked for */
	int64_t trim_ns;		/* when they were */
};

/* disk_claim.c.  All but open and close under the lock. */
int claim_open(struct claim *, const struct disk *, struct err *);	/* sets slot */
int claim_commit(struct claim *, int64_t position, struct err *);
int claim_sync(struct claim *, struct err *);		/* no lock needed */
void claim_close(struct claim *);

/* disk_take.c, under the lock */
void disk_settle(struct disk *);	/* `any` as it is now */
void disk_moved(struct disk *);		/* the position follows what is open and not taken; written */
void run_free(struct run *);

/* disk_keeper.c */
int keeper_start(struct disk *, struct err *);
void keeper_stop(struct disk *);
void keeper_call(struct disk *);	/* there is work; under the lock */

#endif
