/*
 * endstate.h - what the last writer of a partition left in its lock file, so
 * that the next one need not look at the log: one pread, one fstat.
 *
 * Written in place, fixed size, two slots in turn, each with a sequence and a
 * checksum; the newest valid one counts.  Its truth is only as good as: same
 * boot, same inode, size equal to end (see appender.h).  plog-store(5) has
 * the bytes.
 */
#ifndef LOG_ENDSTATE_H
#define LOG_ENDSTATE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "log/offindex.h"

struct endstate {
	uint64_t sequence;
	uint8_t boot_id[BOOT_ID_LEN];
	uint64_t dev, ino;		/* of the active segment's .log */
	int64_t base;			/* its base offset */
	int64_t end;			/* its size in bytes: the end position */
	int64_t next_offset;		/* the log end offset */
	int32_t epoch;
	bool deleted;			/* the topic was deleted: nobody appends any more */
	int64_t first_timestamp;	/* largest timestamp of the segment's first batch, for segment.ms; -1: empty */
	int64_t created_ms;		/* wall clock when the segment was made */
	int64_t roll_jitter_ms;		/* drawn for this segment */
	int64_t append_time;		/* the last LogAppendTime given in this log, -1: none */
	struct index_state index;
};

#define ENDSTATE_INIT { .first_timestamp = -1, .append_time = -1, .index = INDEX_STATE_INIT }

/* 1: read; 0: none that is valid (a new partition, damage); -1: errno. */
int endstate_read(int lockfd, struct endstate *);
/* Into the other slot, sequence raised.  0 or -1 with errno. */
int endstate_write(int lockfd, struct endstate *);
/* The caller holds byte 0: sets deleted (also where nothing valid is there). */
int endstate_mark_deleted(int lockfd);

#endif
