/*
 * Big-endian numbers, slices, and a cursor that stays in its buffer.
 */
#include "base/bytes.h"
#include "unit/check.h"

static void
cursor(void)
{
	static const uint8_t b[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct rd r = RD_OF(b, sizeof(b));

	CHECK_INT(rd_u8(&r), 1);
	CHECK_INT(rd_be16(&r), 0x0203);
	CHECK_INT(rd_be32(&r), 0x04050607);
	CHECK_TRUE(rd_be64(&r) == 0x08090a0b0c0d0e0f);
	CHECK_INT(rd_left(&r), 0);
	CHECK_TRUE(!r.bad && rd_bytes(&r, 0) == b + sizeof(b) && !r.bad);
	CHECK_INT(rd_u8(&r), 0);
	CHECK_TRUE(r.bad && rd_bytes(&r, 0) == NULL);
	r = (struct rd)RD_OF(b, 3);
	CHECK_INT(rd_be32(&r), 0);
	CHECK_TRUE(r.bad);
	/* Nothing was taken, and nothing is given any more. */
	CHECK_INT(rd_left(&r), 3);
	CHECK_INT(rd_u8(&r), 0);
	r = (struct rd)RD_OF(b, 3);
	CHECK_TRUE(rd_bytes(&r, SIZE_MAX) == NULL && r.bad);
}

static void
slices(void)
{
	struct slice null = SLICE_NULL, empty = slice_str(""), a = slice_str("a"), b = slice_str("b");

	CHECK_TRUE(slice_eq(null, null) && slice_eq(empty, empty) && slice_eq(a, slice_str("a")));
	CHECK_TRUE(!slice_eq(null, empty) && !slice_eq(empty, null) && !slice_eq(a, b) && !slice_eq(a, slice_str("aa")));
	CHECK_INT(slice_str("abc").n, 3);
}

int
main(void)
{
	uint8_t b[8];
	int c;

	put_be16(b, 0x0102);
	CHECK_BYTES(b, 2, "\1\2", 2);
	put_be32(b, 0x01020304);
	CHECK_BYTES(b, 4, "\1\2\3\4", 4);
	put_be64(b, 0x0102030405060708);
	CHECK_BYTES(b, 8, "\1\2\3\4\5\6\7\10", 8);
	CHECK_TRUE(get_be64(b) == 0x0102030405060708 && get_be32(b) == 0x01020304 && get_be16(b) == 0x0102);
	for (c = -128; c < 256; c++) {
		int want = -1;

		if (c >= '0' && c <= '9')
			want = c - '0';
		else if (c >= 'a' && c <= 'f')
			want = c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			want = c - 'A' + 10;
		CHECK(hex_digit(c) == want, "digit %d", c);
	}
	cursor();
	slices();
	return check_done();
}
