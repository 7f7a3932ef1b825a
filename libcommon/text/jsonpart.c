/*
 * jsonpart.c - strings, base64 objects and headers in JSON (jsonpart.h).
 *
 * A string without a backslash is its own value: it is looked through sixteen
 * bytes at a glance and never copied.
 */
#include "text/jsonpart.h"

#include "codec/record.h"
#include "text/base64.h"
#include "text/hex.h"
#include "text/plainrun.h"
#include "text/utf8.h"

struct slice
jsonbytes_slice(const struct jsonbytes *b, const struct buf *scratch)
{
	if (b->null)
		return SLICE_NULL;
	if (b->p != NULL)
		return SLICE_OF(b->p, b->n);
	return b->n == 0 ? SLICE_OF("", 0) : SLICE_OF(scratch->p + b->at, b->n);
}

/*
 * From *at to the next quote or backslash: 1; 0: the bytes stop first; -1: a
 * control character, or not UTF-8.
 */
static int
run_to_quote(struct slice s, size_t *at)
{
	size_t i = *at, k;

	for (;;) {
		i += plain_run(s.p + i, s.n - i);
		*at = i;
		if (i == s.n)
			return 0;
		if (s.p[i] == '"' || s.p[i] == '\\')
			return 1;
		if (s.p[i] < 0x20)
			return -1;
		while (i < s.n && s.p[i] >= 0x7f) {
			if ((k = utf8_char(s.p + i, s.n - i)) == 0)
				return s.n - i < 4 ? 0 : -1;
			i += k;
		}
	}
}

/* buf_put, without the call where there is room. */
static inline void
put(struct buf *b, const uint8_t *p, size_t n)
{
	if (b->failed || b->p == NULL || b->cap - b->n < n) {
		buf_put(b, p, n);
		return;
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

/* Four digits at p. */
static int
four_hex(const uint8_t *p, uint32_t *v)
{
	int i, d;

	for (*v = 0, i = 0; i < 4; i++) {
		if ((d = hex_digit(p[i])) < 0)
			return -1;
		*v = *v << 4 | (uint32_t)d;
	}
	return 1;
}

/* \uXXXX at *at, and its second half where it is a surrogate. */
static int
unicode_escape(struct slice s, size_t *at, struct buf *scratch)
{
	const uint8_t *p = s.p + *at;
	uint8_t utf8[4];
	uint32_t c, low;

	if (s.n - *at < 6)
		return 0;
	if (four_hex(p + 2, &c) != 1 || (c >= 0xdc00 && c <= 0xdfff))
		return -1;
	*at += 6;
	if (c >= 0xd800 && c <= 0xdbff) {
		if (s.n - *at < 6)
			return 0;
		if (p[6] != '\\' || p[7] != 'u' || four_hex(p + 8, &low) != 1 || low < 0xdc00 || low > 0xdfff)
			return -1;
		*at += 6;
		c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
	}
	buf_put(scratch, utf8, (size_t)(utf8_put(utf8, c) - utf8));
	return 1;
}

static int
escape(struct slice s, size_t *at, struct buf *scratch)
{
	static const uint8_t made[128] = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n',
		['r'] = '\r', ['t'] = '\t' };
	uint8_t c;

	if (s.n - *at < 2)
		return 0;
	c = s.p[*at + 1];
	if (c == 'u')
		return unicode_escape(s, at, scratch);
	if (c >= sizeof(made) || made[c] == 0)
		return -1;
	put(scratch, &made[c], 1);
	*at += 2;
	return 1;
}

int
jsonpart_string(struct slice s, size_t *at, struct buf *scratch, struct jsonbytes *out)
{
	size_t i = *at, from;
	int rc;

	if (i == s.n)
		return 0;
	if (s.p[i] != '"')
		return -1;
	from = ++i;
	if ((rc = run_to_quote(s, &i)) != 1)
		return rc;
	*out = (struct jsonbytes){ .p = s.p + from, .n = i - from };
	if (s.p[i] == '\\') {
		out->p = NULL;
		out->at = scratch->n;
		while (s.p[i] == '\\') {
			put(scratch, s.p + from, i - from);
			if ((rc = escape(s, &i, scratch)) != 1)
				return rc;
			from = i;
			if ((rc = run_to_quote(s, &i)) != 1)
				return rc;
		}
		put(scratch, s.p + from, i - from);
		out->n = scratch->n - out->at;
		if (scratch->failed)
			*out = (struct jsonbytes){ .n = 0 };
	}
	*at = i + 1;
	return 1;
}

/* The text, with blanks before it. */
static int
token(struct slice s, size_t *at, const char *text, size_t n)
{
	size_t left;

	jsonpart_blanks(s, at);
	left = s.n - *at;
	if (memcmp(s.p + *at, text, left < n ? left : n) != 0)
		return -1;
	if (left < n)
		return 0;
	*at += n;
	return 1;
}

/* Behind the brace. */
static int
base64_object(struct slice s, size_t *at, struct buf *scratch, struct jsonbytes *out)
{
	struct jsonbytes text;
	struct slice digits;
	uint8_t *to;
	size_t n;
	int rc;

	if ((rc = token(s, at, "\"base64\"", 8)) != 1 || (rc = token(s, at, ":", 1)) != 1)
		return rc;
	jsonpart_blanks(s, at);
	if ((rc = jsonpart_string(s, at, scratch, &text)) != 1 || (rc = token(s, at, "}", 1)) != 1)
		return rc;
	if ((to = buf_room(scratch, base64_decoded_max(text.n))) == NULL)
		return 1;
	digits = jsonbytes_slice(&text, scratch);
	if (!base64_read(digits, to, &n))
		return -1;
	*out = (struct jsonbytes){ .at = scratch->n, .n = n };
	scratch->n += n;
	return 1;
}

int
jsonpart_bytes(struct slice s, size_t *at, struct buf *scratch, struct jsonbytes *out)
{
	*out = (struct jsonbytes){ .null = true };
	if (*at == s.n)
		return 0;
	if (s.p[*at] == '"')
		return jsonpart_string(s, at, scratch, out);
	if (s.p[*at] == 'n')
		return token(s, at, "null", 4);
	if (s.p[*at] != '{')
		return -1;
	++*at;
	out->null = false;
	return base64_object(s, at, scratch, out);
}

/* [name, value], behind the bracket. */
static int
header(struct slice s, size_t *at, struct buf *scratch, struct buf *headers)
{
	struct jsonbytes name, value;
	struct header h;
	int rc;

	jsonpart_blanks(s, at);
	if ((rc = jsonpart_bytes(s, at, scratch, &name)) != 1)
		return rc;
	if (name.null)
		return -1;
	if ((rc = token(s, at, ",", 1)) != 1)
		return rc;
	jsonpart_blanks(s, at);
	if ((rc = jsonpart_bytes(s, at, scratch, &value)) != 1 || (rc = token(s, at, "]", 1)) != 1)
		return rc;
	if (!scratch->failed) {
		h.name = jsonbytes_slice(&name, scratch);
		h.value = jsonbytes_slice(&value, scratch);
		headers_add(headers, &h);
	}
	return 1;
}

int
jsonpart_headers(struct slice s, size_t *at, struct buf *scratch, struct buf *headers, int32_t *count)
{
	size_t kept = scratch->n;
	int rc;

	*count = 0;
	if ((rc = token(s, at, "[", 1)) != 1)
		return rc;
	jsonpart_blanks(s, at);
	if (*at < s.n && s.p[*at] == ']') {
		++*at;
		return 1;
	}
	for (;;) {
		if ((rc = token(s, at, "[", 1)) != 1 || (rc = header(s, at, scratch, headers)) != 1)
			return rc;
		scratch->n = kept;	/* the header was copied */
		++*count;
		jsonpart_blanks(s, at);
		if (*at == s.n)
			return 0;
		if (s.p[*at] == ']') {
			++*at;
			return 1;
		}
		if (s.p[(*at)++] != ',')
			return -1;
	}
}
