/*
 * segment.h - the names of segments and the list of them in a partition.
 *
 * A segment is NNNNNNNNNNNNNNNNNNNN.log (20 digits, its base offset): batches
 * one after another, nothing between, nothing around.  .index, .timeindex and
 * .txnindex of the same base stand beside it.
 */
#ifndef LOG_SEGMENT_H
#define LOG_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SEGMENT_NAME_MAX	40
#define SEGMENT_BYTES_MAX	INT32_MAX	/* positions are 32 bits, signed */

#define SEGMENT_NEW		".log~new"	/* suffix of one that is being made; under the writer's byte */

/* "00000000000000000042" + suffix (".log", ".index" ...) */
void segment_name(char out[SEGMENT_NAME_MAX], int64_t base, const char *suffix);
/* The base and the suffix of a name, or false: not a segment's file. */
bool segment_parse(const char *name, int64_t *base, const char **suffix);

struct segment_list {
	int64_t *base;			/* rising */
	size_t n, cap;
};
#define SEGMENT_LIST_INIT	{ .base = NULL, .n = 0, .cap = 0 }

/* All .log files of the directory, in order of base offset. */
int segment_list_read(int dirfd, struct segment_list *, struct err *);
/* Index of the last segment whose base is <= offset; -1: none. */
ptrdiff_t segment_list_find(const struct segment_list *, int64_t offset);
void segment_list_release(struct segment_list *);

#endif
