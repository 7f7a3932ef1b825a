/*
 * retain.h - which segments of a partition go, why the others stay, and
 * taking away those that go.
 *
 *	retain_look(&l, &dir, &e)	the segments as they are
 *	retain_decide(&l, &rules, &e)	each one goes or stays, and why; writes nothing
 *	retain_run(&l, &rules, &e)	both, and does it
 *	retain_release(&l)
 *
 * Kafka's rules: from the oldest segment on, up to the first that stays; start
 * offset, then size, then time.  Whole segments only.  The active segment is
 * not exempt: when it goes it is rolled first, so an empty one named after the
 * log's end is what remains, and offsets never begin again.  An empty last
 * segment always stays.
 *
 * Deleting raises the log start offset (replaced, synced), then unlinks,
 * oldest first, of each its indexes before its log: whatever is left after a
 * kill is a whole log, and the next run goes on.  Where the disk is so full
 * that the log start cannot be written, the first segment's base says it
 * until there is room.
 *
 * Source: Kafka's UnifiedLog.deleteOldSegments, KafkaConfig; KIP-405 left out.
 */
#ifndef STORE_RETAIN_H
#define STORE_RETAIN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/appender.h"
#include "log/partdir.h"

#define RETAIN_NO_LIMIT	(-1)

enum retain_why {
	RETAIN_UNDECIDED,		/* stays: something failed before it was asked */
	RETAIN_BY_START,		/* goes: it ends at or before the log start offset */
	RETAIN_BY_SIZE,			/* goes: without it the log still has retention.bytes */
	RETAIN_BY_TIME,			/* goes: its largest timestamp is older than retention.ms */
	RETAIN_POLICY,			/* stays: the topic is not of the delete policy */
	RETAIN_WITHIN,			/* stays: within its limits */
	RETAIN_BEHIND,			/* stays: an older one does */
	RETAIN_EMPTY,			/* stays: the last one, and empty */
	RETAIN_NO_TIME,			/* stays: no record of it has a time */
	RETAIN_CLOCK,			/* stays: old by a clock that is not believed */
	RETAIN_UNTOLD,			/* stays: its largest timestamp cannot be told */
	RETAIN_UNREAD,			/* stays: a group has not read it */
};

struct retain_rules {
	bool deletes;			/* cleanup.policy has delete */
	int64_t retention_ms, retention_bytes;	/* RETAIN_NO_LIMIT */
	int64_t below;			/* by a limit over many logs: what ends at or below this offset goes too; 0: nothing */
	int64_t keep_from;		/* nothing at or behind this offset goes by size or time; INT64_MAX: no such offset */
	int64_t now_ms;
	bool clock_ok;			/* false: nothing goes by time, nothing is rolled by time */
	bool explain;			/* fill in `largest` of every segment */
	struct log_config conf;
	int64_t lock_timeout_ms;
	const volatile sig_atomic_t *stop;	/* may be NULL; not 0: no further segment */
};

struct retain_segment {
	int64_t base, next;		/* next: where the following one, or the log's end, is */
	int64_t size;			/* -1: nobody asked yet; of the last one it is always known */
	int64_t largest;		/* ms; -1: no record has a time */
	bool told;			/* largest is known */
	bool active, goes;
	enum retain_why why;
};

struct retain_log {
	struct partdir dir;
	int dirfd;			/* -1: not open */
	struct retain_segment *v;
	size_t n, cap;
	size_t go;			/* the first `go` of them */
	int64_t start, end;		/* log start and end offset */
	bool roll_due;			/* the active one, by segment.ms */
};
#define RETAIN_LOG_INIT	{ .dirfd = -1 }

/* -ERR_NOENT: deleted; -ERR_DAMAGE (log-start-offset); -ERR_SYS, -ERR_NOMEM. */
int retain_look(struct retain_log *, const struct partdir *, struct err *);
/*
 * -ERR_DAMAGE: a segment's largest timestamp was needed and cannot be told; all
 * is decided all the same, and what can go may.
 */
int retain_decide(struct retain_log *, const struct retain_rules *, struct err *);
/* Of all of them, where not known yet; retain_decide asks when it must, or is to explain. */
int retain_sizes(struct retain_log *, struct err *);
/* Reads it when it was not yet. */
int retain_largest(struct retain_log *, size_t i, struct err *);
/*
 * Under the maintenance byte: looks, decides, rolls where due, deletes.  Then
 * the log says what was decided, with those that went (goes).  -ERR_BUSY,
 * -ERR_READONLY and the others' errors.
 */
int retain_run(struct retain_log *, const struct partdir *, const struct retain_rules *, struct err *);
/* The list stays, the descriptor goes. */
void retain_shut(struct retain_log *);
void retain_release(struct retain_log *);

#endif
