/*
 * json_read.c - a line of JSON as a record (json.h).
 *
 * The form that json_write makes is read here, name by name in its order;
 * whatever is not exactly that, wrong or right, is left to the module, so
 * that there is one judge of JSON and one place that words its errors.  What
 * is taken here the module would take with the same result (t/fuzz/json.c).
 */
#include <stdlib.h>

#include "base/module.h"
#include "text/json.h"
#include "text/jsonin.h"
#include "text/jsonpart.h"

struct json_reader {
	const struct jsonin_ops *module;
};

struct json_reader *
json_reader_new(void)
{
	return calloc(1, sizeof(struct json_reader));
}

void
json_reader_free(struct json_reader *r)
{
	free(r);
}

/* Exactly this text. */
static inline bool
is(struct slice s, size_t *at, const char *text, size_t n)
{
	if (s.n - *at < n || memcmp(s.p + *at, text, n) != 0)
		return false;
	*at += n;
	return true;
}
#define IS(s, at, text)	is(s, at, text, sizeof(text) - 1)

/* A whole number as JSON writes it; 18 digits are as far as this goes. */
static inline bool
whole(struct slice s, size_t *at, int64_t *out)
{
	size_t i = *at, from;
	bool minus = i < s.n && s.p[i] == '-';
	int64_t v = 0;

	i += minus;
	for (from = i; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		if (i - from == 18)
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	if (i == from || (s.p[from] == '0' && (minus || i - from > 1)))
		return false;
	*out = minus ? -v : v;
	*at = i;
	return true;
}

/* The names before the key. */
static bool
read_place(struct slice s, size_t *at, struct fmt_input *in)
{
	struct jsonbytes aside;
	int64_t partition, offset;

	if (!IS(s, at, "{\"topic\":") || jsonpart_string(s, at, &in->scratch, &aside) != 1 ||
	    !IS(s, at, ",\"partition\":") || !whole(s, at, &partition) || partition < 0 || partition > INT32_MAX ||
	    !IS(s, at, ",\"offset\":") || !whole(s, at, &offset) ||
	    !IS(s, at, ",\"timestamp\":") || !whole(s, at, &in->rec.timestamp) ||
	    !IS(s, at, ",\"timestampType\":") || jsonpart_string(s, at, &in->scratch, &aside) != 1)
		return false;
	in->partition = (int32_t)partition;
	in->has_timestamp = true;
	return true;
}

static bool
read_direct(struct slice s, struct fmt_input *in)
{
	struct jsonbytes key, value;
	size_t at = 0;

	if (!read_place(s, &at, in) ||
	    !IS(s, &at, ",\"key\":") || jsonpart_bytes(s, &at, &in->scratch, &key) != 1 ||
	    !IS(s, &at, ",\"value\":") || jsonpart_bytes(s, &at, &in->scratch, &value) != 1 ||
	    !IS(s, &at, ",\"headers\":") ||
	    jsonpart_headers(s, &at, &in->scratch, &in->headers, &in->rec.header_count) != 1 ||
	    !IS(s, &at, "}") || at != s.n || in->scratch.failed || in->headers.failed)
		return false;
	in->rec.key = jsonbytes_slice(&key, &in->scratch);
	in->rec.value = jsonbytes_slice(&value, &in->scratch);
	in->rec.headers = buf_slice(&in->headers);
	return true;
}

int
json_read(struct json_reader *r, struct slice line, struct fmt_input *in, struct err *e)
{
	fmt_input_clear(in);
	if (line.n > 0 && read_direct(line, in))
		return 0;
	fmt_input_clear(in);
	if (r->module == NULL && (r->module = module_load("jsonin", e)) == NULL)
		return -ERR_ABSENT;
	return r->module->read(line, in, e);
}
