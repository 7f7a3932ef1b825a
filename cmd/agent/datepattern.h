/*
 * datepattern.h - dates as a pattern of Java's (SimpleDateFormat, Joda) says:
 * y M d D H k K h m s S a E Z z X and quoted text.
 */
#ifndef AGENT_DATEPATTERN_H
#define AGENT_DATEPATTERN_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

/* What of the pattern is not known here: -ERR_INVALID. */
int datepattern_check(const char *pattern, struct err *);
/* The whole text as ms since 1970, in local time where it has no zone.  -ERR_INVALID. */
int datepattern_read(const char *pattern, struct slice text, int64_t *ms, struct err *);

#endif
