/*
 * flume_log.h - the data directory of a real Flume's file channel: is it one,
 * and how many events wait in it?
 *
 * Its log-N files hold, one behind the other: 7F, four bytes of length, then
 * three messages in Protocol Buffers, each behind its length as a varint: a
 * head (type, transaction, order), a body, a foot.  A put counts when its
 * transaction has a commit, and is gone when the take of a committed
 * transaction names it by file and place.
 *
 * Source: Flume 1.11, file channel, log format 3.
 */
#ifndef AGENT_CHANNELS_FLUME_LOG_H
#define AGENT_CHANNELS_FLUME_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Looks into all directories of a channel (dirs ends with NULL; those that are
 * not there are passed over).  0: no such files are there.  -ERR_FORMAT: they
 * are; the sentence counts the events, says "at least" when a file could not
 * be read to its end or holds more than fits into memory (four million puts,
 * takes and commits), and what to do.  -ERR_NOMEM.
 */
int flume_log_check(const char *const *dirs, const char *channel, struct err *);

#endif
