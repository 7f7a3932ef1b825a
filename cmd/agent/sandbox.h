/*
 * sandbox.h - rights that an agent does not need are given up for good.
 *
 * No new privileges; and, where the kernel has seccomp(2), no program can be
 * executed, no other process looked into or traced, nothing mounted, no kernel
 * module or program loaded, no other user become: such calls fail with EPERM.
 * Threads made later have the same.
 */
#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"

/* programs: executing them stays allowed.  -ERR_SYS. */
int sandbox_enter(bool programs, struct err *);

#endif
