/*
 * isotime.c - the calendar (isotime.h): proleptic Gregorian, days counted in
 * eras of 400 years from a first of March, so that leap days come last.
 */
#include "text/isotime.h"

#include "text/decimal.h"

#define DAY_MS		86400000
#define ERA_DAYS	146097
#define EPOCH_DAYS	719468		/* from 0000-03-01 to 1970-01-01 */
#define YEAR_MOST	300000000	/* more than an int64_t of milliseconds holds */

static int64_t
days_of(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	if (m <= 2)
		y--;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy - EPOCH_DAYS;
}

static void
date_of(int64_t days, int64_t *y, int *m, int *d)
{
	int64_t era, doe, yoe, doy, mp;

	days += EPOCH_DAYS;
	era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
	doe = days - era * ERA_DAYS;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / (ERA_DAYS - 1)) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = yoe + era * 400 + (*m <= 2);
}

static uint8_t *
part_put(uint8_t *p, int v, int width, int behind)
{
	p = decimal_put_padded(p, v, width);
	*p++ = (uint8_t)behind;
	return p;
}

uint8_t *
isotime_put(uint8_t *p, int64_t ms)
{
	int64_t days = ms / DAY_MS, y;
	int left = (int)(ms % DAY_MS), m, d;

	if (left < 0) {
		left += DAY_MS;
		days--;
	}
	date_of(days, &y, &m, &d);
	if (y < 0 || y > 9999)
		*p++ = y < 0 ? '-' : '+';
	p = decimal_put_padded(p, y < 0 ? -y : y, 4);
	*p++ = '-';
	p = part_put(p, m, 2, '-');
	p = part_put(p, d, 2, 'T');
	p = part_put(p, left / 3600000, 2, ':');
	p = part_put(p, left / 60000 % 60, 2, ':');
	p = part_put(p, left / 1000 % 60, 2, '.');
	return part_put(p, left % 1000, 3, 'Z');
}

/* A cursor over the text; short_of: it ended where more could stand. */
struct at {
	const uint8_t *p, *end;
	bool bad, short_of;
};

/* Digits, at least min and at most max of them. */
static int64_t
number(struct at *a, int min, int max)
{
	int64_t v = 0;
	int n = 0;

	while (n < max && a->p < a->end && *a->p >= '0' && *a->p <= '9') {
		v = v * 10 + (*a->p++ - '0');
		n++;
	}
	if (n < max && a->p == a->end)
		a->short_of = true;
	if (n < min)
		a->bad = true;
	return v;
}

/* One of the two characters; returns it, 0: neither is there. */
static int
one_of(struct at *a, int c, int other)
{
	if (a->p == a->end) {
		a->short_of = true;
		return 0;
	}
	if (*a->p != c && *a->p != other)
		return 0;
	return *a->p++;
}

static void
must(struct at *a, int c)
{
	if (one_of(a, c, c) == 0)
		a->bad = true;
}

static int64_t
date_read(struct at *a)
{
	static const int8_t length[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int sign = one_of(a, '+', '-');
	int64_t y;
	int m, d;
	bool leap;

	y = number(a, 4, sign == 0 ? 4 : 9);
	if (sign == '-')
		y = -y;
	must(a, '-');
	m = (int)number(a, 2, 2);
	must(a, '-');
	d = (int)number(a, 2, 2);
	leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	if (y > YEAR_MOST || y < -YEAR_MOST || m < 1 || m > 12 || d < 1 || d > length[m - 1] + (m == 2 && leap)) {
		a->bad = true;
		return 0;
	}
	return days_of(y, m, d);
}

/* Milliseconds of the day, and less the zone's. */
static int64_t
clock_read(struct at *a)
{
	int64_t h, m, s, ms = 0, zone = 0;
	int sign, scale = 100;

	h = number(a, 2, 2);
	must(a, ':');
	m = number(a, 2, 2);
	must(a, ':');
	s = number(a, 2, 2);
	if (h > 23 || m > 59 || s > 59)
		a->bad = true;
	if (one_of(a, '.', ',') != 0) {
		ms = number(a, 1, 1) * scale;
		while (a->p < a->end && *a->p >= '0' && *a->p <= '9') {
			scale /= 10;
			ms += (*a->p++ - '0') * scale;
		}
	}
	if (one_of(a, 'Z', 'z') == 0) {
		int64_t zh, zm;

		if ((sign = one_of(a, '+', '-')) == 0)
			a->bad = true;
		zh = number(a, 2, 2);
		one_of(a, ':', ':');
		zm = number(a, 2, 2);
		if (zh > 23 || zm > 59)
			a->bad = true;
		zone = (zh * 60 + zm) * 60000 * (sign == '-' ? -1 : 1);
	}
	return ((h * 60 + m) * 60 + s) * 1000 + ms - zone;
}

int
isotime_read(struct slice text, size_t *used, int64_t *ms)
{
	struct at a = { .p = text.p, .end = text.p + text.n };
	int64_t days, left;

	days = date_read(&a);
	if (one_of(&a, 'T', ' ') == 0)
		a.bad = true;
	left = clock_read(&a);
	if (a.bad)
		return a.short_of ? 0 : -1;
	if (days < 0) {			/* so that the least int64_t is not overshot on the way */
		days++;
		left -= DAY_MS;
	}
	if (__builtin_mul_overflow(days, (int64_t)DAY_MS, ms) || __builtin_add_overflow(*ms, left, ms))
		return -1;
	*used = (size_t)(a.p - text.p);
	return 1;
}
