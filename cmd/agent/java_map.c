/*
 * java_map.c - headers in the order of a Java HashMap, which is the one that
 * Flume's logger and its text serializers show (event.h).
 *
 * The order: by bucket, (h ^ h >>> 16) & (size - 1), h the string's hashCode;
 * in a bucket by the time of insertion.  The table starts with 16 buckets, or
 * with as many as Java gives to a copy of a map of n, and doubles when it holds
 * more than three quarters of its size.
 */
#include "agent/event.h"

#define USUAL	4		/* log2 of 16 */

/* String.hashCode: over UTF-16 units, so a character beyond U+FFFF counts as its two surrogates. */
static uint32_t
hash_code(struct slice s)
{
	uint32_t h = 0, c;
	size_t i = 0, k, more;

	while (i < s.n) {
		c = s.p[i++];
		more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
		if (more > 0) {
			c &= 0x3fu >> more;
			for (k = 0; k < more && i < s.n && (s.p[i] & 0xc0) == 0x80; k++)
				c = c << 6 | (s.p[i++] & 0x3f);
			if (k < more)
				c = 0xfffd;
		}
		if (c > 0xffff) {
			c -= 0x10000;
			h = h * 31 + (0xd800 + (c >> 10));
			c = 0xdc00 + (c & 0x3ff);
		}
		h = h * 31 + c;
	}
	return h ^ h >> 16;
}

void
event_from_map(struct event *ev)
{
	unsigned bits = 1;

	if (ev->nheaders == 0)
		return;		/* an empty map has no table yet: the first put makes the usual one */
	/* the smallest power of two that is not less than n / 0.75 + 1, rounded down */
	while ((1u << bits) < ev->nheaders * 4u / 3u + 1u)
		bits++;
	ev->table = (uint8_t)bits;
}

void
event_order(const struct event *ev, uint16_t *at)
{
	unsigned bits = ev->table != 0 ? ev->table : USUAL, i, j;
	uint32_t mask, bucket;

	while (ev->nheaders > (3u << bits) / 4)
		bits++;
	mask = (1u << bits) - 1;
	for (i = 0; i < ev->nheaders; i++) {
		bucket = hash_code(ev->headers[i].name) & mask;
		for (j = i; j > 0 && (hash_code(ev->headers[at[j - 1]].name) & mask) > bucket; j--)
			at[j] = at[j - 1];
		at[j] = (uint16_t)i;
	}
}

void
event_print_headers(struct buf *out, const struct event *ev)
{
	uint16_t few[32], *at = few;
	struct buf many = BUF_INIT;
	unsigned i;

	if (ev->nheaders > 32)
		at = (uint16_t *)(void *)buf_room(&many, ev->nheaders * sizeof(*at));
	buf_putc(out, '{');
	if (at != NULL && ev->nheaders > 0)
		event_order(ev, at);
	for (i = 0; at != NULL && i < ev->nheaders; i++) {
		const struct header *h = &ev->headers[at[i]];

		if (i > 0)
			buf_put(out, ", ", 2);
		buf_put(out, h->name.p, h->name.n);
		buf_putc(out, '=');
		buf_put(out, h->value.p, h->value.n);
	}
	buf_putc(out, '}');
	buf_release(&many);
}
