/*
 * lossy.c - what cannot be put is dropped, and counted (lossy.h).
 */
#include "agent/sources/lossy.h"

#include "base/clock.h"

#define SAY_NS		60000000000LL	/* losses are said once in that time */
#define PAUSE_MOST_MS	100		/* between two tries for a sender that waits */

void
lossy_count(struct lossy *l, struct source *src, int64_t n, const char *why)
{
	int64_t now = clock_steady_ns(), said = atomic_load(&l->said_ns);

	source_count(src, EVENT_LOST, n);
	(void)atomic_fetch_add(&l->unsaid, n);
	if ((said != 0 && now - said < SAY_NS) || !atomic_compare_exchange_strong(&l->said_ns, &said, now))
		return;
	say(source_self(src), LOG_ERROR, "%lld events dropped: %s", (long long)atomic_exchange(&l->unsaid, 0), why);
}

void
lossy_put(struct lossy *l, struct source *src, struct batch *b, bool together)
{
	struct err e = ERR_INIT;
	enum put_rc rc;
	size_t done;
	int ms = 1;

	while (b->n > 0) {
		rc = together ? source_put(src, b, &e) : source_put_some(src, b, &done, &e);
		if (rc == PUT_OK)
			continue;
		if (rc == PUT_STOPPED)
			(void)err_set(&e, ERR_INTR, "the source is being stopped");
		else if (l->waits) {
			(void)source_wait(src, NULL, 0, ms);
			ms = ms * 2 < PAUSE_MOST_MS ? ms * 2 : PAUSE_MOST_MS;
			continue;
		}
		done = together || rc == PUT_STOPPED ? b->n : 1;
		lossy_count(l, src, (int64_t)done, e.text);
		batch_skip(b, done);
	}
	batch_clear(b);
}
