/*
 * notice.c - TERM, INT and HUP through an eventfd (notice.h).
 */
#include "agent/notice.h"

#include <sys/eventfd.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "base/io.h"
#include "tool/signals.h"

/* A handler has nothing else to know them by. */
static volatile sig_atomic_t ends, reloads, from_terminal;
static int event_fd = -1;

static void
on_signal(int sig)
{
	uint64_t one = 1;

	if (sig == SIGHUP && !from_terminal)
		reloads = 1;
	else if (signals_again()) {
		signal(sig, SIG_DFL);
		raise(sig);
	} else
		ends = 1;
	(void)!write(event_fd, &one, sizeof(one));
}

int
notice_open(struct notice *n, struct err *e)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;
	size_t i;

	if ((n->fd = event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return err_sys(e, "cannot wait for signals"), -1;
	from_terminal = isatty(STDIN_FILENO) || isatty(STDERR_FILENO);
	sigemptyset(&sa.sa_mask);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (sigaction(caught[i], &sa, &old) == 0 && old.sa_handler == SIG_IGN)
			(void)sigaction(caught[i], &old, NULL);
	return n->fd;
}

enum notice_what
notice_wait(struct notice *n, int ms)
{
	struct pollfd p = { .fd = n->fd, .events = POLLIN };
	uint64_t some;

	if (ends == 0 && reloads == 0)
		(void)poll(&p, 1, ms);
	(void)read_some(n->fd, &some, sizeof(some));
	if (ends != 0)
		return NOTICE_END;
	if (reloads == 0)
		return NOTICE_NONE;
	reloads = 0;
	return NOTICE_RELOAD;
}
