/*
 * scan.c - see scan.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/hash.h"
#include "log/scan.h"

#define PIECE		(1 << 20)
#define GLANCE		4096	/* for a header, where batches are far apart */
#define FAR		(16 * GLANCE)
#define CRC_FROM	21	/* of the bytes it covers */
#define MAGIC_AT	16
#define MAGIC		2

int
scan_open(struct scan *s, int fd, int64_t size, struct err *e)
{
	*s = (struct scan)SCAN_INIT;
	s->fd = fd;
	s->size = size;
	if ((s->buf = malloc(size < PIECE ? (size_t)size + 1 : PIECE)) == NULL)
		return err_set(e, ERR_NOMEM, "cannot scan a segment: no memory");
	return 0;
}

void
scan_close(struct scan *s)
{
	free(s->buf);
	*s = (struct scan)SCAN_INIT;
}

/* Bytes at a position; at least want of them unless the file, or size, ends before.  At most piece are read. */
static struct slice
bytes_at(struct scan *s, int64_t position, size_t want, size_t piece)
{
	int64_t left = s->size - position;
	size_t skip, n;
	ssize_t r;

	if (left <= 0)
		return SLICE_OF(s->buf, 0);
	if ((int64_t)want > left)
		want = (size_t)left;
	if (position < s->at || position + (int64_t)want > s->at + (int64_t)s->n) {
		n = left < (int64_t)piece ? (size_t)left : piece;
		s->at = position;
		s->n = 0;
		if ((r = pread_full(s->fd, s->buf, n, position)) == -1) {
			s->error = errno;
			return SLICE_OF(s->buf, 0);
		}
		s->n = (size_t)r;
	}
	skip = (size_t)(position - s->at);
	return SLICE_OF(s->buf + skip, s->n - skip);
}

enum batch_verdict
scan_head(struct scan *s, int64_t position, struct batch_head *h)
{
	enum batch_verdict v;

	v = batch_head_read(bytes_at(s, position, BATCH_HEAD, s->hop >= FAR ? GLANCE : PIECE), h);
	if (v == BATCH_GOOD)
		s->hop = h->size;
	if (v == BATCH_GOOD && h->size > s->size - position)
		return BATCH_SHORT;
	return v;
}

enum batch_verdict
scan_verify(struct scan *s, int64_t position, struct batch_head *h)
{
	enum batch_verdict v = scan_head(s, position, h);
	int64_t at = position + CRC_FROM, end;
	struct slice b;
	uint32_t crc = 0;

	if (v != BATCH_GOOD)
		return v;
	for (end = position + h->size; at < end; at += (int64_t)b.n) {
		b = bytes_at(s, at, 1, PIECE);
		if (b.n == 0)
			return BATCH_SHORT;
		if ((int64_t)b.n > end - at)
			b.n = (size_t)(end - at);
		crc = crc32c_more(crc, b.p, b.n);
	}
	return crc == h->crc ? BATCH_GOOD : BATCH_WRONG;
}

/* What can be told from the first 17 bytes: most positions are none. */
static bool
may_be_batch(const uint8_t *p, int64_t left, int64_t expected, int64_t most)
{
	int64_t base = (int64_t)get_be64(p), length = (int32_t)get_be32(p + 8);

	return base >= expected && base - expected <= most && length >= BATCH_HEAD - BATCH_LOG_OVERHEAD &&
	    length <= left - BATCH_LOG_OVERHEAD;
}

/* Where the next bytes are that were ever written: a log may have been made at full size. */
static int64_t
data_from(const struct scan *s, int64_t at)
{
	off_t next = lseek(s->fd, at, SEEK_DATA);

	if (next == -1)
		return errno == ENXIO ? s->size : at;
	/* One that begins further before the hole's end would have its magic byte in the hole. */
	return next - MAGIC_AT > at ? next - MAGIC_AT : at;
}

int64_t
scan_search(struct scan *s, int64_t from, int64_t lost, int64_t expected, struct batch_head *h)
{
	const uint8_t *p, *q, *end;
	struct slice b;
	int64_t at = from, here;

	/* Buffer by buffer, from magic byte to magic byte; a look at a candidate may move the buffer. */
	while (s->size - at >= BATCH_HEAD && s->error == 0) {
		b = bytes_at(s, at, BATCH_HEAD, PIECE);
		if (b.n < BATCH_HEAD)
			break;
		end = b.p + b.n;
		for (p = b.p + MAGIC_AT; (q = memchr(p, MAGIC, (size_t)(end - p))) != NULL; p = q + 1) {
			here = at + (q - MAGIC_AT - b.p);
			if (may_be_batch(q - MAGIC_AT, s->size - here, expected, here - lost))
				break;
		}
		if (q == NULL) {
			at = data_from(s, at + (int64_t)(b.n - MAGIC_AT));
			continue;
		}
		if (scan_verify(s, here, h) == BATCH_GOOD)
			return here;
		at = here + 1;
	}
	return -1;
}
