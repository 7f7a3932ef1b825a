/*
 * json.c - records as JSON lines and back (text/json.h).
 */
#include "text/json.h"

#include <stdlib.h>

#include "base/module.h"
#include "check.h"
#include "text/jsonin.h"

#define LINE(rest)	"{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"timestamp\":1700000000000,\"timestampType\":\"CreateTime\"," rest

static const struct where here = { .topic = "t", .partition = 0 };

/* One value, alone. */
static void
test_bytes(void)
{
	static const struct { const char *in; size_t n; const char *want; } cases[] = {
		{ "", 0, "\"\"" },
		{ "plain text of more than sixteen bytes", 37, "\"plain text of more than sixteen bytes\"" },
		{ "\"\\/", 3, "\"\\\"\\\\/\"" },
		{ "\b\t\n\v\f\r", 6, "\"\\b\\t\\n\\u000b\\f\\r\"" },
		{ "\0\1\x1f ", 4, "\"\\u0000\\u0001\\u001f \"" },
		{ "\x7e\x7f", 2, "\"~\\u007f\"" },
		{ "\xc2\x80\xc2\x9f\xc2\xa0", 6, "\"\\u0080\\u009f\xc2\xa0\"" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\xe2\x80\xa8\xef\xbf\xbf\xf4\x8f\xbf\xbf", 10, "\"\xe2\x80\xa8\xef\xbf\xbf\xf4\x8f\xbf\xbf\"" },
		{ "\xff", 1, "{\"base64\":\"/w==\"}" },
		{ "ab\xff", 3, "{\"base64\":\"YWL/\"}" },
		{ "\xc0\x80", 2, "{\"base64\":\"wIA=\"}" },		/* overlong */
		{ "\xed\xa0\x80", 3, "{\"base64\":\"7aCA\"}" },		/* a surrogate */
		{ "\xf4\x90\x80\x80", 4, "{\"base64\":\"9JCAgA==\"}" },	/* beyond U+10FFFF */
		{ "\xe2\x82", 2, "{\"base64\":\"4oI=\"}" },		/* cut off */
		{ "\x80", 1, "{\"base64\":\"gA==\"}" },
	};
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		json_bytes(SLICE_OF(cases[i].in, cases[i].n), &out);
		CHECK_BYTES(out.p, out.n, cases[i].want, strlen(cases[i].want));
	}
	buf_clear(&out);
	json_bytes(SLICE_NULL, &out);
	CHECK_BYTES(out.p, out.n, "null", 4);
	buf_release(&out);
}

static void
test_line(void)
{
	struct record rec = { .offset = 7, .timestamp = 1700000000000, .key = SLICE_OF("k", 1), .value = SLICE_OF("v", 1) };
	struct header h[] = { { SLICE_OF("n", 1), SLICE_OF("v", 1) }, { SLICE_OF("n", 1), SLICE_NULL },
		{ SLICE_OF("\xff", 1), SLICE_OF("\xfe", 1) } };
	struct buf headers = BUF_INIT, out = BUF_INIT;
	const char *want;
	size_t i;

	json_write(&here, &rec, &out);
	want = LINE("\"key\":\"k\",\"value\":\"v\",\"headers\":[]}\n");
	CHECK_BYTES(out.p, out.n, want, strlen(want));
	for (i = 0; i < 3; i++)
		headers_add(&headers, &h[i]);
	rec.headers = buf_slice(&headers);
	rec.header_count = 3;
	rec.key = rec.value = SLICE_NULL;
	rec.timestamp_type = TIMESTAMP_LOG_APPEND;
	buf_clear(&out);
	json_write(&(struct where){ "a.b-c_d", 2147483647 }, &rec, &out);
	want = "{\"topic\":\"a.b-c_d\",\"partition\":2147483647,\"offset\":7,\"timestamp\":1700000000000,"
	    "\"timestampType\":\"LogAppendTime\",\"key\":null,\"value\":null,"
	    "\"headers\":[[\"n\",\"v\"],[\"n\",null],[{\"base64\":\"/w==\"},{\"base64\":\"/g==\"}]]}\n";
	CHECK_BYTES(out.p, out.n, want, strlen(want));
	buf_release(&headers);
	buf_release(&out);
}

/* What a line must come to: the form "key|value|count of headers|partition|timestamp", or words of the refusal. */
static const struct { const char *line, *want; } reading[] = {
	{ LINE("\"key\":\"k\",\"value\":\"v\",\"headers\":[]}"), "k|v|0|0|1700000000000" },
	{ "{\"value\":\"v\"}", "NULL|v|0|-1|-" },
	{ " { \"value\" : null , \"key\" : \"\" } \r", "|NULL|0|-1|-" },
	{ "{\"value\":\"\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "NULL|<00>\"\\/<08><0c><0a><0d><09>|0|-1|-" },
	{ "{\"value\":\"\\u00e9\\u20ac\\ud83d\\ude00\"}", "NULL|<c3><a9><e2><82><ac><f0><9f><98><80>|0|-1|-" },
	{ LINE("\"key\":null,\"value\":\"\\u0000\\ud83d\\ude00x\",\"headers\":[]}"), "NULL|<00><f0><9f><98><80>x|0|0|1700000000000" },
	{ "{\"value\":{\"base64\":\"/w==\"},\"key\":{\"base64\":\"\"}}", "|<ff>|0|-1|-" },
	{ LINE("\"key\":{\"base64\":\"AAA=\"},\"value\":{\"base64\":\"/w==\"},\"headers\":[]}"), "<00><00>|<ff>|0|0|1700000000000" },
	{ "{\"value\":\"v\",\"headers\":[[\"n\",\"v\"],[\"\",null],[{\"base64\":\"/w==\"},\"\"]]}", "NULL|v|3|-1|-" },
	{ "{\"value\":\"v\",\"timestamp\":-1,\"partition\":2147483647}", "NULL|v|0|2147483647|-1" },
	{ "{\"value\":\"v\",\"timestamp\":9223372036854775807,\"offset\":-9223372036854775808}", "NULL|v|0|-1|9223372036854775807" },
	{ "{\"value\":\"v\",\"partition\":-0}", "NULL|v|0|0|-" },
	{ "{}", "'value' is missing" },
	{ "", "not JSON" },
	{ "[]", "a record is a JSON object" },
	{ "{\"value\":\"v\"", "not JSON" },
	{ "{\"value\":\"v\"} x", "not JSON" },
	{ "{\"value\":\"v\",\"value\":\"w\"}", "duplicate" },
	{ "{\"value\":{\"base64\":\"\",\"base64\":\"\"}}", "duplicate" },
	{ "{\"value\":\"v\",\"val\":1}", "unknown name 'val'" },
	{ "{\"value\":\"v\",\"Key\":\"x\"}", "unknown name 'Key'" },
	{ "{\"value\":1}", "'value' is not a string" },
	{ "{\"value\":true}", "'value' is not a string" },
	{ "{\"value\":[]}", "'value' is not a string" },
	{ "{\"value\":{}}", "'value' is not a string" },
	{ "{\"value\":{\"base64\":\"/w==\",\"x\":1}}", "'value' is not a string" },
	{ "{\"value\":{\"base64\":\"/w\"}}", "canonical" },		/* no padding */
	{ "{\"value\":{\"base64\":\"/x==\"}}", "canonical" },	/* bits that are not used */
	{ "{\"value\":{\"base64\":\"/w=\\n=\"}}", "canonical" },
	{ "{\"value\":{\"base64\":\"_w==\"}}", "canonical" },	/* the other alphabet */
	{ "{\"value\":{\"base64\":\"====\"}}", "canonical" },
	{ "{\"value\":{\"base64\":null}}", "'value' is not a string" },
	{ "{\"value\":\"\\ud83d\"}", "not JSON" },
	{ "{\"value\":\"\\ud83d\\u0041\"}", "not JSON" },
	{ "{\"value\":\"\\ude00\"}", "not JSON" },
	{ "{\"value\":\"\\ud83dx\"}", "not JSON" },
	{ "{\"value\":\"\\q\"}", "not JSON" },
	{ "{\"value\":\"\\u12\"}", "not JSON" },
	{ "{\"value\":\"a\nb\"}", "not JSON" },
	{ "{\"value\":\"\xff\"}", "not JSON" },
	{ "{\"value\":\"\xed\xa0\x80\"}", "not JSON" },
	{ "\xef\xbb\xbf{\"value\":\"v\"}", "not JSON" },
	{ "{\"value\":\"v\",\"partition\":-1}", "'partition' is out of range: -1" },
	{ "{\"value\":\"v\",\"partition\":2147483648}", "'partition' is out of range" },
	{ "{\"value\":\"v\",\"partition\":1.0}", "'partition' is not a whole number" },
	{ "{\"value\":\"v\",\"partition\":1e2}", "'partition' is not a whole number" },
	{ "{\"value\":\"v\",\"partition\":\"1\"}", "'partition' is not a whole number" },
	{ "{\"value\":\"v\",\"partition\":null}", "'partition' is not a whole number" },
	{ "{\"value\":\"v\",\"partition\":01}", "not JSON" },
	{ "{\"value\":\"v\",\"timestamp\":9223372036854775808}", "not JSON" },
	{ "{\"value\":\"v\",\"timestamp\":null}", "'timestamp' is not a whole number" },
	{ "{\"value\":\"v\",\"topic\":1}", "'topic' is not a string" },
	{ "{\"value\":\"v\",\"timestampType\":null}", "'timestampType' is not a string" },
	{ "{\"value\":\"v\",\"offset\":\"1\"}", "'offset' is not a whole number" },
	{ "{\"value\":\"v\",\"headers\":null}", "'headers' is not an array" },
	{ "{\"value\":\"v\",\"headers\":{}}", "'headers' is not an array" },
	{ "{\"value\":\"v\",\"headers\":[\"n\",\"v\"]}", "element 1 is not [name, value]" },
	{ "{\"value\":\"v\",\"headers\":[[\"n\",\"v\"],[\"n\"]]}", "element 2 is not [name, value]" },
	{ "{\"value\":\"v\",\"headers\":[[null,\"v\"]]}", "the name in element 1" },
	{ "{\"value\":\"v\",\"headers\":[[\"n\",1]]}", "the value in element 1" },
	{ "{\"value\":\"v\",\"headers\":[[\"n\",\"v\",\"w\"]]}", "element 1 is not [name, value]" },
};

static void
show_bytes(struct slice s, struct buf *out)
{
	size_t i;

	if (s.p == NULL)
		buf_puts(out, "NULL");
	for (i = 0; i < s.n; i++)
		buf_printf(out, s.p[i] >= 0x20 && s.p[i] < 0x7f ? "%c" : "<%02x>", s.p[i]);
}

static const char *
show(const struct fmt_input *in, struct buf *out)
{
	buf_clear(out);
	show_bytes(in->rec.key, out);
	buf_putc(out, '|');
	show_bytes(in->rec.value, out);
	buf_printf(out, "|%d|%d|", in->rec.header_count, in->partition);
	if (in->has_timestamp)
		buf_printf(out, "%lld", (long long)in->rec.timestamp);
	else
		buf_putc(out, '-');
	return buf_str(out);
}

static void
test_reading(void)
{
	struct json_reader *r = json_reader_new();
	struct fmt_input in = FMT_INPUT_INIT;
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof(reading) / sizeof(reading[0]); i++) {
		struct err e = ERR_INIT;
		const char *line = reading[i].line, *want = reading[i].want;
		/* a copy of the exact size, so that a step beyond it is seen */
		char *copy = malloc(strlen(line) + 1);
		int rc;

		memcpy(copy, line, strlen(line));
		rc = json_read(r, SLICE_OF(copy, strlen(line)), &in, &e);
		if (strchr(want, '|') != NULL)
			CHECK(rc == 0 && strcmp(show(&in, &out), want) == 0, "%s: %d %s %s", line, rc,
			    rc == 0 ? show(&in, &out) : "", e.text);
		else
			CHECK(rc == -ERR_INVALID && strstr(e.text, want) != NULL, "%s: %d '%s'", line, rc, e.text);
		free(copy);
	}
	fmt_input_release(&in);
	buf_release(&out);
	json_reader_free(r);
}

static uint64_t seed = 88172645463325252u;

static uint64_t
chance(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* NULL, text, or any bytes. */
static struct slice
any_bytes(uint8_t *room, size_t max)
{
	size_t i, n = chance(max + 1), kind = chance(6);

	if (kind == 0)
		return SLICE_NULL;
	for (i = 0; i < n; i++)
		room[i] = (uint8_t)(kind == 1 ? chance(256) : kind == 2 ? chance(0x20) : 0x20 + chance(0x60));
	if (kind == 3 && n >= 4)
		memcpy(room + chance(n - 3), "\xf0\x9f\x98\x80", 4);
	return SLICE_OF(room, n);
}

static bool
same(const struct fmt_input *a, const struct fmt_input *b)
{
	return a->partition == b->partition && a->has_timestamp == b->has_timestamp &&
	    (!a->has_timestamp || a->rec.timestamp == b->rec.timestamp) && slice_eq(a->rec.key, b->rec.key) &&
	    slice_eq(a->rec.value, b->rec.value) && a->rec.header_count == b->rec.header_count &&
	    slice_eq(a->rec.headers, b->rec.headers);
}

/* Every record comes back, by the direct reader and by the module; and they agree on lines with one byte changed. */
static void
test_round_trip(void)
{
	static const char telling[] = "\"\\{}[],:0- \x80";
	static uint8_t room[4][300];
	const struct jsonin_ops *module;
	struct fmt_input in = FMT_INPUT_INIT, other = FMT_INPUT_INIT;
	struct buf line = BUF_INIT, headers = BUF_INIT;
	struct json_reader *r = json_reader_new();
	struct err e = ERR_INIT;
	int turn, i, rc;

	if (!CHECK((module = module_load("jsonin", &e)) != NULL, "%s", e.text))
		return;
	for (turn = 0; turn < 30000; turn++) {
		struct record rec = { .offset = (int64_t)chance(1u << 20), .timestamp = (int64_t)chance(1u << 30) - 1,
			.key = any_bytes(room[0], 20), .value = any_bytes(room[1], 299) };
		struct where w = { "topic", (int32_t)chance(9) };

		buf_clear(&headers);
		rec.header_count = (int32_t)chance(4);
		for (i = 0; i < rec.header_count; i++) {
			struct header h = { .name = any_bytes(room[2], 9), .value = any_bytes(room[3], 30) };

			if (h.name.p == NULL)
				h.name = SLICE_OF("", 0);
			headers_add(&headers, &h);
		}
		rec.headers = buf_slice(&headers);
		buf_clear(&line);
		json_write(&w, &rec, &line);
		rc = json_read(r, SLICE_OF(line.p, line.n - 1), &in, &e);
		CHECK(rc == 0 && slice_eq(in.rec.key, rec.key) && slice_eq(in.rec.value, rec.value) &&
		    in.rec.header_count == rec.header_count && slice_eq(in.rec.headers, rec.headers) &&
		    in.rec.timestamp == rec.timestamp && in.partition == w.partition,
		    "turn %d: %d %s: %.*s", turn, rc, rc == 0 ? "" : e.text, (int)line.n, (const char *)line.p);
		fmt_input_clear(&other);
		rc = module->read(SLICE_OF(line.p, line.n - 1), &other, &e);
		CHECK(rc == 0 && same(&in, &other), "turn %d, module: %d %s: %.*s", turn, rc, rc == 0 ? "" : e.text, (int)line.n,
		    (const char *)line.p);
		line.p[chance(line.n)] = chance(3) > 0 ? (uint8_t)telling[chance(sizeof(telling) - 1)] : (uint8_t)chance(256);
		rc = json_read(r, SLICE_OF(line.p, line.n - 1), &in, &e);
		fmt_input_clear(&other);
		i = module->read(SLICE_OF(line.p, line.n - 1), &other, &e);
		CHECK(rc == i && (rc != 0 || same(&in, &other)), "turn %d, changed: %d and %d: %.*s", turn, rc, i, (int)line.n,
		    (const char *)line.p);
	}
	fmt_input_release(&in);
	fmt_input_release(&other);
	buf_release(&line);
	buf_release(&headers);
	json_reader_free(r);
}

/* A line that would become a huge tree is refused before it does. */
static void
test_bound(void)
{
	struct json_reader *r = json_reader_new();
	struct fmt_input in = FMT_INPUT_INIT;
	struct buf line = BUF_INIT;
	struct err e = ERR_INIT;
	int i, rc;

	buf_puts(&line, "{\"value\":\"v\",\"headers\":[[]");
	for (i = 0; i < 100000; i++)
		buf_puts(&line, ",[]");
	buf_puts(&line, "]}");
	rc = json_read(r, buf_slice(&line), &in, &e);
	CHECK(rc == -ERR_INVALID && strstr(e.text, "65536 values") != NULL, "%d %s", rc, e.text);
	buf_clear(&line);
	for (i = 0; i < 100000; i++)
		buf_puts(&line, "{\"value\":");
	rc = json_read(r, buf_slice(&line), &in, &e);
	CHECK(rc == -ERR_INVALID, "%d %s", rc, e.text);
	/* our own form may have any number of headers */
	buf_clear(&line);
	buf_puts(&line, LINE("\"key\":null,\"value\":null,\"headers\":[[\"\",\"\"]"));
	for (i = 1; i < 100000; i++)
		buf_puts(&line, ",[\"\",\"\"]");
	buf_puts(&line, "]}");
	rc = json_read(r, buf_slice(&line), &in, &e);
	CHECK(rc == 0 && in.rec.header_count == 100000, "%d %s", rc, e.text);
	fmt_input_release(&in);
	buf_release(&line);
	json_reader_free(r);
}

int
main(void)
{
	test_bytes();
	test_line();
	test_reading();
	test_round_trip();
	test_bound();
	return check_done();
}
