/*
 * sparse-log - a partition of segments of 1 GiB each that takes next to no disk.
 *
 *	sparse-log PARTITION SEGMENTS		(PARTITION/ is there and empty)
 *
 * Every MiB of a segment begins with two batches of one record, and nothing
 * behind them; offset index and time index have an entry at the first of the
 * two, as Kafka would have made.  So a seek meets only batches, through
 * indexes of the size they have in earnest; reading on would meet the holes.
 * The record at offset n has timestamp 1700000000000 + n and value "n".
 * Prints the log end offset.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "codec/batch.h"

#define MIB	(1 << 20)
#define PAIRS	1023			/* a segment; below 2^30, and Kafka's limit */
#define TIME	INT64_C(1700000000000)

static int
create(const char *dir, int64_t base, const char *suffix)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%020" PRId64 "%s", dir, base, suffix);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd == -1)
		err(1, "%s", path);
	return fd;
}

/* Writes the batch of one record at position at; returns its size. */
static off_t
put(int fd, off_t at, int64_t offset)
{
	struct batch_builder b;
	const struct batch_how how = BATCH_HOW_PLAIN;
	struct record rec = RECORD_INIT;
	struct slice bytes;
	struct err e = ERR_INIT;
	char value[32];

	snprintf(value, sizeof(value), "%" PRId64, offset);
	rec.value = slice_str(value);
	rec.timestamp = TIME + offset;
	batch_builder_init(&b, BATCH_BYTES, 1);
	if (batch_builder_add(&b, &rec) != 0 || batch_seal(&b, &how, &bytes, &e) != 0)
		errx(1, "batch: %s", e.text);
	batch_patch_offset((void *)(uintptr_t)bytes.p, offset, 0);
	if (pwrite(fd, bytes.p, bytes.n, at) != (ssize_t)bytes.n)
		err(1, "pwrite");
	batch_builder_release(&b);
	return (off_t)bytes.n;
}

static int64_t
segment(const char *dir, int64_t base)
{
	int log = create(dir, base, ".log"), index = create(dir, base, ".index"), times = create(dir, base, ".timeindex");
	uint8_t entry[12];
	int64_t offset = base;

	for (int i = 0; i < PAIRS; i++) {
		off_t at = (off_t)i * MIB;

		put_be32(entry, (uint32_t)(offset - base));
		put_be32(entry + 4, (uint32_t)at);
		if (i > 0 && write(index, entry, 8) != 8)
			err(1, "write");
		put_be64(entry, (uint64_t)(TIME + offset));
		put_be32(entry + 8, (uint32_t)(offset - base));
		if (i > 0 && write(times, entry, 12) != 12)
			err(1, "write");
		at += put(log, at, offset);
		put(log, at, offset + 1);
		offset += 2;
	}
	put_be64(entry, (uint64_t)(TIME + offset - 1));
	put_be32(entry + 8, (uint32_t)(offset - 1 - base));
	if (write(times, entry, 12) != 12)
		err(1, "write");
	close(log);
	close(index);
	close(times);
	return offset;
}

int
main(int argc, char **argv)
{
	int64_t offset = 0;

	if (argc != 3)
		errx(2, "usage: sparse-log PARTITION SEGMENTS");
	for (long i = 0; i < strtol(argv[2], NULL, 10); i++)
		offset = segment(argv[1], offset);
	printf("%" PRId64 "\n", offset);
	return 0;
}
