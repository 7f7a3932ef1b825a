/*
 * reader_in.h - what the rooms of the reader share; nobody else includes it.
 *
 *	reader.c	opening, reading on, skipping what is wrong
 *	reader_look.c	the bytes at a position: the buffer, a batch's own sense
 *	reader_place.c	which segment, and from one to the next
 *	reader_check.c	does a good batch belong here: offset, epoch, gaps
 *	reader_edge.c	no good batch: not yet, moved, damage, a lost tail
 *	reader_seek.c	offsets and bounds
 *	reader_time.c	times
 *
 * Three places are told apart.  pos is a position in the segment in hand, the
 * end of the last whole batch read or passed over, and is only ever used with
 * the descriptor it was found with.  expect is the offset that the batch at
 * pos must begin with.  position is what the caller wants next; it lies at or
 * behind expect, except where an overlap is being passed over.
 */
#ifndef LOG_READER_IN_H
#define LOG_READER_IN_H

#include <sys/types.h>
#include <time.h>

#include "log/gaps.h"
#include "log/reader.h"
#include "log/segment.h"

#define OFFSET_UNKNOWN	(-1)
#define READ_DEFAULT	(256 << 10)

struct txn;

struct reader {
	struct partdir dir;
	struct reader_opts opts;
	int dirfd;			/* -1: parked */

	struct segment_list list;	/* as it was when the directory had changed at list_time */
	struct timespec list_time;
	bool list_settled;		/* false: list again, it may have changed in the same tick */

	int fd;				/* of the segment in hand, -1: to be opened */
	int64_t base;			/* of it; -1: none, go by position */
	dev_t dev;
	ino_t ino;
	bool unsure;			/* opened again by name: pos counts once the batch there begins at expect */
	bool last_look;			/* a later segment was seen, and this one read once more since */
	int64_t pos, expect;
	int64_t position;		/* -1: nowhere yet */

	uint8_t *buf;
	size_t cap, buf_n;
	int64_t buf_at;			/* of buf in the segment */

	int32_t epoch;			/* of the last batch, -1: none yet */
	int64_t epoch_read;		/* behind that batch; expect is further on where offsets are missing */
	int64_t epoch_from, epoch_to;	/* where that epoch is known to be right */
	struct gap_list gaps;

	struct log_damage damage;
	int failed;			/* the error that damage belongs to, 0: none */
	int64_t quiet_pos, quiet_size;	/* nothing valid lies between these, when looked last */

	struct txn *txn;
};

enum place {				/* of a batch whose bytes are good */
	PLACE_RIGHT,
	PLACE_WRONG,			/* damage.what says why */
	PLACE_GAP,			/* offsets [expect, base) are missing */
	PLACE_LOST,			/* the log began anew below what was read: at damage.next_offset */
	PLACE_MOVED,			/* not the file it was: find the place again */
};

/* reader_look.c */
enum batch_verdict reader_look(struct reader *, struct batch_head *, struct slice *, int *errp);
void reader_forget(struct reader *);		/* the next look reads again */
int reader_fault(const struct reader *, int error, const char *what, struct err *);

/* Stands a message of magic 0 or 1 there?  Then e says so. */
bool reader_legacy(const struct reader *, int fd, int64_t base, int64_t pos, int64_t size, struct err *);

/* reader_place.c: 1 there, 0 nothing there yet, or an error; reader_dir, reader_list, reader_start: 0. */
int reader_dir(struct reader *, struct err *);		/* the directory is open */
int reader_enter(struct reader *, struct err *);	/* the descriptors are open, pos is valid */
int reader_place(struct reader *, int64_t offset, struct err *);	/* find the segment and the position for an offset */
int reader_move(struct reader *, struct err *);		/* nothing is left at pos: the next segment */
int reader_list(struct reader *, bool force, struct err *);	/* the list is as the directory is now */
bool reader_has_later(const struct reader *, int64_t *base);
bool reader_replaced(const struct reader *);		/* the segment's name leads elsewhere now */
void reader_close_segment(struct reader *);
int reader_start(struct reader *, int64_t *start, struct err *);	/* log start offset */
int reader_out_of_range(struct reader *, int64_t next, const char *what, struct err *);
int reader_gone(const struct reader *, struct err *);

/* reader_check.c */
int reader_check(struct reader *, const struct batch_head *, enum place *, struct err *);
int reader_gap_known(struct reader *, int64_t from, int64_t next, bool *known, struct err *);
int reader_lost_at(struct reader *, int64_t *offset, struct err *);	/* 1: the log began anew there, below what was read */

/* reader_edge.c: 1 look again, 0 not yet, or an error. */
int reader_edge(struct reader *, enum batch_verdict, enum place, const struct batch_head *, struct err *);
int reader_gap(struct reader *, int64_t from, int64_t next, struct err *);	/* -ERR_DAMAGE */

/* reader.c */
int reader_find(struct reader *, struct batch_head *, struct slice *, struct err *);	/* the batch for position, not yet taken */

/* reader_seek.c */
int reader_end(struct reader *, int64_t *end, struct err *);	/* log end offset */

#endif
