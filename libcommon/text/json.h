/*
 * json.h - a record as one line of JSON, and back (plog-format(7)).
 *
 *	{"topic":"t","partition":0,"offset":7,"timestamp":1700000000000,
 *	 "timestampType":"CreateTime","key":"k","value":"v","headers":[["n","v"]]}
 *
 * Every line written is valid UTF-8 JSON whatever the bytes: bytes that are
 * not UTF-8 are {"base64":"..."}, U+0000 is \u0000, NULL is null.
 *
 * Lines in the very form that json_write makes are read directly; any other
 * form goes through jansson (module jsonin), with the same result.
 */
#ifndef TEXT_JSON_H
#define TEXT_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "codec/record.h"
#include "text/fmt.h"

/* Appends the line with its newline. */
void json_write(const struct where *, const struct record *, struct buf *);
/* Appends the headers as the JSON array [["n","v"],["n",null]]. */
void json_headers(const struct record *, struct buf *);
/* Appends bytes as a JSON string, or {"base64":...}; null for NULL. */
void json_bytes(struct slice, struct buf *);
/* Appends a C string of valid UTF-8 as a JSON string (for tables and metrics). */
void json_str(const char *, struct buf *);

struct json_reader;			/* keeps buffers between lines; the module when it was needed */

struct json_reader *json_reader_new(void);	/* NULL: no memory */
void json_reader_free(struct json_reader *);
/*
 * One line without its newline.  The result points into the line or into the
 * reader, until the next call.  value must be there; key defaults to NULL,
 * headers to none; in->partition -1 and in->has_timestamp false when not
 * said; topic, offset, timestampType are left aside (types checked).  Unknown
 * names, a name twice, wrong types, values out of range: -ERR_INVALID.
 */
int json_read(struct json_reader *, struct slice line, struct fmt_input *, struct err *);

#endif
