/*
 * fmtwrite.c - a record by a compiled format (fmt.h).
 */
#include <time.h>

#include "text/base64.h"
#include "text/decimal.h"
#include "text/fmtop.h"
#include "text/hex.h"
#include "text/isotime.h"
#include "text/json.h"

static const struct { size_t bytes; int64_t most; } widths[] = {
	[FMT_I8] = { 1, INT8_MAX }, [FMT_I16] = { 2, INT16_MAX }, [FMT_I32] = { 4, INT32_MAX },
	[FMT_I64] = { 8, INT64_MAX }, [FMT_LE32] = { 4, INT32_MAX },
};

static int
put_binary(const struct fmt_op *op, int64_t v, struct buf *out, struct err *e)
{
	int64_t most = widths[op->how].most;
	uint64_t u = (uint64_t)v;
	size_t i, n = widths[op->how].bytes;
	uint8_t *o;

	if (v > most || v < -most - 1)
		return err_set(e, ERR_RANGE, "'%%%c': %lld does not fit %zu byte%s", fmt_letter(op->what), (long long)v,
		    n, n == 1 ? "" : "s");
	if ((o = buf_room(out, n)) == NULL)
		return 0;
	for (i = 0; i < n; i++)
		o[op->how == FMT_LE32 ? i : n - 1 - i] = (uint8_t)(u >> 8 * i);
	out->n += n;
	return 0;
}

void
fmt_strftime(const struct fmt_op *op, int64_t ms, struct buf *out)
{
	/* towards the past: -1 ms is in the second before 1970 */
	time_t seconds = ms >= 0 ? ms / 1000 : -((-(ms + 1)) / 1000) - 1;
	struct tm tm;
	uint8_t *o;
	size_t n;

	if ((o = buf_room(out, FMT_STRFTIME_MAX)) == NULL || localtime_r(&seconds, &tm) == NULL)
		return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n = strftime((char *)o, FMT_STRFTIME_MAX, (const char *)op->text.p, &tm);
#pragma GCC diagnostic pop
	if (n > 0)
		out->n += n - 1;	/* without the blank at its end */
	else
		out->failed = true;
}

static int
put_number(const struct fmt_op *op, int64_t v, struct buf *out, struct err *e)
{
	uint8_t *o;

	if (fmt_is_binary(op->how))
		return put_binary(op, v, out, e);
	if ((o = buf_room(out, DECIMAL_MAX)) != NULL)
		out->n = (size_t)(decimal_put(o, v) - out->p);
	return 0;
}

static int
put_timestamp(const struct fmt_op *op, int64_t ms, struct buf *out, struct err *e)
{
	uint8_t *o;

	if (ms == TIMESTAMP_NONE || (op->how != FMT_ISO && op->how != FMT_STRFTIME))
		return put_number(op, ms, out, e);
	if (op->how == FMT_STRFTIME)
		fmt_strftime(op, ms, out);
	else if ((o = buf_room(out, ISOTIME_MAX)) != NULL)
		out->n = (size_t)(isotime_put(o, ms) - out->p);
	return 0;
}

static void
put_bytes(const struct fmt_op *op, struct slice s, struct buf *out)
{
	if (s.p == NULL && op->has_null) {
		buf_put(out, op->null.p, op->null.n);
		return;
	}
	if (op->how == FMT_JSON)
		json_bytes(s, out);
	else if (s.p == NULL)
		return;
	else if (op->how == FMT_TEXT)
		buf_put(out, s.p, s.n);
	else if (op->how == FMT_HEX)
		hex_write(s, out);
	else
		base64_write(s, out);
}

static inline int64_t
length(struct slice s)
{
	return s.p == NULL ? -1 : (int64_t)s.n;
}

static inline int
put_op(const struct fmt_op *op, const struct where *w, const struct record *rec, struct buf *out, struct err *e)
{
	switch (op->what) {
	case FMT_LITERAL:
		buf_put(out, op->text.p, op->text.n);
		return 0;
	case FMT_KEY:
		put_bytes(op, rec->key, out);
		return 0;
	case FMT_VALUE:
		put_bytes(op, rec->value, out);
		return 0;
	case FMT_KEY_LENGTH:
		return put_number(op, length(rec->key), out, e);
	case FMT_VALUE_LENGTH:
		return put_number(op, length(rec->value), out, e);
	case FMT_TOPIC:
		buf_puts(out, w->topic);
		return 0;
	case FMT_PARTITION:
		return put_number(op, w->partition, out, e);
	case FMT_OFFSET:
		return put_number(op, rec->offset, out, e);
	case FMT_TIMESTAMP:
		return put_timestamp(op, rec->timestamp, out, e);
	case FMT_HEADERS:
		json_headers(rec, out);
		return 0;
	case FMT_HEADER_COUNT:
		return put_number(op, rec->header_count, out, e);
	case FMT_WHATS:
		break;
	}
	return 0;
}

int
fmt_write(const struct fmt *f, const struct where *w, const struct record *rec, struct buf *out, struct err *e)
{
	size_t i, start = out->n;
	int rc;

	for (i = 0; i < f->n; i++)
		if ((rc = put_op(&f->ops[i], w, rec, out, e)) != 0) {
			out->n = start;
			return rc;
		}
	return 0;
}
