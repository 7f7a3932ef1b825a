/*
 * The small files of names and values: read strictly, so that damage is seen.
 */
#include "unit/check.h"

#include "store/properties.h"

static const struct {
	const char *text;
	int entries;			/* -1: damage */
	const char *says;
} cases[] = {
	{ "", 0, NULL },
	{ "\n\n", 0, NULL },
	{ "# only a comment\n", 0, NULL },
	{ "a=1\n", 1, NULL },
	{ " a = 1 \n\tb\t=\t2\n", 2, NULL },
	{ "a=\n", 1, NULL },
	{ "a=1=2\n", 1, NULL },
	{ "log.retention.ms=5\nnum-x_y=7\n", 2, NULL },
	{ "a=1", -1, "cut off" },
	{ "a=1\nb", -1, "cut off" },
	{ "a\n", -1, "line 1 has no '='" },
	{ "a=1\n=2\n", -1, "line 2 is no name" },
	{ "a b=2\n", -1, "is no name" },
	{ "a=1\nb=2\na=3\n", -1, "line 3 has 'a' a second time" },
	{ "a=\\u0041\n", -1, "has a byte" },
	{ "a=\x01\n", -1, "has a byte" },
	{ "a=\xc3\xa9\n", -1, "has a byte" },
	{ "a=1\r\n", -1, "has a byte" },
	{ "# crc32c 00000000\n", 0, NULL },
	{ "a=1\n# crc32c 00000000\n", -1, "checksum" },
	{ "a=1\n# crc32c 0000\n", 1, NULL },
};

int
main(void)
{
	struct properties p;
	struct buf b = BUF_INIT;
	size_t i, bit;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = ERR_INIT;
		int rc = properties_parse(&p, slice_str(cases[i].text), "file", &e);

		if (cases[i].entries >= 0)
			CHECK(rc == 0 && p.n == (size_t)cases[i].entries, "case %zu: %s", i, e.text);
		else
			CHECK(rc == -ERR_DAMAGE && strstr(e.text, cases[i].says) != NULL, "case %zu: %d %s", i, rc, e.text);
		properties_release(&p);
	}
	CHECK_INT(properties_parse(&p, SLICE_OF("a=1\0\n", 5), "file", NULL), -ERR_DAMAGE);

	/* What is written is read, and not with any bit of it flipped, nor cut anywhere. */
	properties_put(&b, "topic.id", "8vVb0y3hQ9yB0mC0c8nZ5g");
	properties_put(&b, "retention.ms", "604800000");
	properties_seal(&b);
	CHECK_INT(properties_parse(&p, buf_slice(&b), "file", NULL), 0);
	CHECK_STR(properties_get(&p, "retention.ms"), "604800000");
	CHECK_TRUE(properties_get(&p, "retention") == NULL);
	properties_release(&p);
	for (bit = 0; bit < b.n * 8; bit++) {
		int rc;

		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		rc = properties_parse(&p, buf_slice(&b), "file", NULL);
		/* In the words of the last line a flip leaves a comment, or none: what counts is whole. */
		CHECK(rc == -ERR_DAMAGE || (rc == 0 && strcmp(properties_get(&p, "retention.ms"), "604800000") == 0 &&
		    strcmp(properties_get(&p, "topic.id"), "8vVb0y3hQ9yB0mC0c8nZ5g") == 0), "bit %zu flipped: %d", bit, rc);
		properties_release(&p);
		b.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	buf_release(&b);
	return check_done();
}
