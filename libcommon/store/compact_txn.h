/*
 * compact_txn.h - the transactions and the producers of a log, as compaction
 * must know them.
 *
 *	compact_txns_scan(&t, dirfd, label, end, &e)	// headers of the whole log
 *	compact_txns_stable(t)		// nothing from here on may be compacted
 *	compact_txns_pass(t)		// a pass over the log begins
 *	compact_txns_data(t, &h)	// each batch of it, in order
 *	compact_txns_marker(t, &h, bytes)
 *
 * The markers in the log say how a transaction ended: one stays until none of
 * its transaction's batches is left (KIP-98), so a batch never outlives it.
 *
 * A producer is active, as at a broker that starts, while its transaction is
 * open or its last batch is younger than Kafka's producer.id.expiration.ms (a
 * day).  Its last data batch has its last sequence number, a marker behind a
 * change of epoch its epoch: that batch stays, if need be without records.
 *
 * Memory: one entry a producer, one an aborted transaction.
 *
 * Source: Kafka's CleanedTransactionMetadata, Cleaner, ProducerStateManager.
 */
#ifndef STORE_COMPACT_TXN_H
#define STORE_COMPACT_TXN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/batch.h"

struct compact_txns;

/*
 * end: of the log.  -ERR_DAMAGE (a batch of a closed segment), -ERR_SYS,
 * -ERR_NOMEM.  NULL is fine for free.
 */
int compact_txns_scan(struct compact_txns **, int dirfd, const char *label, int64_t end, struct err *);
void compact_txns_free(struct compact_txns *);

/* The first offset of the oldest transaction that is open; INT64_MAX: none is. */
int64_t compact_txns_stable(const struct compact_txns *);
/* Does it belong to a transaction that was aborted? */
bool compact_txns_aborted(struct compact_txns *, const struct batch_head *);

void compact_txns_pass(struct compact_txns *);
/* As compact_txns_aborted; the transaction's marker is not idle then. */
bool compact_txns_data(struct compact_txns *, const struct batch_head *);
/* The bytes of a control batch: true when the pass met nothing of its transaction, so that it may go. */
bool compact_txns_marker(struct compact_txns *, const struct batch_head *, struct slice bytes);
/* The batch by which an active producer is known. */
bool compact_txns_last(const struct compact_txns *, const struct batch_head *, int64_t now_ms);

#endif
