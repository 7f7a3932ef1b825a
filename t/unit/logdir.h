/*
 * logdir.h - partitions made by hand, for tests of what reads them.
 *
 *	struct logdir d;
 *
 *	logdir_make(&d, broker);
 *	add_batch(&d.seg, base, epoch, count, &(struct how){ ... });
 *	logdir_segment(&d, base);		// writes d.seg as BASE.log with its indexes, and empties it
 *	...
 *	logdir_remove(&d);
 *
 * The value of a record is "OFFSET:" and a filler, its key the offset's last
 * digit, its timestamp how->time + offset * how->step.
 */
#ifndef UNIT_LOGDIR_H
#define UNIT_LOGDIR_H

#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "codec/batch.h"
#include "codec/compress.h"
#include "codec/hash.h"
#include "log/offindex.h"
#include "log/reader.h"
#include "log/segment.h"
#include "unit/check.h"

struct how {
	enum codec codec;
	int filler;			/* bytes more in each value; */
	bool noise;			/* that do not compress */
	int64_t time, step;
	int16_t attributes;
	int64_t producer;
};

struct logdir {
	char path[64];
	int holder, fd;
	struct partdir dir;
	struct buf seg;
};

__attribute__((unused)) static void
put_file(int dirfd, const char *name, const void *p, size_t n)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT, 0600);

	/* Not O_TRUNC: ext4 then writes to the disk at close. */
	if (fd == -1 || pwrite_full(fd, p, n, 0, NULL) != 0 || ftruncate(fd, (off_t)n) != 0) {
		perror(name);
		exit(1);
	}
	close(fd);
}

__attribute__((unused)) static void
put_text(int dirfd, const char *name, const char *text)
{
	put_file(dirfd, name, text, strlen(text));
}

__attribute__((unused)) static void
logdir_make(struct logdir *d, bool broker)
{
	const char *tmp = getenv("TMPDIR");

	memset(d, 0, sizeof(*d));
	(void)snprintf(d->path, sizeof(d->path), "%s/plog-unit.XXXXXX", tmp != NULL && strlen(tmp) < 32 ? tmp : "/tmp");
	if (mkdtemp(d->path) == NULL || (d->holder = open(d->path, O_RDONLY | O_DIRECTORY)) == -1 ||
	    mkdirat(d->holder, "0", 0700) == -1 || (d->fd = openat(d->holder, "0", O_RDONLY | O_DIRECTORY)) == -1) {
		perror(d->path);
		exit(1);
	}
	d->dir = (struct partdir){ .holder = d->holder, .name = "0", .label = "t/0", .broker = broker };
	d->seg = (struct buf)BUF_INIT;
	put_text(d->fd, "leader-epoch-checkpoint", "0\n1\n0 0\n");
}

__attribute__((unused)) static void
logdir_empty(struct logdir *d)
{
	int fd = dup(d->fd);
	DIR *dir = fdopendir(fd);
	struct dirent *de;

	rewinddir(dir);
	while ((de = readdir(dir)) != NULL)
		if (de->d_name[0] != '.')
			(void)unlinkat(d->fd, de->d_name, 0);
	closedir(dir);
}

__attribute__((unused)) static void
logdir_remove(struct logdir *d)
{
	logdir_empty(d);
	close(d->fd);
	(void)unlinkat(d->holder, "0", AT_REMOVEDIR);
	close(d->holder);
	(void)rmdir(d->path);
	buf_release(&d->seg);
}

/* One batch behind what the buffer holds; the position of it. */
__attribute__((unused)) static size_t
add_batch(struct buf *out, int64_t base, int32_t epoch, int count, const struct how *how)
{
	struct compressor *comp = NULL;
	struct batch_builder b;
	struct batch_how bh = BATCH_HOW_PLAIN;
	struct slice bytes;
	struct err e = ERR_INIT;
	size_t at = out->n;
	char value[6144], key[2];
	enum codec codec;
	unsigned noise = (unsigned)base * 2654435761u;
	int i, k, n, level;
	batch_builder_init(&b, 1 << 22, BATCH_RECORDS_MAX);
	for (i = 0; i < count; i++) {
		struct record r = RECORD_INIT;

		n = snprintf(value, sizeof(value), "%" PRId64 ":", base + i);
		memset(value + n, 'a' + (int)((base + i) % 26), (size_t)how->filler);
		for (k = 0; how->noise && k < how->filler; k++)
			value[n + k] = (char)((noise = noise * 1103515245u + 12345u) >> 16);
		key[0] = (char)('0' + (base + i) % 10);
		r.key = SLICE_OF(key, 1);
		r.value = SLICE_OF(value, (size_t)(n + how->filler));
		r.timestamp = how->time + (base + i) * how->step;
		CHECK_INT(batch_builder_add(&b, &r), 0);
	}
	if (how->codec != CODEC_NONE)
		CHECK(codec_parse(codec_name(how->codec), &codec, &level, &e) == 0 &&
		    compressor_new(&comp, codec, level, &e) == 0, "%s", e.text);
	bh = (struct batch_how){ .comp = comp, .attributes = how->attributes, .base_sequence = -1,
	    .producer_id = how->attributes & BATCH_TRANSACTIONAL ? how->producer : -1,
	    .producer_epoch = how->attributes & BATCH_TRANSACTIONAL ? 0 : -1 };
	CHECK(batch_seal(&b, &bh, &bytes, &e) == 0, "%s", e.text);
	buf_put(out, bytes.p, bytes.n);
	batch_patch_offset(out->p + at, base, epoch);
	batch_builder_release(&b);
	compressor_free(comp);
	return at;
}

/* The transaction marker: ABORT (0) or COMMIT (1). */
__attribute__((unused)) static void
add_marker(struct buf *out, int64_t offset, int64_t producer, int type)
{
	uint8_t key[4] = { 0, 0, 0, (uint8_t)type }, value[6] = { 0 };
	struct record r = { .offset = -1, .timestamp = 1, .key = SLICE_OF(key, 4), .value = SLICE_OF(value, 6) };
	struct batch_how bh = BATCH_HOW_PLAIN;
	struct batch_builder b;
	struct slice bytes;
	size_t at = out->n;

	batch_builder_init(&b, 4096, 1);
	(void)batch_builder_add(&b, &r);
	bh.attributes = BATCH_CONTROL | BATCH_TRANSACTIONAL;
	bh.producer_id = producer;
	bh.producer_epoch = 0;
	CHECK_INT(batch_seal(&b, &bh, &bytes, NULL), 0);
	buf_put(out, bytes.p, bytes.n);
	batch_patch_offset(out->p + at, offset, 0);
	batch_builder_release(&b);
}

__attribute__((unused)) static void
logdir_segment(struct logdir *d, int64_t base)
{
	struct index_state st = INDEX_STATE_INIT;
	char name[SEGMENT_NAME_MAX];
	struct err e = ERR_INIT;

	segment_name(name, base, ".log");
	put_file(d->fd, name, d->seg.p, d->seg.n);
	CHECK(index_rebuild(d->fd, base, (int64_t)d->seg.n, 0, true, &st, &e) == 0, "%s", e.text);
	buf_clear(&d->seg);
}

__attribute__((unused)) static struct reader *
open_reader(const struct logdir *d, size_t buffer, bool committed)
{
	struct reader_opts o = { .buffer = buffer, .log_start = -1, .read_committed = committed };
	struct err e = ERR_INIT;
	struct reader *rd = NULL;

	CHECK(reader_open(&rd, &d->dir, &o, &e) == 0, "%s", e.text);
	return rd;
}

#endif
