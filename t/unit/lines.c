/*
 * Input cut into records: whatever the delimiter, however the bytes arrive.
 */
#include <sys/mman.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/lines.h"
#include "unit/check.h"

/* What comes out: each record in brackets, a long one with a star. */
static void
collect(struct lines *l, struct buf *got, int fd, struct slice input, size_t piece)
{
	size_t at = 0, n, i;
	struct slice rec, some[3];
	enum lines_rc rc;

	while ((rc = lines_next(l, &rec)) != LINES_END) {
		if (rc == LINES_DRY) {
			n = input.n - at < piece ? input.n - at : piece;
			if (n > 0)
				CHECK_INT(write_full(fd, input.p + at, n, NULL), 0);
			else
				lines_finish(l);
			at += n;
			if (n > 0)
				CHECK_INT(lines_fill(l), n);
			continue;
		}
		buf_puts(got, rc == LINES_LONG ? "*[" : "[");
		buf_put(got, rec.p, rec.n);
		buf_putc(got, ']');
		/* Some at once, of which all but the first are put back. */
		n = piece % 2 == 0 ? lines_take(l, some, 3) : 0;
		for (i = 0; i < n && i < 1; i++) {
			buf_putc(got, '[');
			buf_put(got, some[i].p, some[i].n);
			buf_putc(got, ']');
		}
		if (n > 1)
			lines_back(l, some + 1, n - 1);
	}
	CHECK_INT(lines_next(l, &rec), LINES_END);
}

static void
shapes(void)
{
	static const struct {
		const char *delim, *in, *want;
		size_t max;
	} cases[] = {
		{ "\n", "", "", 10 }, { "\n", "\n", "[]", 10 }, { "\n", "a", "[a]", 10 }, { "\n", "a\n", "[a]", 10 },
		{ "\n", "a\n\nbc\n", "[a][][bc]", 10 }, { "\n", "a\nb", "[a][b]", 10 },
		{ "\n", "1234567890\n12345678901\nx\n", "[1234567890]*[1234567890][x]", 10 },
		{ "\n", "123456789012345678901234567890", "*[1234567890]", 10 }, { "\n", "a\n12345678901", "[a]*[1234567890]", 10 },
		{ "\n", "12345678901\n", "*[1234567890]", 10 }, { "\n", "\nx", "[][x]", 0 + 1 }, { "\n", "a\n\n", "*[][]", 0 },
		{ "--", "a--b", "[a][b]", 10 }, { "--", "a-b---c--", "[a-b][-c]", 10 }, { "--", "--", "[]", 10 },
		{ "--", "-", "[-]", 10 }, { "--", "a-", "[a-]", 10 }, { "--", "1234567890--x", "[1234567890][x]", 10 },
		{ "--", "1234567890-", "*[1234567890]", 10 }, { "--", "12345678901--x", "*[1234567890][x]", 10 },
		{ "--", "123456789012345--x--", "*[1234567890][x]", 10 }, { "--", "1234567890-1--x", "*[1234567890][x]", 10 },
		{ "aab", "aaab aab", "[a][ ]", 10 }, { "<EOR>\n", "x<EOR>\ny<EOR>", "[x][y<EOR>]", 10 },
	};
	struct buf got = BUF_INIT;
	size_t i, piece;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (piece = 1; piece < 40; piece++) {
			struct lines l = LINES_INIT;
			int p[2];

			CHECK_INT(pipe(p), 0);
			CHECK_INT(lines_open(&l, p[0], slice_str(cases[i].delim), cases[i].max), 0);
			buf_clear(&got);
			collect(&l, &got, p[1], slice_str(cases[i].in), piece);
			CHECK(strcmp(buf_str(&got), cases[i].want) == 0, "case %zu in pieces of %zu: %s, not %s", i, piece,
			    buf_str(&got), cases[i].want);
			CHECK_INT(l.bytes, strlen(cases[i].in));
			lines_close(&l);
			close(p[0]);
			close(p[1]);
		}
	buf_release(&got);
}

/* Records of all lengths through a file, longer ones than the buffer too. */
static void
lengths(void)
{
	static const size_t sizes[] = { 0, 1, 100, 262143, 262144, 1048575, 1048576, 1048577, 3000000, 0, 5, 2500000, 7 };
	struct lines l = LINES_INIT;
	struct buf in = BUF_INIT;
	struct slice rec;
	enum lines_rc rc;
	size_t i, j, n = sizeof(sizes) / sizeof(sizes[0]);
	int fd = memfd_create("in", MFD_CLOEXEC);

	for (i = 0; i < n; i++) {
		for (j = 0; j < sizes[i]; j++)
			buf_putc(&in, 'a' + (int)((i + j) % 26));
		buf_putc(&in, 0);
	}
	CHECK_INT(write_full(fd, in.p, in.n, NULL), 0);
	lseek(fd, 0, SEEK_SET);
	CHECK_INT(lines_open(&l, fd, SLICE_OF("", 1), 3000000), 0);
	for (i = 0; (rc = lines_next(&l, &rec)) != LINES_END;) {
		if (rc == LINES_DRY) {
			CHECK_TRUE(lines_fill(&l) >= 0);
			continue;
		}
		CHECK(rc == LINES_RECORD && i < n && rec.n == sizes[i], "record %zu: %zu bytes", i, rec.n);
		for (j = 0; j < rec.n && rec.p[j] == 'a' + (int)((i + j) % 26); j++)
			;
		CHECK(j == rec.n, "record %zu differs at %zu", i, j);
		CHECK_INT(l.number, ++i);
	}
	CHECK_INT(i, n);
	CHECK_INT(l.bytes, in.n);
	lines_close(&l);
	/* The same with a smaller max: memory does not follow the input. */
	lseek(fd, 0, SEEK_SET);
	CHECK_INT(lines_open(&l, fd, SLICE_OF("", 1), 1000), 0);
	for (i = j = 0; (rc = lines_next(&l, &rec)) != LINES_END;) {
		if (rc == LINES_DRY) {
			CHECK_TRUE(lines_fill(&l) >= 0);
			continue;
		}
		CHECK_TRUE(rec.n <= 1000);
		j += rc == LINES_LONG;
		i++;
	}
	CHECK_INT(i, n);
	CHECK_INT(j, 7);
	CHECK_INT(l.cap, 1 << 20);
	lines_close(&l);
	buf_release(&in);
	close(fd);
}

int
main(void)
{
	struct lines l = LINES_INIT;
	char delim[300] = "x";
	int p[2];

	CHECK_INT(lines_open(&l, 0, SLICE_OF("", 0), 10), -1);
	CHECK_INT(errno, EINVAL);
	CHECK_INT(lines_open(&l, 0, SLICE_OF(delim, sizeof(delim)), 10), -1);
	lines_close(&l);
	/* What does not block has nothing now, which is not the end. */
	CHECK_INT(pipe2(p, O_NONBLOCK), 0);
	CHECK_INT(lines_open(&l, p[0], slice_str("\n"), 10), 0);
	CHECK_INT(lines_fill(&l), -1);
	CHECK_INT(errno, EAGAIN);
	CHECK_TRUE(!l.eof);
	close(p[1]);
	CHECK_INT(lines_fill(&l), 0);
	CHECK_TRUE(l.eof);
	lines_close(&l);
	close(p[0]);
	shapes();
	lengths();
	return check_done();
}
