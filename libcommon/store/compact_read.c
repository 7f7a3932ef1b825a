/*
 * compact_read.c - the batches of a segment (compact_in.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "store/compact_in.h"

#define PIECE	(2 << 20)

bool
compact_stopped(const struct compact *c)
{
	return c->r->stop != NULL && *c->r->stop != 0;
}

int
seg_open(struct compact *c, struct seg_read *s, const struct seg *seg, struct err *e)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, seg->base, ".log");
	*s = (struct seg_read){ .seg = seg };
	if ((s->fd = open_at(c->dirfd, name, O_RDONLY, 0)) == -1)
		return err_sys(e, "cannot open '%s/%s'", c->dir->label, name);
	return 0;
}

void
seg_close(struct seg_read *s)
{
	if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
}

/* At least `want` bytes at s->at in the buffer, fewer only at the end.  -1 with errno. */
static ssize_t
fill(struct compact *c, struct seg_read *s, size_t want)
{
	size_t have = (size_t)(s->buf_at + (int64_t)s->n - s->at), cap = want > PIECE ? want : PIECE;
	ssize_t n;
	uint8_t *p;

	if (have >= want)
		return (ssize_t)have;
	if (cap > c->in_cap) {
		if ((p = realloc(c->in, cap)) == NULL)
			return -1;
		c->in = p;
		c->in_cap = cap;
	}
	memmove(c->in, c->in + (s->at - s->buf_at), have);
	s->buf_at = s->at;
	s->n = have;
	if ((n = pread_full(s->fd, c->in + have, c->in_cap - have, s->buf_at + (int64_t)have)) == -1)
		return -1;
	pace_take(c->r->pace, (size_t)n, c->r->stop);
	s->n += (size_t)n;
	return (ssize_t)s->n;
}

int
seg_next(struct compact *c, struct seg_read *s, struct batch_head *h, struct slice *out, struct err *e)
{
	enum batch_verdict v = BATCH_SHORT;
	char name[SEGMENT_NAME_MAX];
	ssize_t n;

	segment_name(name, s->seg->base, ".log");
	if (s->at >= s->seg->size)
		return 0;
	if ((n = fill(c, s, BATCH_HEAD)) == -1)
		return err_sys(e, "cannot read '%s/%s'", c->dir->label, name);
	if (batch_head_read(SLICE_OF(c->in + (s->at - s->buf_at), (size_t)n), h) == BATCH_GOOD &&
	    h->size <= s->seg->size - s->at) {
		if ((n = fill(c, s, (size_t)h->size)) == -1)
			return err_sys(e, "cannot read '%s/%s'", c->dir->label, name);
		v = batch_verify(SLICE_OF(c->in + (s->at - s->buf_at), (size_t)n), h);
	}
	if (v != BATCH_GOOD || h->base_offset < s->seg->base || batch_last_offset(h) >= s->seg->next)
		return err_set(e, ERR_DAMAGE, "'%s/%s' is damaged at byte %" PRId64 ": it is not compacted", c->dir->label,
		    name, s->at);
	*out = SLICE_OF(c->in + (s->at - s->buf_at), (size_t)h->size);
	s->at += h->size;
	return 1;
}
