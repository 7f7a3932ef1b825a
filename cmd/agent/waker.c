/*
 * waker.c - sleeping and waking with a futex (waker.h).
 */
#include "agent/waker.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <limits.h>
#include <time.h>
#include <unistd.h>

unsigned
waker_look(struct waker *w)
{
	return atomic_load(&w->news);
}

void
waker_sleep(struct waker *w, unsigned seen, int64_t until_ns)
{
	struct timespec ts = { .tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000 };

	atomic_fetch_add(&w->asleep, 1);
	/* a bitset wait takes the time at which to end, on the steady clock */
	(void)syscall(SYS_futex, &w->news, FUTEX_WAIT_BITSET_PRIVATE, seen, until_ns > 0 ? &ts : NULL, NULL, FUTEX_BITSET_MATCH_ANY);
	atomic_fetch_sub(&w->asleep, 1);
}

void
waker_wake(struct waker *w)
{
	atomic_fetch_add(&w->news, 1);
	if (atomic_load(&w->asleep) > 0)
		(void)syscall(SYS_futex, &w->news, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
