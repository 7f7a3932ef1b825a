/*
 * txn_files.h - what a broker leaves beside a segment about transactions.
 *
 * BASE.txnindex: entries of 34 bytes, big endian: i16 version 0, i64 producer
 * id, first and last offset (the marker's) of an aborted transaction, i64 last
 * stable offset.  BASE.snapshot: the producers as they were at offset BASE;
 * i16 version 1, u32 CRC-32C of what follows, i32 count, entries of 46 bytes,
 * of which the first 8 are the producer id and the last 8 the first offset of
 * its open transaction (-1: none).
 */
#ifndef LOG_TXN_FILES_H
#define LOG_TXN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct txn_index {
	struct buf b;
	size_t at;
};
struct txn_index_entry {
	int64_t pid, first, last;
};

/* The file of a segment; none, or one that cannot be read, has no entries. */
void txn_index_load(struct txn_index *, int dirfd, int64_t base);
/* The entry in hand, as long as they make sense. */
bool txn_index_peek(const struct txn_index *, struct txn_index_entry *);
void txn_index_drop(struct txn_index *);
void txn_index_release(struct txn_index *);

/*
 * Each transaction that was open when the snapshot was taken.  1 read; 0 there
 * is none that is whole (nothing was called); or what open returned, negative.
 */
int txn_snapshot_read(int dirfd, int64_t base, int (*open)(void *, int64_t pid, int64_t first, struct err *),
    void *arg, struct err *);

#endif
