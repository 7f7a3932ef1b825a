/*
 * text_bench - what the forms of a record cost, in memory: million records of
 * 100-byte values a second and nanoseconds a record, best of five.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "text/fmt.h"
#include "text/json.h"

#define RECORDS		200000
#define VALUE		100

static struct record recs[RECORDS];
static uint8_t values[RECORDS][VALUE];
static const struct where here = { .topic = "bench", .partition = 0 };

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Five times; the best. */
static void
show(const char *what, void (*turn)(void *), void *arg)
{
	double best = 1e9, t;
	int i;

	for (i = 0; i < 5; i++) {
		t = now();
		turn(arg);
		t = now() - t;
		best = t < best ? t : best;
	}
	printf("%-44s %7.2f M/s %8.1f ns\n", what, RECORDS / best / 1e6, best / RECORDS * 1e9);
}

struct job {
	struct buf out;			/* all records, written */
	struct fmt *f;
	struct json_reader *json;
};

static void
write_json(void *arg)
{
	struct job *j = arg;
	int i;

	for (buf_clear(&j->out), i = 0; i < RECORDS; i++)
		json_write(&here, &recs[i], &j->out);
}

static void
write_fmt(void *arg)
{
	struct job *j = arg;
	int i;

	for (buf_clear(&j->out), i = 0; i < RECORDS; i++)
		if (fmt_write(j->f, &here, &recs[i], &j->out, NULL) != 0)
			errx(1, "fmt_write");
}

static void
read_json(void *arg)
{
	struct job *j = arg;
	struct fmt_input in = FMT_INPUT_INIT;
	struct err e = ERR_INIT;
	const uint8_t *p = j->out.p, *end = p + j->out.n, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (json_read(j->json, SLICE_OF(p, nl - p), &in, &e) != 0)
			errx(1, "json_read: %s", e.text);
	}
	fmt_input_release(&in);
}

static void
read_fmt(void *arg)
{
	struct job *j = arg;
	struct fmt_input in = FMT_INPUT_INIT;
	struct slice left = buf_slice(&j->out);
	struct err e = ERR_INIT;
	size_t used;

	for (; left.n > 0; left = SLICE_OF(left.p + used, left.n - used))
		if (fmt_read(j->f, left, true, &used, &in, &e) != 1)
			errx(1, "fmt_read: %s", e.text);
	fmt_input_release(&in);
}

/* The lines with another brace at their beginning. */
static void
respell(struct buf *lines, const char *brace)
{
	struct buf other = BUF_INIT;
	const uint8_t *p = lines->p, *end = p + lines->n, *nl;

	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		buf_puts(&other, brace);
		/* an escape in the first name takes its place */
		buf_put(&other, p + (brace[1] == '"' ? 3 : 1), (size_t)(nl - p) - (brace[1] == '"' ? 2 : 0));
	}
	buf_release(lines);
	*lines = other;
}

static void
fill(const char *text)
{
	size_t i, k, n = strlen(text);

	for (i = 0; i < RECORDS; i++) {
		for (k = 0; k < VALUE; k++)
			values[i][k] = (uint8_t)text[(i * 7 + k) % n];
		recs[i] = (struct record){ .offset = (int64_t)i, .timestamp = 1700000000000 + (int64_t)i / 100,
			.value = SLICE_OF(values[i], VALUE) };
	}
}

static void
formats(struct job *j)
{
	static const char *const list[] = { "%v\\n", "%p:%o %k=%v\\n", "%K{i32}%k%V{i32}%v", "%T{iso} %v\\n", "%T{%F %T %z} %v\\n",
		"%v{base64}\\n" };
	char what[64];
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct err e = ERR_INIT;

		if (fmt_compile(&j->f, list[i], FMT_READ, &e) != 0)
			errx(1, "%s", e.text);
		snprintf(what, sizeof(what), "-F '%s' out", list[i]);
		show(what, write_fmt, j);
		snprintf(what, sizeof(what), "-F '%s' in", list[i]);
		show(what, read_fmt, j);
		fmt_free(j->f);
	}
}

int
main(void)
{
	struct job j = { .out = BUF_INIT, .json = json_reader_new() };

	fill("Nov 14 22:13:20 host app[977]: a line as it stands in a log, of words and numbers 1234; ");
	show("JSON out", write_json, &j);
	show("JSON in, as written", read_json, &j);
	respell(&j.out, "{ ");
	show("JSON in, with blanks", read_json, &j);
	write_json(&j);
	respell(&j.out, "{\"\\u0074");
	show("JSON in, through jansson", read_json, &j);
	formats(&j);
	fill("{\"level\":\"info\",\"path\":\"C:\\\\\",\"n\":1}\t");
	show("JSON out, JSON values", write_json, &j);
	show("JSON in, JSON values", read_json, &j);
	fill("\xd0\xb6\xd1\x83\xd1\x80\xd0\xbd\xd0\xb0\xd0\xbb ");	/* may be cut within a character: base64 */
	show("JSON out, Cyrillic and base64", write_json, &j);
	show("JSON in, Cyrillic and base64", read_json, &j);
	fill("\xff\xfe\xfd");
	show("JSON out, base64", write_json, &j);
	show("JSON in, base64", read_json, &j);
	buf_release(&j.out);
	json_reader_free(j.json);
	return 0;
}
