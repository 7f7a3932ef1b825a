/*
 * retain.h - plog-retain's options, its plan and its report.
 *
 * First every topic is looked at (plan.c): its settings, its partitions, what
 * a limit over several logs takes from each.  Then each partition is done
 * (run.c), and what became of its segments goes into the report (report.c).
 */
#ifndef RETAIN_RETAIN_H
#define RETAIN_RETAIN_H

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/compact.h"
#include "store/group.h"
#include "store/quarantine.h"
#include "store/retain.h"
#include "store/store.h"
#include "store/topic.h"
#include "text/table.h"

struct retain_opts {
	struct store *store;
	const volatile sig_atomic_t *stop;
	bool dry, verbose, force, total, show, compact_now;
	int64_t memory;
	int jobs;
	struct pace *pace;
	_Atomic uint64_t *seen;		/* records that compaction met, for the progress */
	int64_t quarantine_ms;
	int64_t retention_ms, max_size;	/* -1: not given */
	bool keep_unread;
	const char *keep_groups;	/* NULL: all */
	const char *keep_lost;		/* one of them that is not there; all is kept for it */
	int64_t group_expiry_ms;
	int64_t now_ms;
	bool clock_ok;
	enum table_form form;
};

struct work {				/* one topic */
	char *name;
	bool named;			/* an operand: that it is not there is an error */
	struct topic_id id;
	struct retain_rules rules;
	bool compacts;
	struct compact_rules compact;
	int32_t *parts;
	int64_t *below;			/* of each partition; see retain_rules */
	size_t nparts;
};
struct plan {
	struct work *v;
	size_t n;
	int64_t smallest_ms;		/* of the retentions at stake; -1: none */
};

/* Groups that read a topic, and up to where. */
struct reading;
struct readers {
	struct reading *v;
	size_t n;
};
/* Sees that the groups of --keep-unread=GROUP,... are there; sets keep_lost, and says so, where one is not. */
int groups_look(struct retain_opts *);
int groups_read(struct readers *, const struct retain_opts *, const struct topic *, struct err *);
/* The least offset that a group reads next, and whose it is; INT64_MAX: no group reads the topic. */
int64_t groups_keep_from(const struct readers *, const struct topic *, int32_t partition, const char **group);
void groups_warn(const struct readers *, const struct topic *, int32_t partition, const struct retain_log *, bool dry);
void groups_release(struct readers *);

struct outcome {			/* of a partition */
	struct retain_log log;
	char group[NAME_MAX + 1];	/* whose unread records keep a segment */
	bool looked;			/* at compaction */
	struct compact_result compact;
	struct quarantine_gone aside;
	int rc;
	struct err e;
};

struct report {
	struct table table;
	uint64_t gone, gone_bytes, stay, stay_bytes;
};

/* Says what cannot be looked at; the status of that. */
int plan_make(struct plan *, const struct retain_opts *, int n, char *const *operands);
/* --max-size: over each topic, with --total over all of them. */
int plan_limits(struct plan *, const struct retain_opts *);
void plan_release(struct plan *);

/* One partition of a compacted topic. */
int retain_compact(const struct partdir *, const struct work *, const struct retain_opts *, struct outcome *);
int retain_topics(const struct plan *, const struct retain_opts *, struct report *);

void report_start(struct report *, const struct retain_opts *);
void report_partition(struct report *, const struct retain_opts *, const struct work *, int32_t partition,
    const struct outcome *);
/* Prints it; status, or EXIT_FAILED. */
int report_end(struct report *, const struct retain_opts *, int status);

#endif
