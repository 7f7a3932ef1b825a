/*
 * patient.c - puts until the channels have it (patient.h).
 */
#include "agent/sources/patient.h"

#include "base/clock.h"

#define FIRST_MS	50
#define SAY_NS		5000000000LL	/* that it waits is said once in that time */

bool
patient_put(struct patient *p, struct source *src, struct batch *b)
{
	struct counters *c = source_self(src)->counters;
	struct err e = ERR_INIT;
	int64_t now;
	int ms = FIRST_MS;
	enum put_rc rc;

	counter_add(c, APPEND_BATCH_RECEIVED, 1);
	while ((rc = source_put(src, b, &e)) == PUT_FULL || rc == PUT_FAILED) {
		now = clock_steady_ns();
		if (p->said_ns == 0 || now - p->said_ns >= SAY_NS) {
			say(source_self(src), LOG_WARN, "The channel is full or unexpected failure. The source will try again after %d ms: %s", ms,
			    e.text);
			p->said_ns = now;
		}
		if (p->waits != NULL)
			p->waits(p->arg);
		(void)source_wait(src, NULL, 0, ms);
		ms = ms * 2 < p->most_ms ? ms * 2 : p->most_ms;
	}
	if (rc == PUT_OK)
		counter_add(c, APPEND_BATCH_ACCEPTED, 1);
	return rc == PUT_OK;
}
