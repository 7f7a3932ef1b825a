/*
 * dump.h - what the files of plog-check dump share.
 */
#ifndef CHECK_DUMP_H
#define CHECK_DUMP_H

#include "check/check.h"
#include "codec/batch.h"

struct dump {
	const struct check_opts *o;
	struct buf out;
	struct batch_iter it;
	bool gone;			/* who reads the output went */
	bool unread;
};

/* An index, time index, transaction index or snapshot, a line an entry. */
void dump_beside(struct dump *, int dirfd, const char *label, int64_t base, const char *file);
void dump_failed(void *dump, const struct err *);

#endif
