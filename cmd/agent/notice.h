/*
 * notice.h - the signals of an agent, as something to wait for.
 *
 * TERM and INT end it; the second of them ends the process at once.  HUP asks
 * for a reload, and ends an agent that was started from a terminal.  A signal
 * that was ignored at start stays ignored.
 */
#ifndef AGENT_NOTICE_H
#define AGENT_NOTICE_H

#include "base/err.h"

enum notice_what { NOTICE_NONE, NOTICE_END, NOTICE_RELOAD };

struct notice {
	int fd;
};

int notice_open(struct notice *, struct err *);		/* the descriptor to wait for, or -1 */
enum notice_what notice_wait(struct notice *, int ms);	/* -1: without end; NONE when the time is over */

#endif
