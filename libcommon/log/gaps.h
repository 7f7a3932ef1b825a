/*
 * gaps.h - offsets that are missing and may be: the word that compaction and
 * repair leave beside the segments.
 *
 * cleaner-checkpoint holds the offset up to which compaction went: below it
 * any offset may be missing.  It is replaced, and synced, before the first
 * compacted segment is put in place, so that whoever meets a gap finds the
 * word of it.  A second line is there while that compaction is at work, or
 * was killed: the offset up to which all is compacted; without it, the first
 * line says that too.  gaps holds ranges that repair took out, in Kafka's checkpoint
 * shape: "0", how many lines follow, then "FROM NEXT" a line (NEXT is the
 * first offset that is there again), rising.
 *
 * In a broker's directory offsets are missing without a word: not read there.
 */
#ifndef LOG_GAPS_H
#define LOG_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct gap {
	int64_t from, next;		/* [from, next) */
};
struct gap_list {
	struct gap *v;
	size_t n;
	int64_t cleaned;		/* of cleaner-checkpoint; 0: none */
	int64_t dirty;			/* where the next compaction begins: cleaned, or below it */
};
#define GAP_LIST_INIT	{ .v = NULL, .n = 0, .cleaned = 0, .dirty = 0 }

/*
 * Both files as they are now.  One that is damaged holds no word (and says
 * so: -ERR_DAMAGE, the list then has what could be read); -ERR_SYS, -ERR_NOMEM.
 */
int gaps_read(int dirfd, struct gap_list *, struct err *);
/* One of them, into a list that is empty so far.  Returns likewise. */
int gaps_read_cleaner(int dirfd, struct gap_list *, struct err *);
int gaps_read_gaps(int dirfd, struct gap_list *, struct err *);
/* Is every offset of [from, next) one that may be missing? */
bool gaps_cover(const struct gap_list *, int64_t from, int64_t next);
void gaps_release(struct gap_list *);

/* Adds n ranges, in any order; replaced, synced.  The caller holds the maintenance byte. */
int gaps_add(int dirfd, const struct gap *, size_t n, struct err *);
/* Both lines; one where they are the same. */
int cleaner_checkpoint_set(int dirfd, int64_t offset, int64_t dirty, struct err *);
int cleaner_checkpoint_write(int dirfd, int64_t offset, struct err *);

#endif
