/*
 * waker.h - a thread sleeps in the kernel until another has news.
 *
 *	seen = waker_look(&w);
 *	if (nothing to do)
 *		waker_sleep(&w, seen, until);	// returns at once when waker_wake came after waker_look
 *
 * waker_wake costs a system call only when somebody sleeps.
 */
#ifndef AGENT_WAKER_H
#define AGENT_WAKER_H

#include <stdatomic.h>
#include <stdint.h>

struct waker {
	atomic_uint news;
	atomic_int asleep;
};

unsigned waker_look(struct waker *);
void waker_sleep(struct waker *, unsigned seen, int64_t until_ns);	/* clock_steady_ns; 0: without end */
void waker_wake(struct waker *);

#endif
