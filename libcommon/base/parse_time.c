/*
 * parse_time.c - a point in time as people write it (parse.h): ISO 8601,
 * seconds or milliseconds since 1970, or a duration ago.
 */
#include "base/parse.h"

#include <string.h>
#include <time.h>

#define EPOCH_MS_DIGITS	12	/* so many digits or more are milliseconds */

/* Exactly n digits at *s, moved behind them. */
static bool
number(const char **s, int n, int *out)
{
	const char *p = *s;
	int v = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return false;
		v = v * 10 + (*p - '0');
	}
	*s = p;
	*out = v;
	return true;
}

static bool
skip(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

static bool
date(const char **s, struct tm *tm)
{
	int year, month, day;

	if (!number(s, 4, &year) || !skip(s, '-') || !number(s, 2, &month) || !skip(s, '-') || !number(s, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	return true;
}

/* hh:mm[:ss[.digits]]; a leap second is the first of the next minute. */
static bool
time_of_day(const char **s, struct tm *tm, int *ms)
{
	int unit = 100;

	if (!number(s, 2, &tm->tm_hour) || !skip(s, ':') || !number(s, 2, &tm->tm_min))
		return false;
	if (skip(s, ':')) {
		if (!number(s, 2, &tm->tm_sec))
			return false;
		if (skip(s, '.') || skip(s, ',')) {
			if (**s < '0' || **s > '9')
				return false;
			for (; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
				*ms += (**s - '0') * unit;
		}
	}
	return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 60;
}

/* Z, +hh, +hh:mm, +hhmm; *zone in seconds. */
static bool
zone(const char **s, int *offset)
{
	int hours, minutes = 0, sign = **s == '-' ? -1 : 1;

	*offset = 0;
	if (skip(s, 'Z') || skip(s, 'z'))
		return true;
	if (!skip(s, '+') && !skip(s, '-'))
		return false;
	if (!number(s, 2, &hours))
		return false;
	if (**s != '\0') {
		(void)skip(s, ':');
		if (!number(s, 2, &minutes))
			return false;
	}
	*offset = sign * (hours * 3600 + minutes * 60);
	return hours <= 23 && minutes <= 59;
}

static bool
iso(const char *s, int64_t *out)
{
	struct tm tm = { .tm_isdst = -1 };
	int ms = 0, offset = 0;
	bool local = true;
	time_t t;

	if (!date(&s, &tm))
		return false;
	if (skip(&s, 'T') || skip(&s, ' ')) {
		if (!time_of_day(&s, &tm, &ms))
			return false;
		if (*s != '\0') {
			if (!zone(&s, &offset))
				return false;
			local = false;
		}
	}
	if (*s != '\0')
		return false;
	t = local ? mktime(&tm) : timegm(&tm);
	*out = ((int64_t)t - offset) * 1000 + ms;
	return true;
}

int
parse_time(const char *s, int64_t now_ms, int64_t *out, struct err *e)
{
	size_t n = strspn(s, "0123456789");
	int64_t v;

	if (*s == '-') {
		if (parse_duration(s + 1, &v, e) != 0)
			return -ERR_INVALID;
		if (__builtin_sub_overflow(now_ms, v, out))
			return err_set(e, ERR_INVALID, "is too long ago: %s", s);
		return 0;
	}
	if (n > 0 && s[n] == '\0') {
		if (parse_int(s, 0, INT64_MAX, &v, e) != 0)
			return -ERR_INVALID;
		*out = n >= EPOCH_MS_DIGITS ? v : v * 1000;
		return 0;
	}
	if (iso(s, out))
		return 0;
	return err_set(e, ERR_INVALID, "is not a time (such as 2024-01-31T12:30:05Z, 1706704205 or -1h30m): %s", s);
}
