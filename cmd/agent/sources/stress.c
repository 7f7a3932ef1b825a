/*
 * stress.c - as many events as the channel takes, all of the same bytes (0x7F).
 */
#include <string.h>

#include "agent/source.h"
#include "base/clock.h"

struct stress {
	int64_t size, batch, total, successful, rate;
};

static void
configure(void *self, struct context *c)
{
	struct stress *s = self;

	s->size = ctx_int(c, "size", 500, 0, 64 << 20);
	s->batch = ctx_int(c, "batchSize", 1, 1, INT32_MAX);
	s->total = ctx_int(c, "maxTotalEvents", -1, -1, INT64_MAX);
	s->successful = ctx_int(c, "maxSuccessfulEvents", -1, -1, INT64_MAX);
	s->rate = ctx_int(c, "maxEventsPerSecond", 0, 0, INT32_MAX);
	ctx_batch(c, s->batch);
}

/* All events of a batch are the same bytes. */
static int
fill(const struct stress *s, struct batch *b, int64_t n, struct err *e)
{
	struct arena *a = batch_arena(b);
	uint8_t *body = a == NULL ? NULL : arena_alloc(a, (size_t)s->size);
	bool ok = body != NULL;

	if (ok)
		memset(body, 0x7f, (size_t)s->size);
	for (; ok && n > 0; n--)
		ok = batch_add_kept(b, body, (size_t)s->size) != NULL;
	return ok ? 0 : err_set(e, ERR_NOMEM, "no memory for a batch");
}

static int
run(void *self, struct source *src, struct err *e)
{
	const struct stress *s = self;
	int64_t sent = 0, good = 0, from = clock_steady_ns(), n, ahead;
	struct batch b = BATCH_INIT;
	struct err why = ERR_INIT;
	enum put_rc rc;

	b.hint = (size_t)s->size + (size_t)s->batch * sizeof(struct event);
	while (!source_stopping(src)) {
		n = s->batch;
		if (s->total >= 0 && n > s->total - sent)
			n = s->total - sent;
		if (s->successful >= 0 && n > s->successful - good)
			n = s->successful - good;
		if (n <= 0)
			break;
		if (fill(s, &b, n, e) != 0) {
			batch_clear(&b);
			return -e->code;
		}
		rc = source_put(src, &b, &why);
		batch_clear(&b);
		sent += n;
		if (rc == PUT_OK)
			good += n;
		else if (rc == PUT_STOPPED)
			break;
		else {
			source_count(src, EVENT_LOST, n);
			(void)source_wait(src, NULL, 0, 1000);
		}
		ahead = s->rate == 0 ? 0 : sent * 1000 / s->rate - (clock_steady_ns() - from) / 1000000;
		if (ahead > 0)
			(void)source_wait(src, NULL, 0, (int)ahead);
	}
	return 0;
}

const struct source_type source_stress = {
	.names = { NULL, CLASSES("org.apache.flume.source.StressSource") },
	.size = sizeof(struct stress), .configure = configure, .run = run,
};
