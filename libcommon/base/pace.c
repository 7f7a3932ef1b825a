/*
 * pace.c - see pace.h.
 */
#include <time.h>

#include "base/clock.h"
#include "base/pace.h"

#define NS		1000000000LL
#define LOOK_NS		100000000LL

void
pace_take(struct pace *p, size_t bytes, const volatile sig_atomic_t *stop)
{
	int64_t moved = atomic_fetch_add(&p->moved, (int64_t)bytes) + (int64_t)bytes, began = 0, ahead;
	struct timespec t = { .tv_sec = 0 };

	if (p->rate <= 0)
		return;
	if (atomic_compare_exchange_strong(&p->began_ns, &began, clock_steady_ns()))
		began = p->began_ns;
	while (stop == NULL || *stop == 0) {
		ahead = (int64_t)((double)moved / (double)p->rate * (double)NS) - (clock_steady_ns() - began);
		if (ahead <= 0)
			return;
		t.tv_nsec = ahead < LOOK_NS ? ahead : LOOK_NS;
		(void)nanosleep(&t, NULL);
	}
}
