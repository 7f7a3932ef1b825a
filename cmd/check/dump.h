/*
 * dump.h - what the files of plog-check dump share.
 */
#ifndef CHECK_DUMP_H
#define CHECK_DUMP_H

#include "check/check.h"
#include "codec/batch.h"

enum dump_internal {			/* topics whose records are taken apart */
	DUMP_PLAIN,			/* none of them */
	DUMP_OFFSETS,			/* __consumer_offsets */
	DUMP_TRANSACTIONS,		/* __transaction_state */
};

struct dump {
	const struct check_opts *o;
	struct buf out;
	struct batch_iter it;
	bool gone;			/* who reads the output went */
	bool unread;
	enum dump_internal internal;
	struct buf scratch;
};

/* An index, time index, transaction index or snapshot, a line an entry. */
void dump_beside(struct dump *, int dirfd, const char *label, int64_t base, const char *file);
enum dump_internal dump_internal_topic(const struct partdir *);
/* As JSON; false, and nothing: such a key or value is not known. */
bool dump_internal_key(enum dump_internal, struct slice, struct buf *);
bool dump_internal_value(enum dump_internal, struct slice key, struct slice value, struct buf *);
void dump_failed(void *dump, const struct err *);

#endif
