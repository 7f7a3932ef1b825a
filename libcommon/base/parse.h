/*
 * parse.h - numbers, sizes, durations, times, lists, names and escapes as
 * options and configurations write them (plog-format(7)).
 *
 * Each returns 0, or -ERR_INVALID with the reason ("is not a size: 5x"), the
 * caller puts the option's name in front (err_prefix).
 */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

int parse_int(const char *, int64_t min, int64_t max, int64_t *, struct err *);
/* Bytes; K M G T (also k m g t) are powers of 1024. */
int parse_size(const char *, int64_t min, int64_t max, int64_t *, struct err *);
/* Milliseconds; units ms s m h d w, may be combined (1h30m); a bare number but 0 is refused. */
int parse_duration(const char *, int64_t *ms, struct err *);
/*
 * A time: ISO 8601 (2024-01-31, 2024-01-31T12:30[:05[.123]], with Z, +hh:mm or
 * local), epoch seconds (12 digits or more: milliseconds), or a duration ago
 * (-1h30m).  now_ms is what "ago" counts from.
 */
int parse_time(const char *, int64_t now_ms, int64_t *ms, struct err *);

/* Partition list "0,3-5": sorted, without repeats.  *list is the caller's to free. */
int parse_partitions(const char *, int32_t **list, size_t *n, struct err *);
/* \n \t \r \0 \\ \xHH into bytes. */
int parse_escapes(const char *, struct buf *, struct err *);

/* Kafka's rule: 1..249 of [A-Za-z0-9._-], not "." or "..". what: "topic", "group". */
int name_check(const char *what, const char *name, struct err *);
#define NAME_MAX_LEN	249

/*
 * The nearest of the words (ends with NULL) to one that is not among them, or
 * NULL when none is near: for "unknown config 'retension.ms', did you mean ...".
 */
const char *nearest_name(const char *word, const char *const *words);

#endif
