/*
 * syslog_time.c - the times of syslog, which have no year, or no zone (syslog.h).
 */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "agent/sources/syslog.h"
#include "base/clock.h"

int64_t
syslog_days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int
number(struct slice s, size_t *at, size_t most)
{
	size_t i;
	int v = 0;

	for (i = 0; i < most && *at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9'; i++)
		v = v * 10 + s.p[(*at)++] - '0';
	return i == 0 ? -1 : v;
}

static int
month_of(const uint8_t *p)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	int i;

	for (i = 0; i < 12; i++)
		if (strncasecmp((const char *)p, names + (ptrdiff_t)3 * i, 3) == 0)
			return i;
	return -1;
}

static int64_t
seconds(struct tm tm, int months, bool utc)
{
	tm.tm_mon += months;
	tm.tm_isdst = -1;
	return utc ? timegm(&tm) : mktime(&tm);
}

/*
 * The year of now, unless that is more than a month ahead or more than eleven
 * months ago: then one less or one more.
 */
bool
syslog_time_3164(struct slice s, bool utc, int64_t *ms)
{
	time_t now = (time_t)(clock_wall_ms() / 1000);
	struct tm tm = { 0 }, today;
	size_t at = 3;

	if (s.n < 14 || (tm.tm_mon = month_of(s.p)) < 0 || gmtime_r(&now, &today) == NULL)
		return false;
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t'))
		at++;
	tm.tm_year = today.tm_year;
	tm.tm_mday = number(s, &at, 2);
	at++;
	tm.tm_hour = number(s, &at, 2);
	at++;
	tm.tm_min = number(s, &at, 2);
	at++;
	tm.tm_sec = number(s, &at, 2);
	if (tm.tm_mday < 0 || tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0)
		return false;
	if (seconds(tm, -1, utc) > now)
		tm.tm_year--;
	else if (seconds(tm, 11, utc) < now)
		tm.tm_year++;
	*ms = seconds(tm, 0, utc) * 1000;
	return true;
}
