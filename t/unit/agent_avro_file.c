/*
 * Avro's container files: the frame around the data, the codecs, schemas.
 */
#include <stdlib.h>

#include "agent/avro_schema.h"
#include "agent/wire/avro_file.h"
#include "base/module.h"
#include "unit/check.h"
#include "unit/hexin.h"

static const uint8_t sync_mark[AVRO_SYNC] = "0123456789abcdef";

static void
file_with(struct buf *out, struct slice packed, int64_t count)
{
	static const char *const pairs[] = { "file", "/a b", NULL };

	avro_file_header_put(out, "\"string\"", "null", pairs, sync_mark);
	avro_file_block_put(out, count, packed, sync_mark);
	avro_file_block_put(out, 1, slice_str("\2x"), sync_mark);
}

/* However much of it is there, the readers say what is missing, and what is wrong with a changed byte. */
static void
test_file(void)
{
	struct buf f = BUF_INIT;
	struct avro_file_header h;
	struct avro_file_block b;
	size_t n;
	int rc = 0;

	file_with(&f, slice_str("\2a\2b"), 2);
	for (n = 0; n < f.n; n++) {
		rc = avro_file_header_get(&h, f.p, n, NULL);
		if (rc == 1)
			break;
		CHECK(rc == 0, "header of %zu bytes: %d", n, rc);
	}
	CHECK_INT(rc, 1);
	CHECK_INT(h.size, n);
	CHECK_TRUE(slice_eq(h.schema, slice_str("\"string\"")) && slice_eq(h.codec, slice_str("null")));
	CHECK_TRUE(slice_eq(avro_file_meta(&h, "file"), slice_str("/a b")) && avro_file_meta(&h, "other").p == NULL);
	for (n = 0; (rc = avro_file_block_get(&b, h.sync, f.p + h.size, n, NULL)) == 0; n++)
		;
	CHECK_INT(rc, 1);
	CHECK_INT(n, b.size);
	CHECK_INT(b.count, 2);
	CHECK_TRUE(slice_eq(b.packed, slice_str("\2a\2b")));
	CHECK_INT(avro_file_block_get(&b, h.sync, f.p + h.size + n, f.n - h.size - n, NULL), 1);
	CHECK_INT(b.count, 1);
	f.p[h.size + 2 + 4] ^= 1;	/* the mark */
	CHECK_INT(avro_file_block_get(&b, h.sync, f.p + h.size, n, NULL), -ERR_DAMAGE);
	buf_release(&f);
}

static void
test_wrong(void)
{
	static const struct { const char *hex; int want; } blocks[] = {
		{ "", 0 }, { "02", 0 }, { "0200", 0 },
		{ "010030313233343536373839616263646566", -ERR_DAMAGE },			/* -1 data */
		{ "0201303132333435363738396162636465", -ERR_DAMAGE },			/* -1 bytes */
		{ "02feffffffffffffffff01", -ERR_TOOBIG }, { "028080808002", -ERR_TOOBIG },
		{ "ffffffffffffffffffffffffffffffffffffffffffffffff", -ERR_DAMAGE },	/* no number */
		{ "020030313233343536373839616263646566", 1 },
	};
	struct avro_file_header h;
	struct avro_file_block b;
	size_t i;

	CHECK_INT(avro_file_header_get(&h, (const uint8_t *)"Obj\2....", 8, NULL), -ERR_FORMAT);
	CHECK_INT(avro_file_header_get(&h, (const uint8_t *)"X", 1, NULL), -ERR_FORMAT);
	CHECK_INT(avro_file_header_get(&h, (const uint8_t *)"Ob", 2, NULL), 0);
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct buf in = BUF_INIT;
		struct slice s;
		int rc;

		hex_in(&in, blocks[i].hex);
		s = buf_slice(&in);
		rc = avro_file_block_get(&b, sync_mark, s.p, s.n, NULL);
		CHECK(rc == blocks[i].want, "block %s: %d", blocks[i].hex, rc);
		buf_release(&in);
	}
}

static void
test_codecs(void)
{
	static const char *const names[] = { "null", "deflate", "snappy", "zstandard" };
	struct buf text = BUF_INIT, packed = BUF_INIT, plain = BUF_INIT;
	struct avro_codec *c;
	struct err e = ERR_INIT;
	size_t i, k;
	int rc;

	for (i = 0; i < 50000; i++)
		buf_printf(&text, "%zu ", i * 7);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((rc = avro_codec_new(&c, slice_str(names[i]), -1, &e)) == -ERR_ABSENT)
			continue;
		CHECK_INT(rc, 0);
		/* Twice, as a file has many blocks; and an empty one. */
		for (k = 0; k < 3; k++) {
			struct slice in = k == 2 ? SLICE_OF("", 0) : buf_slice(&text);

			buf_clear(&packed);
			buf_clear(&plain);
			CHECK_INT(avro_codec_pack(c, in, &packed, &e), 0);
			rc = avro_codec_unpack(c, buf_slice(&packed), &plain, &e);
			CHECK(rc == 0, "%s: %s", names[i], e.text);
			CHECK_TRUE(slice_eq(buf_slice(&plain), in));
			CHECK(i == 0 || k == 2 || packed.n < text.n * 3 / 4, "%s: %zu of %zu", names[i], packed.n, text.n);
		}
		/* Cut anywhere: damage, and the next block is read all the same. */
		buf_clear(&packed);
		CHECK_INT(avro_codec_pack(c, buf_slice(&text), &packed, &e), 0);
		for (k = 1; i > 0 && k < 40; k += 3) {
			buf_clear(&plain);
			rc = avro_codec_unpack(c, SLICE_OF(packed.p, packed.n - k), &plain, &e);
			CHECK(rc == -ERR_DAMAGE, "%s cut by %zu: %d", names[i], k, rc);
		}
		avro_codec_free(c);
	}
	CHECK_INT(avro_codec_new(&c, slice_str("lzo"), -1, &e), -ERR_INVALID);
	CHECK_STR(e.text, "the codec 'lzo' is not among null, deflate, snappy and zstandard");
	buf_release(&text);
	buf_release(&packed);
	buf_release(&plain);
}

static void
test_fingerprint(void)
{
	CHECK_TRUE(avro_fingerprint(slice_str("\"null\"")) == UINT64_C(0x63dd24e7cc258f8a));
	CHECK_TRUE(avro_fingerprint(slice_str("\"boolean\"")) == UINT64_C(0x9f42fc78a4d4f764));
	CHECK_TRUE(avro_fingerprint(slice_str("\"int\"")) == UINT64_C(0x7275d51a3f395c8f));
}

#define REC	"{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"a.b\",\"doc\":\"d\",\"fields\":["
#define CANON	"{\"name\":\"a.b.R\",\"type\":\"record\",\"fields\":["

static void
test_schema(const struct avro_schema_ops *a)
{
	static const struct { const char *json, *canonical, *datum; } cases[] = {
		{ "\"string\"", "\"string\"", "0461 62" },
		{ "{\"type\":\"int\"}", "\"int\"", "feff03" },
		{ "[\"null\",\"long\"]", "[\"null\",\"long\"]", "0202" },
		{ REC "{\"name\":\"n\",\"type\":\"long\",\"default\":1},{\"name\":\"s\",\"type\":\"string\",\"doc\":\"x\"}]}",
		  CANON "{\"name\":\"n\",\"type\":\"long\"},{\"name\":\"s\",\"type\":\"string\"}]}", "020461 62" },
		{ REC "{\"name\":\"e\",\"type\":{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}},"
		  "{\"name\":\"f\",\"type\":{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}}]}",
		  CANON "{\"name\":\"e\",\"type\":{\"name\":\"a.b.E\",\"type\":\"enum\",\"symbols\":[\"A\",\"B\"]}},"
		  "{\"name\":\"f\",\"type\":{\"name\":\"a.b.F\",\"type\":\"fixed\",\"size\":3}}]}", "02616263" },
		{ "{\"type\":\"array\",\"items\":\"double\"}", "{\"type\":\"array\",\"items\":\"double\"}",
		  "0400000000000000000000000000000000" "00" },
		{ "{\"type\":\"map\",\"values\":\"float\"}", "{\"type\":\"map\",\"values\":\"float\"}", "02026b00000000" "00" },
		{ REC "{\"name\":\"next\",\"type\":[\"null\",\"R\"]}]}", CANON "{\"name\":\"next\",\"type\":[\"null\",\"a.b.R\"]}]}", "020200" },
	};
	struct buf out = BUF_INIT, datum = BUF_INIT;
	struct err e = ERR_INIT;
	struct rd r;
	void *s;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!CHECK(a->parse(&s, slice_str(cases[i].json), &e) == 0, "%s: %s", cases[i].json, e.text))
			continue;
		buf_clear(&out);
		CHECK_INT(a->canonical(s, &out, &e), 0);
		CHECK_STR(buf_str(&out), cases[i].canonical);
		buf_clear(&datum);
		n = hexin(cases[i].datum, buf_room(&datum, 100), 100);
		r = RD_OF(datum.p, n);
		CHECK(a->skip(s, &r) && rd_left(&r) == 0, "datum %s of %s", cases[i].datum, cases[i].json);
		r = RD_OF(datum.p, n - 1);
		CHECK(!a->skip(s, &r), "datum %s of %s is cut", cases[i].datum, cases[i].json);
		a->free(s);
	}
	CHECK_INT(a->parse(&s, slice_str("{\"type\":\"nosuch\"}"), &e), -ERR_INVALID);
	CHECK_INT(a->parse(&s, slice_str("{"), &e), -ERR_INVALID);
	CHECK_INT(a->parse(&s, SLICE_OF("", 0), &e), -ERR_INVALID);
	/* A list that never ends, of itself. */
	CHECK_INT(a->parse(&s, slice_str(REC "{\"name\":\"next\",\"type\":\"R\"}]}"), &e), 0);
	r = RD_OF((const uint8_t *)"", 0);
	CHECK_TRUE(!a->skip(s, &r));
	a->free(s);
	buf_release(&out);
	buf_release(&datum);
}

int
main(void)
{
	const struct avro_schema_ops *a = module_load("avro", NULL);

	test_file();
	test_wrong();
	test_codecs();
	test_fingerprint();
	if (a != NULL)
		test_schema(a);
	return check_done();
}
