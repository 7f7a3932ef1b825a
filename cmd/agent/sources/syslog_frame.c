/*
 * syslog_frame.c - frames of a stream of syslog (syslog.h).
 */
#include <string.h>

#include "agent/sources/syslog.h"

#define DIGITS	10		/* of a length */

/* "123 <": a length in front.  1: *head bytes of it; 0: none; -1: it may be one, more bytes are needed. */
static int
counted(struct slice p, bool end, uint64_t *length, size_t *head)
{
	size_t i = 0;

	*length = 0;
	if (p.p[0] == '0')
		return 0;
	while (i < p.n && i < DIGITS && p.p[i] >= '0' && p.p[i] <= '9')
		*length = *length * 10 + (uint64_t)(p.p[i++] - '0');
	if (i == 0)
		return 0;
	if (i + 1 >= p.n)
		return end || (i < p.n && p.p[i] != ' ') ? 0 : -1;
	if (p.p[i] != ' ' || p.p[i + 1] != '<')
		return 0;
	*head = i + 1;
	return 1;
}

/* The next piece of a counted frame of which left bytes are to come; skip stands in front. */
static int
piece(struct frames *f, struct slice p, bool end, size_t skip, uint64_t left, struct slice *frame, bool *cut, size_t *used)
{
	size_t have = p.n - skip, n = left > f->max ? f->max : (size_t)left;

	if (have < n) {
		if (!end || have == 0)
			return 0;
		n = have;
		left = n;
		*cut = true;
	} else
		*cut = left > n;
	*frame = SLICE_OF(p.p + skip, n);
	*used += skip + n;
	f->left = left - n;
	return 1;
}

int
frames_next(struct frames *f, struct slice p, bool end, struct slice *frame, bool *cut, size_t *used)
{
	const uint8_t *nl;
	uint64_t length;
	size_t head = 0, look;
	int rc = 0;

	*used = 0;
	*cut = false;
	if (f->left > 0)
		return piece(f, p, end, 0, f->left, frame, cut, used);
	while (*used < p.n && p.p[*used] == '\n')
		++*used;
	p = SLICE_OF(p.p + *used, p.n - *used);
	if (p.n == 0)
		return 0;
	if (f->octets && (rc = counted(p, end, &length, &head)) == 1)
		return piece(f, p, end, head, length, frame, cut, used);
	if (rc < 0)
		return 0;
	look = p.n < f->max ? p.n : f->max;
	if ((nl = memchr(p.p, '\n', look)) != NULL) {
		*frame = SLICE_OF(p.p, (size_t)(nl - p.p));
		*used += frame->n + 1;
		return 1;
	}
	if (p.n < f->max && !end)
		return 0;
	*frame = SLICE_OF(p.p, look);
	*cut = p.n >= f->max;
	*used += look;
	return 1;
}
