/*
 * fmt.c - format strings, both ways (text/fmt.h).
 */
#include "text/fmt.h"

#include <stdlib.h>
#include <time.h>

#include "check.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const struct where here = { .topic = "t", .partition = 3 };
static struct buf headers = BUF_INIT;

/* A record with everything; key and value of the case. */
static struct record
sample(struct slice key, struct slice value)
{
	struct record rec = { .offset = 7, .timestamp = 1700000000123, .key = key, .value = value, .header_count = 2 };

	if (headers.n == 0) {
		headers_add(&headers, &(struct header){ SLICE_OF("n", 1), SLICE_OF("v", 1) });
		headers_add(&headers, &(struct header){ SLICE_OF("n", 1), SLICE_NULL });
	}
	rec.headers = buf_slice(&headers);
	return rec;
}

static const struct { const char *fmt, *want; size_t n; } writing[] = {
	{ "%v", "v", 1 }, { "%k=%v\\n", "k=v\n", 4 }, { "%K %V %t %p %o %T %H", "1 1 t 3 7 1700000000123 2", 25 },
	{ "%h", "[[\"n\",\"v\"],[\"n\",null]]", 22 }, { "%%%v%%", "%v%", 3 }, { "\\n\\t\\r\\0\\\\\\x41\\xfF", "\n\t\r\0\\A\xff", 7 },
	{ "\xc3\xa9 %v", "\xc3\xa9 v", 4 }, { "%v{hex}%k{hex}", "766b", 4 }, { "%v{base64}", "dg==", 4 },
	{ "%v{json}", "\"v\"", 3 }, { "%v{hex}x{", "76x{", 4 }, { "%p{i8}", "\3", 1 }, { "%p{i16}", "\0\3", 2 },
	{ "%p{i32}", "\0\0\0\3", 4 }, { "%p{i64}", "\0\0\0\0\0\0\0\3", 8 }, { "%p{le32}", "\3\0\0\0", 4 },
	{ "%o{i32}%H{i8}%K{i32}", "\0\0\0\7\2\0\0\0\1", 9 }, { "%T{i64}", "\0\0\1\x8b\xcf\xe5\x68\x7b", 8 },
	{ "%T{iso}", "2023-11-14T22:13:20.123Z", 24 }, { "%T{%Y-%m-%d %H:%M:%S}", "2023-11-14 23:13:20", 19 },
	{ "%T{%H\\x7d}", "23}", 3 }, { "%T{%z}", "+0100", 5 }, { "%k{null=-}", "k", 1 }, { "", "", 0 },
};

static const struct { const char *fmt, *want; size_t n; } of_null[] = {
	{ "%v", "", 0 }, { "%k=%v", "=", 1 }, { "%K %V", "-1 -1", 5 }, { "%K{i32}", "\xff\xff\xff\xff", 4 }, { "%K{i8}", "\xff", 1 },
	{ "%v{json}", "null", 4 }, { "%v{hex}", "", 0 }, { "%v{null=NULL}", "NULL", 4 }, { "%v{hex}{null=\\x2d}", "-", 1 },
	{ "%v{null=}{hex}", "", 0 }, { "%v{json}{null=-}", "-", 1 },
};

static void
write_one(const char *source, const struct record *rec, const char *want, size_t n)
{
	struct err e = ERR_INIT;
	struct buf out = BUF_INIT;
	struct fmt *f;
	int rc;

	if (!CHECK(fmt_compile(&f, source, FMT_WRITE, &e) == 0, "%s: %s", source, e.text))
		return;
	buf_puts(&out, "before");
	rc = fmt_write(f, &here, rec, &out, &e);
	CHECK(rc == 0 && out.n == n + 6 && (n == 0 || memcmp(out.p + 6, want, n) == 0), "%s: %d '%.*s'", source, rc, (int)out.n,
	    (const char *)out.p);
	buf_release(&out);
	fmt_free(f);
}

static void
test_writing(void)
{
	struct record rec = sample(SLICE_OF("k", 1), SLICE_OF("v", 1));
	struct record null = sample(SLICE_NULL, SLICE_NULL);
	size_t i;

	for (i = 0; i < COUNT(writing); i++)
		write_one(writing[i].fmt, &rec, writing[i].want, writing[i].n);
	for (i = 0; i < COUNT(of_null); i++)
		write_one(of_null[i].fmt, &null, of_null[i].want, of_null[i].n);
	rec.timestamp = TIMESTAMP_NONE;
	write_one("%T %T{iso} %T{%Y}", &rec, "-1 -1 -1", 8);
}

/* What does not fit is refused, and nothing of the record is written. */
static void
test_too_wide(void)
{
	static const struct { const char *fmt, *want; } cases[] = {
		{ "x%K{i8}", "'%K': 300 does not fit 1 byte" }, { "%T{i32}", "'%T': 1700000000123 does not fit 4 bytes" },
		{ "%T{le32}", "does not fit 4 bytes" }, { "%T{i16}", "does not fit 2 bytes" },
	};
	static uint8_t key[300];
	struct record rec = sample(SLICE_OF(key, 300), SLICE_NULL);
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		struct err e = ERR_INIT;
		struct fmt *f;
		int rc;

		if (!CHECK(fmt_compile(&f, cases[i].fmt, FMT_WRITE, &e) == 0, "%s", e.text))
			continue;
		rc = fmt_write(f, &here, &rec, &out, &e);
		CHECK(rc == -ERR_RANGE && out.n == 0 && strstr(e.text, cases[i].want) != NULL, "%s: %d %s", cases[i].fmt, rc, e.text);
		fmt_free(f);
	}
	buf_release(&out);
}

/* Where the mark stands: column counted from 0 behind the four blanks. */
static const struct { const char *fmt; enum fmt_use use; int column; const char *why; } wrong[] = {
	{ "%o %q", FMT_WRITE, 3, "unknown conversion '%q'" }, { "%s\\n", FMT_WRITE, 0, "'%s': the value is '%v'" },
	{ "%S", FMT_WRITE, 0, "'%V'" }, { "%\xc3\xa9", FMT_WRITE, 0, "'%\xc3\xa9'" }, { "a%", FMT_WRITE, 1, "missing behind '%'" },
	{ "a\\q", FMT_WRITE, 1, "unknown escape" }, { "\\x4", FMT_WRITE, 0, "two hexadecimal" }, { "\\", FMT_WRITE, 0, "unknown escape" },
	{ "%v{hex", FMT_WRITE, 2, "never closed" }, { "%v{hax}", FMT_WRITE, 2, "'%v' takes {hex}" }, { "%v{i8}", FMT_WRITE, 2, "'%v' takes" },
	{ "%K{hex}", FMT_WRITE, 2, "'%K' takes {i8}" }, { "%t{hex}", FMT_WRITE, 2, "no modifier" }, { "%h{json}", FMT_WRITE, 2, "no modifier" },
	{ "%p{null=}", FMT_WRITE, 2, "'%p' takes" }, { "%v{hex}{base64}", FMT_WRITE, 7, "a modifier already" },
	{ "%v{null=a}{null=b}", FMT_WRITE, 10, "twice" }, { "%T{utc}", FMT_WRITE, 2, "'%T' takes {iso}" }, { "%T{}", FMT_WRITE, 2, "takes" },
	{ "%v{}", FMT_WRITE, 2, "takes" }, { "%T{%9999d}", FMT_WRITE, 2, "too much" }, { "%T{\\0%d}", FMT_WRITE, 2, "NUL" },
	{ "\t\xc3\xa9%q", FMT_WRITE, 5, "unknown" },		/* a tab is shown as \x09 */
	{ "%v", FMT_READ, 0, "ambiguous: nothing says where '%v' ends" }, { "%k%v\\n", FMT_READ, 0, "'%k' ends and '%v' begins" },
	{ "%k\\n", FMT_READ, 4, "'%v' is missing" }, { "", FMT_READ, 0, "'%v' is missing" }, { "%v %v\\n", FMT_READ, 3, "twice" },
	{ "%p%v\\n", FMT_READ, 0, "'%p' ends and '%v' begins" }, { "%v\\n%p", FMT_READ, 4, "nothing says where '%p' ends" },
	{ "%p1%v\\n", FMT_READ, 2, "part of the number" }, { "%t-%v\\n", FMT_READ, 2, "part of the name" },
	{ "%v{hex}a", FMT_READ, 7, "part of the hexadecimal" }, { "%v{base64}=", FMT_READ, 10, "part of the base64" },
	{ "%K %v\\n", FMT_READ, 0, "no '%k' for this length" }, { "%v{null=a\\nb}\\n", FMT_READ, 0, "holds the text that ends" },
	{ "%v{null=a\\t}\\t\\t", FMT_READ, 0, "holds the text that ends" }, { "%v{json}{null=no}", FMT_READ, 0, "could begin JSON" },
	{ "%v{json}{null=}", FMT_READ, 0, "could begin JSON" }, { "%T{%H:%M} %v\\n", FMT_READ, 0, "which day" },
	{ "%T{%F} %v\\n", FMT_READ, 0, "which hour" }, { "%T{%D %T} %v\\n", FMT_READ, 0, "'%D'" }, { "%T{%c} %v\\n", FMT_READ, 0, "'%c'" },
	{ "%T{%F %T}%v\\n", FMT_READ, 0, "'%T' ends and '%v' begins" }, { "%T%v\\n", FMT_READ, 0, "'%T' ends" },
	{ "%V%v", FMT_READ, 0, "'%V' ends and '%v' begins" },
};

static void
test_wrong(void)
{
	size_t i;

	for (i = 0; i < COUNT(wrong); i++) {
		struct err e = ERR_INIT;
		struct fmt *f = NULL;
		int rc = fmt_compile(&f, wrong[i].fmt, wrong[i].use, &e);
		const char *mark = strrchr(e.text, '\n');

		CHECK(rc == -ERR_INVALID && f == NULL && strstr(e.text, wrong[i].why) != NULL, "%s: %d %s", wrong[i].fmt, rc, e.text);
		CHECK(mark != NULL && strspn(mark + 1, " ") == (size_t)wrong[i].column + 4 && strcmp(strchr(mark, '^'), "^") == 0,
		    "%s: the mark is elsewhere: %s", wrong[i].fmt, e.text);
		fmt_free(f);
	}
}

/* Reading: "key|value|headers|partition|timestamp|used", or words of the refusal. */
static const struct { const char *fmt, *in; size_t n; const char *want; } reading[] = {
	{ "%v\\n", "abc\nrest", 8, "NULL|abc|0|-1|-|4" }, { "%v\\n", "\n", 1, "NULL||0|-1|-|1" },
	{ "%k\\t%v\\n", "k\tv\tw\n", 6, "k|v\tw|0|-1|-|6" }, { "%k\\t%v\\n", "\t\n", 2, "||0|-1|-|2" },
	{ "%v\\r\\n", "a\nb\r\n", 5, "NULL|a\nb|0|-1|-|5" }, { "<%v>%%", "<a>b>%", 6, "NULL|a>b|0|-1|-|6" },
	{ "%K{i32}%k%V{i32}%v", "\0\0\0\1k\0\0\0\2vw", 11, "k|vw|0|-1|-|11" },
	{ "%K{i32}%k%V{i32}%v", "\xff\xff\xff\xff\0\0\0\0", 8, "NULL||0|-1|-|8" },
	{ "%K{i8}%V{i16}%k%v", "\1\0\1kv", 5, "k|v|0|-1|-|5" }, { "%V{le32}%v", "\1\0\0\0v", 5, "NULL|v|0|-1|-|5" },
	{ "%V{i64}%v", "\0\0\0\0\0\0\0\1v", 9, "NULL|v|0|-1|-|9" }, { "%V %v", "3 a\nbX", 5, "NULL|a\nb|0|-1|-|5" },
	{ "%V %v\\n", "-1 \n", 4, "NULL|NULL|0|-1|-|4" }, { "%V %v{null=-}\\n", "-1 -\n", 5, "NULL|NULL|0|-1|-|5" },
	{ "%v{hex} %V\\n", "00fF 2\n", 7, "NULL|\\x00\\xff|0|-1|-|7" }, { "%V %v{hex}", "2 00ff", 6, "NULL|\\x00\\xff|0|-1|-|6" },
	{ "%V %v{base64}", "1 /w==", 6, "NULL|\\xff|0|-1|-|6" }, { "%v{base64}\\n", "/w==\n", 5, "NULL|\\xff|0|-1|-|5" },
	{ "%k{json}%v{json}", "null\"a\\u0000\"", 13, "NULL|a\\x00|0|-1|-|13" },
	{ "%v{json}\\n", "{ \"base64\" : \"/w==\" }\n", 22, "NULL|\\xff|0|-1|-|22" },
	{ "%k{null=NULL} %v{null=}\\n", "NULL \n", 6, "NULL|NULL|0|-1|-|6" }, { "%k{null=NULL} %v\\n", "NULLS \n", 7, "NULLS||0|-1|-|7" },
	{ "%v{json}{null=-}", "-", 1, "NULL|NULL|0|-1|-|1" }, { "%v{hex}{null=-}\\n", "-\n", 2, "NULL|NULL|0|-1|-|2" },
	{ "%t:%p:%o:%v\\n", "orders:5:99:x\n", 14, "NULL|x|0|5|-|14" }, { "%p{i32} %v\\n", "\0\0\0\7 x\n", 7, "NULL|x|0|7|-|7" },
	{ "%T %v\\n", "1700000000123 x\n", 16, "NULL|x|0|-1|1700000000123|16" }, { "%T %v\\n", "-1 x\n", 5, "NULL|x|0|-1|-1|5" },
	{ "%T{iso} %v\\n", "2023-11-14T22:13:20.123Z x\n", 27, "NULL|x|0|-1|1700000000123|27" },
	{ "%T{iso} %v\\n", "2023-11-14T23:13:20+01:00 x\n", 28, "NULL|x|0|-1|1700000000000|28" },
	{ "%T{iso} %v\\n", "-1 x\n", 5, "NULL|x|0|-1|-1|5" }, { "%T{iso}-%v\\n", "-1-x\n", 5, "NULL|x|0|-1|-1|5" },
	{ "%T{%Y-%m-%d %H:%M:%S} %v\\n", "2023-11-14 23:13:20 x\n", 22, "NULL|x|0|-1|1700000000000|22" },
	{ "%T{%F %T} %v\\n", "2024-10-27 02:30:00 x\n", 22, "NULL|x|0|-1|1729989000000|22" },	/* twice that night: the first */
	{ "%T{%F %T %z} %v\\n", "2024-10-27 02:30:00 +0100 x\n", 28, "NULL|x|0|-1|1729992600000|28" },
	{ "%T{%s} %v\\n", "1700000000 x\n", 13, "NULL|x|0|-1|1700000000000|13" },
	{ "%T{%d/%b/%Y:%H:%M:%S %z} %v\\n", "14/Nov/2023:22:13:20 +0000 x\n", 29, "NULL|x|0|-1|1700000000000|29" },
	{ "%h %H %v\\n", "[[\"n\",\"v\"],[\"n\",null]] 2 x\n", 27, "NULL|x|2|-1|-|27" }, { "%h%v\\n", "[]x\n", 4, "NULL|x|0|-1|-|4" },
	{ "%v\\n", "abc", 3, "byte 4 of the record: the input ends" }, { "a%v\\n", "bc\n", 3, "byte 1 of the record: not the text" },
	{ "%p %v\\n", "x y\n", 4, "byte 1 of the record, '%p': not a number" }, { "%p %v\\n", "-1 y\n", 5, "-1 is out of range" },
	{ "%p %v\\n", "2147483648 y\n", 13, "out of range" }, { "%o %v\\n", "99999999999999999999 y\n", 23, "out of range" },
	{ "%p %v\\n", "1x y\n", 5, "byte 2 of the record: not the text" }, { "%V %v\\n", "-2 y\n", 5, "-2 is out of range" },
	{ "%V{i32}%v", "\x7f\xff\xff\xff" "abc", 7, "the input ends" }, { "%V %v\\n", "2 abc\n", 6, "byte 5 of the record: not the text" },
	{ "%v %V\\n", "ab 3\n", 5, "'%V' says 3, but it is 2" }, { "%v{hex}\\n", "abc\n", 4, "byte 1 of the record, '%v': not pairs" },
	{ "%v{base64}\\n", "/x==\n", 5, "not base64" }, { "%v{json}\\n", "x\n", 2, "not a JSON string" },
	{ "%v{json}\\n", "\"\xff....\"\n", 8, "not a JSON string" }, { "%h %v\\n", "[[1,2]] x\n", 10, "not headers" },
	{ "%h %H %v\\n", "[] 1 x\n", 7, "'%H' says 1 headers, but there are 0" }, { "%V %v{null=-}\\n", "-1 x\n", 5, "the text is another" },
	{ "%T{iso} %v\\n", "2023-02-29T00:00:00Z x\n", 23, "not a time such as" }, { "%T{iso} %v\\n", "2023-11-14 x\n", 13, "not a time such as" },
	{ "%T{%F %T} %v\\n", "2023-02-31 00:00:00 x\n", 22, "not a time by the pattern" }, { "%T{%F %T} %v\\n", "yesterday\n", 10, "by the pattern" },
};

static void
show(struct slice s, struct buf *out)
{
	size_t i;

	if (s.p == NULL)
		buf_puts(out, "NULL");
	for (i = 0; i < s.n; i++)
		buf_printf(out, (s.p[i] >= 0x20 && s.p[i] < 0x7f) || s.p[i] == '\n' || s.p[i] == '\t' ? "%c" : "\\x%02x", s.p[i]);
}

/* The answer for the first n bytes, in a place of that size. */
static int
read_prefix(const struct fmt *f, const char *bytes, size_t n, bool at_end, struct buf *out, struct err *e)
{
	struct fmt_input in = FMT_INPUT_INIT;
	char *copy = malloc(n + 1);
	size_t used = 0;
	int rc;

	memcpy(copy, bytes, n);
	rc = fmt_read(f, SLICE_OF(copy, n), at_end, &used, &in, e);
	buf_clear(out);
	if (rc == 1) {
		show(in.rec.key, out);
		buf_putc(out, '|');
		show(in.rec.value, out);
		buf_printf(out, "|%d|%d|", in.rec.header_count, in.partition);
		if (in.has_timestamp)
			buf_printf(out, "%lld", (long long)in.rec.timestamp);
		else
			buf_putc(out, '-');
		buf_printf(out, "|%zu", used);
	}
	buf_str(out);
	fmt_input_release(&in);
	free(copy);
	return rc;
}

/* Whatever part of the bytes is there, the answer is "more", or the one for all of them. */
static void
test_reading(void)
{
	struct buf out = BUF_INIT;
	size_t i, n;

	for (i = 0; i < COUNT(reading); i++) {
		struct err e = ERR_INIT;
		const char *want = reading[i].want;
		bool good = strchr(want, '|') != NULL;
		struct fmt *f;
		int rc;

		if (!CHECK(fmt_compile(&f, reading[i].fmt, FMT_READ, &e) == 0, "%s: %s", reading[i].fmt, e.text))
			continue;
		rc = read_prefix(f, reading[i].in, reading[i].n, true, &out, &e);
		CHECK(good ? rc == 1 && strcmp((const char *)out.p, want) == 0 : rc == -ERR_INVALID && strstr(e.text, want) != NULL,
		    "%s of case %zu: %d '%s' %s", reading[i].fmt, i, rc, (const char *)out.p, rc < 0 ? e.text : "");
		for (n = 0; n <= reading[i].n; n++) {
			rc = read_prefix(f, reading[i].in, n, false, &out, &e);
			CHECK(rc == 0 || (good ? rc == 1 && strcmp((const char *)out.p, want) == 0 : rc == -ERR_INVALID),
			    "%s of case %zu, %zu bytes: %d '%s' %s", reading[i].fmt, i, n, rc, (const char *)out.p, rc < 0 ? e.text : "");
		}
		fmt_free(f);
	}
	buf_release(&out);
}

/* What these write, they read, whatever the bytes. */
static void
test_round_trip(void)
{
	static const char *const formats[] = {
		"%K{i32}%k%V{i32}%v", "%V %v%K %k", "%k{json}%v{json}", "%v{json}%h%k{json}", "%k{hex}{null=-}\\t%v{hex}{null=-}\\n",
		"%k{base64}{null=-}\\t%v{base64}{null=-}\\n", "%T{iso} %K{i16}%k%V{le32}%v%h", "%t %p %o %T %K{i64}%V{i64}%k%v%H\\n",
		"%K %k{hex}%V %v{base64}%T{i64}", "%T{%s} %k{json}%v{json}%p{i32}",
	};
	static uint8_t key[64], value[300];
	struct buf out = BUF_INIT;
	struct fmt_input in = FMT_INPUT_INIT;
	size_t i, k, used;
	int turn;

	srandom(7);
	for (i = 0; i < COUNT(formats); i++) {
		struct err e = ERR_INIT;
		struct fmt *f;

		if (!CHECK(fmt_compile(&f, formats[i], FMT_READ, &e) == 0, "%s: %s", formats[i], e.text))
			continue;
		for (turn = 0; turn < 1000; turn++) {
			struct record rec = sample(SLICE_OF(key, random() % 64), SLICE_OF(value, random() % 300));
			bool text = random() % 2;
			int rc;

			for (k = 0; k < sizeof(value); k++)
				value[k] = key[k % 64] = (uint8_t)(text ? 'a' + random() % 26 : random());
			if (random() % 4 == 0)
				rec.key = SLICE_NULL;
			if (random() % 4 == 0)
				rec.value = SLICE_NULL;
			rec.timestamp = random() * 1000;
			buf_clear(&out);
			if (!CHECK(fmt_write(f, &here, &rec, &out, &e) == 0, "%s: %s", formats[i], e.text))
				break;
			rc = fmt_read(f, buf_slice(&out), true, &used, &in, &e);
			if (!CHECK(rc == 1 && used == out.n && slice_eq(in.rec.key, rec.key) && slice_eq(in.rec.value, rec.value) &&
			    (in.rec.header_count == 0 || slice_eq(in.rec.headers, rec.headers)) &&
			    (!in.has_timestamp || in.rec.timestamp == rec.timestamp) && (in.partition == -1 || in.partition == 3),
			    "%s: %d %s", formats[i], rc, rc < 0 ? e.text : ""))
				break;
		}
		fmt_free(f);
	}
	fmt_input_release(&in);
	buf_release(&out);
}

int
main(void)
{
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	test_writing();
	test_too_wide();
	test_wrong();
	test_reading();
	test_round_trip();
	buf_release(&headers);
	return check_done();
}
