/*
 * reader_bench - how fast a partition's batches are brought in and verified.
 *
 *	reader_bench [-b BYTES] [-r ROUNDS] [-w] [-i] [-c] DIR NAME
 *
 * Reads partition DIR/NAME whole, ROUNDS times (5), and prints the median:
 * bytes, microseconds, GB/s.  -b: the reader's buffer; -w: and writes each
 * batch to stdout; -i: and goes over its records; -c: read_committed.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/reader.h"

static bool writing, records;

static int64_t
round_of(const struct partdir *dir, const struct reader_opts *o, int64_t *bytes)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct err e = ERR_INIT;
	struct log_bounds lb;
	struct log_batch b;
	struct record r;
	struct reader *rd;
	int64_t start = clock_steady_ns(), sum = 0;
	int rc;

	if (reader_open(&rd, dir, o, &e) != 0 || reader_bounds(rd, &lb, &e) != 0 ||
	    reader_seek(rd, lb.start, &e) != 0)
		errx(1, "%s", e.text);
	*bytes = 0;
	while ((rc = reader_next(rd, &b, &e)) == 1) {
		*bytes += (int64_t)b.bytes.n;
		if (writing && write(STDOUT_FILENO, b.bytes.p, b.bytes.n) != (ssize_t)b.bytes.n)
			err(1, "write");
		if (!records)
			continue;
		if (batch_open(&it, b.bytes, 1 << 26, &e) != 0)
			errx(1, "%s", e.text);
		while (batch_next(&it, &r, &e) == 1)
			sum += (int64_t)r.value.n;
	}
	if (rc != 0)
		errx(1, "%s", e.text);
	reader_close(rd);
	batch_iter_release(&it);
	return (clock_steady_ns() - start) / 1000 + (sum < 0);
}

static int
by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char *argv[])
{
	struct reader_opts o = { .log_start = -1 };
	struct partdir dir = { .label = "bench" };
	int64_t us[100], bytes = 0;
	int c, i, rounds = 5;

	while ((c = getopt(argc, argv, "b:r:wic")) != -1)
		switch (c) {
		case 'b':
			o.buffer = (size_t)strtoul(optarg, NULL, 10);
			break;
		case 'r':
			rounds = (int)strtol(optarg, NULL, 10);
			break;
		case 'w':
			writing = true;
			break;
		case 'i':
			records = true;
			break;
		case 'c':
			o.read_committed = true;
			break;
		default:
			errx(2, "usage: reader_bench [-b bytes] [-r rounds] [-wic] dir name");
		}
	if (argc - optind != 2 || rounds < 1 || rounds > 100)
		errx(2, "usage: reader_bench [-b bytes] [-r rounds] [-wic] dir name");
	if ((dir.holder = open(argv[optind], O_RDONLY | O_DIRECTORY)) == -1)
		err(1, "%s", argv[optind]);
	(void)snprintf(dir.name, sizeof(dir.name), "%s", argv[optind + 1]);
	for (i = 0; i < rounds; i++)
		us[i] = round_of(&dir, &o, &bytes);
	qsort(us, (size_t)rounds, sizeof(*us), by_value);
	fprintf(stderr, "%" PRId64 " bytes, %" PRId64 " us, %.2f GB/s\n", bytes, us[rounds / 2],
	    (double)bytes / 1e3 / (double)us[rounds / 2]);
	return 0;
}
