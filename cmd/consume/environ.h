/*
 * environ.h - what a command finds in its environment.
 */
#ifndef CONSUME_ENVIRON_H
#define CONSUME_ENVIRON_H

#include "base/buf.h"
#include "consume/stock.h"

struct environment {
	char **base;			/* ours, without the names that are set here */
	size_t nbase;
	char **v;			/* what execve gets; ends with NULL */
	size_t cap;
	struct buf text;
};

void environment_open(struct environment *);
/* For a run over the n items, the attempt counted from 1. */
char *const *environment_of(struct environment *, const struct options *, struct item *const *, size_t n, int64_t attempt);
void environment_close(struct environment *);

#endif
