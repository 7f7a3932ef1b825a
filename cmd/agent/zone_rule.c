/*
 * zone_rule.c - POSIX TZ rules (zone_rule.h).
 */
#include "agent/zone_rule.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define DAY	86400

static int64_t
days_of_year(int64_t y)			/* from 1970-01-01 to the first of January */
{
	int64_t p = y - 1;

	return (y - 1970) * 365 + (p / 4 - p / 100 + p / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static bool
leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* The day of the year (0 on) on which the change falls. */
static int
day_of(const struct zone_when *w, int64_t year)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };
	int first, length, wday, day;

	if (w->kind == 'N')
		return w->day;
	if (w->kind == 'J')
		return w->day - 1 + (w->day >= 60 && leap(year));
	first = before[w->month - 1] + (w->month > 2 && leap(year));
	length = before[w->month] - before[w->month - 1] + (w->month == 2 && leap(year));
	wday = (int)((days_of_year(year) + first + 4) % 7);	/* 1970-01-01 was a Thursday */
	day = (w->day - (wday < 0 ? wday + 7 : wday) + 7) % 7 + (w->week - 1) * 7;
	while (day >= length)
		day -= 7;
	return first + day;
}

int32_t
zone_rule_offset(const struct zone_rule *r, int64_t at)
{
	struct tm tm;
	int64_t start, end, year;
	time_t t = (time_t)at + r->std;

	if (!r->has_dst || gmtime_r(&t, &tm) == NULL)
		return r->std;
	year = (int64_t)tm.tm_year + 1900;
	start = (days_of_year(year) + day_of(&r->start, year)) * DAY + r->start.time - r->std;
	end = (days_of_year(year) + day_of(&r->end, year)) * DAY + r->end.time - r->dst;
	if (start < end)
		return at >= start && at < end ? r->dst : r->std;
	return at >= start || at < end ? r->dst : r->std;
}

int
zone_digits(const char **p, int most, int *v)
{
	const char *s = *p;

	for (*v = 0; isdigit((unsigned char)**p) && *p - s < 4; ++*p)
		*v = *v * 10 + (**p - '0');
	return *p > s && *v <= most ? 0 : -1;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int
clock_read(const char **p, int hours, int32_t *out)
{
	int sign = 1, h, m = 0, s = 0;

	if (**p == '+' || **p == '-')
		sign = *(*p)++ == '-' ? -1 : 1;
	if (zone_digits(p, hours, &h) != 0)
		return -1;
	if (**p == ':' && (++*p, zone_digits(p, 59, &m) != 0))
		return -1;
	if (**p == ':' && (++*p, zone_digits(p, 59, &s) != 0))
		return -1;
	*out = sign * (h * 3600 + m * 60 + s);
	return 0;
}

static int
name_skip(const char **p)
{
	const char *s = *p;

	if (*s == '<') {
		if ((s = strchr(s, '>')) == NULL)
			return -1;
		*p = s + 1;
		return 0;
	}
	while (isalpha((unsigned char)**p))
		++*p;
	return *p - s >= 3 ? 0 : -1;
}

static int
when_read(const char **p, struct zone_when *w)
{
	*w = (struct zone_when){ .kind = 'N', .time = 2 * 3600 };
	if (*(*p)++ != ',')
		return -1;
	if (**p == 'M') {
		w->kind = *(*p)++;
		if (zone_digits(p, 12, &w->month) != 0 || w->month < 1 || *(*p)++ != '.' ||
		    zone_digits(p, 5, &w->week) != 0 || w->week < 1 || *(*p)++ != '.' || zone_digits(p, 6, &w->day) != 0)
			return -1;
	} else {
		if (**p == 'J')
			w->kind = *(*p)++;
		if (zone_digits(p, 365, &w->day) != 0 || (w->kind == 'J' && w->day < 1))
			return -1;
	}
	if (**p == '/' && (++*p, clock_read(p, 167, &w->time) != 0))
		return -1;
	return 0;
}

int
zone_rule_read(const char *s, struct zone_rule *r)
{
	int32_t west;

	if (name_skip(&s) != 0 || clock_read(&s, 24, &west) != 0)
		return -1;
	r->std = -west;
	r->dst = r->std + 3600;
	if ((r->has_dst = *s != '\0') == false)
		return 0;
	if (name_skip(&s) != 0)
		return -1;
	if (*s != ',' && *s != '\0') {
		if (clock_read(&s, 24, &west) != 0)
			return -1;
		r->dst = -west;
	}
	return when_read(&s, &r->start) != 0 || when_read(&s, &r->end) != 0 || *s != '\0' ? -1 : 0;
}
