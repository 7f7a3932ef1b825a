/*
 * isotime.c - ISO times, decimals, base64 and hexadecimal digits: small, and
 * each both ways (text/isotime.h, decimal.h, base64.h, hex.h, utf8.h).
 */
#include "text/isotime.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "text/base64.h"
#include "text/decimal.h"
#include "text/hex.h"
#include "text/plainrun.h"
#include "text/utf8.h"

static const struct { int64_t ms; const char *text; } times[] = {
	{ 0, "1970-01-01T00:00:00.000Z" }, { -1, "1969-12-31T23:59:59.999Z" }, { 1700000000123, "2023-11-14T22:13:20.123Z" },
	{ 951782400000, "2000-02-29T00:00:00.000Z" }, { 4107542399999, "2100-02-28T23:59:59.999Z" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z" }, { 253402300800000, "+10000-01-01T00:00:00.000Z" },
	{ -62167219200000, "0000-01-01T00:00:00.000Z" }, { -62167219200001, "-0001-12-31T23:59:59.999Z" },
	{ INT64_MAX, "+292278994-08-17T07:12:55.807Z" }, { INT64_MIN, "-292275055-05-16T16:47:04.192Z" },
};

static const struct { const char *text; int rc; int64_t ms; } readings[] = {
	{ "2023-11-14T22:13:20Z", 1, 1700000000000 }, { "2023-11-14 22:13:20.5z", 1, 1700000000500 },
	{ "2023-11-14T22:13:20.123999Z", 1, 1700000000123 }, { "2023-11-14T23:13:20+0100", 1, 1700000000000 },
	{ "2023-11-14T16:43:20-05:30", 1, 1700000000000 }, { "2023-11-14T22:13:20", 0, 0 }, { "2023-11-14T22:13:20 ", -1, 0 },
	{ "2023-13-14T22:13:20Z", -1, 0 }, { "2023-02-29T22:13:20Z", -1, 0 }, { "2024-02-29T00:00:00Z", 1, 1709164800000 },
	{ "2023-11-14T24:00:00Z", -1, 0 }, { "2023-11-14T22:13:60Z", -1, 0 }, { "23-11-14T22:13:20Z", -1, 0 }, { "", 0, 0 },
	{ "+292278994-08-17T07:12:55.808Z", -1, 0 }, { "-292275055-05-16T16:47:04.191Z", -1, 0 }, { "x", -1, 0 },
};

static void
test_times(void)
{
	uint8_t s[ISOTIME_MAX];
	int64_t ms;
	size_t i, used;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		size_t n = (size_t)(isotime_put(s, times[i].ms) - s);

		CHECK_BYTES(s, n, times[i].text, strlen(times[i].text));
		CHECK(isotime_read(SLICE_OF(s, n), &used, &ms) == 1 && used == n && ms == times[i].ms, "%s", times[i].text);
	}
	for (i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
		int rc = isotime_read(slice_str(readings[i].text), &used, &ms);

		CHECK(rc == readings[i].rc && (rc != 1 || ms == readings[i].ms), "%s: %d", readings[i].text, rc);
	}
	for (ms = -62167219200000; ms < 253402300800000; ms += 86400000 * 17 + 12345678) {
		time_t t = ms / 1000 - (ms % 1000 < 0);
		struct tm tm;
		char want[64];
		size_t n = (size_t)(isotime_put(s, ms) - s);

		gmtime_r(&t, &tm);
		snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		    tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(((ms % 1000) + 1000) % 1000));
		CHECK(n == strlen(want) && memcmp(s, want, n) == 0, "%" PRId64 ": %.*s, not %s", ms, (int)n, s, want);
		CHECK(isotime_read(SLICE_OF(s, n), &used, &t) == 1 && t == ms, "%s", want);
	}
}

static void
test_decimals(void)
{
	static const int64_t some[] = { 0, 1, 9, 10, 99, 100, 12345, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, -1, -10 };
	static const char *const bad[] = { "", "-", "+1", "1x", " 1", "9223372036854775808", "-9223372036854775809", "99999999999999999999" };
	uint8_t s[DECIMAL_MAX];
	char want[32];
	int64_t v;
	size_t i;

	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		size_t n = (size_t)(decimal_put(s, some[i]) - s);

		snprintf(want, sizeof(want), "%" PRId64, some[i]);
		CHECK_BYTES(s, n, want, strlen(want));
		CHECK(decimal_read(SLICE_OF(s, n), &v) && v == some[i], "%s", want);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!decimal_read(slice_str(bad[i]), &v), "'%s' is a number", bad[i]);
	CHECK(decimal_read(slice_str("007"), &v) && v == 7, "007");
}

static void
test_digits(void)
{
	uint8_t bytes[64], back[64];
	struct buf out = BUF_INIT;
	size_t n, i, got;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 200);
	for (n = 0; n <= sizeof(bytes); n++) {
		buf_clear(&out);
		base64_write(SLICE_OF(bytes, n), &out);
		CHECK_INT(out.n, base64_size(n));
		CHECK(base64_read(buf_slice(&out), back, &got) && got == n && memcmp(bytes, back, n) == 0, "base64 of %zu bytes", n);
		buf_clear(&out);
		hex_write(SLICE_OF(bytes, n), &out);
		CHECK(hex_read(buf_slice(&out), back) && out.n == 2 * n && memcmp(bytes, back, n) == 0, "hex of %zu bytes", n);
	}
	buf_release(&out);
	CHECK_TRUE(!hex_read(slice_str("0"), back) && !hex_read(slice_str("0g"), back) && !hex_read(slice_str("0x"), back));
	CHECK_TRUE(!base64_read(slice_str("AA=A"), back, &got) && !base64_read(slice_str("A==="), back, &got));
	CHECK_TRUE(!base64_read(slice_str("AA==AAAA"), back, &got) && !base64_read(slice_str("AAA"), back, &got));
}

/* Every byte, at every place of a run. */
static void
test_plain_run(void)
{
	uint8_t s[40], to[40];
	size_t n, at;
	int c;

	memset(s, 'a', sizeof(s));
	for (n = 0; n <= sizeof(s); n++)
		CHECK(plain_run(s, n) == n && plain_copy(to, s, n) == n && memcmp(s, to, n) == 0, "%zu plain bytes", n);
	for (c = 0; c < 256; c++)
		for (at = 0; at < sizeof(s); at++) {
			bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';

			s[at] = (uint8_t)c;
			CHECK(plain_byte((uint8_t)c) == plain && plain_run(s, 40) == (plain ? 40 : at) &&
			    plain_copy(to, s, 40) == (plain ? 40 : at), "byte %02x at %zu", c, at);
			CHECK(plain_eight(s + at / 8 * 8) == plain, "byte %02x at %zu of eight", c, at);
			s[at] = 'a';
		}
}

/* utf8_char takes exactly what utf8_put makes. */
static void
test_utf8(void)
{
	uint32_t c, good = 0;
	uint8_t s[4];

	for (c = 0; c <= 0x10ffff; c++) {
		size_t n = (size_t)(utf8_put(s, c) - s);
		bool surrogate = c >= 0xd800 && c <= 0xdfff;

		CHECK(utf8_char(s, n) == (surrogate ? 0 : n) && (n == 1 || utf8_char(s, n - 1) == 0), "U+%04X", c);
	}
	for (c = 0; c < 1u << 24; c++) {		/* of all that begin with three bytes, so many are of three */
		s[0] = (uint8_t)(c >> 16);
		s[1] = (uint8_t)(c >> 8);
		s[2] = (uint8_t)c;
		good += utf8_char(s, 3) == 3;
	}
	CHECK_INT(good, 0x10000 - 0x800 - 0x800);
}

int
main(void)
{
	test_times();
	test_decimals();
	test_digits();
	test_plain_run();
	test_utf8();
	return check_done();
}
