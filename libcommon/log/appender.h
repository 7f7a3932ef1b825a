/*
 * appender.h - the end of one partition, for writing, shared with any number
 * of other processes.
 *
 *	rc = appender_open(&ap, &dir, &opts, &e);
 *	rc = appender_append(ap, batch, n, &res, &e);	// one whole batch a call
 *	...
 *	rc = appender_sync(ap, &e);			// 0: all of the above is on disk
 *	appender_close(ap);
 *
 * Protocol (share/doc/durability.md).  Between any two system calls:
 *
 *  (1) Only the holder of byte 0 of `lock` writes, and only at the end.
 *  (2) Bytes before the end never change.
 *  (3) The end state is written last: what lies behind its end was never
 *      acknowledged.  The next writer verifies that, keeps the whole batches
 *      of it and cuts a torn tail, which is copied to quarantine/ first.
 *  (4) Offsets are given under the lock, dense, and never twice.
 *  (5) A batch is acknowledged after its pwrite (acks=1), or after a sync
 *      begun after it returned 0 on the descriptor that wrote it (acks=all).
 *
 * appender_append may be called from one thread, appender_sync at the same
 * time from another.
 *
 * What ends an appender for good: -ERR_GONE (the topic was deleted),
 * -ERR_DAMAGE (the end cannot be told), -ERR_READONLY.  Anything else may be
 * tried again with the same batch: after an error nothing of it is in the log
 * (a short write is cut off again under the same lock).
 */
#ifndef LOG_APPENDER_H
#define LOG_APPENDER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/record.h"
#include "log/partdir.h"

struct log_config {			/* of the topic; Kafka's names and defaults */
	int64_t segment_bytes;
	int64_t segment_ms, segment_jitter_ms;
	int64_t segment_index_bytes, index_interval_bytes;
	int64_t max_message_bytes;
	enum timestamp_type timestamp_type;
	bool compacted;			/* records without a key are refused */
	int64_t max_compaction_lag_ms;	/* compacted: rolls no later than this */
};

struct appender_opts {
	struct log_config conf;
	int64_t lock_timeout_ms;	/* -1 waits for ever */
	const volatile sig_atomic_t *stop;	/* may be NULL; not 0 ends a wait for the lock */
	bool network_ok;		/* append on a network file system all the same */
};

struct appended {
	int64_t base_offset, last_offset;
	int64_t append_time;		/* LogAppendTime, or -1 with CreateTime */
	int32_t leader_epoch;
};

struct appender;

/* Opens lazily: takes no lock yet.  -ERR_NOENT, -ERR_READONLY, -ERR_SYS, -ERR_NOMEM. */
int appender_open(struct appender **, const struct partdir *, const struct appender_opts *, struct err *);

/*
 * batch: n bytes, one whole batch with a right checksum, offsets from 0;
 * changed in place (base offset, epoch, LogAppendTime).  -ERR_TOOBIG beyond
 * max.message.bytes or segment.bytes, -ERR_INVALID (a record without a key in
 * a compacted topic), -ERR_BUSY (lock, after the timeout), -ERR_INTR,
 * -ERR_GONE, -ERR_SYS with errno (ENOSPC, EDQUOT, EFBIG, EIO ...).
 */
int appender_append(struct appender *, void *batch, size_t n, struct appended *, struct err *);

/*
 * Everything appended through this appender before the call is on disk when
 * it returns 0.  -ERR_UNSYNCED names file, offsets and errno, once; what was
 * appended since the last good sync is unknown, the segment is closed and the
 * next append goes to a new one with a raised epoch.
 */
int appender_sync(struct appender *, struct err *);
/* Is there anything that a sync has not covered yet? */
bool appender_dirty(struct appender *);

/* Closes descriptors and forgets; does not sync.  NULL is fine. */
void appender_close(struct appender *);

/*
 * plog-retain: closes the active segment as a roll does, so that what it
 * holds can be retained or compacted; nothing when it is empty.
 */
int appender_roll(struct appender *, struct err *);

/*
 * plog-check repair, which holds the maintenance byte: what a writer does
 * before it appends (a torn tail is cut), and what more is asked for.
 */
struct appender_mend {
	int64_t floor;			/* the next offset is lifted to it, with word of the gap; 0: it is not */
	bool close_active;		/* the segment is closed, so that nobody appends to it */
	bool epochs;			/* leader-epoch-checkpoint is made anew from the batches (also when it is damaged) */
};
int appender_mend(struct appender *, const struct appender_mend *, struct err *);

/* Where the log ends now, by the end state or by looking; no lock taken.  The last segment's base in *active. */
int log_end_peek(const struct partdir *, int64_t *next_offset, int64_t *active, struct err *);

#endif
