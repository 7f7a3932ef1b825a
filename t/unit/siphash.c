/*
 * siphash: the authors' vectors of SipHash-2-4-128: key 00 to 0f, message 00
 * 01 02 ... of the length that the row says.
 */
#include <stdio.h>

#include "base/siphash.h"
#include "unit/check.h"

static const struct {
	size_t n;
	const char *hex;
} rows[] = {
	{ 0, "a3817f04ba25a8e66df67214c7550293" },
	{ 1, "da87c1d86b99af44347659119b22fc45" },
	{ 2, "8177228da4a45dc7fca38bdef60affe4" },
	{ 15, "5493e99933b0a8117e08ec0f97cfc3d9" },
	{ 63, "5150d1772f50834a503e069a973fbd7c" },
};

int
main(void)
{
	uint8_t key[SIPHASH_KEY], bytes[64];
	uint64_t out[2];
	char hex[33];
	size_t i, k;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	memcpy(key, bytes, sizeof(key));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		siphash128(key, bytes, rows[i].n, out);
		for (k = 0; k < 16; k++)
			(void)snprintf(hex + 2 * k, 3, "%02x", (unsigned)(out[k / 8] >> 8 * (k % 8)) & 0xff);
		CHECK(strcmp(hex, rows[i].hex) == 0, "%zu bytes: %s, not %s", rows[i].n, hex, rows[i].hex);
	}
	return check_done();
}
