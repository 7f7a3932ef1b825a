/*
 * swap.h - putting a compacted segment in place of those it was made from, so
 * that every offset is in a named .log at every instant.
 *
 *	fd = swap_output(dirfd, base)		// write it, sync it
 *	swap_commit(dirfd, olds, n, &e)		// from here on it is going to happen
 *	swap_finish(dirfd, label, interval, &e)
 *
 * Format of `swap`: "0", the base of the output (it is the first old one's
 * too), the number of the others, and each of their bases on a line, rising;
 * last the CRC-32C of all lines before in 8 hex digits.  Replaced whole, so a
 * torn one is never found.
 *
 * The order of swap_finish, each step of which may be done twice: unlink the
 * first old one's indexes; rename the output over its .log; write its indexes;
 * unlink the other olds; sync the directory; unlink `swap`.  Whoever holds the
 * maintenance byte calls it first; a writer does when it gets that byte
 * without waiting.  An output without `swap` is a leftover.
 */
#ifndef LOG_SWAP_H
#define LOG_SWAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The output of that base, empty, for writing; -1 with errno. */
int swap_output(int dirfd, int64_t base);
void swap_discard(int dirfd, int64_t base);	/* not committed: away with it */

/* The output of olds[0] is complete and synced.  -ERR_SYS, -ERR_NOMEM. */
int swap_commit(int dirfd, const int64_t *olds, size_t n, struct err *);
/* 0: there is none, or it can be read; -ERR_DAMAGE, -ERR_SYS, -ERR_NOMEM. */
int swap_check(int dirfd);
/*
 * Holding the maintenance byte: finishes what was committed; 0 also when there
 * is nothing.  interval: of the index.  -ERR_DAMAGE: `swap` cannot be read,
 * nothing was touched; -ERR_SYS.
 */
int swap_finish(int dirfd, const char *label, int64_t interval, struct err *);
/*
 * Holding the maintenance byte, after swap_finish: takes away what was written
 * under a temporary name by one who was killed.  Best effort.
 */
void swap_sweep(int dirfd);
/* A writer that may find one: takes the maintenance byte if nobody holds it.  Best effort. */
void swap_finish_if_free(int dirfd, int lockfd, const char *label, int64_t interval);

#endif
