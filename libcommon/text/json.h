/*
 * json.h - a record as one line of JSON, and back (plog-format(7)).
 *
 *	{"topic":"t","partition":0,"offset":7,"timestamp":1700000000000,
 *	 "timestampType":"CreateTime","key":"k","value":"v","headers":[["n","v"]]}
 *
 * Every line written is valid UTF-8 JSON whatever the bytes: bytes that are
 * not UTF-8 are {"base64":"..."}, NULL is null.  Escaped are the quote, the
 * backslash and the control characters U+0000 to U+001F (\b \t \n \f \r, else
 * \u00XX, small digits) and U+007F to U+009F, so a line may be shown on a
 * terminal as it is; all else stands for itself.
 *
 * Lines in the form that json_write makes, in any order of its members and
 * with blanks, are read directly; all else goes through jansson (module
 * jsonin), with the same result.
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

struct json_reader;			/* keeps the module, once it was needed */

struct json_reader *json_reader_new(void);	/* NULL: no memory */
void json_reader_free(struct json_reader *);
/*
 * One line without its newline.  The result points into the line or into the
 * input's buffers, until the next call.  value must be there; key defaults to
 * NULL, headers to none; in->partition -1 and in->has_timestamp false when not
 * said; topic, offset, timestampType are left aside (types checked).  Unknown
 * names, a name twice, wrong types, values out of range, and more than 65,536
 * values in a line that goes through jansson: -ERR_INVALID with what
 * is wrong (the line's number is the caller's to put in front).  -ERR_ABSENT:
 * the line needs the module, and it is not there.  -ERR_NOMEM.
 */
int json_read(struct json_reader *, struct slice line, struct fmt_input *, struct err *);

#endif
