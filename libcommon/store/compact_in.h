/*
 * compact_in.h - what compact.c (what is to be done) and compact_pass.c (doing
 * it) share; nobody else includes it.
 */
#ifndef STORE_COMPACT_IN_H
#define STORE_COMPACT_IN_H

#include "codec/batch_clean.h"
#include "log/segment.h"
#include "store/compact.h"
#include "store/compact_map.h"
#include "store/compact_txn.h"

#define COMPACT_PLAIN_MAX	((size_t)INT32_MAX)	/* of one batch, decompressed */

struct seg {
	int64_t base, next, size, index, timeindex;	/* sizes in bytes */
};

struct compact {
	const struct partdir *dir;
	const struct compact_rules *r;
	struct compact_result *res;
	int dirfd;
	struct seg *v;			/* the closed ones */
	size_t n;
	int64_t start, end;		/* of the log */
	int64_t dirty, until;		/* offsets to be cleaned */

	struct compact_txns *txns;	/* NULL: no batch needed them yet */
	struct key_map map;
	int64_t map_end;		/* the map holds [dirty, map_end) */
	struct batch_cleaner cleaner;
	struct batch_iter it;
	uint8_t *in;			/* batches of a segment, as read */
	size_t in_cap;
};

/* Batches of a segment one after another: 1 and the bytes; 0 at the end; -ERR_DAMAGE, -ERR_SYS, -ERR_NOMEM. */
struct seg_read {
	const struct seg *seg;
	int fd;
	int64_t at;			/* of the next batch */
	int64_t buf_at;
	size_t n;
};
int seg_open(struct compact *, struct seg_read *, const struct seg *, struct err *);
int seg_next(struct compact *, struct seg_read *, struct batch_head *, struct slice *, struct err *);
void seg_close(struct seg_read *);

bool compact_stopped(const struct compact *);

/* c->txns, made when it is not there yet; c->until is lowered to the segment in which the oldest open transaction begins. */
int compact_need_txns(struct compact *, struct err *);
/* Fills the map from c->dirty on; sets map_end. */
int compact_map_fill(struct compact *, struct err *);
/* Groups and rewrites all segments that begin before map_end. */
int compact_rewrite(struct compact *, struct err *);

#endif
