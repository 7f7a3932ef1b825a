/*
 * verify.h - every byte of a partition against what it should be.
 *
 *	struct verify_part p;
 *
 *	rc = verify_part_open(&p, &dir, &findings, &e);	// what stands beside the segments
 *	for (i = 0; i < p.segments.n; i++)		// in any order, on any thread
 *		rc = verify_segment(&p, i, &it, &more[i], &seen[i], &e);
 *	verify_part_end(&p, seen, &findings);		// segments against each other, the log against the rest
 *	verify_part_close(&p);
 *
 * Of a segment: each batch's header, checksum, decompression and records; its
 * base offset and leader epoch, which the checksum leaves out; missing offsets
 * against the word that compaction and repair leave; index, time index,
 * transaction index and producer snapshot against the batches.
 *
 * Nothing is written and no lock is taken; writers may append, roll, retain
 * and compact meanwhile: indexes are read before the size of the log, a tail
 * that is not whole is looked at again, a segment that was replaced too, and
 * one that was deleted is no finding.
 *
 * What could not be read is a finding of its own kind (FINDING_UNREAD).
 *
 * Who wants to repair gives a list of ranges in seen: it then holds, in order,
 * the bytes of the log that are no batch, or a batch out of its place.
 */
#ifndef LOG_VERIFY_H
#define LOG_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "codec/batch.h"
#include "log/endstate.h"
#include "log/finding.h"
#include "log/gaps.h"
#include "log/partdir.h"
#include "log/segment.h"

struct verify_seen;

struct verify_part {
	struct partdir dir;
	int dirfd;
	struct segment_list segments;
	struct epoch_list epochs;	/* n == 0: not known */
	struct gap_list gaps;
	int64_t log_start;		/* -1: not known */
	int64_t recovery_point;		/* 0: not known */
	struct endstate end;
	bool end_known;			/* of this boot */
	bool swap;			/* a compaction is being put in place, or can be */
	/* set by the caller, or NULL: called now and then within a segment, by its thread, with what was seen of it so far */
	void (*passing)(void *arg, const struct verify_seen *);
	void *arg;
};

enum range_kind {
	RANGE_BYTES,			/* no batch */
	RANGE_RECORDS,			/* the checksum is right, the records are not */
	RANGE_PLACE,			/* a base offset or a leader epoch that cannot be */
	RANGE_DIGEST,			/* another batch was here, says the digest */
	RANGE_MEND,			/* the same but for one bit of base offset or epoch, which the digest tells */
};
struct verify_range {
	int64_t from, to;		/* bytes of the log */
	int64_t base_offset;		/* RANGE_MEND: what it was */
	int32_t leader_epoch;
	enum range_kind kind;
};
struct verify_ranges {
	struct verify_range *v;
	size_t n, cap;
	bool nomem;
};
#define VERIFY_RANGES_INIT	{ .v = NULL }

struct verify_seen {			/* of one segment */
	int64_t next_offset;		/* behind its last batch; its base when it is empty */
	uint64_t batches, records, bytes;
	bool gone;			/* deleted meanwhile: nothing is known of it */
	bool tail_told;			/* its end is not what it should be, and that was said */
	bool unread;			/* something of it could not be read */
	bool epochs_wrong;		/* leader-epoch-checkpoint says other epochs than the batches have */
	bool digest_wrong;		/* its digest is of a file of another size */
	struct verify_ranges *ranges;	/* set by the caller before; NULL: not wanted */
};

/* -ERR_SYS, -ERR_NOENT, -ERR_NOMEM. */
int verify_part_open(struct verify_part *, const struct partdir *, struct findings *, struct err *);
/* One thread, one iterator, one list.  -ERR_NOMEM. */
int verify_segment(const struct verify_part *, size_t i, struct batch_iter *, struct findings *,
    struct verify_seen *, struct err *);
/* Does leader-epoch-checkpoint name offsets that cannot be? */
bool verify_epochs_odd(const struct verify_part *, int64_t end);
void verify_part_end(struct verify_part *, const struct verify_seen *, struct findings *);
void verify_part_close(struct verify_part *);

const char *range_word(enum range_kind);
void verify_ranges_release(struct verify_ranges *);

#endif
