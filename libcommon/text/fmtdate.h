/*
 * fmtdate.h - a time by a pattern of strftime, read back.
 */
#ifndef TEXT_FMTDATE_H
#define TEXT_FMTDATE_H

#include "base/bytes.h"

/*
 * The time at the front of the slice.  The pattern has a blank and a NUL
 * behind its n bytes, says the day and the minute (fmtcheck.c), and is local
 * time unless it has %z or %s.  Of an hour that comes twice, when clocks are
 * put back, the first is meant.  1 and *used; 0: it may go on behind the
 * slice; -1: no such time.
 */
int fmtdate_read(struct slice pattern, struct slice text, size_t *used, int64_t *ms);

#endif
