/*
 * Bytes that grow.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "unit/check.h"

static void
building(void)
{
	struct buf b = BUF_INIT;
	char *big = malloc(100000);

	CHECK_TRUE(buf_slice(&b).p != NULL && buf_slice(&b).n == 0);
	CHECK_STR(buf_str(&b), "");
	buf_put(&b, "abc", 3);
	buf_put(&b, NULL, 0);
	buf_puts(&b, "de");
	buf_putc(&b, 'f');
	buf_printf(&b, "%d-%s", 7, "x");
	CHECK_STR(buf_str(&b), "abcdef7-x");
	CHECK_INT(b.n, 9);
	buf_consume(&b, 3);
	CHECK_STR(buf_str(&b), "def7-x");
	buf_consume(&b, 99);
	CHECK_INT(b.n, 0);
	if (big != NULL) {
		memset(big, 'y', 99999);
		big[99999] = '\0';
		buf_printf(&b, "<%s>", big);
		CHECK_INT(b.n, 100001);
		CHECK_TRUE(b.p[0] == '<' && b.p[1] == 'y' && b.p[100000] == '>');
	}
	free(big);
	buf_clear(&b);
	CHECK_TRUE(b.n == 0 && b.cap > 0);
	buf_release(&b);
	CHECK_TRUE(b.p == NULL && b.cap == 0);
	buf_release(&b);
}

static void
limits(void)
{
	struct buf b = BUF_INIT;
	size_t room, i, sum = 0;

	/* Output of unknown size: doubles, and never beyond what is allowed. */
	while ((room = buf_more(&b, 16, 1000 - b.n)) > 0) {
		CHECK_TRUE(room <= 1000 - b.n && b.cap <= 1000);
		for (i = 0; i < room; i++)
			b.p[b.n++] = (uint8_t)i;
		if (++sum > 100)
			break;
	}
	CHECK_INT(b.n, 1000);
	CHECK_TRUE(!b.failed && sum < 12);
	buf_release(&b);

	buf_puts(&b, "a");
	CHECK_TRUE(buf_room(&b, SIZE_MAX) == NULL);
	CHECK_TRUE(b.failed);
	buf_puts(&b, "b");
	CHECK_INT(b.n, 1);
	CHECK_TRUE(buf_str(&b) == NULL && buf_room(&b, 1) == NULL && buf_more(&b, 1, 1) == 0);
	buf_clear(&b);
	buf_puts(&b, "c");
	CHECK_STR(buf_str(&b), "c");
	buf_release(&b);
}

int
main(void)
{
	building();
	limits();
	return check_done();
}
