/*
 * datepattern.c - reads dates by a pattern (datepattern.h).
 */
#include "agent/datepattern.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct date {
	struct tm tm;
	int ms, half;			/* half: 0 none, 1 AM, 2 PM */
	bool zoned;
	long east;			/* seconds */
};

static const char *const months[] = {
	"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"
};
static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
static const char letters[] = "yuMdDHkKhmsSaEZzX";

/* A number of 1 to most digits; -1: none. */
static int
number(struct rd *r, size_t most)
{
	int n = 0;
	size_t i;

	for (i = 0; i < most && r->p < r->end && *r->p >= '0' && *r->p <= '9'; i++)
		n = n * 10 + (*r->p++ - '0');
	return i == 0 ? -1 : n;
}

/* The index of a name, whole or its first three letters; -1: none. */
static int
word(struct rd *r, const char *const *names, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i++) {
		len = strlen(names[i]);
		if (rd_left(r) < len || strncasecmp((const char *)r->p, names[i], len) != 0)
			len = 3;
		if (rd_left(r) >= len && strncasecmp((const char *)r->p, names[i], len) == 0) {
			r->p += len;
			return (int)i;
		}
	}
	return -1;
}

static bool
zone(struct rd *r, struct date *d)
{
	int sign, h, m = 0;

	d->zoned = true;
	if (rd_left(r) >= 1 && (*r->p == 'Z' || *r->p == 'z')) {
		r->p++;
		return true;
	}
	if (rd_left(r) >= 3 && (strncmp((const char *)r->p, "UTC", 3) == 0 || strncmp((const char *)r->p, "GMT", 3) == 0)) {
		r->p += 3;
		return true;
	}
	if (rd_left(r) < 3 || (*r->p != '+' && *r->p != '-'))
		return false;
	sign = *r->p++ == '-' ? -1 : 1;
	if ((h = number(r, 2)) < 0)
		return false;
	if (r->p < r->end && *r->p == ':')
		r->p++;
	if (r->p < r->end && (m = number(r, 2)) < 0)
		return false;
	d->east = sign * (h * 3600L + m * 60L);
	return true;
}

static bool
fraction(struct rd *r, size_t n, struct date *d)
{
	int v, scale = 100;
	size_t i;

	for (i = 0, v = 0; i < n && r->p < r->end && *r->p >= '0' && *r->p <= '9'; i++, scale /= 10)
		v += (*r->p++ - '0') * scale;
	d->ms = v;
	return i > 0;
}

/* One field: `run` letters of it; next: a digit or another numeric field follows at once. */
static bool
field(char letter, size_t run, bool next, struct rd *r, struct date *d)
{
	size_t most = next ? run : letter == 'y' || letter == 'u' ? 9 : run > 2 ? run : 2;
	int v;

	switch (letter) {
	case 'y': case 'u':
		if ((v = number(r, most)) < 0)
			return false;
		d->tm.tm_year = run == 2 && v < 100 ? (v < 70 ? v + 100 : v) : v - 1900;
		return true;
	case 'M':
		if ((v = run >= 3 ? word(r, months, 12) + 1 : number(r, most)) < 1 || v > 12)
			return false;
		d->tm.tm_mon = v - 1;
		return true;
	case 'd': return (d->tm.tm_mday = number(r, most)) >= 1 && d->tm.tm_mday <= 31;
	case 'D':
		d->tm.tm_mon = 0;
		return (d->tm.tm_mday = number(r, most)) >= 1 && d->tm.tm_mday <= 366;
	case 'H': case 'K': case 'h': return (d->tm.tm_hour = number(r, most)) >= 0 && d->tm.tm_hour <= 24;
	case 'k': return (d->tm.tm_hour = number(r, most)) >= 1 && (d->tm.tm_hour %= 24) >= 0;
	case 'm': return (d->tm.tm_min = number(r, most)) >= 0 && d->tm.tm_min < 60;
	case 's': return (d->tm.tm_sec = number(r, most)) >= 0 && d->tm.tm_sec <= 60;
	case 'S': return fraction(r, next ? run : 9, d);
	case 'a':
		if (rd_left(r) < 2)
			return false;
		d->half = (*r->p | 0x20) == 'a' ? 1 : 2;
		return rd_bytes(r, 2) != NULL;
	case 'E': return word(r, days, 7) >= 0;
	default: return zone(r, d);
	}
}

int
datepattern_check(const char *pattern, struct err *e)
{
	bool quoted = false;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '\'')
			quoted = !quoted;
		else if (!quoted && ((*pattern >= 'a' && *pattern <= 'z') || (*pattern >= 'A' && *pattern <= 'Z')) && strchr(letters, *pattern) == NULL)
			return err_set(e, ERR_INVALID, "'%c' is no letter of a date that is known here", *pattern);
	}
	return 0;
}

static int64_t
to_ms(struct date *d)
{
	time_t t;

	if (d->half != 0)
		d->tm.tm_hour = d->tm.tm_hour % 12 + (d->half == 2 ? 12 : 0);
	d->tm.tm_isdst = -1;
	t = d->zoned ? timegm(&d->tm) - d->east : mktime(&d->tm);
	return (int64_t)t * 1000 + d->ms;
}

int
datepattern_read(const char *pattern, struct slice text, int64_t *ms, struct err *e)
{
	struct date d = { .tm = { .tm_year = 70, .tm_mday = 1 } };
	struct rd r = RD_OF(text.p, text.n);
	bool quoted = false, ok = true;
	const char *p = pattern;
	size_t run;

	while (ok && *p != '\0') {
		if (*p == '\'') {
			if (p[1] == '\'')
				ok = r.p < r.end && *r.p++ == '\'', p++;
			else
				quoted = !quoted;
			p++;
		} else if (!quoted && strchr(letters, *p) != NULL) {
			for (run = 1; p[run] == *p; run++)
				;
			ok = field(*p, run, p[run] != '\0' && strchr("yMdHhkKmsS", p[run]) != NULL, &r, &d);
			p += run;
		} else
			ok = r.p < r.end && *r.p++ == (uint8_t)*p++;
	}
	if (!ok || r.p != r.end)
		return err_set(e, ERR_INVALID, "is no date of the form '%s': %.*s", pattern, (int)(text.n < 64 ? text.n : 64), (const char *)text.p);
	*ms = to_ms(&d);
	return 0;
}
