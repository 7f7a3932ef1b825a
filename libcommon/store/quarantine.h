/*
 * quarantine.h - what recovery and repair set aside does not stay for ever.
 *
 * An entry of a partition's quarantine/ goes when both the time in its name
 * (the milliseconds at its end, before .note) and the time of the file are
 * further back than keep_ms: the bytes of a torn tail, a damaged file that was
 * replaced, the note beside it.  Other names go by the time of the file alone.
 */
#ifndef STORE_QUARANTINE_H
#define STORE_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct quarantine_gone {
	uint64_t files, bytes;
};

/* dirfd: of the partition.  dry: counts only.  No such directory: 0.  -ERR_SYS: what can go goes all the same. */
int quarantine_age(int dirfd, const char *label, int64_t now_ms, int64_t keep_ms, bool dry, struct quarantine_gone *,
    struct err *);

#endif
