/*
 * Any bytes as what an avro source or sink hears: the first byte says which.
 * What was read is written again and read the same; a message that comes in
 * pieces is the one that comes at once.
 */
#include <stdlib.h>

#include "agent/wire/avro_call.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define MAX	((size_t)4096)

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static bool
inside(struct slice s, const uint8_t *p, size_t n)
{
	return s.n == 0 || (s.p >= p && s.p + s.n <= p + n);
}

static void
again(const struct avro_event *ev)
{
	struct buf out = BUF_INIT;
	struct avro_event two;
	struct slice k, v;
	struct rd r;
	size_t n = 0;

	avro_put_headers_begin(&out, ev->count);
	for (struct avro_list h = avro_headers(ev); avro_header_next(&h, &k, &v); n++) {
		avro_put_bytes(&out, k);
		avro_put_bytes(&out, v);
	}
	must(n == ev->count);
	avro_put_headers_end(&out, ev->count);
	avro_put_bytes(&out, ev->body);
	r = RD_OF(out.p, out.n);
	must(avro_event_get(&r, &two) && rd_left(&r) == 0 && two.count == ev->count && slice_eq(two.body, ev->body));
	buf_release(&out);
}

static void
datum(const uint8_t *p, size_t n)
{
	struct rd r = RD_OF(p, n);
	struct avro_event ev;

	if (avro_event_get(&r, &ev)) {
		must(inside(ev.body, p, n));
		again(&ev);
	}
}

static void
request(const uint8_t *p, size_t n, bool established)
{
	struct avro_request q;
	struct avro_event ev;
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	int rc = avro_request_get(&q, SLICE_OF(p, n), &established, &e);

	if (rc == 0 && (q.what == AVRO_APPEND || q.what == AVRO_APPEND_BATCH))
		while ((rc = avro_request_event(&q, &ev, &e)) == 1) {
			must(inside(ev.body, p, n));
			again(&ev);
		}
	must(rc == 0 || rc == -ERR_DAMAGE);
	avro_reply_put(&out, 1, &q, AVRO_OK, rc != 0 ? e.text : NULL);
	must(out.n >= 12 && get_be32(out.p + 8) == out.n - 12);
	buf_release(&out);
}

static void
reply(const uint8_t *p, size_t n)
{
	struct avro_client c = AVRO_CLIENT_INIT;
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;

	avro_request_put(&c, &out, "appendBatch", 1);
	if (avro_reply_get(&c, 1, SLICE_OF(p, n), &e) == 1) {
		avro_request_put(&c, &out, "appendBatch", 1);
		must(avro_reply_get(&c, 2, SLICE_OF(p, n), &e) == -ERR_DAMAGE);
	}
	buf_release(&out);
}

static void
frame(const uint8_t *p, size_t n)
{
	struct avro_frame whole = AVRO_FRAME_INIT, parts = AVRO_FRAME_INIT;
	uint8_t *a = malloc(n + 1), *b = malloc(n + 1);
	size_t step = n > 0 ? 1 + p[0] % 17 : 1, k;
	int rc, rc2 = 0;

	memcpy(a, p, n);
	memcpy(b, p, n);
	rc = avro_frame_join(&whole, a, n, MAX, NULL);
	for (k = 0; k < n && rc2 == 0;) {
		k = k + step < n ? k + step : n;
		rc2 = avro_frame_join(&parts, b, k, MAX, NULL);
	}
	must(rc2 == rc);
	if (rc == 1)
		must(whole.size == parts.size && whole.used == parts.used && whole.used <= n && whole.size <= MAX &&
		    memcmp(a, b, whole.size) == 0);
	free(a);
	free(b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	switch (data[0] % 5) {
	case 0: datum(data + 1, n - 1); break;
	case 1: request(data + 1, n - 1, false); break;
	case 2: request(data + 1, n - 1, true); break;
	case 3: reply(data + 1, n - 1); break;
	default: frame(data + 1, n - 1); break;
	}
	return 0;
}
