/*
 * tree.h - whole directories: moved into place, and taken away.
 *
 * A thing that must appear whole is made under a name that is nobody's (one
 * with a `~` in it) and takes its own by rename_new_at (io.h); one that goes takes such
 * a name first and is emptied then.  So at every instant, and after any
 * crash, what stands under a name of somebody's is whole.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <sys/types.h>

#include "base/err.h"

#define TREE_NAME_MAX	40

/* "prefix" and 16 hex digits, drawn at random; prefix has at most 16 bytes.  0, or -1 with errno. */
int tree_name(const char *prefix, char out[TREE_NAME_MAX]);

/*
 * Takes away the file or directory and all below it.  Follows no symbolic
 * link, stays on the file system, uses one descriptor for each level, and
 * does not mind others who do the same.  Not there: 0.  ERR_SYS with the path
 * of what stayed, what could be removed is gone.
 */
int tree_remove(int dirfd, const char *name, struct err *);

#endif
