/*
 * delivered.h - when output counts as delivered.
 *
 * Into a pipe: when its other end has read it; FIONREAD on our end tells how
 * much it has not.  Into all else: when it was written.  So each record's end
 * is marked by how many bytes had been put before it, and marks that the
 * reader has passed are committed.
 *
 * Bytes are written as the pipe takes them, PIPE_BUF at a time (a write of so
 * many never blocks once poll(2) says that there is room), so a reader that
 * stands still keeps nobody from ending.
 */
#ifndef CONSUME_DELIVERED_H
#define CONSUME_DELIVERED_H

#include "consume/holding.h"

struct mark {
	uint64_t at;			/* bytes put when the record was whole */
	struct owned *part;		/* NULL: of no interest any more */
	int64_t next;
	int32_t epoch;
};

struct delivery {
	struct holding *g;
	bool pipe;
	uint64_t put, written, read;	/* bytes: into the printer's buffer, out of it, by the reader */
	struct mark *v;			/* [first, n): not yet read */
	size_t first, n, cap;
};

void delivery_open(struct delivery *, struct holding *);
/* What is in the printer's buffer ends with a record of the part, behind which reading goes on at next. */
void delivery_mark(struct delivery *, struct owned *, int64_t next, int32_t epoch);
/*
 * Writes what the printer has gathered; what is delivered by that, or was
 * meanwhile, is committed.  0; -1: the reader is gone, it failed, or a signal
 * came, and the rest was not written; said where it must be.
 */
int delivery_write(struct delivery *);
/* Within a batch: when a lot has gathered it goes out, though nothing of it counts before its mark.  0, or -1: as above. */
int delivery_spill(struct delivery *);
/* Looks how far the reader is, and commits.  0 or -1: said. */
int delivery_look(struct delivery *);
/* Is anything on its way? */
static inline bool delivery_pending(const struct delivery *d) { return d->first < d->n; }
/* The part is another's, or goes: its marks count no more. */
void delivery_forget(struct delivery *, struct owned *);
void delivery_close(struct delivery *);

#endif
