/*
 * move.h - positions that are to be set: planned whole, shown, then done.
 *
 *	struct moves m = MOVES_INIT;
 *	moves_to_place(&m, be, o, group, ntopics, topics, &place);	// or one of the others
 *	moves_execute(&m, be, o);		// only when m.status is EXIT_DONE
 *
 * A plan says on stderr what is clamped to the log's range, and makes its
 * status EXIT_FAILED where something makes no sense; then nothing is done.
 */
#ifndef GROUP_MOVE_H
#define GROUP_MOVE_H

#include "group/group.h"

struct move {
	char *group, *topic;
	int32_t partition;
	int64_t from, to;		/* from -1: no position */
	int32_t leader_epoch;		/* -1: not known */
	const char *done;		/* "no", "yes", "failed" */
};

struct moves {
	struct move *v;
	size_t n;
	int status;
};
#define MOVES_INIT	{ .v = NULL }

/* Partitions of the topics, of none: of those in which the group has positions; each only where -p wants it. */
void moves_to_place(struct moves *, struct backend *, const struct group_opts *, const char *group, int n, char *const *topics,
    const struct place *);
void moves_by_shift(struct moves *, struct backend *, const struct group_opts *, const char *group, int n, char *const *topics,
    int64_t shift);
void moves_to_group(struct moves *, struct backend *, const struct group_opts *, const char *group, int n, char *const *topics,
    const char *other);
/*
 * Lines of `topic,partition,offset` or `group,topic,partition,offset` from a
 * file, or "-": only of this group and these topics where they are given.
 */
void moves_from_file(struct moves *, struct backend *, const struct group_opts *, const char *group, int n, char *const *topics,
    const char *file);

/* Refuses groups that have members. */
void moves_check(struct moves *, struct backend *, const struct group_opts *);
void moves_execute(struct moves *, struct backend *, const struct group_opts *);
void moves_release(struct moves *);

/* For the plans: adds one, clamped to the log. */
void moves_add(struct moves *, struct backend *, const char *group, const char *topic, int32_t partition, int64_t to,
    int32_t leader_epoch);

#endif
