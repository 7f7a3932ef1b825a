/*
 * pace.h - no more than so many bytes a second, over all threads that share
 * one.
 *
 *	struct pace p = PACE_OF(rate);
 *
 *	pace_take(&p, n, &stop);	// after so many bytes: sleeps when that was too fast
 *
 * Counts what was taken, also without a limit.
 */
#ifndef BASE_PACE_H
#define BASE_PACE_H

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct pace {
	int64_t rate;			/* bytes a second; 0: no limit */
	_Atomic int64_t moved;
	_Atomic int64_t began_ns;	/* 0: nothing was taken yet */
};
#define PACE_OF(bytes_a_second)	{ .rate = (bytes_a_second) }

/* stop may be NULL; not 0: returns within a tenth of a second. */
void pace_take(struct pace *, size_t bytes, const volatile sig_atomic_t *stop);

#endif
