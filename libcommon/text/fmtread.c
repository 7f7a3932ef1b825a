/*
 * fmtread.c - one record of input by a compiled format (fmt.h).
 *
 * Every step takes its field from the front of what is left: 1, it did; 0,
 * the bytes stop inside of it; negative, it does not match.  At the end of
 * input the second becomes the third.
 */
#include <inttypes.h>
#include <time.h>

#include "text/base64.h"
#include "text/decimal.h"
#include "text/fmtdate.h"
#include "text/fmtop.h"
#include "text/hex.h"
#include "text/isotime.h"
#include "text/jsonpart.h"

#define NO_LENGTH	INT64_MIN

struct field {				/* a key or a value */
	struct jsonbytes bytes;
	int64_t length;			/* what was said, or NO_LENGTH */
	bool there;
};

struct reading {
	const struct fmt_op *op, *literal;	/* the literal behind, or NULL */
	struct slice in;
	size_t at;
	struct fmt_input *out;
	struct field key, value;
	int64_t header_count;		/* what was said, or NO_LENGTH */
	bool headers;
	struct err *e;
};

static int
mismatch(struct reading *r, size_t at, const char *why)
{
	return err_set(r->e, ERR_INVALID, "byte %zu of the record: %s", at + 1, why);
}

static int
no_field(struct reading *r, const char *what)
{
	return err_set(r->e, ERR_INVALID, "byte %zu of the record, '%%%c': %s", r->at + 1, fmt_letter(r->op->what), what);
}

static int
read_literal(struct reading *r)
{
	struct slice text = r->op->text;
	size_t i, left = r->in.n - r->at;

	for (i = 0; i < text.n && i < left; i++)
		if (r->in.p[r->at + i] != text.p[i])
			return mismatch(r, r->at + i, "not the text that the format has there");
	if (left < text.n)
		return 0;
	r->at += text.n;
	return 1;
}

/* Up to the first occurrence of the literal behind. */
static int
until_literal(struct reading *r, struct slice *out)
{
	const uint8_t *from = r->in.p + r->at;
	struct slice text = r->literal->text;
	const uint8_t *found = memmem(from, r->in.n - r->at, text.p, text.n);

	if (found == NULL)
		return 0;
	*out = SLICE_OF(from, found - from);
	r->at += out->n;
	return 1;
}

static int
read_binary(struct reading *r, int64_t *v)
{
	static const size_t widths[] = { [FMT_I8] = 1, [FMT_I16] = 2, [FMT_I32] = 4, [FMT_I64] = 8, [FMT_LE32] = 4 };
	size_t i, n = widths[r->op->how];
	const uint8_t *p = r->in.p + r->at;
	uint64_t u = 0;

	if (r->in.n - r->at < n)
		return 0;
	for (i = 0; i < n; i++)
		u = u << 8 | p[r->op->how == FMT_LE32 ? n - 1 - i : i];
	*v = (int64_t)(u << (64 - 8 * n)) >> (64 - 8 * n);
	r->at += n;
	return 1;
}

static int
read_number(struct reading *r, int64_t min, int64_t max, int64_t *v)
{
	const uint8_t *p = r->in.p;
	size_t i = r->at;
	int rc;

	if (fmt_is_binary(r->op->how)) {
		if ((rc = read_binary(r, v)) != 1)
			return rc;
	} else {
		if (i < r->in.n && p[i] == '-')
			i++;
		while (i < r->in.n && p[i] >= '0' && p[i] <= '9')
			i++;
		if (i == r->in.n && i - r->at <= DECIMAL_MAX)
			return 0;
		if (i == r->at + (p[r->at] == '-'))
			return no_field(r, "not a number");
		if (!decimal_read(SLICE_OF(p + r->at, i - r->at), v))
			return no_field(r, "the number is out of range");
		r->at = i;
	}
	if (*v < min || *v > max)
		return err_set(r->e, ERR_INVALID, "byte %zu of the record, '%%%c': %" PRId64 " is out of range", r->at,
		    fmt_letter(r->op->what), *v);
	return 1;
}

static int
read_timestamp(struct reading *r)
{
	struct slice left = SLICE_OF(r->in.p + r->at, r->in.n - r->at);
	int64_t *ms = &r->out->rec.timestamp;
	size_t used = 0;
	int rc;

	r->out->has_timestamp = true;
	if (r->op->how != FMT_ISO && r->op->how != FMT_STRFTIME)
		return read_number(r, INT64_MIN, INT64_MAX, ms);
	/* "-1" and nothing a number goes on with: a record without a timestamp */
	if (left.n >= 3 && memcmp(left.p, "-1", 2) == 0 && (left.p[2] < '0' || left.p[2] > '9')) {
		*ms = TIMESTAMP_NONE;
		r->at += 2;
		return 1;
	}
	if (left.n > 0 && left.n < 3 && left.p[0] == '-')
		return 0;
	rc = r->op->how == FMT_ISO ? isotime_read(left, &used, ms) : fmtdate_read(r->op->text, left, &used, ms);
	if (rc < 0)
		return no_field(r, r->op->how == FMT_ISO ? "not a time such as 2023-11-14T22:13:20.000Z" :
		    "not a time by the pattern");
	r->at += used;
	return rc;
}

/* Text that stands for bytes, where its extent is known. */
static int
decode(struct reading *r, struct slice text, struct field *f)
{
	struct buf *scratch = &r->out->scratch;
	size_t n = text.n / 2;
	uint8_t *to;

	if (r->op->how == FMT_TEXT) {
		f->bytes = (struct jsonbytes){ .p = text.p, .n = text.n };
		return 1;
	}
	if ((to = buf_room(scratch, text.n + 1)) == NULL)
		return 1;
	if (r->op->how == FMT_HEX ? !hex_read(text, to) : !base64_read(text, to, &n)) {
		r->at -= text.n;
		return no_field(r, r->op->how == FMT_HEX ? "not pairs of hexadecimal digits" : "not base64");
	}
	f->bytes = (struct jsonbytes){ .at = scratch->n, .n = n };
	scratch->n += n;
	return 1;
}

/* Is the text of {null=TEXT} next?  1, and it is taken; 0: it may be; -1: no. */
static int
null_text(struct reading *r)
{
	struct slice null = r->op->null;
	size_t left = r->in.n - r->at;

	if (memcmp(r->in.p + r->at, null.p, left < null.n ? left : null.n) != 0)
		return -1;
	if (left < null.n)
		return 0;
	r->at += null.n;
	return 1;
}

/* Bytes whose length was said. */
static int
read_sized(struct reading *r, struct field *f)
{
	size_t n = (size_t)f->length, from = r->at;
	int rc;

	if (f->length < 0) {
		f->bytes.null = true;
		if (!r->op->has_null)
			return 1;
		rc = null_text(r);
		return rc < 0 ? no_field(r, "NULL by its length, but the text is another") : rc;
	}
	if (r->op->how == FMT_HEX)
		n *= 2;
	else if (r->op->how == FMT_BASE64)
		n = base64_size(n);
	if (r->in.n - r->at < n)
		return 0;
	r->at += n;
	return decode(r, SLICE_OF(r->in.p + from, n), f);
}

static int
read_json(struct reading *r, struct field *f)
{
	int rc;

	if (r->op->has_null && f->length < 0) {
		if ((rc = null_text(r)) >= 0) {
			f->bytes.null = true;
			return rc;
		}
	}
	rc = jsonpart_bytes(r->in, &r->at, &r->out->scratch, &f->bytes);
	return rc < 0 ? no_field(r, "not a JSON string, null or {\"base64\":\"...\"}") : rc;
}

static int
read_bytes(struct reading *r, struct field *f)
{
	struct slice text;
	int rc;

	f->there = true;
	if (r->op->how == FMT_JSON)
		return read_json(r, f);
	if (r->op->sized)
		return read_sized(r, f);
	if ((rc = until_literal(r, &text)) != 1)
		return rc;
	if (r->op->has_null && slice_eq(text, r->op->null)) {
		f->bytes.null = true;
		return 1;
	}
	return decode(r, text, f);
}

static int
read_op(struct reading *r)
{
	struct slice aside;
	int64_t v;
	int rc;

	switch (r->op->what) {
	case FMT_LITERAL:
		return read_literal(r);
	case FMT_KEY:
		return read_bytes(r, &r->key);
	case FMT_VALUE:
		return read_bytes(r, &r->value);
	case FMT_KEY_LENGTH:
		return read_number(r, -1, INT32_MAX, &r->key.length);
	case FMT_VALUE_LENGTH:
		return read_number(r, -1, INT32_MAX, &r->value.length);
	case FMT_TOPIC:
		return until_literal(r, &aside);
	case FMT_PARTITION:
		if ((rc = read_number(r, 0, INT32_MAX, &v)) == 1)
			r->out->partition = (int32_t)v;
		return rc;
	case FMT_OFFSET:
		return read_number(r, INT64_MIN, INT64_MAX, &v);
	case FMT_TIMESTAMP:
		return read_timestamp(r);
	case FMT_HEADERS:
		r->headers = true;
		rc = jsonpart_headers(r->in, &r->at, &r->out->scratch, &r->out->headers, &r->out->rec.header_count);
		return rc < 0 ? no_field(r, "not headers as [[\"name\",\"value\"],...]") : rc;
	case FMT_HEADER_COUNT:
		return read_number(r, 0, INT32_MAX, &r->header_count);
	case FMT_WHATS:
		break;
	}
	return 1;
}

/* The bytes of a field, compared with the length that was said, wherever. */
static int
settle(struct reading *r, const struct field *f, char letter, struct slice *out)
{
	int64_t n;

	*out = f->there ? jsonbytes_slice(&f->bytes, &r->out->scratch) : SLICE_NULL;
	if (f->length == NO_LENGTH || !f->there)
		return 1;
	if (f->length == -1 && out->n == 0)
		*out = SLICE_NULL;
	n = out->p == NULL ? -1 : (int64_t)out->n;
	if (f->length != n)
		return err_set(r->e, ERR_INVALID, "'%%%c' says %" PRId64 ", but it is %" PRId64, letter, f->length, n);
	return 1;
}

static int
finish(struct reading *r)
{
	struct record *rec = &r->out->rec;
	int rc;

	if (r->out->scratch.failed || r->out->headers.failed)
		return err_set(r->e, ERR_NOMEM, "no memory for a record of input");
	if ((rc = settle(r, &r->key, 'K', &rec->key)) != 1 || (rc = settle(r, &r->value, 'V', &rec->value)) != 1)
		return rc;
	rec->headers = buf_slice(&r->out->headers);
	if (r->headers && r->header_count != NO_LENGTH && r->header_count != rec->header_count)
		return err_set(r->e, ERR_INVALID, "'%%H' says %" PRId64 " headers, but there are %d", r->header_count,
		    rec->header_count);
	return 1;
}

int
fmt_read(const struct fmt *f, struct slice bytes, bool at_end, size_t *used, struct fmt_input *in, struct err *e)
{
	struct reading r = { .in = bytes, .out = in, .e = e, .key.length = NO_LENGTH, .value.length = NO_LENGTH,
		.header_count = NO_LENGTH };
	size_t i;
	int rc;

	fmt_input_clear(in);
	for (i = 0; i < f->n; i++) {
		r.op = &f->ops[i];
		r.literal = i + 1 < f->n && f->ops[i + 1].what == FMT_LITERAL ? &f->ops[i + 1] : NULL;
		rc = read_op(&r);
		if (rc == 0 && at_end)
			return err_set(e, ERR_INVALID, "byte %zu of the record: the input ends within it", bytes.n + 1);
		if (rc != 1)
			return rc;
	}
	if ((rc = finish(&r)) == 1)
		*used = r.at;
	return rc;
}
