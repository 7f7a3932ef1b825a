/*
 * compact.h - keeping the last record of each key of a partition.
 *
 * Kafka's results: offsets and order stay, the last record of every key stays,
 * a tombstone goes once its batch has a delete horizon that has passed, which
 * the first pass that keeps it sets.  Segments that follow one another become
 * one while they fit segment.bytes and segment.index.bytes.  The active
 * segment is never touched.
 *
 * A pass: the keys of [dirty, end) into a map, up to where it is full; then
 * every segment up to there is written anew and put in place (log/swap.h),
 * group by group.  Memory is bounded by `memory`; more keys, more passes.
 *
 * Records of aborted transactions go.  A transaction's marker stays until a
 * pass meets no batch of it, gets a delete horizon then, and goes once that
 * has passed.  Nothing is compacted from the segment on in which the oldest
 * open transaction begins.  Of a batch that loses all its records nothing
 * stays, unless it is the last of an active producer, or the last of what is
 * compacted: that one stays without records (KAFKA-17076).
 *
 * Source: Kafka's LogCleaner; KIP-58, KIP-354, KIP-534.
 */
#ifndef STORE_COMPACT_H
#define STORE_COMPACT_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pace.h"
#include "log/appender.h"
#include "log/partdir.h"

#define COMPACT_MEMORY	(128 << 20)

struct compact_rules {
	bool now;			/* whatever the ratio is */
	bool dry;
	int64_t dry_from;		/* a dry run that would delete what lies before it, */
	bool dry_rolled;		/* or close the active segment first */
	double ratio;			/* min.cleanable.dirty.ratio */
	int64_t min_lag_ms, max_lag_ms, delete_retention_ms;
	int64_t now_ms;
	bool clock_ok;			/* false: tombstones stay, no horizon is set, no lag counts */
	size_t memory;
	struct pace *pace;		/* of what is read and written; may be shared by threads */
	_Atomic uint64_t *seen;		/* counts records; the same */
	struct log_config conf;
	int64_t lock_timeout_ms;
	const volatile sig_atomic_t *stop;
};

struct compact_result {
	bool due;			/* it was, or would be, done */
	const char *why;		/* or why not */
	const char *held;		/* why closed segments from `to` on wait; NULL: there are none */
	double ratio;			/* of dirty bytes */
	int64_t from, to;		/* dirty offsets [from, to) */
	uint64_t passes, segments_before, segments_after, bytes_before, bytes_after;
	uint64_t records, stay, keyless, aborted;
};

/*
 * Under the maintenance byte.  -ERR_BUSY, -ERR_NOENT, -ERR_DAMAGE (a batch
 * cannot be read: nothing of its group is touched), -ERR_SYS (ENOSPC: there
 * must be room for one segment), -ERR_NOMEM.
 */
int compact_run(const struct partdir *, const struct compact_rules *, struct compact_result *, struct err *);

#endif
