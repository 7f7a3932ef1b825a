/*
 * A format string (the first line) and input for it (the rest): compiled for
 * writing and for reading; what is read in one piece is read the same when the
 * bytes come one by one, and what is written from it is read back.
 */
#include <stdlib.h>
#include <string.h>

#include "text/fmt.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
same(const struct fmt_input *a, const struct fmt_input *b)
{
	return slice_eq(a->rec.key, b->rec.key) && slice_eq(a->rec.value, b->rec.value) && a->partition == b->partition &&
	    a->has_timestamp == b->has_timestamp && a->rec.header_count == b->rec.header_count;
}

static void
read_it(const struct fmt *f, struct slice bytes)
{
	struct fmt_input whole = FMT_INPUT_INIT, parts = FMT_INPUT_INIT;
	size_t used = 0, used2 = 0, n;
	int rc, rc2 = 0;

	rc = fmt_read(f, bytes, true, &used, &whole, NULL);
	if (rc == 1 && used > bytes.n)
		abort();
	for (n = 0; n <= bytes.n && rc2 == 0; n++)
		rc2 = fmt_read(f, SLICE_OF(bytes.p, n), n == bytes.n, &used2, &parts, NULL);
	if ((rc == 1) != (rc2 == 1) || (rc == 1 && (used != used2 || !same(&whole, &parts))))
		abort();
	fmt_input_release(&whole);
	fmt_input_release(&parts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct where place = { .topic = "t", .partition = 3 };
	const uint8_t *nl = n == 0 ? NULL : memchr(data, '\n', n < 200 ? n : 200);
	struct record rec = RECORD_INIT;
	struct buf out = BUF_INIT;
	struct fmt *f;
	char *text;
	size_t rest;

	if (nl == NULL || memchr(data, 0, (size_t)(nl - data)) != NULL)
		return 0;
	text = strndup((const char *)data, (size_t)(nl - data));
	rest = n - (size_t)(nl + 1 - data);
	rec.offset = 7;
	rec.timestamp = 1700000000123;
	rec.value = SLICE_OF(nl + 1, rest);
	rec.key = rest > 3 ? SLICE_OF(nl + 1, 3) : SLICE_NULL;
	if (fmt_compile(&f, text, FMT_WRITE, NULL) == 0) {
		fmt_write(f, &place, &rec, &out, NULL);
		fmt_free(f);
	}
	if (rest <= 512 && fmt_compile(&f, text, FMT_READ, NULL) == 0) {
		read_it(f, SLICE_OF(nl + 1, rest));
		if (out.n <= 512)
			read_it(f, SLICE_OF(out.p == NULL ? (const uint8_t *)"" : out.p, out.n));
		fmt_free(f);
	}
	buf_release(&out);
	free(text);
	return 0;
}
