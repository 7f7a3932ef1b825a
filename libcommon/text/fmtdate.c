/*
 * fmtdate.c - a time by a pattern of strftime (fmtdate.h), with strptime.
 */
#include "text/fmtdate.h"

#include <stdbool.h>
#include <time.h>

#include "text/fmtop.h"

#define PATTERN_MAX	FMT_PATTERN_READ_MAX
#define NAME_MAX_BYTES	24		/* a month's or a day's name, and anything shorter */
#define TEXT_MAX	(PATTERN_MAX + PATTERN_MAX / 2 * NAME_MAX_BYTES)

/* Does the pattern have %c? */
static bool
has(struct slice pattern, char c)
{
	size_t i;

	for (i = 0; i + 1 < pattern.n; i++)
		if (pattern.p[i] == '%') {
			if (pattern.p[i + 1] == c)
				return true;
			i++;
		}
	return false;
}

/* The most bytes that can be a time by the pattern. */
static size_t
longest(struct slice pattern)
{
	size_t i, n = pattern.n;

	for (i = 0; i < pattern.n; i++)
		if (pattern.p[i] == '%')
			n += NAME_MAX_BYTES;
	return n;
}

/* Of two readings of a local time the first; tm becomes what it stands for. */
static int64_t
local_seconds(struct tm *tm)
{
	struct tm first = *tm;
	time_t t;

	first.tm_isdst = 1;
	t = mktime(&first);
	if (first.tm_isdst > 0 && first.tm_hour == tm->tm_hour) {
		*tm = first;
		return t;
	}
	tm->tm_isdst = 0;
	return mktime(tm);
}

static int64_t
seconds_of(struct slice pattern, struct tm *tm)
{
	long east = tm->tm_gmtoff;

	if (has(pattern, 's'))
		return mktime(tm);	/* strptime has set all of it, also which of two hours */
	if (has(pattern, 'z'))
		return timegm(tm) - east;
	return local_seconds(tm);
}

/* How far what may be the rest of a name goes: "Tue" is a day, and so is "Tuesday". */
static size_t
name_length(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') || (s[n] & 0x80) != 0 || s[n] == '.')
		n++;
	return n;
}

int
fmtdate_read(struct slice pattern, struct slice text, size_t *used, int64_t *ms)
{
	char s[TEXT_MAX + 1], p[PATTERN_MAX + 1];
	size_t n = longest(pattern);
	struct tm tm = { .tm_mday = 1 }, said;
	const char *end, *newline;
	bool whole = text.n >= n;
	int64_t seconds;

	if (pattern.n > PATTERN_MAX)
		return -1;
	n = whole ? n : text.n;
	memcpy(p, pattern.p, pattern.n);
	p[pattern.n] = '\0';
	memcpy(s, text.p, n);
	s[n] = '\0';
	/* a time that has no newline ends before one */
	if (strchr(p, '\n') == NULL && !has(pattern, 'n') && (newline = strchr(s, '\n')) != NULL) {
		n = (size_t)(newline - s);
		s[n] = '\0';
		whole = true;
	}
	end = strptime(s, p, &tm);
	if (!whole && strlen(s) == n && (end == NULL || name_length(end) == (size_t)(s + n - end)))
		return 0;
	if (end == NULL)
		return -1;
	said = tm;
	seconds = seconds_of(pattern, &tm);
	if (said.tm_mon != tm.tm_mon || said.tm_mday != tm.tm_mday)
		return -1;		/* February 31st */
	*used = (size_t)(end - s);
	*ms = seconds * 1000;
	return 1;
}
