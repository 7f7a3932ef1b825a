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
	bool offsets;			/* the topic is __consumer_offsets: its records are taken apart */
	struct buf scratch;
};

/* An index, time index, transaction index or snapshot, a line an entry. */
void dump_beside(struct dump *, int dirfd, const char *label, int64_t base, const char *file);
/* Records of __consumer_offsets as JSON; false, and nothing: such a key or value is not known. */
bool dump_is_offsets(const struct partdir *);
bool dump_internal_key(struct slice, struct buf *);
bool dump_internal_value(struct slice key, struct slice value, struct buf *);
void dump_failed(void *dump, const struct err *);

#endif
