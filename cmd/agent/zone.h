/*
 * zone.h - time zones by name, beside the one of the process.
 *
 * The C library knows one zone at a time for the whole process; a sink may ask
 * for another (hdfs.timeZone).  A zone is read from the system's database
 * (TZif, RFC 9636: transitions, and the rule for what lies behind the last
 * one), or made from a fixed offset as Java writes it: UTC, GMT, Z, GMT+8,
 * GMT-05:30, +0530.  It does not change once read: any thread may use it.
 */
#ifndef AGENT_ZONE_H
#define AGENT_ZONE_H

#include <stdint.h>
#include <time.h>

#include "base/bytes.h"
#include "base/err.h"

struct zone;

/* NULL or "": the zone of the process ($TZ, else /etc/localtime, else UTC).  -ERR_INVALID, -ERR_NOMEM. */
int zone_open(struct zone **, const char *name, struct err *);
/* The bytes of a TZif file; for zone_open, and to be tested.  -ERR_DAMAGE, -ERR_NOMEM. */
int zone_parse(struct zone **, struct slice file, struct err *);
void zone_free(struct zone *);			/* NULL is fine */

/* Seconds east of UTC at a time (seconds since 1970). */
int32_t zone_offset(const struct zone *, int64_t at);
/* The time in pieces there, tm_gmtoff set; times beyond the years of struct tm are cut to its range. */
void zone_time(const struct zone *, int64_t at, struct tm *);

#endif
