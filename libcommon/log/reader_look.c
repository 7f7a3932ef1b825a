/*
 * reader_look.c - the bytes at the reader's position.
 *
 * One buffer, filled by one pread from the start of the batch in hand: either
 * as much as fits, with small batches, or exactly this batch and the header
 * of the next, with large ones, so that hardly a byte is read twice and none
 * is moved.  What lies at the end of the buffer and is not a whole batch is
 * read again from its first byte.
 */
#include <sys/stat.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "codec/hash.h"
#include "log/reader_in.h"
#include "log/scan.h"

#define LARGE_SHARE	16		/* a batch of a 16th of the buffer is read alone */
#define LEGACY_MIN	14		/* the smallest length of a message of magic 0 */
#define LEGACY_MAX	(64 << 20)
#define MAGIC_AT	16
#define TRUSTED_SIZE	(4 << 20)	/* a claim beyond this is checked before memory is given */

void
reader_forget(struct reader *rd)
{
	rd->buf_n = 0;
	rd->buf_at = 0;
}

/* What the buffer has from pos on. */
static struct slice
held(const struct reader *rd)
{
	size_t skip;

	if (rd->buf_n == 0 || rd->pos < rd->buf_at || rd->pos >= rd->buf_at + (int64_t)rd->buf_n)
		return slice_str("");
	skip = (size_t)(rd->pos - rd->buf_at);
	return SLICE_OF(rd->buf + skip, rd->buf_n - skip);
}

/* *asked is how many bytes were asked for; 0 or an errno. */
static int
fill(struct reader *rd, size_t need, size_t *asked)
{
	size_t cap = rd->opts.buffer, want;
	uint8_t *p;
	ssize_t r;

	want = need > cap / LARGE_SHARE ? need + BATCH_HEAD : cap;
	if (want > cap)
		cap = want;
	if (cap > rd->cap) {
		/* Nothing in it is needed: no realloc, which would copy. */
		if ((p = malloc(cap)) == NULL)
			return ENOMEM;
		free(rd->buf);
		rd->buf = p;
		rd->cap = cap;
	}
	reader_forget(rd);
	if ((r = pread_full(rd->fd, rd->buf, want, rd->pos)) == -1)
		return errno;
	rd->buf_at = rd->pos;
	rd->buf_n = (size_t)r;
	*asked = want;
	return 0;
}

/* A batch larger than the buffer: is it all there, and is it one?  Looked at in pieces first. */
static enum batch_verdict
large(struct reader *rd, struct batch_head *h, int *errp)
{
	struct scan s = SCAN_INIT;
	enum batch_verdict v;
	struct stat st;

	if (fstat(rd->fd, &st) == -1) {
		*errp = errno;
		return BATCH_SHORT;
	}
	if (h->size > st.st_size - rd->pos)
		return BATCH_SHORT;
	if (h->size <= TRUSTED_SIZE)
		return BATCH_GOOD;
	if (scan_open(&s, rd->fd, st.st_size, NULL) != 0) {
		*errp = ENOMEM;
		return BATCH_SHORT;
	}
	v = scan_verify(&s, rd->pos, h);
	*errp = s.error;
	scan_close(&s);
	return v;
}

/* The header at pos, and at least its batch's bytes, from the buffer or the file. */
static enum batch_verdict
bring(struct reader *rd, struct batch_head *h, struct slice *b, int *errp)
{
	enum batch_verdict v;
	size_t asked = 0, need;

	for (*b = held(rd);; *b = held(rd)) {
		memset(h, 0, sizeof(*h));
		v = batch_head_read(*b, h);
		if (v == BATCH_WRONG || v == BATCH_OLD || (v == BATCH_GOOD && (int64_t)b->n >= h->size))
			return v;
		/* A claim of a size counts only from a header that makes sense. */
		need = v == BATCH_GOOD ? (size_t)h->size : BATCH_HEAD;
		if (asked >= need)
			return BATCH_SHORT;
		if (v == BATCH_GOOD && need > rd->opts.buffer) {
			if ((v = large(rd, h, errp)) != BATCH_GOOD)
				return v;
			if (need > rd->opts.max_batch) {
				*b = SLICE_OF(b->p, 0);
				return BATCH_GOOD;
			}
		}
		if ((*errp = fill(rd, need, &asked)) != 0)
			return BATCH_SHORT;
	}
}

/*
 * The batch at pos: its verdict, and where it is good its bytes, until the
 * next look.  GOOD without bytes is a batch beyond max_batch.  *errp is the
 * errno of what failed, else 0.
 */
enum batch_verdict
reader_look(struct reader *rd, struct batch_head *h, struct slice *b, int *errp)
{
	enum batch_verdict v;

	*errp = 0;
	v = bring(rd, h, b, errp);
	if (v != BATCH_GOOD || b->n == 0)
		return v;
	*b = SLICE_OF(b->p, (size_t)h->size);
	v = batch_verify(*b, h);
	if (b->n > rd->opts.max_batch)
		b->n = 0;
	return v;
}

bool
reader_legacy(const struct reader *rd, int fd, int64_t base, int64_t pos, int64_t size, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	uint8_t head[BATCH_PEEK], *p = NULL;
	bool yes = false;
	size_t n;

	if (pread_full(fd, head, sizeof(head), pos) != BATCH_PEEK || head[MAGIC_AT] > 1)
		return false;
	n = BATCH_LOG_OVERHEAD + (size_t)get_be32(head + 8);
	/* Rubbish may look like one; its own checksum tells. */
	if (n >= BATCH_LOG_OVERHEAD + LEGACY_MIN && n <= LEGACY_MAX && (int64_t)n <= size - pos &&
	    (p = malloc(n)) != NULL && pread_full(fd, p, n, pos) == (ssize_t)n)
		yes = get_be32(p + BATCH_LOG_OVERHEAD) == crc32_zlib(p + MAGIC_AT, n - MAGIC_AT);
	free(p);
	if (!yes)
		return false;
	segment_name(name, base, ".log");
	(void)err_set(e, ERR_FORMAT, "'%s/%s' holds messages of format %d (Kafka before 0.11) at byte %" PRId64
	    ", only format 2 is read", rd->dir.label, name, head[MAGIC_AT], pos);
	return true;
}

int
reader_fault(const struct reader *rd, int error, const char *what, struct err *e)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, rd->base, ".log");
	errno = error;
	return err_sys(e, "cannot %s '%s/%s'", what, rd->dir.label, name);
}
