/*
 * stop.c - poll(2), but signals come only while it sleeps (stop.h).
 */
#include "base/stop.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

int
stop_poll(struct stop *s, struct pollfd *fds, unsigned n, int64_t timeout_ms)
{
	struct timespec t = { .tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000 };
	sigset_t all, old;
	int rc = -1, saved;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	saved = EINTR;
	if (s->flag == NULL || *s->flag == s->seen) {
		rc = ppoll(fds, n, timeout_ms < 0 ? NULL : &t, &old);
		saved = errno;
	}
	if (s->flag != NULL)
		s->seen = *s->flag;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return rc;
}
