/*
 * Any bytes as syslog, by both parsers.  A stream is cut into the same frames
 * whether it comes at once or in pieces; no byte of a frame is lost or read
 * outside of it.  The first byte says in what pieces, and the length a frame may have.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/charset.h"
#include "agent/sources/syslog.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* The frames one behind the other, each with its length and whether it was cut. */
static void
cut_into(struct buf *out, const uint8_t *p, size_t n, size_t step, size_t max)
{
	struct frames f = { .max = max, .octets = true };
	size_t have = 0, at = 0, used = 0;
	struct slice frame;
	bool cut;

	do {
		have = n - have < step ? n : have + step;
		while (frames_next(&f, SLICE_OF(p + at, have - at), have == n, &frame, &cut, &used) == 1) {
			must(frame.n <= max && used > 0 && used <= have - at);
			buf_printf(out, "%zu %d ", frame.n, cut);
			buf_put(out, frame.p, frame.n);
			at += used;
		}
		at += used;
		must(at <= have);
	} while (have < n);
	must(at == n || f.left > 0);
}

static void
events(const uint8_t *p, size_t n, unsigned keep)
{
	struct syslog one = { .keep = keep }, two = { .keep = keep };
	struct batch b = BATCH_INIT;
	struct event *ev;
	struct slice s;
	uint8_t *copy = arena_copy(batch_arena(&b), p, n);

	must(copy != NULL);
	s = SLICE_OF(copy, n);
	must((ev = syslog_event(&one, &b, s, (keep & 32) != 0)) != NULL && ev->nheaders >= 2);
	if (keep & KEEP_ALL)
		must(slice_eq(event_body(ev), s));
	/* once more: what the parser remembers changes nothing */
	must(syslog_event(&one, &b, s, false)->len == ev->len);
	must((ev = syslog_multiport_event(&two, &b, s, false, charset_fits(NULL, s))) != NULL && ev->nheaders >= 1);
	batch_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct buf whole = BUF_INIT, pieces = BUF_INIT;
	uint8_t how;

	if (n == 0)
		return 0;
	how = *data++;
	n--;
	if (memchr(data, '\n', n) == NULL)
		events(data, n, how & 63);
	cut_into(&whole, data, n, n == 0 ? 1 : n, 10 + how / 4);
	cut_into(&pieces, data, n, 1 + how % 7, 10 + how / 4);
	must(whole.n == pieces.n && (whole.n == 0 || memcmp(whole.p, pieces.p, whole.n) == 0));
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
