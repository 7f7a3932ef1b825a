/*
 * Lines of syslog as events: both parsers, frames, times, other character sets.
 */
#include <stdlib.h>
#include <time.h>

#include "unit/check.h"

#include "agent/charset.h"
#include "agent/sources/syslog.h"

/* What Flume 1.11 makes of each, in the order in which it prints the headers; "=" is the line itself. */
static const struct {
	const char *line, *headers, *body;
} lines[] = {
	{ "<34>Oct 11 22:14:15 mymachine su: 'su root'", "{host=mymachine, Severity=2, Facility=4, priority=34, timestamp=1791756855000}", "su: 'su root'" },
	{ "<165>1 2003-10-11T22:14:15.003Z h.example.com evntslog - ID47 [x@1 iut=\"3\"] An",
	    "{host=h.example.com, Severity=5, Facility=20, priority=165, version=1, timestamp=1065910455003}", "evntslog - ID47 [x@1 iut=\"3\"] An" },
	/* Flume forgets the zone when there is a fraction, and takes .5 for 5 ms. */
	{ "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 m", "{host=192.0.2.1, Severity=5, Facility=20, priority=165, version=1, timestamp=1061727255000}", "m" },
	{ "<34>2003-10-11T22:14:15.5+00:00 h no version", "{host=h, Severity=2, Facility=4, priority=34, timestamp=1065910455500}", "no version" },
	{ "<165>1 2003-10-11T22:14:15+02:00 h m", "{host=h, Severity=5, Facility=20, priority=165, version=1, timestamp=1065903255000}", "m" },
	{ "<165>1 2003-10-11T22:14:15 h m", "{host=h, Severity=5, Facility=20, priority=165, version=1, timestamp=1065910455000}", "m" },
	{ "<34>1 - - - - - - nil", "{Severity=2, Facility=4, priority=34, version=1}", "- - - - nil" },
	{ "<34>Oct 11 22:14:15 mymachine", "{Severity=2, Facility=4}", "=" },
	{ "<34>no stamp", "{Severity=2, Facility=4}", "=" },
	{ "<34>", "{Severity=2, Facility=4}", "=" },
	{ "<34>Oct 11 22:14:15 mymachine cr\r", "{Severity=2, Facility=4}", "=" },
	{ "<34>Oct 11 22:14:15 mymachine nel\xc2\x85", "{Severity=2, Facility=4}", "=" },
	{ "<34>Oct 11 22:14:15 [10.1.2.3] m", "{Severity=2, Facility=4}", "=" },
	{ "<34>Oct 11 22:14:15 ::1 m", "{Severity=2, Facility=4}", "=" },
	{ "<34>Oct 11 2003 22:14:15 h m", "{Severity=2, Facility=4}", "=" },
	{ "<999>Oct 11 22:14:15 h m", "{host=h, Severity=7, Facility=124, priority=999, timestamp=1791756855000}", "m" },
	{ "<0>Oct 11 22:14:15 h m", "{host=h, Severity=0, Facility=0, priority=0, timestamp=1791756855000}", "m" },
	{ "<>x", "{Severity=0, Facility=0, flume.syslog.status=Invalid}", "=" },
	{ "<1234>Oct 11 22:14:15 h m", "{Severity=0, Facility=0, flume.syslog.status=Invalid}", "=" },
	{ "<ab>Oct", "{Severity=0, Facility=0, flume.syslog.status=Invalid}", "=" },
	{ "<34", "{Severity=0, Facility=0, flume.syslog.status=Invalid}", "=" },
	{ "no pri", "{Severity=0, Facility=0, flume.syslog.status=Invalid}", "=" },
	{ " <34>Oct 11 22:14:15 h m", "{Severity=0, Facility=0, flume.syslog.status=Invalid}", "=" },
	{ "<34>Feb 30 22:14:15 h x", "{host=h, Severity=2, Facility=4, priority=34, timestamp=1772489655000}", "x" },
	{ "<34>Okt 11 22:14:15 h x", "{host=h, Severity=2, Facility=4, priority=34}", "x" },
	{ "<34>Oct  1 22:14:15 h x", "{host=h, Severity=2, Facility=4, priority=34, timestamp=1790892855000}", "x" },
	{ "<34>Oct 1 22:14:15 h x", "{host=h, Severity=2, Facility=4, priority=34, timestamp=1790892855000}", "x" },
	{ "<34>Oct 11 22:14:15 h \xff\xe2\x82 \xf0\x90x", "{host=h, Severity=2, Facility=4, priority=34, timestamp=1791756855000}",
	    "\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbdx" },
};

static const struct {
	const char *line, *headers, *body;
} multi[] = {
	{ "<34>Oct 11 22:14:15 mymachine su", "{host=mymachine, Severity=2, Facility=4, Priority=34, timestamp=1791756855000}", "su" },
	{ "<165>1 2003-10-11T22:14:15.003Z h app - - m", "{Version=1, Priority=165, host=h, Severity=5, Facility=20, timestamp=1065910455003}", "app - - m" },
	{ "<165>1 2003-08-24T05:14:15.000003-07:00 h m", "{Version=1, Priority=165, host=h, Severity=5, Facility=20, timestamp=1061727255000}", "m" },
	{ "<34>Okt 11 22:14:15 h x", "{host=h, Severity=2, Facility=4, Priority=34, timestamp=0}", "x" },
	{ "<34>Feb 30 22:14:15 h x", "{host=h, Severity=2, Facility=4, Priority=34, timestamp=0}", "x" },
	{ "<34>2003-10-11T22:14:15 h x", "{flume.syslog.status=Invalid}", "=" },
	{ "<34>2003-10-11T22:14:15.003 h x", "{flume.syslog.status=Invalid}", "=" },
	{ "<34>2003-10-11T22:14:15.Z h x", "{flume.syslog.status=Invalid}", "=" },
	{ "<34>2003-13-11T22:14:15Z h x", "{flume.syslog.status=Invalid}", "=" },
	{ "<34>2003-10-11T22:14:15+2:00 h x", "{flume.syslog.status=Invalid}", "=" },
	{ "<34>Oct 11 22:14:15 h", "{flume.syslog.status=Invalid}", "=" },
	{ "<1234567>x", "{flume.syslog.status=Invalid}", "=" },
	{ "<34>", "{flume.syslog.status=Invalid}", "=" },
	{ "", "{flume.syslog.status=Invalid}", "=" },
	{ "<34>-", "{flume.syslog.status=Invalid}", "=" },
	{ "no", "{flume.syslog.status=Invalid}", "=" },
};

static void
check_event(const char *what, struct event *ev, const char *line, const char *headers, const char *body)
{
	struct buf b = BUF_INIT;

	if (!CHECK(ev != NULL, "%s: no event", line))
		return;
	event_print_headers(&b, ev);
	CHECK(strcmp(buf_str(&b), headers) == 0, "%s %s: %s, not %s", what, line, buf_str(&b), headers);
	body = strcmp(body, "=") == 0 ? line : body;
	CHECK(slice_eq(event_body(ev), slice_str(body)), "%s %s: the body is %.*s", what, line, (int)ev->len, (const char *)ev->body);
	buf_release(&b);
}

static void
events(void)
{
	struct batch b = BATCH_INIT;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct syslog sy = { .keep = 0 };

		check_event("line", syslog_event(&sy, &b, slice_str(lines[i].line), false), lines[i].line, lines[i].headers, lines[i].body);
		sy = (struct syslog){ .keep = KEEP_ALL };
		check_event("kept", syslog_event(&sy, &b, slice_str(lines[i].line), false), lines[i].line, lines[i].headers, "=");
	}
	for (i = 0; i < sizeof(multi) / sizeof(multi[0]); i++) {
		struct syslog sy = { .keep = 0 };

		check_event("multiport", syslog_multiport_event(&sy, &b, slice_str(multi[i].line), false, true), multi[i].line,
		    multi[i].headers, multi[i].body);
	}
	batch_clear(&b);
}

/* A parser keeps the last stamp it read: that of another kind, or none, is not it. */
static void
one_after_the_other(void)
{
	struct batch b = BATCH_INIT;
	struct syslog sy = { .keep = KEEP_PRIORITY | KEEP_VERSION | KEEP_TIMESTAMP | KEEP_HOSTNAME };
	static const char *const headers[] = {
		"{host=h, Severity=2, Facility=4, priority=34, timestamp=1791756855000}",
		"{Severity=2, Facility=4}",
		"{Severity=2, Facility=4, priority=34, version=1}",
		"{host=h, Severity=2, Facility=4, priority=34, timestamp=1791756855000}",
	};
	static const char *const in[] = { "<34>Oct 11 22:14:15 h m", "<34>m", "<34>1 - - m", "<34>Oct 11 22:14:15 h m" };
	static const char *const body[] = { "<34>Oct 11 22:14:15 h m", "<34>m", "<34>1 - - m", "<34>Oct 11 22:14:15 h m" };
	size_t i;

	for (i = 0; i < 4; i++)
		check_event("next", syslog_event(&sy, &b, slice_str(in[i]), false), in[i], headers[i], body[i]);
	sy.keep = KEEP_VERSION;
	check_event("version", syslog_event(&sy, &b, slice_str("<34>1 - h m"), false), "<34>1 - h m", "{host=h, Severity=2, Facility=4, priority=34, version=1}",
	    "1 m");
	sy.keep = KEEP_TIMESTAMP | KEEP_HOSTNAME;
	check_event("multiport", syslog_multiport_event(&sy, &b, slice_str("<34>Oct 11 22:14:15 h m"), true, true), "<34>Oct 11 22:14:15 h m",
	    "{host=h, Severity=2, Facility=4, Priority=34, flume.syslog.status=Incomplete, timestamp=1791756855000}", "Oct 11 22:14:15 h m");
	batch_clear(&b);
}

/* The frames of a stream, whole and byte by byte; "|" stands between them, "~" behind one that was cut. */
static const struct {
	const char *in, *out;
	bool octets;
	size_t max;
} streams[] = {
	{ "a\nb\n\n\nc", "a|b|c", true, 10 },
	{ "5 <1>ab<2>\n", "<1>ab|<2>", true, 10 },
	{ "5 <1>ab5 <1>cd", "<1>ab|<1>cd", true, 10 },
	{ "5 <1>\na7 <1>\nabc\n", "<1>\na|<1>\nabc", true, 10 },
	{ "5 <1>ab\n", "5 <1>ab", false, 10 },
	{ "05 <1>ab\n", "05 <1>ab", true, 10 },
	{ "5 x\n", "5 x", true, 10 },
	{ "12345678901 <\n", "12345678901 ~|<", true, 12 },
	{ "0123456789\nx\n", "0123456789~|x", true, 10 },
	{ "0123456789a\nx\n", "0123456789~|a|x", true, 10 },
	{ "012345678\nx\n", "012345678|x", true, 10 },
	{ "13 <1>0123456789x\n", "<1>0123456~|789|x", true, 10 },
	{ "9999999999 <1>x", "<1>x~", true, 10 },
	{ "7 <", "<~", true, 3 },
	{ "7 <", "<~", true, 10 },
	{ "77", "77", true, 10 },
	{ "7 ", "7 ", true, 10 },
	{ "", "", true, 10 },
};

static void
cut_into(struct buf *out, const char *in, size_t step, bool octets, size_t max)
{
	struct frames f = { .max = max, .octets = octets };
	size_t have = 0, at = 0, used, n = strlen(in);
	struct slice frame;
	bool cut;

	for (;;) {
		have = have + step < n ? have + step : n;
		while (frames_next(&f, SLICE_OF(in + at, have - at), have == n, &frame, &cut, &used) == 1) {
			if (out->n > 0)
				buf_putc(out, '|');
			buf_put(out, frame.p, frame.n);
			buf_puts(out, cut ? "~" : "");
			at += used;
		}
		at += used;
		if (have == n)
			break;
	}
	CHECK(at == n, "%s: %zu bytes of %zu", in, at, n);
}

static void
frames(void)
{
	size_t i, step;

	for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		for (step = 1; step < 20; step++) {
			struct buf b = BUF_INIT;

			cut_into(&b, streams[i].in, step, streams[i].octets, streams[i].max);
			CHECK(strcmp(buf_str(&b), streams[i].out) == 0, "%s by %zu: %s, not %s", streams[i].in, step, buf_str(&b), streams[i].out);
			buf_release(&b);
		}
}

/* The year that fits: not more than a month ahead, not more than eleven months ago. */
static void
years(void)
{
	static const struct {
		const char *now, *stamp;
		int64_t ms;
	} v[] = {
		{ "1767225600000", "Dec 31 23:59:59", 1767225599000 },		/* 2026-01-01 */
		{ "1767225600000", "Jan  1 00:00:01", 1767225601000 },
		{ "1767225600000", "Feb  2 00:00:00", 1738454400000 },
		{ "1798761599000", "Jan  1 00:00:00", 1798761600000 },		/* 2026-12-31 */
		{ "1798761599000", "Dec 31 23:59:59", 1798761599000 },
	};
	int64_t ms;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		setenv("PLOG_TEST_NOW", v[i].now, 1);
		CHECK(syslog_time_3164(slice_str(v[i].stamp), false, &ms) && ms == v[i].ms, "%s at %s: %lld", v[i].stamp, v[i].now, (long long)ms);
	}
}

static void
charsets(void)
{
	static const struct {
		const char *name, *in, *out;
		size_t n, units, used;
		enum charset_policy policy;
		int rc;
	} v[] = {
		{ "utf-8", "ab\xff" "c", "ab\xef\xbf\xbd" "c", 4, 99, 4, CHARSET_REPLACE, 0 },
		{ "UTF-8", "ab\xff" "c", "abc", 4, 99, 4, CHARSET_IGNORE, 0 },
		{ "UTF-8", "ab\xff" "c", "ab", 4, 99, 2, CHARSET_FAIL, -ERR_DAMAGE },
		{ "UTF-8", "\xed\xa0\x80x", "\xef\xbf\xbdx", 4, 99, 4, CHARSET_REPLACE, 0 },
		{ "UTF-8", "a\xf0\x9f\x98\x80", "a", 5, 2, 1, CHARSET_FAIL, 0 },
		{ "iso-8859-1", "gr\xfc\xdf", "gr\xc3\xbc\xc3\x9f", 4, 99, 4, CHARSET_FAIL, 0 },
		{ "ISO-8859-1", "gr\xfc\xdf", "gr\xc3\xbc", 4, 3, 3, CHARSET_FAIL, 0 },
		{ "US-ASCII", "a\xfc" "b", "a\xef\xbf\xbd" "b", 3, 99, 3, CHARSET_REPLACE, 0 },
		{ "windows-1252", "\x80", "\xe2\x82\xac", 1, 99, 1, CHARSET_FAIL, 0 },
		{ "UTF-16", "\0a\0b", "ab", 4, 99, 4, CHARSET_FAIL, 0 },
		{ "UTF-16LE", "a\0b\0", "a", 4, 1, 2, CHARSET_FAIL, 0 },
		{ "UTF-16", "\xd8\x3d\xde\x00", "", 4, 1, 0, CHARSET_FAIL, 0 },
		{ "UTF-16", "\xd8\x3d\xde\x00", "\xf0\x9f\x98\x80", 4, 2, 4, CHARSET_FAIL, 0 },
	};
	struct charset *cs;
	size_t i, used;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct buf b = BUF_INIT;

		if (!CHECK(charset_open(&cs, v[i].name, NULL) == 0, "%s", v[i].name))
			continue;
		CHECK_INT(charset_decode(cs, SLICE_OF(v[i].in, v[i].n), v[i].policy, v[i].units, &b, &used, NULL), v[i].rc);
		CHECK(used == v[i].used && strcmp(buf_str(&b), v[i].out) == 0, "case %zu: %s, %zu used", i, buf_str(&b), used);
		buf_release(&b);
		charset_close(cs);
	}
	CHECK_INT(charset_open(&cs, "klingon", NULL), -ERR_INVALID);
	if (CHECK_INT(charset_open(&cs, "UTF-16", NULL), 0)) {
		struct buf b = BUF_INIT;

		CHECK_INT((int)charset_mark(cs, SLICE_OF("\xff\xfe" "a\0", 4)), 2);
		CHECK_INT(charset_decode(cs, SLICE_OF("a\0", 2), CHARSET_FAIL, 9, &b, &used, NULL), 0);
		CHECK_STR(buf_str(&b), "a");
		buf_release(&b);
		charset_close(cs);
	}
	if (CHECK_INT(charset_open(&cs, "ISO-8859-1", NULL), 0)) {
		struct buf b = BUF_INIT;

		CHECK_INT(charset_encode(cs, slice_str("gr\xc3\xbc\xe2\x82\xac!"), &b), 0);
		CHECK_STR(buf_str(&b), "gr\xfc?!");
		buf_release(&b);
		charset_close(cs);
	}
}

int
main(void)
{
	setenv("TZ", "UTC", 1);
	tzset();
	setenv("PLOG_TEST_NOW", "1795737600000", 1);	/* 2026-11-27 */
	events();
	one_after_the_other();
	frames();
	years();
	charsets();
	return check_done();
}
