/*
 * stop.h - sleeping until a descriptor is ready, and missing no signal that
 * asks to end.
 *
 *	struct stop s = { .flag = &stop };	// a handler sets it
 *
 *	for (;;) {
 *		if (*s.flag)
 *			...
 *		stop_poll(&s, fds, n, -1);
 *	}
 *
 * A signal that comes between the look at the flag and poll(2) would be heard
 * when the sleep ends by itself, which may be never.  Here signals are let in
 * only while it sleeps (ppoll(2)), and a flag that was set since the last call
 * is answered at once: once, so who still has something to wait for after a
 * signal calls it again.  Other threads have all signals blocked: a handler
 * that ran in one of them would not end the sleep.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

struct stop {
	const volatile sig_atomic_t *flag;	/* NULL: plain poll(2) */
	sig_atomic_t seen;
};

/* As poll(2), timeout_ms without its limit; -1 with EINTR also when the flag is newly set. */
int stop_poll(struct stop *, struct pollfd *, unsigned n, int64_t timeout_ms);

#endif
