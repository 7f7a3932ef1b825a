/*
 * buf.c - bytes that grow (buf.h).
 */
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST	64

static bool
grow(struct buf *b, size_t cap)
{
	uint8_t *p = realloc(b->p, cap);

	if (p == NULL) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	size_t cap;

	if (b->failed)
		return NULL;
	if (b->p == NULL || b->cap - b->n < n) {
		if (n > SIZE_MAX / 4 - b->n) {
			b->failed = true;
			return NULL;
		}
		cap = b->cap < BUF_FIRST ? BUF_FIRST : b->cap * 2;
		if (cap < b->n + n)
			cap = b->n + n;
		if (!grow(b, cap))
			return NULL;
	}
	return b->p + b->n;
}

size_t
buf_more(struct buf *b, size_t first, size_t most)
{
	size_t cap;

	if (b->failed || most == 0)
		return 0;
	if (most > SIZE_MAX / 4 - b->n)
		most = SIZE_MAX / 4 - b->n;
	if (b->p == NULL || b->cap == b->n) {
		cap = b->cap < first ? first : b->cap * 2;
		if (cap <= b->n)
			cap = b->n + BUF_FIRST;
		if (cap > b->n + most)
			cap = b->n + most;
		if (!grow(b, cap))
			return 0;
	}
	return b->cap - b->n < most ? b->cap - b->n : most;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (to != NULL && n > 0) {
		memcpy(to, p, n);
		b->n += n;
	}
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, int c)
{
	uint8_t *to = buf_room(b, 1);

	if (to != NULL) {
		*to = (uint8_t)c;
		b->n++;
	}
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *to;
	size_t left;
	int n;

	if ((to = buf_room(b, BUF_FIRST)) == NULL)
		return;
	left = b->cap - b->n;
	va_start(ap, fmt);
	n = vsnprintf((char *)to, left, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= left) {
		if ((to = buf_room(b, (size_t)n + 1)) == NULL)
			return;
		va_start(ap, fmt);
		n = vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
		va_end(ap);
	}
	if (n < 0)
		b->failed = true;
	else
		b->n += (size_t)n;
}

const char *
buf_str(struct buf *b)
{
	uint8_t *to = buf_room(b, 1);

	if (to == NULL)
		return NULL;
	*to = '\0';
	return (const char *)b->p;
}

struct slice
buf_slice(const struct buf *b)
{
	return SLICE_OF(b->p == NULL ? (const uint8_t *)"" : b->p, b->n);
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->n) {
		b->n = 0;
		return;
	}
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

void
buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf)BUF_INIT;
}
