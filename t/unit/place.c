/*
 * The offset language: every form, and where a range is split.
 */
#include "unit/check.h"

#include "backend/place.h"

#define NOW	INT64_C(1700000000000)
#define NONE	((struct place){ .kind = PLACE_EARLIEST, .n = -99 })

static const struct {
	const char *text;
	enum place_kind kind;
	int64_t n;
} good[] = {
	{ "earliest", PLACE_EARLIEST, 0 },
	{ "latest", PLACE_LATEST, 0 },
	{ "0", PLACE_OFFSET, 0 },
	{ "42", PLACE_OFFSET, 42 },
	{ "9223372036854775807", PLACE_OFFSET, INT64_MAX },
	{ "+5", PLACE_FROM_START, 5 },
	{ "-10", PLACE_FROM_END, 10 },
	{ "-0", PLACE_FROM_END, 0 },
	{ "@1700000000", PLACE_TIME, NOW },
	{ "@1700000000123", PLACE_TIME, NOW + 123 },
	{ "@-1h", PLACE_TIME, NOW - 3600000 },
	{ "@2023-11-14T22:13:20Z", PLACE_TIME, NOW },
};

static const char *const bad[] = { "", "+", "-", "--1", "+-1", "1x", " 1", "9223372036854775808", "early", "@", "@x", ":", "1:2" };

static const struct {
	const char *text;
	int from, to;		/* kinds, -1: not there */
	int64_t from_n, to_n;
} ranges[] = {
	{ "5", PLACE_OFFSET, -1, 5, 0 },
	{ "5:", PLACE_OFFSET, -1, 5, 0 },
	{ ":5", -1, PLACE_OFFSET, 0, 5 },
	{ ":", -1, -1, 0, 0 },
	{ "5:10", PLACE_OFFSET, PLACE_OFFSET, 5, 10 },
	{ "-10:latest", PLACE_FROM_END, PLACE_LATEST, 10, 0 },
	{ "earliest:+3", PLACE_EARLIEST, PLACE_FROM_START, 0, 3 },
	{ "@2023-11-14T22:13:20Z", PLACE_TIME, -1, NOW, 0 },
	{ "@2023-11-14T22:13:20Z:", PLACE_TIME, -1, NOW, 0 },
	{ "@2023-11-14T22:13:20Z:@1700000001", PLACE_TIME, PLACE_TIME, NOW, NOW + 1000 },
	{ "@-1h:@-30m", PLACE_TIME, PLACE_TIME, NOW - 3600000, NOW - 1800000 },
	{ ":@2023-11-14T22:13:20Z", -1, PLACE_TIME, 0, NOW },
	{ "@-1h:latest", PLACE_TIME, PLACE_LATEST, NOW - 3600000, 0 },
	{ "3:@2023-11-14T22:13:20+00:00", PLACE_OFFSET, PLACE_TIME, 3, NOW },
	{ "@2023-11-14T22:13:20+00:00:-1", PLACE_TIME, PLACE_FROM_END, NOW, 1 },
};

static const char *const bad_ranges[] = { "", "5:x", "x:5", "1:2:3", "@-1h:5", "::" };

int
main(void)
{
	struct place p, q;
	bool has_p, has_q;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int rc = place_parse(good[i].text, NOW, &p, NULL);

		CHECK(rc == 0 && p.kind == good[i].kind && p.n == good[i].n, "'%s': %d, kind %d, %lld", good[i].text, rc,
		    p.kind, (long long)p.n);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = ERR_INIT;

		CHECK(place_parse(bad[i], NOW, &p, &e) == -ERR_INVALID && e.text[0] != '\0', "'%s' was taken", bad[i]);
	}
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		int rc;

		p = q = NONE;
		rc = range_parse(ranges[i].text, NOW, &p, &has_p, &q, &has_q, NULL);
		CHECK(rc == 0 && has_p == (ranges[i].from != -1) && has_q == (ranges[i].to != -1), "'%s': %d, %d, %d",
		    ranges[i].text, rc, has_p, has_q);
		if (rc == 0 && has_p)
			CHECK((int)p.kind == ranges[i].from && p.n == ranges[i].from_n, "'%s': from %d %lld", ranges[i].text,
			    p.kind, (long long)p.n);
		if (rc == 0 && has_q)
			CHECK((int)q.kind == ranges[i].to && q.n == ranges[i].to_n, "'%s': to %d %lld", ranges[i].text,
			    q.kind, (long long)q.n);
	}
	for (i = 0; i < sizeof(bad_ranges) / sizeof(bad_ranges[0]); i++)
		CHECK(range_parse(bad_ranges[i], NOW, &p, &has_p, &q, &has_q, NULL) == -ERR_INVALID, "'%s' was taken",
		    bad_ranges[i]);
	return check_done();
}
