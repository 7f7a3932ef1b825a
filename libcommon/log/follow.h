/*
 * follow.h - waiting until directories change.
 *
 *	f = follow_new(&e);
 *	follow_add(f, dirfd);			// a partition, a topic, the store
 *	...read to the end...			// after the watch was set, always
 *	follow_wait(f, timeout_ms, fds, n);	// then read again, whatever it says
 *
 * inotify only ever means "look again"; where it cannot be had (instances,
 * watches, overflow, a network file system) the wait ends by its poll
 * interval instead, and follow_degraded says why, once.  An idle wait wakes
 * at most twice a second.
 *
 * inotify(7); a watch is on the inode, by way of /proc/self/fd.
 */
#ifndef LOG_FOLLOW_H
#define LOG_FOLLOW_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct follow;

struct follow *follow_new(struct err *);	/* never fails for want of inotify; NULL: no memory */
/* Watches the directory (created, modified, moved, deleted).  The descriptor may be closed afterwards.  A tag >= 0, or -1: polling only. */
int follow_add(struct follow *, int dirfd);
void follow_drop(struct follow *, int tag);
/* Waits end by a signal that sets *flag, also when it came just before (base/stop.h). */
void follow_stop(struct follow *, const volatile sig_atomic_t *flag);
/*
 * Waits for a change, one of the n descriptors of fds (poll(2) events in
 * revents), the timeout (-1: none), a signal.  1 something changed or may
 * have, 0 the timeout, -1 interrupted.  fds may be NULL.
 */
int follow_wait(struct follow *, int64_t timeout_ms, struct pollfd *fds, unsigned n);
/* Tags of what changed since the last call, one a call; -1: no more; FOLLOW_ALL (overflow, poll): look at everything. */
#define FOLLOW_ALL	(-2)
int follow_changed(struct follow *);
/* Why it polls instead of watching, once; NULL: it watches, or it was said. */
const char *follow_degraded(struct follow *);
/* What it means that inotify answered with this errno, for people; until the next call. */
const char *follow_reason(int error);
void follow_free(struct follow *);

#endif
