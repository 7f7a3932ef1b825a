/*
 * partdir.h - where one partition's files are, and what stands there beside
 * the segments.
 *
 * A partition is named by the directory that holds it (a topic's in a store,
 * log.dirs of a Kafka broker) and its name in there ("3", "orders-3").  The
 * descriptor of the holder is borrowed and outlives every use.  Nothing here
 * keeps a descriptor open, so thousands of partitions cost none.
 */
#ifndef LOG_PARTDIR_H
#define LOG_PARTDIR_H

#include <sys/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct partdir {
	int holder;			/* descriptor of the directory above; borrowed */
	char name[272];			/* "3", or "orders-3" */
	char label[272];		/* for messages: "orders/3", of a broker "orders-3" */
	bool broker;			/* a Kafka broker's: never written, gaps are the broker's business */
};

#define LOCK_BYTE_WRITER	0	/* of the file `lock` */
#define LOCK_BYTE_MAINTENANCE	1

/* A descriptor of the partition's directory, or -1 with errno (ENOENT: deleted). */
int partdir_open(const struct partdir *);

/*
 * Makes the directory whole: first segment at offset 0, its indexes, lock,
 * leader-epoch-checkpoint "0 0"; every file and the directory synced (not the
 * holder).  Modes as io.h says.  -ERR_EXIST, -ERR_SYS.
 */
int partdir_create(const struct partdir *, mode_t dir_mode, struct err *);
/*
 * The same for many partitions of a topic that nobody can see yet: nothing is
 * synced and nothing taken back, the caller ends with syncfs(2), or removes all.
 */
int partdir_create_unsynced(const struct partdir *, mode_t dir_mode, struct err *);
/* A new directory's mode; as root its owner is the holder's.  0, or -1 with errno. */
int partdir_own(int holder, int dirfd, mode_t);

/* Log start offset; without the file 0 (the first segment's base counts then).  -ERR_DAMAGE: never taken for 0. */
int log_start_read(int dirfd, int64_t *offset, struct err *);
/* Replaced, synced, whatever it was: repair.  The caller holds the maintenance byte. */
int log_start_write(int dirfd, int64_t offset, struct err *);
/* The same, but never moves back. */
int log_start_raise(int dirfd, int64_t offset, struct err *);
/*
 * plog-topic trim and retention: takes the maintenance byte, raises the log
 * start, drops the byte.  -ERR_RANGE beyond the log's end, -ERR_BUSY, -ERR_SYS.
 */
int partdir_trim(const struct partdir *, int64_t offset, int64_t lock_timeout_ms, struct err *);

/* Up to where the log is known to be on disk; may lag, never leads.  Absent: 0. */
int recovery_point_read(int dirfd, int64_t *offset, struct err *);
int recovery_point_write(int dirfd, int64_t offset, struct err *);

struct epoch_entry {
	int32_t epoch;
	int64_t start_offset;
};
struct epoch_list {
	struct epoch_entry *v;
	size_t n;
};
/* leader-epoch-checkpoint: rising epochs, rising offsets; -ERR_DAMAGE for anything else; absent: empty. */
int epochs_read(int dirfd, struct epoch_list *, struct err *);
int epochs_write(int dirfd, const struct epoch_list *, struct err *);
/*
 * Adds an epoch that begins at start_offset; entries that begin there or later
 * go, as in Kafka: nothing of them is in the log.  -1: no memory.
 */
int epochs_add(struct epoch_list *, int32_t epoch, int64_t start_offset);
void epochs_release(struct epoch_list *);
/* Where an epoch ends: start of the next larger one, or log_end for the last.  -1: no such epoch. */
int64_t epoch_end(const struct epoch_list *, int32_t epoch, int64_t log_end);

#endif
