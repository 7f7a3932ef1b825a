/*
 * repair_files.c - the small files beside the segments.  See repair.h.
 *
 * One that is damaged is kept in quarantine/ and made anew so that nothing is
 * deleted for it and no offset is given again: the log's start at the first
 * segment there is (records that were trimmed may be back), the recovery point
 * at nothing, cleaner-checkpoint so that compaction begins anew and any gap of
 * a closed segment may be its work, gaps with what the log itself shows.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "log/gaps.h"
#include "log/quarantine.h"
#include "log/repair_in.h"
#include "log/segment.h"
#include "log/swap.h"

static const struct {
	unsigned bit;
	const char *name, *how;
} files[] = {
	{ FILE_LOCK, "lock", "it holds no end state: the end of the log is looked for" },
	{ FILE_SWAP, "swap", "damaged: a compaction that cannot be put in place" },
	{ FILE_GAPS, "gaps", "damaged: made anew from what the log shows" },
	{ FILE_CLEANER, "cleaner-checkpoint", "damaged: compaction begins anew" },
	{ FILE_START, "log-start-offset", "damaged: the log starts with what is there" },
	{ FILE_POINT, "recovery-point", "damaged: the next writer verifies the last segment" },
	{ FILE_EPOCHS, "leader-epoch-checkpoint", "damaged: made anew from the batches, one epoch higher" },
};
#define NFILES	(sizeof(files) / sizeof(files[0]))

/* gaps.h reads both of its files at once: which one is it? */
static unsigned
look_gaps(int dirfd)
{
	struct gap_list l = GAP_LIST_INIT;
	unsigned bits = 0;

	if (gaps_read_cleaner(dirfd, &l, NULL) == -ERR_DAMAGE)
		bits |= FILE_CLEANER;
	if (gaps_read_gaps(dirfd, &l, NULL) == -ERR_DAMAGE)
		bits |= FILE_GAPS;
	gaps_release(&l);
	return bits;
}

/* Not there, or without an end state: not readable is another matter. */
static bool
lock_is_bad(int dirfd)
{
	struct endstate s;
	int fd, valid;

	if ((fd = open_at(dirfd, "lock", O_RDONLY, 0)) == -1)
		return errno == ENOENT;
	valid = endstate_read(fd, &s);
	close(fd);
	return valid == 0;
}

unsigned
repair_files_look(const struct partdir *d, int dirfd, struct repair_report *r)
{
	struct epoch_list epochs = { .v = NULL, .n = 0 };
	unsigned bits = look_gaps(dirfd);
	int64_t offset;
	size_t i;

	if (lock_is_bad(dirfd))
		bits |= FILE_LOCK;
	if (swap_check(dirfd) == -ERR_DAMAGE)
		bits |= FILE_SWAP;
	if (log_start_read(dirfd, &offset, NULL) == -ERR_DAMAGE)
		bits |= FILE_START;
	if (recovery_point_read(dirfd, &offset, NULL) == -ERR_DAMAGE)
		bits |= FILE_POINT;
	if (epochs_read(dirfd, &epochs, NULL) == -ERR_DAMAGE)
		bits |= FILE_EPOCHS;
	epochs_release(&epochs);
	for (i = 0; i < NFILES; i++)
		if ((bits & files[i].bit) != 0)
			repair_add(r, REPAIR_RENEW, REPAIR_SPOT(d->label, files[i].name), "%s", files[i].how);
	return bits;
}

int
repair_file_aside(int dirfd, const char *name, const char *why)
{
	if (quarantine_file(dirfd, name, why) == -1)
		return -1;
	if (unlinkat(dirfd, name, 0) == -1 && errno != ENOENT)
		return -1;
	return fsync_dir(dirfd);
}

/* Base of the first segment and of the last; without one, where the log is known to have been. */
static int
bases(int dirfd, int64_t *first, int64_t *last, struct err *e)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct epoch_list epochs = { .v = NULL, .n = 0 };
	int rc = segment_list_read(dirfd, &l, e);

	if (rc == 0 && l.n > 0) {
		*first = l.base[0];
		*last = l.base[l.n - 1];
	} else if (rc == 0) {
		(void)recovery_point_read(dirfd, first, NULL);
		if (epochs_read(dirfd, &epochs, NULL) == 0 && epochs.n > 0 && epochs.v[epochs.n - 1].start_offset > *first)
			*first = epochs.v[epochs.n - 1].start_offset;
		epochs_release(&epochs);
		*last = *first;
	}
	segment_list_release(&l);
	return rc;
}

static int
renew(int dirfd, unsigned bit, int64_t first, int64_t last, struct err *e)
{
	switch (bit) {
	case FILE_GAPS:
		return file_replace(dirfd, "gaps", "0\n0\n", 4, e);
	case FILE_CLEANER:
		return cleaner_checkpoint_set(dirfd, last, 0, e);
	case FILE_START:
		return log_start_write(dirfd, first, e);
	case FILE_POINT:
		return recovery_point_write(dirfd, 0, e);
	default:
		return 0;
	}
}

int
repair_files(const struct partdir *d, int dirfd, unsigned bits, struct err *e)
{
	int64_t first = 0, last = 0;
	size_t i;
	int rc;

	if ((bits & ~(FILE_EPOCHS | FILE_LOCK)) == 0)
		return 0;
	if ((rc = bases(dirfd, &first, &last, e)) != 0)
		return err_prefix(e, "'%s'", d->label);
	for (i = 0; rc == 0 && i < NFILES; i++) {
		if ((bits & files[i].bit & ~(FILE_EPOCHS | FILE_LOCK)) == 0)
			continue;
		if (quarantine_file(dirfd, files[i].name, "was damaged") == -1)
			return err_sys(e, "cannot keep '%s/%s' in quarantine", d->label, files[i].name);
		/* Replaced, not written into: quarantine/ has the same inode. */
		if ((files[i].bit == FILE_SWAP || files[i].bit == FILE_POINT) && unlinkat(dirfd, files[i].name, 0) == -1)
			return err_sys(e, "cannot remove '%s/%s'", d->label, files[i].name);
		if ((rc = renew(dirfd, files[i].bit, first, last, e)) != 0)
			return err_prefix(e, "'%s'", d->label);
	}
	if (fsync_dir(dirfd) == -1)
		return err_sys(e, "cannot sync '%s'", d->label);
	return rc;
}

/* Is it nobody's while both bytes are held? */
static bool
leftover(int dirfd, const char *name)
{
	static const char *const of_segment[] = { ".index", ".timeindex", ".txnindex", DIGEST_SUFFIX };
	char log[SEGMENT_NAME_MAX];
	const char *suffix;
	int64_t base;
	size_t i;

	if (strchr(name, '~') != NULL)
		return true;
	if (!segment_parse(name, &base, &suffix))
		return false;
	segment_name(log, base, ".log");
	for (i = 0; i < sizeof(of_segment) / sizeof(of_segment[0]); i++)
		if (strcmp(suffix, of_segment[i]) == 0)
			return faccessat(dirfd, log, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
	return false;
}

void
repair_sweep(const struct partdir *d, int dirfd, bool execute, struct repair_report *r)
{
	struct dirent *x;
	struct stat st;
	DIR *dir;
	int fd;

	if ((fd = open_dir_at(dirfd, ".")) == -1)
		return;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while ((x = readdir(dir)) != NULL) {
		if (!leftover(dirfd, x->d_name))
			continue;
		if (execute)
			(void)unlinkat(dirfd, x->d_name, 0);
		else if (fstatat(dirfd, x->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    clock_wall_ms() - (int64_t)st.st_mtim.tv_sec * 1000 > REPAIR_YOUNG_MS)
			repair_add(r, REPAIR_REMOVE, REPAIR_SPOT(d->label, x->d_name), "of work that was interrupted");
	}
	closedir(dir);
}
