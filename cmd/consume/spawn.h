/*
 * spawn.h - starting a command, as cheaply as the kernel allows.
 *
 * vfork(2) and execve(2); posix_spawn(3) cannot set the signal that the child
 * gets when its parent dies.  The kernel sends it at the end of the thread
 * that started the child, so only the main thread calls this.  The child has
 * a process group of its own, default signals, none blocked.
 */
#ifndef CONSUME_SPAWN_H
#define CONSUME_SPAWN_H

#include <sys/types.h>

struct spawn {
	const char *path;
	char *const *argv;
	char *const *envp;
	int in, out, err;		/* descriptors that become 0, 1, 2; -1: ours */
};

/* The process, or -1 with errno, execve's too. */
pid_t spawn(const struct spawn *);
/* The file that the shell would run: by PATH unless the name has a slash; free(3).  NULL with ENOENT or EACCES. */
char *spawn_find(const char *name);

#endif
