/*
 * A line of JSON: what is taken is taken by the module too, with the same
 * result, and is written, and read back is the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/module.h"
#include "text/json.h"
#include "text/jsonin.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
same(const struct record *a, const struct record *b)
{
	return slice_eq(a->key, b->key) && slice_eq(a->value, b->value) && a->header_count == b->header_count &&
	    a->headers.n == b->headers.n && (a->headers.n == 0 || memcmp(a->headers.p, b->headers.p, a->headers.n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct fmt_input one = FMT_INPUT_INIT, two = FMT_INPUT_INIT;
	static struct json_reader *r;		/* one, so that the module is loaded once */
	static const struct jsonin_ops *module;
	struct buf line = BUF_INIT;
	struct where place = { .topic = "t", .partition = 3 };
	struct err e = ERR_INIT;
	int rc;

	if (r == NULL && (r = json_reader_new()) == NULL)
		return 0;
	rc = json_read(r, SLICE_OF(data, n), &one, &e);
	if (module == NULL && (module = module_load("jsonin", &e)) == NULL)
		abort();
	fmt_input_clear(&two);
	if (module->read(SLICE_OF(data, n), &two, &e) != rc ||
	    (rc == 0 && (!same(&one.rec, &two.rec) || one.partition != two.partition ||
	    one.has_timestamp != two.has_timestamp || one.rec.timestamp != two.rec.timestamp)))
		abort();
	if (rc == 0) {
		buf_clear(&line);
		json_write(&place, &one.rec, &line);
		if (line.n == 0 || line.p[line.n - 1] != '\n' || memchr(line.p, '\n', line.n - 1) != NULL ||
		    json_read(r, SLICE_OF(line.p, line.n - 1), &two, &e) != 0 || !same(&one.rec, &two.rec))
			abort();
	}
	buf_release(&line);
	fmt_input_release(&one);
	fmt_input_release(&two);
	return 0;
}
