/*
 * jsonin.c - records from JSON of any form, through jansson (jsonin.h).
 *
 * jansson judges the JSON: UTF-8, surrogates, numbers, a name twice.  Here
 * names, types and ranges are.
 */
#include "text/jsonin.h"

#include <jansson.h>

#include "base/module.h"
#include "text/base64.h"
#include "text/terminal.h"

#define SHOWN		64		/* bytes of a wrong thing that a message shows */

extern const struct jsonin_ops plog_module_jsonin;

/* ERR_INVALID with bytes from the line made fit to be shown, in the place of %s. */
static int
refuse(struct err *e, const char *fmt, const char *s, size_t n)
{
	struct buf show = BUF_INIT;
	const char *text;
	int rc;

	terminal_line(SLICE_OF(s, n < SHOWN ? n : SHOWN), &show);
	if (n > SHOWN)
		buf_puts(&show, "...");
	text = buf_str(&show);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	rc = err_set(e, ERR_INVALID, fmt, text == NULL ? "" : text);
#pragma GCC diagnostic pop
	buf_release(&show);
	return rc;
}

/*
 * Counts what could be values, without looking at the JSON's sense: at least
 * as many as jansson would make, for a line that it would take.
 */
static bool
too_many(struct slice s)
{
	size_t i, values = 1;
	bool inside = false;

	if (s.n < JSONIN_VALUES_MAX)
		return false;
	for (i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '"')
			inside = !inside;
		else if (c == '\\' && inside)
			i++;
		else if (!inside && (c == ',' || c == '[' || c == '{') && ++values > JSONIN_VALUES_MAX)
			return true;
	}
	return false;
}

static int
take_base64(const json_t *object, struct buf *scratch, struct slice *out)
{
	const json_t *v = json_object_get(object, "base64");
	struct slice digits;
	uint8_t *to;
	size_t n;

	if (!json_is_string(v) || json_object_size(object) != 1)
		return -ERR_INVALID;
	digits = SLICE_OF(json_string_value(v), json_string_length(v));
	if ((to = buf_room(scratch, base64_decoded_max(digits.n) + 1)) == NULL)
		return -ERR_NOMEM;
	if (!base64_read(digits, to, &n))
		return -ERR_INVALID;
	*out = SLICE_OF(to, n);
	scratch->n += n;
	return 0;
}

/* scratch has room for all that the line can decode to, so the slices stay. */
static int
take_bytes(const json_t *v, struct buf *scratch, struct slice *out)
{
	uint8_t *to;
	size_t n;

	*out = SLICE_NULL;
	if (json_is_null(v))
		return 0;
	if (json_is_object(v))
		return take_base64(v, scratch, out);
	if (!json_is_string(v))
		return -ERR_INVALID;
	n = json_string_length(v);
	if ((to = buf_room(scratch, n + 1)) == NULL)
		return -ERR_NOMEM;
	memcpy(to, json_string_value(v), n);
	*out = SLICE_OF(to, n);
	scratch->n += n;
	return 0;
}

static int
bytes_member(const char *name, const json_t *v, struct fmt_input *in, struct slice *out, struct err *e)
{
	int rc = take_bytes(v, &in->scratch, out);

	if (rc == -ERR_NOMEM)
		return err_set(e, ERR_NOMEM, "no memory for a line of JSON");
	if (rc != 0)
		return err_set(e, ERR_INVALID, "'%s' is not a string, null or {\"base64\":\"...\"}%s", name,
		    json_is_object(v) ? " with the canonical base64 of RFC 4648" : "");
	return 0;
}

static int
take_headers(const json_t *array, struct fmt_input *in, struct err *e)
{
	size_t i, n = json_array_size(array), kept = in->scratch.n;
	struct header h;

	if (!json_is_array(array))
		return err_set(e, ERR_INVALID, "'headers' is not an array of [name, value]");
	for (i = 0; i < n; i++) {
		const json_t *pair = json_array_get(array, i);

		if (!json_is_array(pair) || json_array_size(pair) != 2)
			return err_set(e, ERR_INVALID, "'headers': element %zu is not [name, value]", i + 1);
		if (take_bytes(json_array_get(pair, 0), &in->scratch, &h.name) != 0 || h.name.p == NULL)
			return err_set(e, ERR_INVALID,
			    "'headers': the name in element %zu is not a string or {\"base64\":\"...\"}", i + 1);
		if (take_bytes(json_array_get(pair, 1), &in->scratch, &h.value) != 0)
			return err_set(e, ERR_INVALID,
			    "'headers': the value in element %zu is not a string, null or {\"base64\":\"...\"}", i + 1);
		headers_add(&in->headers, &h);
		in->scratch.n = kept;		/* the header was copied */
	}
	if (in->headers.failed)
		return err_set(e, ERR_NOMEM, "no memory for a line of JSON");
	in->rec.header_count = (int32_t)n;
	return 0;
}

static int
take_number(const char *name, const json_t *v, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	if (!json_is_integer(v))
		return err_set(e, ERR_INVALID, "'%s' is not a whole number", name);
	*out = json_integer_value(v);
	if (*out < min || *out > max)
		return err_set(e, ERR_INVALID, "'%s' is out of range: %lld", name, (long long)*out);
	return 0;
}

static int
take_member(const char *name, const json_t *v, struct fmt_input *in, bool *value, struct err *e)
{
	int64_t n;
	int rc;

	if (strcmp(name, "value") == 0) {
		*value = true;
		return bytes_member(name, v, in, &in->rec.value, e);
	}
	if (strcmp(name, "key") == 0)
		return bytes_member(name, v, in, &in->rec.key, e);
	if (strcmp(name, "headers") == 0)
		return take_headers(v, in, e);
	if (strcmp(name, "timestamp") == 0) {
		in->has_timestamp = true;
		return take_number(name, v, INT64_MIN, INT64_MAX, &in->rec.timestamp, e);
	}
	if (strcmp(name, "partition") == 0) {
		if ((rc = take_number(name, v, 0, INT32_MAX, &n, e)) == 0)
			in->partition = (int32_t)n;
		return rc;
	}
	if (strcmp(name, "offset") == 0)
		return take_number(name, v, INT64_MIN, INT64_MAX, &n, e);
	if (strcmp(name, "topic") == 0 || strcmp(name, "timestampType") == 0)
		return json_is_string(v) ? 0 : err_set(e, ERR_INVALID, "'%s' is not a string", name);
	return refuse(e, "unknown name '%s'", name, strlen(name));
}

/* jansson's words, with the place, without its echo of the line. */
static int
not_json(const json_error_t *je, struct err *e)
{
	const char *near = strstr(je->text, " near '");
	size_t n = near != NULL ? (size_t)(near - je->text) : strlen(je->text);
	char fmt[64];

	if (json_error_code(je) == json_error_out_of_memory)
		return err_set(e, ERR_NOMEM, "no memory for a line of JSON");
	snprintf(fmt, sizeof(fmt), "not JSON that can be taken, at byte %d: %%s", je->position);
	return refuse(e, fmt, je->text, n);
}

static int
read_any(struct slice line, struct fmt_input *in, struct err *e)
{
	json_error_t je;
	const char *name;
	bool value = false;
	json_t *root, *v;
	int rc = 0;

	if (too_many(line))
		return err_set(e, ERR_INVALID, "more than %d values in a line", JSONIN_VALUES_MAX);
	if ((root = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &je)) == NULL)
		return not_json(&je, e);
	if (!json_is_object(root))
		rc = err_set(e, ERR_INVALID, "a record is a JSON object");
	else if (buf_room(&in->scratch, line.n + 16) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for a line of JSON");
	else
		json_object_foreach(root, name, v)
			if ((rc = take_member(name, v, in, &value, e)) != 0)
				break;
	if (rc == 0 && !value)
		rc = err_set(e, ERR_INVALID, "'value' is missing (null is a tombstone)");
	if (rc == 0)
		in->rec.headers = buf_slice(&in->headers);
	json_decref(root);
	return rc;
}

const struct jsonin_ops plog_module_jsonin = { .version = MODULE_VERSION, .read = read_any };
