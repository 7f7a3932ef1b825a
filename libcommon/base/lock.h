/*
 * lock.h - one byte of a file, locked by an open file description (OFD).
 *
 * OFD locks belong to the descriptor: closing another descriptor of the file
 * drops nothing, the death of the process drops all.  A reader that may not
 * write the file cannot take one (F_WRLCK needs write access), so lock files
 * have no mode bits for readers.  Locks are never stolen and never decided by
 * a pid written in a file.
 *
 * While a lock is held the job-control stop signals (TSTP, TTIN, TTOU) are
 * blocked, so Ctrl-Z never stops a process that others wait for.
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

/*
 * Take byte at of fd for writing.  timeout_ms: 0 tries once, LOCK_WAIT_FOREVER
 * waits.  *stop (may be NULL) not 0 ends the wait with ERR_INTR.  After the
 * timeout ERR_BUSY with "'path' is locked by process N (name)" where /proc
 * shows it.  path is for the message only.
 */
int lock_take(int fd, off_t at, int64_t timeout_ms, const volatile sig_atomic_t *stop,
    const char *path, struct err *);
/* Give the byte back, restore the stop signals, and let who waits go first (sched_yield). */
void lock_drop(int fd, off_t at);

/* Does anybody hold the byte for writing?  Works on a read-only descriptor.  1, 0, or -1 with errno. */
int lock_is_held(int fd, off_t at);

/* "process 123 (name)" of who holds a lock on this inode, from /proc/PID/fdinfo; false: cannot tell. */
bool lock_holder(int fd, char *out, size_t n);

#endif
