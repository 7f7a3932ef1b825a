/*
 * zone_rule.h - the rule of a time zone as POSIX writes it in TZ, and as it
 * stands in the last line of a TZif file: CET-1CEST,M3.5.0,M10.5.0/3.
 */
#ifndef AGENT_ZONE_RULE_H
#define AGENT_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

/* When a rule changes: the month's week and day, or a day of the year; seconds of local time. */
struct zone_when {
	char kind;			/* 'M', 'J' (1 to 365, no 29 February), 'N' (0 to 365) */
	int month, week, day;
	int32_t time;
};

/* What holds behind the last transition. */
struct zone_rule {
	int32_t std, dst;		/* seconds east */
	bool has_dst;
	struct zone_when start, end;		/* of dst */
};

/* 0, or -1: not a rule. */
int zone_rule_read(const char *, struct zone_rule *);
/* Seconds east at a time (seconds since 1970). */
int32_t zone_rule_offset(const struct zone_rule *, int64_t at);
/* Up to four digits at *p, at most that number; 0, or -1. */
int zone_digits(const char **p, int most, int *);

#endif
