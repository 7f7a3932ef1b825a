/*
 * json_write.c - a record as one line of JSON (json.h).
 *
 * A string is written in one pass, in the hope that it is UTF-8; where it
 * turns out not to be, what was written is taken back and base64 stands in
 * its place.
 */
#include "text/base64.h"
#include "text/decimal.h"
#include "text/json.h"
#include "text/plainrun.h"
#include "text/utf8.h"

#define ESCAPE_MAX	6		/* \u001f */
#define SPARE		(ESCAPE_MAX + 2)	/* an escape and the closing quote */

/* Appends constant text at o, which has room. */
#define PUT(o, text)	(memcpy((o), (text), sizeof(text) - 1), (o) + sizeof(text) - 1)

/* A control character. */
static uint8_t *
escape(uint8_t *o, unsigned c)
{
	static const char digits[] = "0123456789abcdef", shorts[] = "btn\0fr";

	*o++ = '\\';
	if (c >= '\b' && c <= '\r' && shorts[c - '\b'] != '\0') {
		*o++ = (uint8_t)shorts[c - '\b'];
		return o;
	}
	o = PUT(o, "u00");
	*o++ = (uint8_t)digits[c >> 4];
	*o++ = (uint8_t)digits[c & 15];
	return o;
}

/*
 * Writes the characters beyond ASCII at *p, and moves it; NULL: one that is
 * not UTF-8.  A character is never longer than its source but for U+0080 to
 * U+009F: of those one, and the caller looks for room again.
 */
static uint8_t *
beyond_ascii(uint8_t *o, const uint8_t **p, const uint8_t *end)
{
	const uint8_t *s = *p;
	size_t k;

	while (s < end && *s >= 0x80) {
		if ((k = utf8_char(s, (size_t)(end - s))) == 0)
			return NULL;
		if (utf8_c1(s, k)) {
			o = escape(o, s[1]);
			s += k;
			break;
		}
		memcpy(o, s, k);
		o += k;
		s += k;
	}
	*p = s;
	return o;
}

static void
put_base64(struct slice s, struct buf *out)
{
	buf_put(out, "{\"base64\":\"", 11);
	base64_write(s, out);
	buf_put(out, "\"}", 2);
}

void
json_bytes(struct slice s, struct buf *out)
{
	const uint8_t *p = s.p, *end;
	size_t start = out->n;
	uint8_t *o;

	if (p == NULL) {
		buf_put(out, "null", 4);
		return;
	}
	end = p + s.n;
	if ((o = buf_room(out, s.n + SPARE)) == NULL)
		return;
	*o++ = '"';
	for (;;) {
		size_t run = plain_copy(o, p, (size_t)(end - p));

		o += run;
		p += run;
		if (p == end)
			break;
		/* room for this escape and for the rest as it is */
		if ((size_t)(out->p + out->cap - o) < (size_t)(end - p) + SPARE) {
			out->n = (size_t)(o - out->p);
			if ((o = buf_room(out, (size_t)(end - p) * 2 + SPARE)) == NULL)
				return;
		}
		if (*p == '"' || *p == '\\') {
			*o++ = '\\';
			*o++ = *p++;
		} else if (*p < 0x80)
			o = escape(o, *p++);
		else if ((o = beyond_ascii(o, &p, end)) == NULL) {
			out->n = start;
			put_base64(s, out);
			return;
		}
	}
	*o++ = '"';
	out->n = (size_t)(o - out->p);
}

void
json_str(const char *s, struct buf *out)
{
	json_bytes(slice_str(s), out);
}

void
json_headers(const struct record *rec, struct buf *out)
{
	struct rd r = headers_rd(rec);
	struct header h;
	int separator = '[';

	if (rec->header_count <= 0) {
		buf_put(out, "[]", 2);
		return;
	}
	while (header_next(&r, &h) == 1) {
		buf_putc(out, separator);
		separator = ',';
		buf_putc(out, '[');
		json_bytes(h.name, out);
		buf_putc(out, ',');
		json_bytes(h.value, out);
		buf_putc(out, ']');
	}
	if (separator == '[')
		buf_putc(out, '[');
	buf_putc(out, ']');
}

void
json_write(const struct where *w, const struct record *rec, struct buf *out)
{
	struct slice topic = slice_str(w->topic);
	uint8_t *o;

	if (buf_room(out, topic.n + rec->key.n + rec->value.n + rec->headers.n + 256) == NULL)
		return;
	buf_put(out, "{\"topic\":", 9);
	json_bytes(topic, out);
	if ((o = buf_room(out, 160)) == NULL)
		return;
	o = PUT(o, ",\"partition\":");
	o = decimal_put(o, w->partition);
	o = PUT(o, ",\"offset\":");
	o = decimal_put(o, rec->offset);
	o = PUT(o, ",\"timestamp\":");
	o = decimal_put(o, rec->timestamp);
	if (rec->timestamp_type == TIMESTAMP_CREATE)
		o = PUT(o, ",\"timestampType\":\"CreateTime\",\"key\":");
	else
		o = PUT(o, ",\"timestampType\":\"LogAppendTime\",\"key\":");
	out->n = (size_t)(o - out->p);
	json_bytes(rec->key, out);
	buf_put(out, ",\"value\":", 9);
	json_bytes(rec->value, out);
	buf_put(out, ",\"headers\":", 11);
	json_headers(rec, out);
	buf_put(out, "}\n", 2);
}
