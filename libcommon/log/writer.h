/*
 * writer.h - what the rooms of the appender share: appender.c (append), tail.c
 * (where the log ends), recover.c (when nobody says where), cut.c (a torn
 * tail), roll.c (the next segment), sync.c.  Nobody else includes it.
 *
 * Two mutexes: `writing` is held by whoever appends, rolls or closes a segment
 * (an OFD lock does not keep threads of one descriptor apart); `list` guards
 * the list of segments and their counters, and is never held over a system
 * call that waits.  Order: syncing, writing, the lock file's byte, list.
 */
#ifndef LOG_WRITER_H
#define LOG_WRITER_H

#include <sys/queue.h>
#include <pthread.h>

#include "base/lock.h"
#include "codec/batch.h"
#include "log/appender.h"
#include "log/endstate.h"

/* A segment that was written to.  Its descriptor is kept until a sync on it has returned 0: only that one vouches. */
struct written {
	TAILQ_ENTRY(written) next;
	int fd;
	int64_t base;
	uint64_t appends, synced;	/* through this descriptor; so many of them are on disk */
	int64_t from, to;		/* offsets [from, to) of those that are not */
	int error;			/* errno of a sync that failed: nothing goes through it any more */
	unsigned users;			/* syncs that are on it: not to be closed */
	bool dead;			/* off the list; the last user closes it */
};

struct lost {				/* a sync that failed */
	int error;			/* errno; 0: none */
	int64_t base, from, to;		/* segment; offsets that may be lost */
	bool noted;			/* in quarantine/ */
};

struct appender {
	struct partdir dir;
	struct appender_opts opts;
	char lock_path[sizeof(((struct partdir *)0)->label) + 8];
	uint8_t boot_id[BOOT_ID_LEN];
	bool boot_known;
	int dirfd, lockfd;
	struct lock held;		/* byte 0 of lockfd */
	bool begun;
	bool index_suspect;		/* the indexes of segment suspect_base are to be made anew */
	int64_t suspect_base;
	uint64_t sequence;		/* of the end state this process wrote last */

	pthread_mutex_t syncing, writing, list;
	struct endstate end;		/* true while the lock is held, after end_find */
	struct written *active;		/* the segment that `end` names; NULL: not open */
	TAILQ_HEAD(, written) segments;
	unsigned segment_count;
	struct lost to_close;		/* a segment that no one may append to any more */
	struct lost to_tell;		/* what appender_sync has to report */
	int64_t seen;			/* log end offset after the last append here */
	int64_t point_due;		/* a recovery point that is to be written; 0: none */
	int64_t point_written_ns;
	int64_t floor;			/* repair: the next offset is not to be below; 0: whatever is found */
	struct batch_iter keys;		/* to look for keys in a compacted topic */
};

/* tail.c.  With the lock held: fills ap->end and ap->active.  -ERR_GONE, -ERR_SYS ... */
int end_find(struct appender *, struct err *);
/* A batch that stands at the end: moves ap->end on, writes index entries that are due. */
void end_take(struct appender *, const struct batch_head *);
/* The end state, as ap->end says. */
int end_write(struct appender *, struct err *);
/* ap->active is the segment of this base; 0, or -1 with errno. */
int active_open(struct appender *, int64_t base);
/* The active segment is another one from now on: closes it unless it waits for a sync. */
void active_leave(struct appender *);
int gone(const struct appender *, struct err *);
/* Is the lock file still the one that others lock?  Asked where the log is not as this one left it.  0, -ERR_GONE, -ERR_SYS. */
int lock_stands(const struct appender *, struct err *);
/* Is the end state of this boot? */
bool same_boot(const struct appender *, const struct endstate *);

/* recover.c.  The end by looking at the segments; known: the end state, valid but not to be trusted, or NULL. */
int recover(struct appender *, const struct endstate *known, struct err *);
/* To ap->floor, where the end lies below: word of the gap, the next offset; then a roll is due.  The caller holds both bytes. */
int end_lift(struct appender *, bool *lifted, struct err *);
/* Largest epoch that was ever begun, as far as the checkpoint tells; -1: it does not. */
int32_t epoch_last(struct appender *);
/* Sets ap->end.epoch one higher, from ap->end.next_offset on, on disk. */
int epoch_raise(struct appender *, struct err *);
/* The same, with the epochs of the batches in place of those of the checkpoint. */
int epochs_renew(struct appender *, struct err *);

/* cut.c.  Bytes [from, to) of the active segment are no batch: kept in quarantine/, indexes trimmed, cut. */
int tail_cut(struct appender *, int64_t from, int64_t to, const char *why, struct err *);
/* A note in quarantine/ without bytes; best effort. */
void leave_note(struct appender *, int64_t base, const char *kind, const char *text);
/* A damaged file that is about to be replaced, by a second name in quarantine/; best effort. */
void keep_file(struct appender *, const char *name, const char *why);

/* roll.c.  With the lock held, after end_find. */
bool roll_due(const struct appender *, const struct batch_head *, size_t n, int64_t now);
int roll(struct appender *, struct err *);
/* The segment that ap->end names but that is not there yet. */
int roll_finish(struct appender *, struct err *);
/* A segment after a failed sync (ap->to_close): closed where it ends, epoch raised. */
int close_lost(struct appender *, struct err *);
/* An end state that nobody believes: who dies before the next one leaves the end to recover.c. */
int end_disown(struct appender *, struct err *);
int64_t jitter_draw(const struct log_config *);

/* sync.c */
/* fdatasync, again after EINTR; 0 or errno. */
int data_sync(int fd);
/* One segment; the caller holds `writing`.  What fails is as written_lost says. */
void written_sync(struct appender *, struct written *);
/* A sync of it failed: off the list, into to_close and to_tell.  The caller holds `writing`, so its counters stand still. */
void written_lost(struct appender *, struct written *);
void written_free(struct appender *, struct written *);	/* list is held */
/* When more than max segments wait for a sync, syncs them: descriptors are bounded. */
void sync_backlog(struct appender *, unsigned max);
void point_flush(struct appender *);

#endif
