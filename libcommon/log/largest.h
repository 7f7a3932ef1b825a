/*
 * largest.h - the largest timestamp of a segment, for who deletes by it.
 *
 * An index is only ever a hint: its last entry counts once the batch that it
 * names was found with a right checksum and that very timestamp, and all
 * batches behind that one are looked at too.  Else the whole segment is read.
 * The time of the file says nothing: copying a store changes it.
 */
#ifndef LOG_LARGEST_H
#define LOG_LARGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * *ms is the largest timestamp among the batches of the segment's first size
 * bytes, -1 when none has one.  active: what is no whole batch at the end is
 * left aside.  -ERR_DAMAGE: a batch cannot be read, so nobody knows;
 * -ERR_NOENT, -ERR_SYS, -ERR_NOMEM.
 */
int segment_largest(int dirfd, int64_t base, int64_t size, bool active, int64_t *ms, struct err *);

#endif
