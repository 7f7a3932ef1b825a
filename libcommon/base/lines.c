/*
 * lines.c - input cut at a delimiter (lines.h).
 *
 * The bytes not yet given out are [at, end) of one buffer; of those the first
 * seen hold no delimiter, so none is looked at twice.  Records are given out
 * where they lie; only what is left over at a refill moves.
 */
#include "base/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES_BUFFER	((size_t)1 << 20)
#define LINES_SHORT	((size_t)4 << 10)
#define LINES_READ	((size_t)256 << 10)	/* of one read(2) */

int
lines_open(struct lines *l, int fd, struct slice delim, size_t max)
{
	*l = (struct lines)LINES_INIT;
	if (delim.n == 0 || delim.n > sizeof(l->delim) || max > SIZE_MAX / 4) {
		errno = EINVAL;
		return -1;
	}
	if ((l->buf = malloc(LINES_BUFFER)) == NULL)
		return -1;
	l->cap = LINES_BUFFER;
	l->fd = fd;
	l->max = max;
	l->delim_len = delim.n;
	memcpy(l->delim, delim.p, delim.n);
	return 0;
}

/* Where the delimiter begins in what was not yet searched, or NULL; then seen is as far as it need not begin again. */
static const uint8_t *
delimiter(struct lines *l)
{
	const uint8_t *from = l->buf + l->at + l->seen, *hit;
	size_t n = l->end - l->at - l->seen;

	if (l->delim_len == 1)
		hit = memchr(from, l->delim[0], n);
	else
		hit = memmem(from, n, l->delim, l->delim_len);
	if (hit == NULL && n >= l->delim_len)
		l->seen += n - (l->delim_len - 1);
	return hit;
}

static enum lines_rc
give(struct lines *l, struct slice *rec, size_t n, size_t step)
{
	*rec = SLICE_OF(l->buf + l->at, n > l->max ? l->max : n);
	l->at += step;
	l->seen = 0;
	l->number++;
	return n > l->max ? LINES_LONG : LINES_RECORD;
}

enum lines_rc
lines_next(struct lines *l, struct slice *rec)
{
	const uint8_t *hit;
	size_t n;

	while ((hit = delimiter(l)) != NULL) {
		n = (size_t)(hit - (l->buf + l->at));
		if (!l->skipping)
			return give(l, rec, n, n + l->delim_len);
		l->skipping = false;
		l->at += n + l->delim_len;
		l->seen = 0;
	}
	n = l->end - l->at;
	if (l->skipping) {
		l->at += l->seen;
		l->seen = 0;
		return l->eof ? LINES_END : LINES_DRY;
	}
	/* Too long even if the delimiter's first bytes are the last ones here. */
	if (l->seen > l->max) {
		l->skipping = true;
		return give(l, rec, l->seen, l->seen);
	}
	if (!l->eof)
		return LINES_DRY;
	return n == 0 ? LINES_END : give(l, rec, n, n);
}

size_t
lines_take(struct lines *l, struct slice *out, size_t n)
{
	const uint8_t *at = l->buf + l->at, *end = l->buf + l->end, *hit;
	size_t i = 0;

	if (l->delim_len != 1 || l->skipping)
		return 0;
	while (i < n && (hit = memchr(at + l->seen, l->delim[0], (size_t)(end - at) - l->seen)) != NULL) {
		if ((size_t)(hit - at) > l->max)
			break;
		out[i++] = SLICE_OF(at, hit - at);
		at = hit + 1;
		l->seen = 0;
	}
	l->at = (size_t)(at - l->buf);
	l->number += i;
	return i;
}

void
lines_back(struct lines *l, const struct slice *v, size_t n)
{
	if (n == 0)
		return;
	l->at = (size_t)(v[0].p - l->buf);
	l->seen = 0;
	l->number -= n;
}

/*
 * Room behind end for a good read.  A short rest moves to the front each time,
 * so that the same memory, still in the cache, takes the next bytes; a long
 * one only when it must, and then the buffer may have to be enlarged.
 */
static int
make_room(struct lines *l)
{
	size_t cap, rest = l->end - l->at;
	uint8_t *p;

	if (rest > LINES_SHORT && l->cap - l->end >= LINES_READ)
		return 0;
	if (l->at > 0) {
		memmove(l->buf, l->buf + l->at, rest);
		l->end = rest;
		l->at = 0;
	}
	if (l->cap - l->end >= LINES_READ)
		return 0;
	/* Only a record longer than half the buffer comes here, and max bounds how often. */
	cap = l->cap * 2;
	if ((p = realloc(l->buf, cap)) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	l->buf = p;
	l->cap = cap;
	return 0;
}

ssize_t
lines_fill(struct lines *l)
{
	size_t n;
	ssize_t r;

	if (l->eof)
		return 0;
	if (make_room(l) == -1)
		return -1;
	n = l->cap - l->end;
	r = read(l->fd, l->buf + l->end, n < LINES_READ ? n : LINES_READ);
	if (r > 0) {
		l->end += (size_t)r;
		l->bytes += (uint64_t)r;
	} else if (r == 0)
		l->eof = true;
	return r;
}

void
lines_finish(struct lines *l)
{
	l->eof = true;
}

void
lines_close(struct lines *l)
{
	free(l->buf);
	*l = (struct lines)LINES_INIT;
}
