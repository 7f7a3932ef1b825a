/*
 * reindex.h - the indexes of a partition made anew, Kafka's bytes, beside
 * writers and readers.
 *
 * Holds the maintenance byte, and the writer's while the active segment's are
 * made; the end state then says what they hold.  Old and new indexes are both
 * right at every instant: they are replaced.
 */
#ifndef LOG_REINDEX_H
#define LOG_REINDEX_H

#include "base/err.h"
#include "log/partdir.h"

/* interval: index.interval.bytes.  -ERR_READONLY, -ERR_NOENT, -ERR_BUSY, -ERR_SYS, -ERR_NOMEM. */
int partdir_reindex(const struct partdir *, int64_t interval, int64_t lock_timeout_ms, struct err *);

#endif
