/*
 * txn.h - which transactions of a partition were aborted, and up to where
 * every one has ended (the last stable offset): for read_committed.
 *
 * A scan of batch headers of its own runs ahead of the reader, as far as it
 * must to see how the transaction of the batch in hand ended.  It starts at
 * the newest producer snapshot below the position, or the log's first byte.
 * The markers in the log are the truth.  Where compaction took one away, the
 * entry of the segment's .txnindex stands for it; an entry that a batch in
 * its place contradicts is no entry.
 *
 * Memory: what is open, and what was aborted between reader and scan.
 *
 * Source: KIP-98, kafka-format 2.4, 5.1, 5.4.
 */
#ifndef LOG_TXN_H
#define LOG_TXN_H

#include <stdint.h>

#include "base/err.h"
#include "codec/batch.h"

#define TXN_COMMITTED	1		/* or of no transaction */
#define TXN_ABORTED	2

struct txn;
struct reader;

int txn_new(struct txn **, struct err *);	/* -ERR_NOMEM */
void txn_free(struct txn *);			/* NULL is fine */

/* How the transaction of a batch ended; 0: a transaction that began at or before it is still open; or an error. */
int txn_judge(struct txn *, struct reader *, const struct batch_head *, struct err *);
/* The last stable offset, the log read up to its end. */
int txn_stable(struct txn *, struct reader *, int64_t end, int64_t *stable, struct err *);
/* batch_marker of the control batch at a position; -1 also when it cannot be read. */
int txn_marker(int fd, int64_t pos, const struct batch_head *, struct batch_iter *);

#endif
