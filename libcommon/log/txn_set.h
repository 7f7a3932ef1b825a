/*
 * txn_set.h - the transactions that are open, and those that were aborted, as
 * a scan of the log meets them.
 *
 *	txn_set_init(&set);
 *	txn_begin(&set, pid, first, &e);	// nothing when it is open already
 *	txn_end(&set, pid, last, aborted, &e);	// nothing when it is not
 *	txn_set_clear(&set);			// memory given back, usable again
 */
#ifndef LOG_TXN_SET_H
#define LOG_TXN_SET_H

#include <sys/queue.h>
#include <sys/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ongoing;
struct aborted;
RB_HEAD(ongoing_tree, ongoing);
RB_HEAD(aborted_tree, aborted);
TAILQ_HEAD(ongoing_list, ongoing);
STAILQ_HEAD(aborted_list, aborted);

struct txn_set {
	struct ongoing_tree ongoing;
	struct ongoing_list oldest;	/* rising first offsets */
	size_t n_ongoing;
	struct aborted_tree aborted;
	struct aborted_list old;	/* rising last offsets */
};

void txn_set_init(struct txn_set *);
void txn_set_clear(struct txn_set *);
/* -ERR_NOMEM, also for more at once than anybody has. */
int txn_begin(struct txn_set *, int64_t pid, int64_t first, struct err *);
int txn_end(struct txn_set *, int64_t pid, int64_t last, bool aborted, struct err *);
/* First offset of the oldest that is open, or INT64_MAX. */
int64_t txn_oldest(const struct txn_set *);
/* Does the offset belong to an aborted transaction of the producer? */
bool txn_is_aborted(struct txn_set *, int64_t pid, int64_t offset);
/* Transactions that were aborted wholly below the offset matter no more. */
void txn_forget(struct txn_set *, int64_t below);

#endif
