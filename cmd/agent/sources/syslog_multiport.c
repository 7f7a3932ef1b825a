/*
 * syslog_multiport.c - a line of syslog, by the rules of multiport_syslogtcp
 * (syslog.h): other names of headers, the zone of a stamp always counts, a
 * stamp of RFC 3164 is in UTC, whatever stands between two blanks is the host.
 *
 * Differs from Flume: the year is the one that fits (Flume takes 2001 and
 * 1999); a fraction without a zone makes a line Invalid, and costs none of the others.
 */
#include <stdio.h>
#include <string.h>

#include "agent/sources/syslog.h"
#include "base/clock.h"

#define STAMP_3164	15
#define STAMP_5424	19

struct line {
	struct slice pri, version, stamp, host, body;
	int64_t ms;
};

static bool
digit(int c)
{
	return c >= '0' && c <= '9';
}

static int64_t
digits(const uint8_t *p, size_t n)
{
	int64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!digit(p[i]))
			return -1;
		v = v * 10 + p[i] - '0';
	}
	return v;
}

/* Java's number: a sign may stand in front; -1: none. */
static int64_t
integer(struct slice s)
{
	bool minus = s.n > 1 && s.p[0] == '-', sign = minus || (s.n > 1 && s.p[0] == '+');
	int64_t v = s.n == 0 ? -1 : digits(s.p + sign, s.n - sign);

	return minus && v > 0 ? -1 : v;
}

/* "yyyy-MM-ddTHH:mm:ss", each a number in its range, the day one that the month has. */
static bool
clock_of(const uint8_t *p, int64_t *ms)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t year = digits(p, 4), mon = digits(p + 5, 2), day = digits(p + 8, 2);
	int64_t h = digits(p + 11, 2), m = digits(p + 14, 2), s = digits(p + 17, 2);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 0 || mon < 1 || mon > 12 || day < 1 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59 || p[4] != '-' ||
	    p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':' || day > month_days[mon - 1] + (mon == 2 && leap))
		return false;
	*ms = (syslog_days(year, mon, day) * 86400 + h * 3600 + m * 60 + s) * 1000;
	return true;
}

static bool
time_5424(struct slice s, int64_t *ms)
{
	size_t at = STAMP_5424;
	int64_t frac = 0, scale = 100, h, m;

	if (s.n <= STAMP_5424 || !clock_of(s.p, ms))
		return false;
	if (s.p[at] == '.') {
		for (at++; at < s.n && digit(s.p[at]); at++, scale /= 10)
			frac += (s.p[at] - '0') * scale;
		if (at == STAMP_5424 + 1 || at == s.n)
			return false;
		*ms += frac;
	}
	if (s.p[at] != '+' && s.p[at] != '-')
		return true;
	if (s.n <= at + 5 || (h = digits(s.p + at + 1, 2)) < 0 || (m = digits(s.p + at + 4, 2)) < 0 || s.p[at + 3] != ':')
		return false;
	*ms -= (s.p[at] == '+' ? 1 : -1) * (h * 60 + m) * 60000;
	return true;
}

/* As strict as Flume is here: two blanks in front of a day of one digit, a day that is there; else the time is 0. */
static int64_t
time_3164(struct slice s)
{
	static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *at = memmem(names, sizeof(names) - 1, s.p, 3);
	int64_t day = s.p[4] == ' ' ? digits(s.p + 5, 1) : digits(s.p + 4, 2), h = digits(s.p + 7, 2), m = digits(s.p + 10, 2), ms;

	if (at == NULL || (at - names) % 3 != 0 || s.p[3] != ' ' || s.p[6] != ' ' || s.p[9] != ':' || s.p[12] != ':' || day < 1 ||
	    day > month_days[(at - names) / 3] || h < 0 || h > 23 || m < 0 || m > 59 || digits(s.p + 13, 2) < 0 ||
	    digits(s.p + 13, 2) > 59 || !syslog_time_3164(s, true, &ms))
		return 0;
	return ms;
}

static bool
stamp(struct syslog *sy, struct slice s, size_t *at, struct line *l)
{
	const uint8_t *end;
	size_t n;

	if (s.p[*at] == '-') {
		l->stamp = SLICE_OF(s.p + *at, 1);
		l->ms = clock_wall_ms();
		if (s.n <= *at + 2)
			return false;
		*at += 2;
		return true;
	}
	if (s.p[*at] >= 'A' && s.p[*at] <= 'Z') {
		if (s.n <= *at + STAMP_3164)
			return false;
		n = STAMP_3164;
	} else if ((end = memchr(s.p + *at, ' ', s.n - *at)) == NULL)
		return false;
	else
		n = (size_t)(end - s.p) - *at;
	l->stamp = SLICE_OF(s.p + *at, n);
	*at += n + 1;
	if (n == sy->stamp_n && memcmp(l->stamp.p, sy->stamp, n) == 0) {
		l->ms = sy->ms;
		return true;
	}
	if (l->stamp.p[0] >= 'A' && l->stamp.p[0] <= 'Z')
		l->ms = time_3164(l->stamp);
	else if (!time_5424(l->stamp, &l->ms))
		return false;
	if ((sy->stamp_n = n <= sizeof(sy->stamp) ? n : 0) > 0)
		memcpy(sy->stamp, l->stamp.p, n);
	sy->ms = l->ms;
	return true;
}

static bool
parse(struct syslog *sy, struct slice s, struct line *l, int64_t *pri)
{
	const uint8_t *end = s.n == 0 || s.p[0] != '<' ? NULL : memchr(s.p, '>', s.n < 7 ? s.n : 7);
	size_t at;

	if (end == NULL)
		return false;
	l->pri = SLICE_OF(s.p + 1, (size_t)(end - s.p) - 1);
	at = l->pri.n + 2;
	if ((*pri = integer(l->pri)) < 0 || s.n <= at)
		return false;
	if (s.n > at + 2 && s.p[at] == '1' && s.p[at + 1] == ' ') {
		l->version = SLICE_OF(s.p + at, 1);
		at += 2;
	}
	if (!stamp(sy, s, &at, l) || at > s.n || (end = memchr(s.p + at, ' ', s.n - at)) == NULL)
		return false;
	l->host = SLICE_OF(s.p + at, (size_t)(end - s.p) - at);
	at += l->host.n + 1;
	l->body = SLICE_OF(s.p + at, s.n - at);
	return true;
}

/* The body in the arena, with what is kept in front of it. */
static int
compose(const struct syslog *sy, struct arena *a, const struct line *l, struct slice *body)
{
	struct buf b = BUF_INIT;
	uint8_t *p;

	if (sy->keep & KEEP_PRIORITY)
		buf_printf(&b, "<%.*s>", (int)l->pri.n, (const char *)l->pri.p);
	if ((sy->keep & KEEP_VERSION) && l->version.n > 0)
		buf_printf(&b, "%.*s ", (int)l->version.n, (const char *)l->version.p);
	if (sy->keep & KEEP_TIMESTAMP) {
		buf_put(&b, l->stamp.p, l->stamp.n);
		buf_putc(&b, ' ');
	}
	if (sy->keep & KEEP_HOSTNAME) {
		buf_put(&b, l->host.p, l->host.n);
		buf_putc(&b, ' ');
	}
	buf_put(&b, l->body.p, l->body.n);
	p = b.failed ? NULL : arena_copy(a, b.p, b.n);
	*body = SLICE_OF(p, b.n);
	buf_release(&b);
	return p == NULL ? -1 : 0;
}

/* The headers of a line that was parsed; NULL: no memory. */
static struct header *
headers(struct arena *a, const struct line *l, int64_t pri, uint16_t *k)
{
	struct header *h = arena_alloc(a, 6 * sizeof(*h));
	char *num = h == NULL ? NULL : (char *)arena_alloc(a, 48);
	int fac, n;

	if (num == NULL)
		return NULL;
	fac = snprintf(num, 48, "%lld", (long long)(pri / 8));
	n = snprintf(num + fac, 48 - (size_t)fac, "%d%lld", (int)(pri % 8), (long long)l->ms);
	h[(*k)++] = (struct header){ .name = slice_str("Priority"), .value = l->pri };
	h[(*k)++] = (struct header){ .name = slice_str("Facility"), .value = SLICE_OF(num, (size_t)fac) };
	h[(*k)++] = (struct header){ .name = slice_str("Severity"), .value = SLICE_OF(num + fac, 1) };
	if (l->version.n > 0)
		h[(*k)++] = (struct header){ .name = slice_str("Version"), .value = l->version };
	h[(*k)++] = (struct header){ .name = slice_str("timestamp"), .value = SLICE_OF(num + fac + 1, (size_t)n - 1) };
	h[(*k)++] = (struct header){ .name = slice_str("host"), .value = l->host };
	return h;
}

struct event *
syslog_multiport_event(struct syslog *sy, struct batch *b, struct slice line, bool cut, bool text)
{
	static const char status[] = "flume.syslog.status";
	struct line l = { .pri = SLICE_NULL };
	struct arena *a = batch_arena(b);
	struct slice body = line;
	struct event *ev;
	int64_t pri = 0;
	bool good = a != NULL && text && parse(sy, line, &l, &pri);

	if (good && l.body.n > 0 && (sy->keep & KEEP_ALL) == 0) {
		body = l.body;
		if (sy->keep != 0 && compose(sy, a, &l, &body) != 0)
			return NULL;
	}
	if (a == NULL || (ev = batch_add_kept(b, body.p, body.n)) == NULL)
		return NULL;
	if (!good)
		return event_set_kept(b, ev, slice_str(status), slice_str("Invalid")) == 0 ? ev : NULL;
	if ((ev->headers = headers(a, &l, pri, &ev->nheaders)) == NULL)
		return NULL;
	event_from_map(ev);
	if (cut && event_set_kept(b, ev, slice_str(status), slice_str("Incomplete")) != 0)
		return NULL;
	return ev;
}
