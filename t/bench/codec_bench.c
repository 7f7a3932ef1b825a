/*
 * codec_bench [FILE [OUT]] - nanoseconds a record of the encode and decode
 * path, a step at a time; with OUT also from FILE to batches in OUT.  Without
 * FILE 2,000,000 lines of 100 bytes are made in memory.
 */
#include <sys/mman.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/lines.h"
#include "codec/batch.h"
#include "codec/compress.h"
#include "codec/hash.h"

#define LINES	2000000
#define WIDTH	100
#define ROUNDS	5

struct lap {
	double best;
	int64_t start;
};

static void
lap_start(struct lap *l)
{
	l->start = clock_steady_ns();
}

static void
lap_end(struct lap *l, uint64_t records)
{
	double ns = (double)(clock_steady_ns() - l->start) / (double)records;

	if (l->best == 0 || ns < l->best)
		l->best = ns;
}

static void
show(const char *what, const struct lap *l)
{
	printf("%-34s %7.1f ns a record  %6.1f M a second\n", what, l->best, 1000 / l->best);
}

static int
made_input(void)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);
	char line[WIDTH + 1];
	uint32_t r = 1;
	int i, j;
	FILE *f = fdopen(dup(fd), "w");

	for (i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "%d 2024-01-31T12:30:05 host app[%d]: ", i, i % 977);
		for (j = (int)strlen(line); j < WIDTH - 1; j++) {
			r = r * 1664525 + 1013904223;
			line[j] = "etaoin shrdlu0123456789/=-"[(r >> 24) % 26];
		}
		line[WIDTH - 1] = '\n';
		fwrite(line, 1, WIDTH, f);
	}
	fclose(f);
	return fd;
}

/* Splits, and with b encodes; with out writes each full batch (-1: only seals). */
static uint64_t
pass(int fd, struct batch_builder *b, int out)
{
	const struct batch_how how = BATCH_HOW_PLAIN;
	struct lines in = LINES_INIT;
	struct record rec = RECORD_INIT;
	struct slice bytes;
	enum lines_rc rc;
	uint64_t n;

	lseek(fd, 0, SEEK_SET);
	if (lines_open(&in, fd, slice_str("\n"), 1 << 20) == -1)
		exit(1);
	rec.timestamp = 1700000000000;
	while ((rc = lines_next(&in, &rec.value)) != LINES_END) {
		if (rc == LINES_DRY) {
			if (lines_fill(&in) == -1)
				exit(1);
			rec.timestamp++;
			continue;
		}
		if (b == NULL || batch_builder_add(b, &rec) == 0)
			continue;
		if (batch_seal(b, &how, &bytes, NULL) != 0 || (out != -1 && write_full(out, bytes.p, bytes.n, NULL) != 0))
			exit(1);
		batch_builder_clear(b);
		if (batch_builder_add(b, &rec) != 0)
			exit(1);
	}
	n = in.number;
	lines_close(&in);
	return n;
}

static void
encode(int fd, const char *out)
{
	struct lap split = { 0, 0 }, add = { 0, 0 }, whole = { 0, 0 };
	struct batch_builder b;
	uint64_t n;
	int i, to;

	batch_builder_init(&b, BATCH_BYTES, BATCH_RECORDS_MAX);
	for (i = 0; i < ROUNDS; i++) {
		lap_start(&split);
		n = pass(fd, NULL, -1);
		lap_end(&split, n);
		lap_start(&add);
		(void)pass(fd, &b, -1);
		lap_end(&add, n);
		batch_builder_clear(&b);
		if (out == NULL)
			continue;
		(void)unlink(out);
		lap_start(&whole);
		to = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
		(void)pass(fd, &b, to);
		close(to);
		lap_end(&whole, n);
		batch_builder_clear(&b);
	}
	show("read, split", &split);
	show("read, split, batch_builder_add, seal", &add);
	if (out != NULL)
		show("read, split, batch_builder_add, seal, write", &whole);
	batch_builder_release(&b);
}

/* One batch of 8,192 records again and again: hot in the cache, so this is the code alone. */
static void
hot(void)
{
	const struct batch_how how = BATCH_HOW_PLAIN;
	struct lap add = { 0, 0 }, seal = { 0, 0 }, verify = { 0, 0 }, next = { 0, 0 };
	struct batch_iter it = BATCH_ITER_INIT;
	struct batch_builder b;
	struct batch_head h;
	struct record rec = RECORD_INIT;
	struct slice bytes;
	char value[WIDTH] = "x";
	uint64_t sum = 0;
	int i, j;

	batch_builder_init(&b, BATCH_BYTES, BATCH_RECORDS_MAX);
	rec.value = SLICE_OF(value, WIDTH - 1);
	rec.timestamp = 1700000000000;
	for (i = 0; i < 500; i++) {
		batch_builder_clear(&b);
		lap_start(&add);
		for (j = 0; j < BATCH_RECORDS_MAX; j++)
			if (batch_builder_add(&b, &rec) != 0)
				exit(1);
		lap_end(&add, BATCH_RECORDS_MAX);
		lap_start(&seal);
		batch_seal(&b, &how, &bytes, NULL);
		lap_end(&seal, BATCH_RECORDS_MAX);
		lap_start(&verify);
		if (batch_verify(bytes, &h) != BATCH_GOOD)
			exit(1);
		lap_end(&verify, BATCH_RECORDS_MAX);
		lap_start(&next);
		batch_open(&it, bytes, BATCH_BYTES, NULL);
		while (batch_next(&it, &rec, NULL) == 1)
			sum += rec.value.n;
		lap_end(&next, BATCH_RECORDS_MAX);
	}
	show("batch_builder_add", &add);
	show("batch_seal", &seal);
	show("batch_verify", &verify);
	show("batch_next", &next);
	batch_iter_release(&it);
	batch_builder_release(&b);
	if (sum == 0)
		exit(1);
}

/* Megabytes of plain records a second, a batch of 1 MiB of the input's lines at a time. */
static void
codecs(int fd)
{
	static const char *const names[] = { "zstd:1", "zstd", "lz4", "snappy", "gzip", NULL };
	struct decompressor *dec = decompressor_new();
	struct buf packed = BUF_INIT, plain = BUF_INIT;
	uint8_t *in = malloc(BATCH_BYTES);
	const char *const *s;

	if (dec == NULL || in == NULL || pread_full(fd, in, BATCH_BYTES, 0) != BATCH_BYTES)
		exit(1);
	for (s = names; *s != NULL; s++) {
		struct lap pack = { 0, 0 }, unpack = { 0, 0 };
		struct compressor *c;
		enum codec codec;
		int level, i;

		if (codec_parse(*s, &codec, &level, NULL) != 0 || compressor_new(&c, codec, level, NULL) != 0)
			continue;
		for (i = 0; i < ROUNDS; i++) {
			buf_clear(&packed);
			buf_clear(&plain);
			lap_start(&pack);
			compressor_run(c, SLICE_OF(in, BATCH_BYTES), &packed, NULL);
			lap_end(&pack, BATCH_BYTES);
			lap_start(&unpack);
			if (decompressor_run(dec, codec, buf_slice(&packed), BATCH_BYTES, &plain, NULL) != 0)
				exit(1);
			lap_end(&unpack, BATCH_BYTES);
		}
		printf("%-8s %4.0f%%  compress %5.0f MB/s  decompress %5.0f MB/s\n", *s,
		    100.0 * (double)packed.n / BATCH_BYTES, 1000 / pack.best, 1000 / unpack.best);
		compressor_free(c);
	}
	decompressor_free(dec);
	buf_release(&packed);
	buf_release(&plain);
	free(in);
}

int
main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : made_input();

	if (fd == -1) {
		perror(argv[1]);
		return 1;
	}
	hot();
	encode(fd, argc > 2 ? argv[2] : NULL);
	codecs(fd);
	return 0;
}
