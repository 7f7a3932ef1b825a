/*
 * flips.h - one bit of a file wrong at a time, by one byte written in place.
 *
 *	for (bit = 0; bit < size * 8; bit++) {
 *		flip_bit(dirfd, name, bit);		// wrong
 *		...
 *		flip_bit(dirfd, name, bit);		// as it was
 *	}
 *
 * The long form of such a sweep is one of a codec: PLOG_TORTURE=zstd is every
 * bit of 64 KiB in three batches of zstd, and nothing else (torture_codec).
 */
#ifndef UNIT_FLIPS_H
#define UNIT_FLIPS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "codec/compress.h"

/* Three batches of four records of that size, not compressible, are 64 KiB. */
#define FLIPS_FILLER	5480

__attribute__((unused)) static void
flip_bit(int dirfd, const char *name, size_t bit)
{
	int fd = openat(dirfd, name, O_RDWR);
	uint8_t b;

	if (fd == -1 || pread(fd, &b, 1, (off_t)(bit / 8)) != 1) {
		perror(name);
		exit(1);
	}
	b ^= (uint8_t)(1u << bit % 8);
	if (pwrite(fd, &b, 1, (off_t)(bit / 8)) != 1) {
		perror(name);
		exit(1);
	}
	close(fd);
}

/* Does PLOG_TORTURE name a codec that is built in? */
__attribute__((unused)) static bool
torture_codec(enum codec *codec)
{
	const char *torture = getenv("PLOG_TORTURE");
	int level;

	return torture != NULL && codec_parse(torture, codec, &level, NULL) == 0;
}

#endif
