/*
 * lock.h - one byte of a file, locked by an open file description (OFD).
 *
 * OFD locks belong to the descriptor: closing another descriptor of the file
 * drops nothing, the death of the process drops all.  A reader that may not
 * write the file cannot take one (F_WRLCK needs write access), so lock files
 * have no mode bits for readers.  Locks are never stolen and never decided by
 * a pid written in a file.
 *
 *	struct lock l = LOCK_INIT;
 *
 *	rc = lock_take(&l, fd, 0, 30000, &stop, path, &e);
 *	...
 *	lock_drop(&l);
 *
 * While a lock is held the job-control stop signals (TSTP, TTIN, TTOU) are
 * blocked in the thread, so Ctrl-Z never stops a process that others wait
 * for.  Locks are dropped in the reverse order, by the thread that took them.
 *
 * A wait stands in the kernel's queue, so that waiters take turns.  What ends
 * it early is SIGURG, by a timer of the waiting thread: a signal whose default
 * is to be ignored, and that gets an empty handler here when it has none (and
 * only when a lock must be waited for).  The handlers of other signals should
 * be without SA_RESTART; else *stop is seen up to 200 ms later.
 *
 * fcntl(2), "Open file description locks".
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <sys/types.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define LOCK_WAIT_FOREVER	(-1)

struct lock {
	int fd;			/* -1: not held */
	off_t at;
	sigset_t blocked;	/* the stop signals that taking it blocked */
};

#define LOCK_INIT	{ .fd = -1 }

/*
 * Take byte at of fd for writing.  timeout_ms: 0 tries once, LOCK_WAIT_FOREVER
 * waits.  *stop (may be NULL) not 0 ends the wait with ERR_INTR.  After the
 * timeout ERR_BUSY with "'path' is locked by process N (name)" where /proc
 * shows it.  path is for the message only.  ERR_SYS (EBADF: fd is not open
 * for writing).
 */
int lock_take(struct lock *, int fd, off_t at, int64_t timeout_ms, const volatile sig_atomic_t *stop,
    const char *path, struct err *);
/* Give the byte back and restore the stop signals.  Not held: nothing. */
void lock_drop(struct lock *);
/*
 * The same, and let who waits go first (sched_yield): for a lock that is taken
 * again at once by whoever had it, such as a writer's.  Without it one of 64
 * writers waits for seconds.  Elsewhere it only gives the processor away: to
 * a command just started, say, which then runs to its end before the next can be.
 */
void lock_pass(struct lock *);
static inline bool lock_held(const struct lock *l) { return l->fd != -1; }

/*
 * For a lock that is held for the life of the process, such as a member's:
 * tried once, and Ctrl-Z goes on working.  0, -ERR_BUSY, -ERR_SYS.
 */
int lock_keep(int fd, off_t at, const char *path, struct err *);

/*
 * Does anybody hold the byte for writing?  Works on a read-only descriptor; a
 * lock of fd's own open file description does not count.  1, 0, or -1 with errno.
 */
int lock_is_held(int fd, off_t at);

/* "process 123 (name)" of who holds byte at of fd's file, from /proc/PID/fdinfo; false: cannot tell. */
bool lock_holder(int fd, off_t at, char *out, size_t n);

#endif
