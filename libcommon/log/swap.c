/*
 * swap.c - see swap.h.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/lock.h"
#include "base/parse.h"
#include "codec/hash.h"
#include "log/offindex.h"
#include "log/partdir.h"
#include "log/segment.h"
#include "log/swap.h"

#define SWAP		"swap"
#define OUTPUT		".log~clean"
#define SWAP_BYTES	(64 << 20)
#define CRC_LINE	9

static const char *const INDEXES[] = { ".index", ".timeindex", ".txnindex", ".digest" };

int
swap_output(int dirfd, int64_t base)
{
	char name[SEGMENT_NAME_MAX];
	struct stat dir;
	int fd, saved;

	segment_name(name, base, OUTPUT);
	if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return -1;
	if ((fd = open_at(dirfd, name, O_RDWR | O_CREAT | O_EXCL, 0600)) == -1)
		return -1;
	if (fstat(dirfd, &dir) == -1 || own_as_dir(fd, &dir, false) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

void
swap_discard(int dirfd, int64_t base)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, base, OUTPUT);
	(void)unlinkat(dirfd, name, 0);
}

int
swap_commit(int dirfd, const int64_t *olds, size_t n, struct err *e)
{
	struct buf b = BUF_INIT;
	size_t i;
	int rc;

	buf_printf(&b, "0\n%" PRId64 "\n%zu\n", olds[0], n - 1);
	for (i = 1; i < n; i++)
		buf_printf(&b, "%" PRId64 "\n", olds[i]);
	if (!b.failed)
		buf_printf(&b, "%08" PRIx32 "\n", crc32c(b.p, b.n));
	if (b.failed)
		rc = err_set(e, ERR_NOMEM, "cannot write '%s': no memory", SWAP);
	else
		rc = file_replace(dirfd, SWAP, b.p, b.n, e);
	buf_release(&b);
	return rc;
}

static int64_t
next_line(char **p)
{
	char *s = *p, *end = strchr(s, '\n');
	int64_t v;

	if (end == NULL)
		return -1;
	*end = '\0';
	*p = end + 1;
	return parse_int(s, 0, INT64_MAX, &v, NULL) == 0 ? v : -1;
}

/* The list of bases, the output's first; free(3).  0: there is none. */
static int
swap_read(int dirfd, int64_t **bases, size_t *n, struct err *e)
{
	struct buf b = BUF_INIT;
	char crc[CRC_LINE + 1], *p;
	int64_t *v = NULL, count = -1;
	size_t i;
	int rc = file_read(dirfd, SWAP, SWAP_BYTES, &b, e);

	*n = 0;
	if (rc == -ERR_NOENT || rc == -ERR_SYS || rc == -ERR_NOMEM) {
		buf_release(&b);
		return rc == -ERR_NOENT ? 0 : rc;
	}
	rc = -ERR_DAMAGE;
	if (b.n > CRC_LINE && buf_str(&b) != NULL) {
		(void)snprintf(crc, sizeof(crc), "%08" PRIx32 "\n", crc32c(b.p, b.n - CRC_LINE));
		p = (char *)b.p;
		if (memcmp(crc, b.p + b.n - CRC_LINE, CRC_LINE) == 0 && next_line(&p) == 0 &&
		    (v = calloc(b.n, sizeof(*v))) != NULL && (v[0] = next_line(&p)) >= 0)
			count = next_line(&p);
		for (i = 1; count >= 0 && (uint64_t)count < b.n && i <= (size_t)count; i++)
			if ((v[i] = next_line(&p)) <= v[i - 1])
				count = -1;
		if (count >= 0 && (uint64_t)count < b.n)
			rc = 0;
	}
	buf_release(&b);
	if (rc != 0) {
		free(v);
		return err_set(e, ERR_DAMAGE, "'%s' is damaged (plog-check repair sets it aside)", SWAP);
	}
	*bases = v;
	*n = (size_t)count + 1;
	return 0;
}

int
swap_check(int dirfd)
{
	int64_t *bases = NULL;
	size_t n;
	int rc = swap_read(dirfd, &bases, &n, NULL);

	if (rc == 0 && n > 0)
		free(bases);
	return rc;
}

static int
away(int dirfd, int64_t base, const char *suffix)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, base, suffix);
	return unlinkat(dirfd, name, 0) == -1 && errno != ENOENT ? -1 : 0;
}

static int
indexes_away(int dirfd, int64_t base)
{
	size_t i;

	for (i = 0; i < sizeof(INDEXES) / sizeof(INDEXES[0]); i++)
		if (away(dirfd, base, INDEXES[i]) == -1)
			return -1;
	return 0;
}

/* The output takes the name; 0 also when it had it already.  -1 with errno. */
static int
take_name(int dirfd, int64_t base, int64_t interval)
{
	char from[SEGMENT_NAME_MAX], to[SEGMENT_NAME_MAX];
	struct index_state ix = INDEX_STATE_INIT;
	struct stat st;

	segment_name(from, base, OUTPUT);
	segment_name(to, base, ".log");
	if (fstatat(dirfd, from, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (indexes_away(dirfd, base) == -1 || rename_over_at(dirfd, from, to) == -1)
			return -1;
	} else if (errno != ENOENT)
		return -1;
	/* Deleted by retention since, or not there for another reason: nothing to index. */
	if (fstatat(dirfd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		(void)index_rebuild(dirfd, base, st.st_size, interval, true, &ix, NULL);
	return 0;
}

int
swap_finish(int dirfd, const char *label, int64_t interval, struct err *e)
{
	int64_t *bases = NULL;
	size_t n, i;
	int rc;

	if ((rc = swap_read(dirfd, &bases, &n, e)) != 0)
		return err_prefix(e, "'%s'", label);
	if (n == 0)
		return 0;
	rc = take_name(dirfd, bases[0], interval);
	for (i = 1; rc == 0 && i < n; i++)
		if (indexes_away(dirfd, bases[i]) == -1 || away(dirfd, bases[i], ".log") == -1)
			rc = -1;
	if (rc == 0 && (fsync_dir(dirfd) == -1 || (unlinkat(dirfd, SWAP, 0) == -1 && errno != ENOENT) ||
	    fsync_dir(dirfd) == -1))
		rc = -1;
	if (rc == -1)
		rc = err_sys(e, "cannot put the compacted segment of '%s' at offset %" PRId64 " in place", label, bases[0]);
	free(bases);
	return rc;
}

/* The base of the last segment: the one whose indexes a writer may be making.  0: there is none, or it cannot be told. */
static int64_t
last_base(int dirfd)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	int64_t last = 0;

	if (segment_list_read(dirfd, &l, NULL) == 0 && l.n > 0)
		last = l.base[l.n - 1];
	segment_list_release(&l);
	return last;
}

/*
 * Names that are only ever made by who holds the maintenance byte; and what was
 * being made of a segment before the last one, or as one, which is there by now.
 */
static bool
leftover(int dirfd, const char *name, int64_t *last)
{
	static const char *const replaced[] = { "cleaner-checkpoint~", "swap~", "log-start-offset~", "gaps~" };
	const char *suffix;
	int64_t base;
	size_t i;

	for (i = 0; i < sizeof(replaced) / sizeof(replaced[0]); i++)
		if (strncmp(name, replaced[i], strlen(replaced[i])) == 0)
			return true;
	if (!segment_parse(name, &base, &suffix))
		return false;
	if (strcmp(suffix, OUTPUT) == 0)
		return true;
	if (strncmp(suffix, ".index~", 7) != 0 && strncmp(suffix, ".timeindex~", 11) != 0 && strcmp(suffix, SEGMENT_NEW) != 0)
		return false;
	if (*last == -1)
		*last = last_base(dirfd);
	return base < *last;
}

void
swap_sweep(int dirfd)
{
	int64_t last = -1;
	struct dirent *d;
	DIR *dir;
	int fd;

	if ((fd = open_dir_at(dirfd, ".")) == -1)
		return;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (strchr(d->d_name, '~') != NULL && leftover(dirfd, d->d_name, &last))
			(void)unlinkat(dirfd, d->d_name, 0);
	closedir(dir);
}

void
swap_finish_if_free(int dirfd, int lockfd, const char *label, int64_t interval)
{
	struct lock held = LOCK_INIT;
	struct stat st;

	if (fstatat(dirfd, SWAP, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    lock_take(&held, lockfd, LOCK_BYTE_MAINTENANCE, 0, NULL, label, NULL) != 0)
		return;
	(void)swap_finish(dirfd, label, interval, NULL);
	lock_drop(&held);
}
