/*
 * isotime.h - milliseconds since 1970 as ISO 8601 in UTC, and back.
 *
 * Written: 2023-11-14T22:13:20.000Z.  Every int64_t has a form: a year beyond
 * 9999 has a sign in front (+12345-01-02T...), one before 0 too.
 */
#ifndef TEXT_ISOTIME_H
#define TEXT_ISOTIME_H

#include "base/bytes.h"

#define ISOTIME_MAX	32

/* Writes at p, which has room for ISOTIME_MAX; returns the byte behind. */
uint8_t *isotime_put(uint8_t *p, int64_t ms);

/*
 * The time at the front of the slice: what isotime_put writes, also with any
 * or no fraction of a second (cut to milliseconds) and with a zone +hh:mm in
 * place of Z.  1 and *used; 0: it may go on behind the slice; -1: none, or
 * one that an int64_t does not hold.
 */
int isotime_read(struct slice, size_t *used, int64_t *ms);

#endif
