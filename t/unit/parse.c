/*
 * Numbers, sizes, durations, times, lists, escapes and names, right and wrong.
 */
#include <stdlib.h>
#include <time.h>

#include "base/parse.h"
#include "unit/check.h"

#define BAD	INT64_MIN
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

struct text {
	const char *s;
	int64_t want;		/* BAD: refused */
};

static void
check_value(const char *what, const struct text *t, int rc, int64_t got, const struct err *e)
{
	if (t->want == BAD)
		CHECK(rc == -ERR_INVALID && e->code == ERR_INVALID && e->text[0] != '\0', "%s '%s' is taken: %lld", what,
		    t->s, (long long)got);
	else
		CHECK(rc == 0 && got == t->want, "%s '%s': %lld (%s)", what, t->s, (long long)got, e->text);
}

static const struct text ints[] = {
	{ "0", 0 }, { "-5", -5 }, { "+5", 5 }, { "100", 100 }, { "101", BAD }, { "-101", BAD }, { "", BAD }, { " 1", BAD },
	{ "1 ", BAD }, { "1x", BAD }, { "0x10", BAD }, { "99999999999999999999", BAD }, { "-", BAD }, { "1e2", BAD },
};
static const struct text sizes[] = {
	{ "0", 0 }, { "1", 1 }, { "1K", 1024 }, { "1k", 1024 }, { "64M", 64 << 20 }, { "2g", 2LL << 30 }, { "1T", 1LL << 40 },
	{ "", BAD }, { "K", BAD }, { "-1", BAD }, { "1KB", BAD }, { "1.5K", BAD }, { "5x", BAD }, { "1 K", BAD },
	{ "9223372036854775807", INT64_MAX }, { "9223372036854775808", BAD }, { "8388608T", BAD }, { "1P", BAD },
};
static const struct text durations[] = {
	{ "0", 0 }, { "5ms", 5 }, { "5s", 5000 }, { "2m", 120000 }, { "1h30m", 5400000 }, { "7d", 604800000 },
	{ "1w", 604800000 }, { "1d2h3m4s5ms", 93784005 }, { "0s", 0 }, { "5", BAD }, { "", BAD }, { "-5s", BAD }, { "s", BAD },
	{ "5m1h", BAD }, { "1h1h", BAD }, { "5 s", BAD }, { "1.5s", BAD }, { "5y", BAD }, { "5ms5", BAD },
	{ "99999999999999999999ms", BAD }, { "9223372036854775807w", BAD }, { "00", BAD },
};
/* TZ is UTC+2 without summer time, now is 1700000000000. */
static const struct text times[] = {
	{ "2024-01-31", 1706652000000 }, { "2024-01-31T12:30", 1706697000000 }, { "2024-01-31T12:30:05", 1706697005000 },
	{ "2024-01-31 12:30:05", 1706697005000 }, { "2024-01-31T12:30:05Z", 1706704205000 },
	{ "2024-01-31T12:30:05.1Z", 1706704205100 }, { "2024-01-31T12:30:05.123Z", 1706704205123 },
	{ "2024-01-31T12:30:05.123999Z", 1706704205123 }, { "2024-01-31T12:30:05+02:00", 1706697005000 },
	{ "2024-01-31T12:30:05-0330", 1706716805000 }, { "2024-01-31T12:30+02", 1706697000000 },
	{ "2024-02-29T00:00Z", 1709164800000 }, { "1970-01-01T00:00Z", 0 }, { "1969-12-31T23:59:59Z", -1000 },
	{ "2016-12-31T23:59:60Z", 1483228800000 }, { "9999-12-31T23:59:59.999Z", 253402300799999 },
	{ "1706704205", 1706704205000 }, { "0", 0 }, { "99999999999", 99999999999000 }, { "100000000000", 100000000000 },
	{ "1706704205123", 1706704205123 }, { "-1h30m", 1700000000000 - 5400000 }, { "-0", 1700000000000 },
	{ "", BAD }, { "now", BAD }, { "2023-02-29", BAD }, { "2024-13-01", BAD }, { "2024-00-01", BAD }, { "2024-01-00", BAD },
	{ "2024-01-32", BAD }, { "2024-1-31", BAD }, { "2024-01-31T", BAD }, { "2024-01-31T24:00", BAD },
	{ "2024-01-31T12", BAD }, { "2024-01-31T12:60", BAD }, { "2024-01-31T12:30:61", BAD }, { "2024-01-31T12:30:05.", BAD },
	{ "2024-01-31T12:30:05Zx", BAD }, { "2024-01-31T12:30:05+24:00", BAD }, { "2024-01-31T12:30:05+2", BAD },
	{ "2024-01-31Z", BAD }, { "-5", BAD }, { "-", BAD }, { "1706704205.5", BAD }, { "99999999999999999999", BAD },
	{ "24-01-31", BAD }, { "2024-01-31T12:30:05 Z", BAD },
};

static void
values(void)
{
	struct err e = ERR_INIT;
	int64_t v = 0;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(ints); i++) {
		rc = parse_int(ints[i].s, -100, 100, &v, &e);
		check_value("int", &ints[i], rc, v, &e);
	}
	for (i = 0; i < COUNT(sizes); i++) {
		rc = parse_size(sizes[i].s, 0, INT64_MAX, &v, &e);
		check_value("size", &sizes[i], rc, v, &e);
	}
	CHECK_INT(parse_size("1M", 0, 1000, &v, &e), -ERR_INVALID);
	CHECK_STR(e.text, "must be between 0 and 1000, not 1M");
	CHECK_INT(parse_size("9", 10, 1000, &v, &e), -ERR_INVALID);
	for (i = 0; i < COUNT(durations); i++) {
		rc = parse_duration(durations[i].s, &v, &e);
		check_value("duration", &durations[i], rc, v, &e);
	}
	CHECK_INT(parse_duration("5", &v, &e), -ERR_INVALID);
	CHECK_STR(e.text, "needs a unit (ms, s, m, h, d or w): 5");
	for (i = 0; i < COUNT(times); i++) {
		rc = parse_time(times[i].s, 1700000000000, &v, &e);
		check_value("time", &times[i], rc, v, &e);
	}
}

static void
partitions(void)
{
	static const struct {
		const char *s, *want;	/* NULL: refused */
	} cases[] = {
		{ "0", "0" }, { "0,3-5", "0 3 4 5" }, { "5,1,3-4,4", "1 3 4 5" }, { "7-7", "7" }, { "2147483647", "2147483647" },
		{ "", NULL }, { ",", NULL }, { "1,", NULL }, { "-1", NULL }, { "5-3", NULL }, { "a", NULL }, { "1-", NULL },
		{ "2147483648", NULL }, { "0-2147483647", NULL }, { "1 2", NULL },
	};
	struct err e = ERR_INIT;
	struct buf got = BUF_INIT;
	int32_t *list;
	size_t i, j, n;
	int rc;

	for (i = 0; i < COUNT(cases); i++) {
		list = NULL;
		rc = parse_partitions(cases[i].s, &list, &n, &e);
		CHECK((rc == 0) == (cases[i].want != NULL), "partitions '%s': %d", cases[i].s, rc);
		if (rc == 0 && cases[i].want != NULL) {
			buf_clear(&got);
			for (j = 0; j < n; j++)
				buf_printf(&got, "%s%d", j > 0 ? " " : "", list[j]);
			CHECK_STR(buf_str(&got), cases[i].want);
			free(list);
		}
	}
	buf_release(&got);
}

static void
escapes(void)
{
	static const struct {
		const char *s, *want;
		size_t n;
		bool ok;
	} cases[] = {
		{ "abc", "abc", 3, true }, { "", "", 0, true }, { "\\n\\t\\r\\0\\\\", "\n\t\r\0\\", 5, true },
		{ "a\\x41\\xfF", "aA\xff", 3, true }, { "\\x00b", "\0b", 2, true },
		{ "\\", "", 0, false }, { "\\q", "", 0, false }, { "\\x4", "", 0, false }, { "\\xg1", "", 0, false }, { "a\\x", "", 0, false },
	};
	struct err e = ERR_INIT;
	struct buf out = BUF_INIT;
	size_t i;
	int rc;

	for (i = 0; i < COUNT(cases); i++) {
		buf_clear(&out);
		rc = parse_escapes(cases[i].s, &out, &e);
		CHECK((rc == 0) == cases[i].ok, "escapes '%s': %d", cases[i].s, rc);
		if (rc == 0)
			CHECK_BYTES(out.p, out.n, cases[i].want, cases[i].n);
	}
	buf_release(&out);
}

static void
names(void)
{
	static const char *const known[] = { "retention.ms", "retention.bytes", "segment.bytes", "cleanup.policy", "a", NULL };
	static const char *const good[] = { "a", "orders", "A-Z_0.9", "...", ".x", "-" };
	static const char *const bad[] = { "", ".", "..", "a b", "a/b", "\xc3\xa4", "a~", "a\n" };
	char longest[NAME_MAX_LEN + 2];
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < COUNT(good); i++)
		CHECK(name_check("topic", good[i], &e) == 0, "'%s' is refused: %s", good[i], e.text);
	for (i = 0; i < COUNT(bad); i++)
		CHECK(name_check("topic", bad[i], &e) == -ERR_INVALID, "'%s' is taken", bad[i]);
	memset(longest, 'x', sizeof(longest));
	longest[NAME_MAX_LEN + 1] = '\0';
	CHECK_INT(name_check("group", longest, &e), -ERR_INVALID);
	longest[NAME_MAX_LEN] = '\0';
	CHECK_INT(name_check("group", longest, &e), 0);
	CHECK_STR(nearest_name("retension.ms", known), "retention.ms");
	CHECK_STR(nearest_name("segmnet.bytes", known), "segment.bytes");
	CHECK_STR(nearest_name("cleanup-policy", known), "cleanup.policy");
	CHECK_STR(nearest_name("retention.byte", known), "retention.bytes");
	CHECK_TRUE(nearest_name("compression.type", known) == NULL);
	CHECK_TRUE(nearest_name("", known) == NULL && nearest_name("b", known) == NULL && nearest_name(longest, known) == NULL);
}

int
main(void)
{
	setenv("TZ", "XYZ-2", 1);
	tzset();
	values();
	partitions();
	escapes();
	names();
	return check_done();
}
