/*
 * digest.c - see digest.h.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/hash.h"
#include "log/digest.h"
#include "log/scan.h"
#include "log/segment.h"

#define MAGIC		"plogDIG1"
#define HEAD		16
#define ENTRY		8
#define TAIL		4
#define FILE_BYTES	(1 << 30)
#define EPOCH_AT	12		/* of the leader epoch in a batch */

static const uint8_t *
entry(const struct digest *d, size_t i)
{
	return d->b.p + HEAD + i * ENTRY;
}

int
digest_read(int dirfd, int64_t base, struct digest *d, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct err own = ERR_INIT;
	int rc;

	*d = (struct digest)DIGEST_INIT;
	segment_name(name, base, DIGEST_SUFFIX);
	rc = file_read(dirfd, name, FILE_BYTES, &d->b, &own);
	if (rc == -ERR_NOENT)
		return 0;
	if (rc == 0 && (d->b.n < HEAD + TAIL || (d->b.n - HEAD - TAIL) % ENTRY != 0 ||
	    memcmp(d->b.p, MAGIC, sizeof(MAGIC) - 1) != 0 ||
	    crc32c(d->b.p, d->b.n - TAIL) != get_be32(d->b.p + d->b.n - TAIL)))
		rc = err_set(&own, ERR_DAMAGE, "its checksum does not match");
	if (rc != 0) {
		digest_release(d);
		return err_set(e, own.code, "%s", own.text);
	}
	d->there = true;
	d->log_size = (int64_t)get_be64(d->b.p + 8);
	d->n = (d->b.n - HEAD - TAIL) / ENTRY;
	return 0;
}

enum digest_answer
digest_ask(struct digest *d, int64_t position, const uint8_t first[DIGEST_COVERS])
{
	while (d->at < d->n && get_be32(entry(d, d->at)) < position)
		d->at++;
	if (d->at == d->n || get_be32(entry(d, d->at)) != position)
		return DIGEST_UNKNOWN;
	return get_be32(entry(d, d->at) + 4) == crc32c(first, DIGEST_COVERS) ? DIGEST_SAME : DIGEST_OTHER;
}

bool
digest_mend(const struct digest *d, const uint8_t first[DIGEST_COVERS], int64_t *base_offset, int32_t *leader_epoch)
{
	uint32_t want = get_be32(entry(d, d->at) + 4);
	uint8_t b[DIGEST_COVERS];
	size_t bit, i;

	memcpy(b, first, sizeof(b));
	for (bit = 0; bit < (8 + 4) * 8; bit++) {
		i = bit / 8 < 8 ? bit / 8 : EPOCH_AT + bit / 8 - 8;
		b[i] ^= (uint8_t)(1u << bit % 8);
		if (crc32c(b, sizeof(b)) == want) {
			*base_offset = (int64_t)get_be64(b);
			*leader_epoch = (int32_t)get_be32(b + EPOCH_AT);
			return true;
		}
		b[i] = first[i];
	}
	return false;
}

void
digest_release(struct digest *d)
{
	buf_release(&d->b);
	*d = (struct digest)DIGEST_INIT;
}

static void
put(struct buf *b, uint64_t v, size_t n)
{
	uint8_t raw[8];

	put_be64(raw, v);
	buf_put(b, raw + 8 - n, n);
}

static int
gather(int fd, int64_t size, struct buf *b, struct err *e)
{
	struct scan s = SCAN_INIT;
	uint8_t first[DIGEST_COVERS];
	struct batch_head h;
	int64_t at = 0;
	int rc;

	if ((rc = scan_open(&s, fd, size, e)) != 0)
		return rc;
	buf_put(b, MAGIC, sizeof(MAGIC) - 1);
	put(b, (uint64_t)size, 8);
	for (; at < size && scan_verify(&s, at, &h) == BATCH_GOOD; at += h.size) {
		if (pread_full(fd, first, sizeof(first), at) != (ssize_t)sizeof(first))
			break;
		put(b, (uint64_t)at, 4);
		put(b, crc32c(first, sizeof(first)), 4);
	}
	if ((errno = s.error) != 0)
		rc = err_sys(e, "cannot read the segment");
	else if (at < size)
		rc = err_set(e, ERR_DAMAGE, "no digest is made of what is damaged");
	put(b, crc32c(b->p, b->n), TAIL);
	if (rc == 0 && b->failed)
		rc = err_set(e, ERR_NOMEM, "cannot make a digest: no memory");
	scan_close(&s);
	return rc;
}

int
digest_write(int dirfd, int64_t base, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct buf b = BUF_INIT;
	struct stat st;
	int fd, rc;

	segment_name(name, base, ".log");
	if ((fd = open_at(dirfd, name, O_RDONLY, 0)) == -1 || fstat(fd, &st) == -1)
		rc = err_sys(e, "cannot read '%s'", name);
	else if ((rc = gather(fd, st.st_size, &b, e)) == 0) {
		segment_name(name, base, DIGEST_SUFFIX);
		rc = file_replace(dirfd, name, b.p, b.n, e);
	}
	if (fd != -1)
		close(fd);
	buf_release(&b);
	return rc;
}
