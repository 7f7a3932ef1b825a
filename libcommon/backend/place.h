/*
 * place.h - where in a partition: the one offset language of all commands
 * (plog-format(7)), parsed here and resolved by a backend.
 */
#ifndef BACKEND_PLACE_H
#define BACKEND_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum place_kind { PLACE_EARLIEST, PLACE_LATEST, PLACE_OFFSET, PLACE_FROM_START /* +N */, PLACE_FROM_END /* -N */, PLACE_TIME };
struct place {
	enum place_kind kind;
	int64_t n;			/* N, or ms for PLACE_TIME */
};

/* "earliest", "latest", "N", "+N", "-N", "@TIME"; a range FROM:TO (either may be missing: has_from, has_to). */
int place_parse(const char *, int64_t now_ms, struct place *, struct err *);
int range_parse(const char *, int64_t now_ms, struct place *from, bool *has_from, struct place *to, bool *has_to, struct err *);

#endif
