/*
 * syslog.c - a line of syslog, by the two forms that Flume knows (syslog.h).
 */
#include "agent/sources/syslog.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "agent/charset.h"
#include "agent/sources/syslog_form.h"
#include "text/utf8.h"

unsigned
syslog_keep(struct context *c, const char *key)
{
	static const char *const words[] = { "priority", "version", "timestamp", "hostname" };
	struct words w = ctx_words(c, key, " ,\t");
	unsigned keep = 0;
	size_t i, k;

	if (w.n == 1 && (strcasecmp(w.v[0], "none") == 0 || strcasecmp(w.v[0], "false") == 0))
		return 0;
	if (w.n == 1 && (strcasecmp(w.v[0], "all") == 0 || strcasecmp(w.v[0], "true") == 0))
		return KEEP_ALL;
	for (i = 0; i < w.n; i++) {
		for (k = 0; k < 4 && strcasecmp(w.v[i], words[k]) != 0; k++)
			;
		if (k < 4)
			keep |= 1u << k;
		else
			ctx_warn(c, key, "'%s' is none of: none, all, priority, version, timestamp, hostname", w.v[i]);
	}
	return keep;
}

static bool
digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
blank(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
word(int c)
{
	return digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

/* Where the pattern's digits ('0') and other characters stand at s + at: the place behind, or 0. */
static size_t
shaped(struct slice s, size_t at, const char *pattern)
{
	for (; *pattern != '\0'; pattern++, at++)
		if (at >= s.n || (*pattern == '0' ? !digit(s.p[at]) : s.p[at] != (uint8_t)*pattern))
			return 0;
	return at;
}

static int64_t
two(const uint8_t *p)
{
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* Milliseconds of a stamp that has the shape of RFC 5424; without a zone it is in that of the machine. */
static int64_t
time_5424(struct slice s)
{
	int64_t days = syslog_days(two(s.p) * 100 + two(s.p + 2), 1, 1), ms = 0, scale = 100, zone;
	int64_t month = two(s.p + 5), clock = two(s.p + 11) * 3600 + two(s.p + 14) * 60 + two(s.p + 17);
	struct tm tm = { .tm_isdst = -1 };
	size_t at = 19;

	if (at < s.n && s.p[at] == '.')
		for (at++; at < s.n && digit(s.p[at]); at++, scale /= 10)
			ms += (s.p[at] - '0') * scale;
	if (at == s.n) {
		tm.tm_year = (int)(two(s.p) * 100 + two(s.p + 2)) - 1900;
		tm.tm_mon = (int)month - 1;
		tm.tm_mday = (int)two(s.p + 8);
		tm.tm_sec = (int)clock;
		return mktime(&tm) * 1000 + ms;
	}
	days = syslog_days(two(s.p) * 100 + two(s.p + 2) + (month + 11) / 12 - 1, (month + 11) % 12 + 1, two(s.p + 8));
	zone = s.p[at] == 'Z' ? 0 : two(s.p + at + 1) * 3600 + two(s.p + at + 4) * 60;
	return (days * 86400 + clock - (s.p[at] == '-' ? -zone : zone)) * 1000 + ms;
}

/* The place behind a stamp of RFC 5424, 0 for none. */
static size_t
stamp_5424(struct slice s, size_t at)
{
	size_t end = shaped(s, at, "0000-00-00T00:00:00"), zone, i;

	if (end > 0 && end < s.n && s.p[end] == '.') {
		for (i = end + 1; i < s.n && i <= end + 6 && digit(s.p[i]); i++)
			;
		end = i > end + 1 ? i : 0;
	}
	if (end == 0 || end == s.n)
		return end;
	if (s.p[end] == 'Z')
		return end + 1;
	zone = shaped(s, end, "+00:00") + shaped(s, end, "-00:00");
	return zone > 0 ? zone : end;
}

static size_t
stamp_3164(struct slice s, size_t at)
{
	size_t i = at;

	if (at + 3 > s.n || s.p[i] < 'A' || s.p[i] > 'Z' || s.p[i + 1] < 'a' || s.p[i + 1] > 'z' || s.p[i + 2] < 'a' || s.p[i + 2] > 'z')
		return 0;
	i += 3;
	if (i >= s.n || !blank(s.p[i]))
		return 0;
	i += i + 1 < s.n && blank(s.p[i + 1]) ? 2 : 1;
	if (i >= s.n || !digit(s.p[i]))
		return 0;
	i += i + 1 < s.n && digit(s.p[i + 1]) ? 2 : 1;
	if (i >= s.n || !blank(s.p[i]))
		return 0;
	return shaped(s, i + 1, "00:00:00");
}

/* As in Flume the text ends a line in the sense of Java: a line with a CR, NEL, LS or PS in it has neither form. */
static bool
one_line(struct slice s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || (s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] == 0x85) ||
		    (s.p[i] == 0xe2 && i + 2 < s.n && s.p[i + 1] == 0x80 && (s.p[i + 2] | 1) == 0xa9))
			return false;
	return true;
}

/* From the stamp on: stamp, blank, host, blank, body; nil: "-" may stand for the first two. */
static bool
rest(struct slice s, size_t at, bool nil, struct syslog_line *l)
{
	size_t end = nil ? stamp_5424(s, at) : stamp_3164(s, at);

	l->stamp = l->host = SLICE_NULL;
	if (end > 0)
		l->stamp = SLICE_OF(s.p + at, end - at);
	else if (nil && at < s.n && s.p[at] == '-')
		end = at + 1;
	if (end == 0 || end >= s.n || !blank(s.p[end]))
		return false;
	at = ++end;
	if (at < s.n && word(s.p[at])) {
		while (end < s.n && (word(s.p[end]) || s.p[end] == '.' || s.p[end] == '@' || s.p[end] == '-'))
			end++;
		l->host = SLICE_OF(s.p + at, end - at);
	} else if (nil && at < s.n && s.p[at] == '-')
		end++;
	else
		return false;
	if (end >= s.n || !blank(s.p[end]))
		return false;
	l->body = SLICE_OF(s.p + end + 1, s.n - end - 1);
	return true;
}

/* Behind the priority: a digit for the version and a blank, each of which may be missing. */
static bool
form(struct slice s, size_t at, bool nil, struct syslog_line *l)
{
	bool has = at < s.n && digit(s.p[at]);
	size_t v;

	for (v = has ? 1 : 0;; v--) {
		l->version = SLICE_OF(s.p + at, v);
		if (at + v < s.n && blank(s.p[at + v]) && rest(s, at + v + 1, nil, l))
			return true;
		if (rest(s, at + v, nil, l))
			return true;
		if (v == 0)
			return false;
	}
}

/* The priority, or -1. */
static int
priority(struct slice s, size_t *behind)
{
	size_t i = 1;
	int v = 0;

	if (s.n == 0 || s.p[0] != '<')
		return -1;
	for (; i < s.n && i < 4 && digit(s.p[i]); i++)
		v = v * 10 + s.p[i] - '0';
	if (i == 1 || i == s.n || s.p[i] != '>')
		return -1;
	*behind = i + 1;
	return v;
}

static void
when(struct syslog *sy, bool nil, struct syslog_line *l)
{
	if (l->stamp.p == NULL)
		return;
	if (l->stamp.n == sy->stamp_n && memcmp(l->stamp.p, sy->stamp, sy->stamp_n) == 0) {
		l->has_time = true;
		l->ms = sy->ms;
		return;
	}
	l->has_time = true;
	if (nil)
		l->ms = time_5424(l->stamp);
	else
		l->has_time = syslog_time_3164(l->stamp, false, &l->ms);
	sy->stamp_n = 0;
	if (l->has_time && l->stamp.n <= sizeof(sy->stamp)) {
		memcpy(sy->stamp, l->stamp.p, l->stamp.n);
		sy->stamp_n = l->stamp.n;
		sy->ms = l->ms;
	}
}

static void
kept_word(struct buf *b, struct slice s)
{
	if (s.p == NULL)
		s = SLICE_OF("-", 1);
	buf_put(b, s.p, s.n);
	buf_putc(b, ' ');
}

/* The body with the fields that are kept in front of it, as UTF-8; in the arena. */
static int
compose(const struct syslog *sy, struct arena *a, const struct syslog_line *l, struct slice *body)
{
	struct buf b = BUF_INIT;
	uint8_t *p;

	if (sy->keep == 0 && utf8_valid(l->body)) {
		*body = l->body;
		return 0;
	}
	if (sy->keep & KEEP_PRIORITY)
		buf_printf(&b, "<%.*s>", (int)l->pri.n, (const char *)l->pri.p);
	if ((sy->keep & KEEP_VERSION) && l->version.n > 0)
		kept_word(&b, l->version);
	if (sy->keep & KEEP_TIMESTAMP)
		kept_word(&b, l->stamp);
	if (sy->keep & KEEP_HOSTNAME)
		kept_word(&b, l->host);
	utf8_repair(l->body, &b);
	p = b.failed ? NULL : arena_copy(a, b.n == 0 ? "" : (const char *)b.p, b.n);
	*body = SLICE_OF(p, b.n);
	buf_release(&b);
	return p == NULL ? -1 : 0;
}

static void
add(struct header *h, uint16_t *n, const char *name, struct slice value)
{
	if (value.p != NULL && value.n > 0)
		h[(*n)++] = (struct header){ .name = slice_str(name), .value = value };
}

/* By one of the forms: 1, 0: of none; -1: no memory.  at: behind the priority. */
static int
read_line(struct syslog *sy, struct arena *a, struct slice frame, size_t at, struct syslog_line *l)
{
	bool nil = true;
	int rc = 0;

	if (sy->form != NULL && (rc = syslog_form_match(sy->form, a, frame, l)) != 0)
		return rc;
	l->pri = SLICE_OF(frame.p + 1, at - 2);
	if ((form(frame, at, true, l) || (nil = false, form(frame, at, false, l))) && one_line(l->body)) {
		when(sy, nil, l);
		return 1;
	}
	*l = (struct syslog_line){ .body = SLICE_NULL };
	return 0;
}

/* The headers; pri -1: the line has none. */
static int
headers(struct event *ev, struct arena *a, const struct syslog_line *l, int pri, bool cut)
{
	struct header *h = arena_alloc(a, 7 * sizeof(*h));
	char *text = h == NULL ? NULL : (char *)arena_alloc(a, 32);
	int n, facility = (pri < 0 ? 0 : pri) / 8;
	size_t at = facility < 10 ? 1 : facility < 100 ? 2 : 3;
	uint16_t k = 0;

	if (text == NULL)
		return -1;
	n = snprintf(text, 32, "%d%c%lld", facility, '0' + (pri < 0 ? 0 : pri) % 8, (long long)l->ms);
	add(h, &k, "Facility", SLICE_OF(text, at));
	add(h, &k, "Severity", SLICE_OF(text + at, 1));
	add(h, &k, "priority", l->pri);
	add(h, &k, "version", l->version);
	if (l->has_time)
		add(h, &k, "timestamp", SLICE_OF(text + at + 1, (size_t)n - at - 1));
	add(h, &k, "host", l->host);
	if (pri < 0)
		add(h, &k, "flume.syslog.status", slice_str("Invalid"));
	else if (cut)
		add(h, &k, "flume.syslog.status", slice_str("Incomplete"));
	ev->headers = h;
	ev->nheaders = k;
	event_from_map(ev);
	return 0;
}

struct event *
syslog_event(struct syslog *sy, struct batch *b, struct slice frame, bool cut)
{
	struct syslog_line l = { .body = SLICE_NULL };
	struct arena *a = batch_arena(b);
	struct slice body = frame;
	struct event *ev;
	size_t at = 0;
	int pri = priority(frame, &at), rc = 0;

	if (a == NULL || (pri >= 0 && (rc = read_line(sy, a, frame, at, &l)) < 0))
		return NULL;
	if (rc == 1 && (sy->keep & KEEP_ALL) == 0 && l.body.p != NULL && (l.body.n > 0 || sy->keep != 0) && compose(sy, a, &l, &body) != 0)
		return NULL;
	if ((ev = batch_add_kept(b, body.p, body.n)) == NULL || headers(ev, a, &l, pri, cut) != 0)
		return NULL;
	return ev;
}
