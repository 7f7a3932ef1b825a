/*
 * TERM, INT and HUP.  The flag and the time of the first are process-wide, as
 * the signals are; they are the only state of libcommon that changes.
 */
#include "tool/signals.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/clock.h"

#define ECHO_NS		INT64_C(250000000)	/* nobody means two so soon */

static const int caught[] = { SIGTERM, SIGINT, SIGHUP };
static volatile sig_atomic_t pending;
static int64_t first_ns;

bool
signals_again(void)
{
	int64_t now = clock_steady_ns(), first = 0;

	if (__atomic_compare_exchange_n(&first_ns, &first, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return false;
	return now - first > ECHO_NS;
}

static void
on_signal(int sig)
{
	if (!signals_again()) {
		if (pending == 0)
			pending = sig;
		return;
	}
	/* The second one: delivered again, and for good, when this returns. */
	signal(sig, SIG_DFL);
	raise(sig);
}

const volatile sig_atomic_t *
signals_catch(void)
{
	struct sigaction sa = { .sa_handler = on_signal }, old;
	size_t i;

	sigemptyset(&sa.sa_mask);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		if (sigaction(caught[i], &sa, &old) == 0 && old.sa_handler == SIG_IGN)
			sigaction(caught[i], &old, NULL);
	}
	return &pending;
}

void
signals_ignore_pipe(void)
{
	signal(SIGPIPE, SIG_IGN);
}

void
signals_exit(int status)
{
	int sig = pending;
	sigset_t set;

	if (sig != 0) {
		sigemptyset(&set);
		sigaddset(&set, sig);
		signal(sig, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(sig);
		exit(128 + sig);
	}
	exit(status);
}
