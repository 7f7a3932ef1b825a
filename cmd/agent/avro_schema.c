/*
 * avro_schema.c - schemas (avro_schema.h).
 */
#include <avro.h>

#include "agent/avro_schema.h"
#include "agent/wire/avro.h"
#include "base/module.h"

static int
schema_parse(void **to, struct slice json, struct err *e)
{
	avro_schema_t s = NULL;

	if (json.n == 0 || json.n > AVRO_SCHEMA_MAX || memchr(json.p, '\0', json.n) != NULL)
		return err_set(e, ERR_INVALID, "an Avro schema of %zu bytes", json.n);
	if (avro_schema_from_json_length((const char *)json.p, json.n, &s) != 0)
		return err_set(e, ERR_INVALID, "an Avro schema that cannot be read: %s", avro_strerror());
	*to = s;
	return 0;
}

static void
schema_free(void *s)
{
	if (s != NULL)
		avro_schema_decref(s);
}

static void
put_name(avro_schema_t s, struct buf *out)
{
	const char *space = avro_schema_namespace(s);

	buf_putc(out, '"');
	if (space != NULL && *space != '\0') {
		buf_puts(out, space);
		buf_putc(out, '.');
	}
	buf_puts(out, avro_schema_name(s));
	buf_putc(out, '"');
}

static void put_schema(avro_schema_t, struct buf *, int depth);

static void
put_record(avro_schema_t s, struct buf *out, int depth)
{
	size_t i, n = avro_schema_record_size(s);

	buf_puts(out, "{\"name\":");
	put_name(s, out);
	buf_puts(out, ",\"type\":\"record\",\"fields\":[");
	for (i = 0; i < n; i++) {
		buf_puts(out, i > 0 ? ",{\"name\":\"" : "{\"name\":\"");
		buf_puts(out, avro_schema_record_field_name(s, (int)i));
		buf_puts(out, "\",\"type\":");
		put_schema(avro_schema_record_field_get_by_index(s, (int)i), out, depth);
		buf_putc(out, '}');
	}
	buf_puts(out, "]}");
}

static void
put_enum(avro_schema_t s, struct buf *out)
{
	int i, n = avro_schema_enum_number_of_symbols(s);

	buf_puts(out, "{\"name\":");
	put_name(s, out);
	buf_puts(out, ",\"type\":\"enum\",\"symbols\":[");
	for (i = 0; i < n; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? "," : "", avro_schema_enum_get(s, i));
	buf_puts(out, "]}");
}

static void
put_union(avro_schema_t s, struct buf *out, int depth)
{
	size_t i, n = avro_schema_union_size(s);

	buf_putc(out, '[');
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(out, ',');
		put_schema(avro_schema_union_branch(s, (int)i), out, depth);
	}
	buf_putc(out, ']');
}

static void
put_schema(avro_schema_t s, struct buf *out, int depth)
{
	if (s == NULL || depth == 0) {
		out->failed = true;
		return;
	}
	switch (avro_typeof(s)) {
	case AVRO_RECORD:
		put_record(s, out, depth - 1);
		break;
	case AVRO_ENUM:
		put_enum(s, out);
		break;
	case AVRO_FIXED:
		buf_puts(out, "{\"name\":");
		put_name(s, out);
		buf_printf(out, ",\"type\":\"fixed\",\"size\":%lld}", (long long)avro_schema_fixed_size(s));
		break;
	case AVRO_MAP:
		buf_puts(out, "{\"type\":\"map\",\"values\":");
		put_schema(avro_schema_map_values(s), out, depth - 1);
		buf_putc(out, '}');
		break;
	case AVRO_ARRAY:
		buf_puts(out, "{\"type\":\"array\",\"items\":");
		put_schema(avro_schema_array_items(s), out, depth - 1);
		buf_putc(out, '}');
		break;
	case AVRO_UNION:
		put_union(s, out, depth - 1);
		break;
	case AVRO_LINK:
		put_name(avro_schema_link_target(s), out);
		break;
	case AVRO_STRING: case AVRO_BYTES: case AVRO_INT32: case AVRO_INT64: case AVRO_FLOAT: case AVRO_DOUBLE: case AVRO_BOOLEAN:
	case AVRO_NULL:
		buf_printf(out, "\"%s\"", avro_schema_type_name(s));
		break;
	}
}

static int
schema_canonical(void *s, struct buf *out, struct err *e)
{
	put_schema(s, out, AVRO_DEPTH);
	return out->failed ? err_set(e, ERR_INVALID, "an Avro schema that is nested too deep") : 0;
}

static void skip(avro_schema_t, struct rd *, int depth);

static void
skip_items(avro_schema_t item, bool map, struct rd *r, int depth)
{
	uint64_t left = 0;
	bool ended = false;

	while (avro_next(r, &left, &ended)) {
		if (map)
			(void)rd_avro_bytes(r);
		skip(item, r, depth);
	}
}

static void
skip_record(avro_schema_t s, struct rd *r, int depth)
{
	size_t i, n = avro_schema_record_size(s);

	for (i = 0; i < n && !r->bad; i++)
		skip(avro_schema_record_field_get_by_index(s, (int)i), r, depth);
}

static void
skip_union(avro_schema_t s, struct rd *r, int depth)
{
	int64_t b = rd_varlong(r);

	if (b < 0 || (uint64_t)b >= avro_schema_union_size(s))
		r->bad = true;
	else
		skip(avro_schema_union_branch(s, (int)b), r, depth);
}

static void
skip(avro_schema_t s, struct rd *r, int depth)
{
	if (s == NULL || depth == 0)
		r->bad = true;
	if (r->bad)
		return;
	switch (avro_typeof(s)) {
	case AVRO_STRING:
	case AVRO_BYTES:
		(void)rd_avro_bytes(r);
		break;
	case AVRO_INT32:
	case AVRO_INT64:
	case AVRO_ENUM:
		(void)rd_varlong(r);
		break;
	case AVRO_FLOAT:
		(void)rd_bytes(r, 4);
		break;
	case AVRO_DOUBLE:
		(void)rd_bytes(r, 8);
		break;
	case AVRO_BOOLEAN:
		(void)rd_u8(r);
		break;
	case AVRO_NULL:
		break;
	case AVRO_FIXED:
		(void)rd_bytes(r, (size_t)avro_schema_fixed_size(s));
		break;
	case AVRO_RECORD:
		skip_record(s, r, depth - 1);
		break;
	case AVRO_MAP:
		skip_items(avro_schema_map_values(s), true, r, depth - 1);
		break;
	case AVRO_ARRAY:
		skip_items(avro_schema_array_items(s), false, r, depth - 1);
		break;
	case AVRO_UNION:
		skip_union(s, r, depth - 1);
		break;
	case AVRO_LINK:
		skip(avro_schema_link_target(s), r, depth - 1);
		break;
	default:
		r->bad = true;
		break;
	}
}

static bool
schema_skip(void *s, struct rd *r)
{
	skip(s, r, AVRO_DEPTH);
	return !r->bad;
}

extern const struct avro_schema_ops plog_module_avro;
__attribute__((visibility("default"))) const struct avro_schema_ops plog_module_avro = {
	.version = MODULE_VERSION, .parse = schema_parse, .free = schema_free, .canonical = schema_canonical, .skip = schema_skip,
};
