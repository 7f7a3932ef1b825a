/*
 * durable.h - how preload-powerloss names what it remembers: an inode's number
 * comes again, its birth does not.
 */
#ifndef HELPER_DURABLE_H
#define HELPER_DURABLE_H

#include <sys/stat.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>

/* "INODE.BIRTH", and whether it is a directory in *dir; -1: no such file.  path "" with a descriptor is that one. */
static inline int
durable_key(int at, const char *path, char *out, size_t n, int *dir)
{
	struct statx st;

	if (statx(at, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &st) == -1)
		return -1;
	if (dir != NULL)
		*dir = S_ISDIR(st.stx_mode);
	snprintf(out, n, "%llu.%lld.%u", (unsigned long long)st.stx_ino, (long long)st.stx_btime.tv_sec,
	    st.stx_btime.tv_nsec);
	return 0;
}

#endif
