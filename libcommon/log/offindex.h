/*
 * offindex.h - .index and .timeindex of a segment: where an offset is, and
 * which offset a time is at.
 *
 * .index is entries of 8 bytes, big endian: last offset of a batch minus the
 * segment's base, position of that batch.  .timeindex is entries of 12: the
 * largest timestamp so far, the last offset (minus base) of the batch that
 * brought it.  Both rise strictly (offsets of .timeindex: do not fall).
 *
 * They are caches.  A lookup is a hint where to start reading, never the
 * answer: the batch at the position must verify and must not lie behind the
 * target, else the caller starts at the segment's first byte.  Any bytes are
 * survived: an entry beyond the file, out of order or of zeros is no entry.
 * A broker's active segment has indexes of 10 MiB, zeros behind the entries.
 *
 * When an entry is due, and at which batch: kafka-format 5.2, 5.3.
 */
#ifndef LOG_OFFINDEX_H
#define LOG_OFFINDEX_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define INDEX_ENTRY		8
#define TIMEINDEX_ENTRY		12

/*
 * Largest entry with offset <= target: its position, and its offset in
 * *offset.  None, no file or nonsense in it: position 0, offset base.
 */
void index_lookup(int dirfd, int64_t base, int64_t target, int64_t *offset, int64_t *position);
/* The last entry that may be right (position < log_size), to start a scan for the end; as index_lookup. */
void index_last(int dirfd, int64_t base, int64_t log_size, int64_t *offset, int64_t *position);

/*
 * Largest .timeindex entry with timestamp <= ms: its offset, else base.  And
 * the last entry: its timestamp (-1: none) is a lower bound of the segment's
 * largest until it was verified.
 */
void timeindex_lookup(int dirfd, int64_t base, int64_t ms, int64_t *offset);
/*
 * The entry before the last one whose timestamp is < ms; false: none.  That
 * one and not the last, so that no single wrong bit names a place behind the
 * first record of that time, given that the entry is checked against its batch.
 */
bool timeindex_before(int dirfd, int64_t base, int64_t ms, int64_t *timestamp, int64_t *offset);
void timeindex_last(int dirfd, int64_t base, int64_t *timestamp, int64_t *offset);

/* What an appender carries along for one segment; part of the end state. */
struct index_state {
	int64_t index_size;		/* bytes of .index that count */
	int64_t timeindex_size;
	int64_t last_indexed;		/* position of the batch last indexed, 0: none */
	int64_t last_timestamp;		/* of the last .timeindex entry, -1: none */
	int64_t max_timestamp;		/* of the segment so far, -1: none */
	int64_t max_timestamp_offset;	/* last offset of the batch that brought it */
	uint32_t index_crc, timeindex_crc;	/* CRC-32C of the bytes that count */
};
#define INDEX_STATE_INIT { .last_timestamp = -1, .max_timestamp = -1, .max_timestamp_offset = -1 }

struct index_entries {			/* what one batch adds; encoded */
	uint8_t index[INDEX_ENTRY];
	uint8_t timeindex[TIMEINDEX_ENTRY];
	bool has_index, has_timeindex;
};

struct batch_head;
/*
 * Takes a batch appended at position into the state (sizes move on by what
 * must then be written at the old sizes).  The same call builds an index when
 * a segment is scanned from its start.
 */
void index_add(struct index_state *, int64_t base, const struct batch_head *, int64_t position,
    int64_t interval, struct index_entries *);
/* The final .timeindex entry of a segment that is closed; true: write it. */
bool index_final(struct index_state *, int64_t base, uint8_t entry[TIMEINDEX_ENTRY]);

/*
 * Are the files what the state says: as long, or longer by bytes that do not
 * count, and with these checksums?  Reads them whole.
 */
bool index_intact(int dirfd, int64_t base, const struct index_state *);
/* Writes entries at the sizes the state had before index_add; 0, or -1 with errno (EILSEQ: a file is shorter than that). */
int index_write(int dirfd, int64_t base, const struct index_state *before, const struct index_entries *);
/* Cuts both files to the state's sizes; sync: and fdatasync.  0, or -1 with errno. */
int index_trim(int dirfd, int64_t base, const struct index_state *, bool sync);
/* Makes both, empty, for a new segment; 0, or -1 with errno. */
int index_create(int dirfd, int64_t base, bool sync);

/*
 * Writes .index and .timeindex anew by scanning the segment up to log_end,
 * under temporary names, then renamed.  final: with the final entry.
 */
int index_rebuild(int dirfd, int64_t base, int64_t log_end, int64_t interval, bool final,
    struct index_state *, struct err *);

#endif
