/*
 * Kafka's numbers: known bytes both ways, every size, and bytes that are none.
 */
#include "base/varint.h"
#include "unit/check.h"
#include "unit/hexin.h"

static const struct {
	int64_t v;
	const char *hex;
} known[] = {
	{ 0, "00" }, { -1, "01" }, { 1, "02" }, { -2, "03" }, { 2, "04" }, { 63, "7e" }, { -64, "7f" }, { 64, "8001" },
	{ -65, "8101" }, { 127, "fe01" }, { 128, "8002" }, { 300, "d804" }, { 8191, "fe7f" }, { -8192, "ff7f" },
	{ 8192, "808001" }, { 2147483647, "feffffff0f" }, { -2147483648LL, "ffffffff0f" },
	{ 1700000000000, "80a0abfef962" }, { -1700000000000, "ff9fabfef962" },
	{ INT64_MAX, "feffffffffffffffff01" }, { INT64_MIN, "ffffffffffffffffff01" },
};

static const struct {
	const char *hex;
	bool ok32, ok64;
} shapes[] = {
	{ "", false, false }, { "80", false, false }, { "8080", false, false }, { "80808080", false, false },
	{ "8000", true, true },			/* longer than it need be */
	{ "8080808000", true, true }, { "8080808010", false, true }, { "80808080 80", false, false },
	{ "80808080 8000", false, true }, { "ffffffff 1f", false, true },
	{ "80808080 80808080 8000", false, true }, { "ffffffff ffffffff ff01", false, true },
	{ "ffffffff ffffffff ff02", false, false }, { "80808080 80808080 8080 00", false, false },
};

static void
check_number(int64_t v, const uint8_t *want, size_t n)
{
	uint8_t out[VARLONG_MAX];
	struct rd r = RD_OF(want, n);

	CHECK_BYTES(out, (size_t)(varlong_put(out, v) - out), want, n);
	CHECK_INT(varlong_size(v), n);
	CHECK_INT(rd_varlong(&r), v);
	CHECK_TRUE(!r.bad && rd_left(&r) == 0);
	if (v != (int32_t)v)
		return;
	r = (struct rd)RD_OF(want, n);
	CHECK_BYTES(out, (size_t)(varint_put(out, (int32_t)v) - out), want, n);
	CHECK_INT(varint_size((int32_t)v), n);
	CHECK_INT(rd_varint(&r), v);
	CHECK_TRUE(!r.bad && rd_left(&r) == 0);
}

static void
slices(void)
{
	static const struct {
		const char *hex;
		bool ok, null;
		size_t n;
	} cases[] = {
		{ "01", true, true, 0 }, { "00", true, false, 0 }, { "04 6162", true, false, 2 }, { "04 61", false, true, 0 },
		{ "03 6161", false, true, 0 }, { "ffffffff0f", false, true, 0 }, { "feffffff0f 00", false, true, 0 },
	};
	uint8_t bytes[16];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rd r = RD_OF(bytes, hexin(cases[i].hex, bytes, sizeof(bytes)));
		struct slice s = rd_vslice(&r);

		CHECK(r.bad == !cases[i].ok, "%s: bad %d", cases[i].hex, r.bad);
		CHECK((s.p == NULL) == cases[i].null && s.n == cases[i].n, "%s: %zu bytes", cases[i].hex, s.n);
	}
}

int
main(void)
{
	uint8_t bytes[16], out[VARLONG_MAX];
	struct rd r;
	size_t i, n;
	int shift, d;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		check_number(known[i].v, bytes, hexin(known[i].hex, bytes, sizeof(bytes)));
	for (shift = 0; shift < 63; shift++)
		for (d = -2; d <= 2; d++) {
			int64_t v = (int64_t)((uint64_t)1 << shift) + d;

			check_number(v, out, (size_t)(varlong_put(out, v) - out));
			check_number(-v, out, (size_t)(varlong_put(out, -v) - out));
		}
	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		n = hexin(shapes[i].hex, bytes, sizeof(bytes));
		r = (struct rd)RD_OF(bytes, n);
		(void)rd_varint(&r);
		CHECK(r.bad == !shapes[i].ok32, "varint %s: bad %d", shapes[i].hex, r.bad);
		r = (struct rd)RD_OF(bytes, n);
		(void)rd_varlong(&r);
		CHECK(r.bad == !shapes[i].ok64, "varlong %s: bad %d", shapes[i].hex, r.bad);
		/* Once bad, it stays so and takes nothing. */
		if (r.bad)
			CHECK(rd_varlong(&r) == 0 && rd_varint(&r) == 0 && r.bad, "%s: after bad", shapes[i].hex);
	}
	slices();
	return check_done();
}
