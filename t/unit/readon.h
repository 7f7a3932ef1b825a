/*
 * readon.h - reading what logdir.h made, each record checked for being itself.
 */
#ifndef UNIT_READON_H
#define UNIT_READON_H

#include "unit/logdir.h"

/* Reads on to the end: how many records, each checked; *rc is what ended it. */
__attribute__((unused)) static int64_t
read_on(struct reader *rd, int64_t *expect, int *rc, struct err *e)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct log_batch b;
	struct record r;
	char want[32];
	int64_t n = 0, from;

	for (;;) {
		from = reader_position(rd);
		if ((*rc = reader_next(rd, &b, e)) != 1)
			break;
		if (!b.deliver)
			continue;
		if (!CHECK(batch_open(&it, b.bytes, 1 << 26, e) == 0, "%s", e->text))
			break;
		while (batch_next(&it, &r, e) == 1) {
			if (r.offset < from)
				continue;
			(void)snprintf(want, sizeof(want), "%" PRId64 ":", r.offset);
			CHECK(r.value.n >= strlen(want) && memcmp(r.value.p, want, strlen(want)) == 0,
			    "offset %" PRId64 " has another's value", r.offset);
			if (*expect >= 0) {
				CHECK_INT(r.offset, *expect);
				*expect = r.offset + 1;
			}
			n++;
		}
	}
	batch_iter_release(&it);
	return n;
}

#endif
