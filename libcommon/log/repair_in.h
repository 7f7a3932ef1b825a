/*
 * repair_in.h - what the rooms of repair.h share: repair.c (the order),
 * repair_look.c (what is to be done), repair_files.c (small files),
 * repair_segment.c (a closed segment).  Nobody else includes it.
 */
#ifndef LOG_REPAIR_IN_H
#define LOG_REPAIR_IN_H

#include "log/digest.h"
#include "log/repair.h"
#include "log/verify.h"

struct repair_segment {
	int64_t base, next_base;	/* -1: it is the last one */
	struct verify_seen seen;
	struct verify_ranges ranges;
	int64_t limit;			/* offsets from there on are the next segment's; INT64_MAX: none are */
	bool covered;			/* all its offsets are in the one before: it goes as a whole */
	bool damaged;			/* something was found, if only that offsets are missing */
	unsigned stale;			/* bits of REPAIR_CACHES that do not fit */
};

/* A look at a partition: what verify found, and what follows from it. */
struct repair_look {
	struct verify_part part;
	struct repair_segment *v;
	size_t n;
	int64_t floor;			/* the next offset is not to be below; 0: it is not */
	bool close_active;		/* there is damage in it, or offsets behind it are taken */
	bool torn;			/* the last one ends in a torn tail */
	bool epochs;			/* leader-epoch-checkpoint contradicts the log */
	bool indexes;			/* some do not fit */
	bool start_gap;			/* offsets are missing before the first segment */
};

/* Caches beside a segment that reindex does not make anew. */
#define REPAIR_CACHES	{ ".txnindex", ".snapshot", DIGEST_SUFFIX }
#define NREPAIR_CACHES	3

#define REPAIR_YOUNG_MS	60000		/* a temporary name of a process at work */

/* Small files that cannot be read; bits of what repair_files_look found. */
#define FILE_LOCK	1u		/* it is not there */
#define FILE_SWAP	2u
#define FILE_GAPS	4u
#define FILE_CLEANER	8u
#define FILE_START	16u
#define FILE_POINT	32u
#define FILE_EPOCHS	64u

struct repair_spot {
	const char *label, *file;	/* file NULL: label is the whole path */
	int64_t position, bytes;	/* -1, -1: none */
	int64_t from, next;
};
#define REPAIR_SPOT(l, f)	(&(struct repair_spot){ .label = (l), .file = (f), .position = -1, .bytes = -1, .from = -1, .next = -1 })

/* report NULL: nothing */
void repair_add(struct repair_report *, enum repair_kind, const struct repair_spot *, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Goes over the whole partition; report may be NULL.  -ERR_NOENT, -ERR_SYS, -ERR_NOMEM. */
int repair_look(struct repair_look *, const struct partdir *, struct repair_report *, struct err *);
void repair_look_release(struct repair_look *);

/* Which small files are damaged; each is reported. */
unsigned repair_files_look(const struct partdir *, int dirfd, struct repair_report *);
/* Those of bits, but leader-epoch-checkpoint, which a writer makes anew; the maintenance byte is held. */
int repair_files(const struct partdir *, int dirfd, unsigned bits, struct err *);
/* Leftovers, with both bytes held: names with a `~`, files of a segment that is not there.  Without execute they are reported. */
void repair_sweep(const struct partdir *, int dirfd, bool execute, struct repair_report *);
/* Away, after it was kept in quarantine/ under a second name.  0, or -1 with errno. */
int repair_file_aside(int dirfd, const char *name, const char *why);

/* What would be done to a segment. */
int repair_segment_report(const struct repair_look *, size_t i, struct repair_report *, struct err *);
/* Is there anything to do? */
bool repair_segment_due(const struct repair_look *, size_t i);
/* A closed segment (of the last one: only word of missing offsets); the maintenance byte is held. */
int repair_segment(const struct repair_look *, size_t i, int64_t interval, struct err *);

#endif
