/*
 * Flume's %-escapes (agent/escape.h) and time zones by name (agent/zone.h).
 * The line with all letters is what Flume 1.11 made of it.
 */
#include <stdlib.h>

#include "agent/escape.h"
#include "unit/check.h"

#define FEB13	"1234567890123"		/* 2009-02-13 23:31:30.123 UTC, a Friday */

static const struct {
	const char *text, *zone, *stamp, *want;	/* want NULL: refused */
	int unit, value;
} rows[] = {
	{ "%Y/%m/%d/%H%M%S/%y.%e.%j.%k.%I.%l.%p.%a.%A.%b.%B.%s.%t.%%.%n.%z.%{x}.%q", "America/New_York", FEB13,
	    "2009/02/13/183130/09.13.044.18.06.6.PM.Fri.Friday.Feb.February.1234567890." FEB13 ".%.2.-0500..", 0, 1 },
	{ "%D", "UTC", FEB13, "02/13/09", 0, 1 },
	{ "%c", "UTC", FEB13, "Fri Feb 13 23:31:30 2009", 0, 1 },
	{ "%H%M/%S", "UTC", FEB13, "2330/00", 60, 5 },
	{ "%H%M%S", "UTC", FEB13, "233100", 60, 1 },
	{ "%H%M%S", "UTC", FEB13, "233120", 1, 20 },
	{ "%H%M/%S", "America/New_York", FEB13, "1800/00", 3600, 6 },
	{ "%d%H", "Asia/Kolkata", FEB13, "1400", 3600, 24 },	/* 05:01 there */
	{ "%H%M", "Asia/Kolkata", FEB13, "0500", 60, 30 },
	{ "%s %t", "UTC", FEB13, "1234567800 " FEB13, 60, 10 },
	{ "%z", "GMT-05:30", FEB13, "-0530", 0, 1 },
	{ "%z%H", "GMT+8", FEB13, "+080007", 0, 1 },
	{ "%I%p", "UTC", "0", "12AM", 0, 1 },
	{ "%Y%m%d", "UTC", "-1", "19691231", 0, 1 },
	{ "%Y", "UTC", "+5", "1970", 0, 1 },
	{ "a%{h}b", "UTC", NULL, "avalueb", 0, 1 },
	{ "%{h.x-y}", "UTC", NULL, "dotted", 0, 1 },
	{ "%{none}", "UTC", NULL, "", 0, 1 },
	{ "%{not a name}%", "UTC", NULL, "%{not a name}%", 0, 1 },
	{ "%-%{}", "UTC", NULL, "%-%{}", 0, 1 },
	{ "%%", "UTC", NULL, NULL, 0, 1 },		/* as in Flume, any single letter wants a time */
	{ "%q", "UTC", NULL, NULL, 0, 1 },
	{ "%Y", "UTC", "", NULL, 0, 1 },
	{ "%Y", "UTC", "12x", NULL, 0, 1 },
	{ "%Y", "UTC", " 1", NULL, 0, 1 },
	{ "%Y", "UTC", "99999999999999999999", NULL, 0, 1 },
	{ "%H", "America/Los_Angeles", "1425809700000", "03", 0, 1 },	/* 8 March 2015, 02:15 does not exist */
	{ "%H%M", "America/Los_Angeles", "1425809700000", "0300", 3600, 1 },
	{ "%z", "America/Los_Angeles", "4102444800000", "-0800", 0, 1 },	/* behind the last transition in the file */
	{ "%z", "America/Los_Angeles", "4118083200000", "-0700", 0, 1 },
};

static void
try_row(size_t i)
{
	struct escape_time how = { .unit = rows[i].unit, .value = rows[i].value };
	struct batch b = BATCH_INIT;
	struct event *ev = batch_add(&b, "", 0);
	struct buf out = BUF_INIT;
	struct zone *z = NULL;
	struct escape *x = NULL;
	struct err e = ERR_INIT;
	int rc;

	(void)event_set(&b, ev, slice_str("h"), slice_str("value"));
	(void)event_set(&b, ev, slice_str("h.x-y"), slice_str("dotted"));
	if (rows[i].stamp != NULL)
		(void)event_set(&b, ev, slice_str("timestamp"), slice_str(rows[i].stamp));
	CHECK(zone_open(&z, rows[i].zone, &e) == 0, "%s", e.text);
	how.zone = z;
	if (CHECK(escape_compile(&x, rows[i].text, &e) == 0, "%s: %s", rows[i].text, e.text)) {
		rc = escape_write(x, &how, ev, 0, &out, &e);
		CHECK((rc == 0) == (rows[i].want != NULL), "%s: %d %s", rows[i].text, rc, e.text);
		if (rc == 0 && rows[i].want != NULL)
			CHECK_BYTES(out.p, out.n, rows[i].want, strlen(rows[i].want));
	}
	escape_free(x);
	zone_free(z);
	buf_release(&out);
	batch_clear(&b);
}

/* The zones of the system's database against the C library, through a few years and far away. */
static void
zones(void)
{
	static const char *const names[] = { "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe",
	    "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin", "Asia/Gaza", "America/Nuuk", "UTC", "EST5EDT" };
	struct err e = ERR_INIT;
	struct zone *z;
	struct tm a, b;
	time_t t;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!CHECK(zone_open(&z, names[i], &e) == 0, "%s: %s", names[i], e.text))
			continue;
		(void)setenv("TZ", names[i], 1);
		tzset();
		for (t = -4000000000; t < 7000000000; t += 400003) {
			(void)localtime_r(&t, &a);
			zone_time(z, t, &b);
			if (!CHECK(a.tm_gmtoff == b.tm_gmtoff && a.tm_hour == b.tm_hour && a.tm_yday == b.tm_yday &&
			    a.tm_wday == b.tm_wday, "%s at %lld", names[i], (long long)t))
				break;
		}
		zone_free(z);
	}
}

static void
wrong(void)
{
	static const char *const names[] = { "nosuch", "../passwd", "/etc/passwd", "GMT+99", "GMT+1x", "+5:99" };
	struct err e = ERR_INIT;
	struct escape *x;
	struct zone *z;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(zone_open(&z, names[i], &e) == -ERR_INVALID, "%s is taken", names[i]);
	CHECK_INT(escape_compile(&x, "%[nosuch]", &e), -ERR_INVALID);
	CHECK_INT(escape_compile(&x, "%[LocalHost]%w%Y", &e), 0);
	CHECK_STR(escape_unknown(x), "w");
	CHECK_TRUE(escape_uses_time(x) && !escape_uses_headers(x) && escape_by_second(x));
	escape_free(x);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		try_row(i);
	zones();
	wrong();
	return check_done();
}
