/*
 * filter.h - which records pass: a glob over the key, globs over headers, a
 * regular expression over the value.  All that were given must hold; invert
 * turns the whole.
 */
#ifndef CONSUME_FILTER_H
#define CONSUME_FILTER_H

#include "codec/record.h"
#include "consume/options.h"

struct filter;

/* NULL when nothing is filtered.  Ends the program when the expression is wrong. */
struct filter *filter_new(const struct options *);
/* 1 it passes (all do with NULL), 0 it does not, -ERR_RANGE: the expression gave up on this value. */
int filter_pass(const struct filter *, const struct record *, struct err *);
void filter_free(struct filter *);

#endif
