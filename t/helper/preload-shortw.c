/*
 * preload-shortw - a disk that takes less than it is given.
 *
 * SHORT_N=3 SHORT_K=7: of the third write to anything but the standard three
 * only 7 bytes are taken.  SHORT_THEN=28: that errno for every write behind it.
 */
#include <sys/types.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static long count;

static long
setting(const char *name)
{
	const char *v = getenv(name);

	return v != NULL ? strtol(v, NULL, 10) : 0;
}

/* How much of n bytes goes out; -1: none, errno is set. */
static ssize_t
allowed(int fd, size_t n)
{
	long at = setting("SHORT_N"), keep = setting("SHORT_K"), then = setting("SHORT_THEN");

	if (fd < 3 || at == 0)
		return (ssize_t)n;
	count++;
	if (count > at && then != 0) {
		errno = (int)then;
		return -1;
	}
	return count == at && n > (size_t)keep ? keep : (ssize_t)n;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	static ssize_t (*real)(int, const void *, size_t, off64_t);
	ssize_t k = allowed(fd, n);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
	return k == -1 ? -1 : real(fd, p, (size_t)k, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	static ssize_t (*real)(int, const void *, size_t);
	ssize_t k = allowed(fd, n);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "write");
	return k == -1 ? -1 : real(fd, p, (size_t)k);
}
