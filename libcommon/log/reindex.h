/*
 * reindex.h - the indexes of a partition made anew, Kafka's bytes, and digests,
 * beside writers and readers.
 *
 * Holds the maintenance byte, and the writer's while the active segment's are
 * made; the end state then says what they hold.  Old and new indexes are both
 * right at every instant: they are replaced.
 */
#ifndef LOG_REINDEX_H
#define LOG_REINDEX_H

#include "base/err.h"
#include "log/partdir.h"

/*
 * A digest (digest.h) beside each closed segment, made or made anew, after the
 * segment was verified; one with damage gets none, and more of it is told by
 * verify: -ERR_DAMAGE, when all others have theirs.
 */
int partdir_digest(const struct partdir *, int64_t lock_timeout_ms, struct err *);
/* interval: index.interval.bytes.  -ERR_READONLY, -ERR_NOENT, -ERR_BUSY, -ERR_SYS, -ERR_NOMEM. */
int partdir_reindex(const struct partdir *, int64_t interval, int64_t lock_timeout_ms, struct err *);

#endif
