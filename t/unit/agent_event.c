/*
 * Events: headers set, replaced and removed, the order of a Java map, arenas
 * that are shared, batches that grow.
 */
#include "agent/event.h"
#include "unit/check.h"

static void
check_order(const char *const *names, unsigned n, bool from_map, const char *want)
{
	struct batch b = BATCH_INIT;
	struct event *ev = batch_add(&b, "x", 1);
	struct buf out = BUF_INIT;

	for (unsigned i = 0; i < n; i++)
		CHECK_INT(event_set(&b, ev, slice_str(names[i]), slice_str("v")), 0);
	if (from_map)
		event_from_map(ev);
	event_print_headers(&out, ev);
	CHECK_STR(buf_str(&out), want);
	buf_release(&out);
	batch_clear(&b);
}

static void
check_headers(void)
{
	struct batch b = BATCH_INIT;
	struct event *ev = batch_add(&b, "x", 1);
	struct slice v;

	CHECK_INT(event_set(&b, ev, slice_str("a"), slice_str("1")), 0);
	CHECK_INT(event_set(&b, ev, slice_str("b"), slice_str("2")), 0);
	CHECK_INT(event_set(&b, ev, slice_str("a"), slice_str("33")), 0);
	CHECK_INT(ev->nheaders, 2);
	v = event_get(ev, slice_str("a"));
	CHECK_BYTES(v.p, v.n, "33", 2);
	event_remove(&b, ev, slice_str("a"));
	event_remove(&b, ev, slice_str("none"));
	CHECK_INT(ev->nheaders, 1);
	CHECK(event_get(ev, slice_str("a")).p == NULL, "a removed header is there");
	v = event_get(ev, slice_str("b"));
	CHECK_BYTES(v.p, v.n, "2", 1);
	batch_clear(&b);
}

static void
check_growth(void)
{
	struct batch b = BATCH_INIT;
	struct arena *a;
	char text[32];
	bool same = true;

	for (int i = 0; i < 100000; i++) {
		int n = snprintf(text, sizeof(text), "%d", i);

		if (batch_add(&b, text, (size_t)n) == NULL)
			CHECK(false, "no event %d", i);
	}
	a = b.arena;
	arena_ref(a);
	batch_skip(&b, 10);
	for (size_t i = 0; i < b.n; i++) {
		int n = snprintf(text, sizeof(text), "%zu", i + 10);

		same = same && b.v[i].len == (uint32_t)n && memcmp(b.v[i].body, text, (size_t)n) == 0;
	}
	CHECK(same, "events changed while the batch grew");
	batch_clear(&b);
	CHECK(arena_bytes(a) < 100000 * (24 * 4 + 16), "%zu bytes for 100000 events", arena_bytes(a));
	arena_unref(a);
	CHECK(b.n == 0 && b.arena == NULL, "a cleared batch is not empty");
}

int
main(void)
{
	/* As a JVM prints them: syslog's headers, and some whose buckets collide. */
	static const char *const syslog[] = { "host", "Severity", "Facility", "priority", "timestamp" };
	static const char *const kafka[] = { "timestamp", "topic", "partition", "offset" };
	static const char *const taildir[] = { "h1", "byteoffset", "file" };

	check_order(syslog, 5, true, "{host=v, Severity=v, Facility=v, priority=v, timestamp=v}");
	check_order(kafka, 4, true, "{topic=v, partition=v, offset=v, timestamp=v}");
	check_order(taildir, 3, false, "{byteoffset=v, file=v, h1=v}");
	check_order(NULL, 0, true, "{}");
	check_headers();
	check_growth();
	return check_done();
}
