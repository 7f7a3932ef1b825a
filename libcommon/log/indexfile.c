/*
 * indexfile.c - the files .index and .timeindex: written at the recorded
 * sizes, checked against the recorded checksums, made again by going over the
 * segment.  See offindex.h.
 *
 * Entries are written before the end state that counts them, so a writer that
 * dies leaves at most bytes beyond the recorded sizes: they do not count, and
 * the next entry goes over them.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "codec/hash.h"
#include "log/offindex.h"
#include "log/scan.h"
#include "log/segment.h"

static int
index_open(int dirfd, int64_t base, const char *suffix, int flags)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, base, suffix);
	return open_at(dirfd, name, flags, 0600);
}

static bool
file_intact(int dirfd, int64_t base, const char *suffix, int64_t size, uint32_t want)
{
	uint8_t b[16384];
	uint32_t crc = 0;
	int64_t at = 0;
	ssize_t r = 1;
	int fd = index_open(dirfd, base, suffix, O_RDONLY);

	if (fd == -1)
		return false;
	for (; at < size && r > 0; at += r) {
		r = pread_full(fd, b, size - at < (int64_t)sizeof(b) ? (size_t)(size - at) : sizeof(b), at);
		if (r > 0)
			crc = crc32c_more(crc, b, (size_t)r);
	}
	close(fd);
	return at == size && r > 0 && crc == want;
}

bool
index_intact(int dirfd, int64_t base, const struct index_state *st)
{
	return file_intact(dirfd, base, ".index", st->index_size, st->index_crc) &&
	    file_intact(dirfd, base, ".timeindex", st->timeindex_size, st->timeindex_crc);
}

static int
entry_write(int dirfd, int64_t base, const char *suffix, int64_t at, const void *p, size_t n)
{
	struct stat st;
	int fd, rc, saved;

	if ((fd = index_open(dirfd, base, suffix, O_WRONLY)) == -1)
		return -1;
	rc = fstat(fd, &st);
	if (rc == 0 && st.st_size < at) {
		/* A hole would read as entries of zeros. */
		errno = EILSEQ;
		rc = -1;
	}
	/* What stands behind it counts for nobody. */
	if (rc == 0 && st.st_size > at + (int64_t)n)
		rc = ftruncate(fd, at);
	if (rc == 0)
		rc = pwrite_full(fd, p, n, at, NULL);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int
index_write(int dirfd, int64_t base, const struct index_state *before, const struct index_entries *en)
{
	if (en->has_index &&
	    entry_write(dirfd, base, ".index", before->index_size, en->index, INDEX_ENTRY) == -1)
		return -1;
	if (en->has_timeindex &&
	    entry_write(dirfd, base, ".timeindex", before->timeindex_size, en->timeindex, TIMEINDEX_ENTRY) == -1)
		return -1;
	return 0;
}

static int
file_trim(int dirfd, int64_t base, const char *suffix, int64_t size, bool sync)
{
	struct stat st;
	int fd, rc, saved;

	if ((fd = index_open(dirfd, base, suffix, O_WRONLY)) == -1)
		return -1;
	rc = fstat(fd, &st);
	if (rc == 0 && st.st_size < size) {
		errno = EILSEQ;
		rc = -1;
	}
	if (rc == 0 && st.st_size > size)
		rc = ftruncate(fd, size);
	if (rc == 0 && sync)
		rc = fdatasync(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

/* The time index first: an entry there may name an offset that only .index leads to. */
int
index_trim(int dirfd, int64_t base, const struct index_state *st, bool sync)
{
	if (file_trim(dirfd, base, ".timeindex", st->timeindex_size, sync) == -1)
		return -1;
	return file_trim(dirfd, base, ".index", st->index_size, sync);
}

/* One that is there was left by a roll that did not come to its end, perhaps of another user. */
static int
file_create(int dirfd, const struct stat *dir, int64_t base, const char *suffix, bool sync)
{
	char name[SEGMENT_NAME_MAX];
	int fd, rc, saved;

	segment_name(name, base, suffix);
	fd = open_at(dirfd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1 && errno == EEXIST && unlinkat(dirfd, name, 0) == 0)
		fd = open_at(dirfd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd == -1)
		return -1;
	rc = own_as_dir(fd, dir, false);
	if (rc == 0 && sync)
		rc = fdatasync(fd);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int
index_create(int dirfd, int64_t base, bool sync)
{
	struct stat dir;

	if (fstat(dirfd, &dir) == -1 ||
	    file_create(dirfd, &dir, base, ".index", sync) == -1)
		return -1;
	return file_create(dirfd, &dir, base, ".timeindex", sync);
}

/* Goes over the headers up to log_end; what is no header ends it. */
static int
gather(struct scan *s, int64_t base, int64_t interval, struct index_state *st,
    struct buf *index, struct buf *timeindex)
{
	struct index_entries en;
	struct batch_head h;
	int64_t at = 0;

	for (; scan_head(s, at, &h) == BATCH_GOOD; at += h.size) {
		if (h.base_offset < base || batch_last_offset(&h) - base > INT32_MAX)
			break;
		index_add(st, base, &h, at, interval, &en);
		if (en.has_index)
			buf_put(index, en.index, INDEX_ENTRY);
		if (en.has_timeindex)
			buf_put(timeindex, en.timeindex, TIMEINDEX_ENTRY);
	}
	return s->error;
}

static int
replace_both(int dirfd, int64_t base, const struct buf *index, const struct buf *timeindex, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	int rc;

	if (index->failed || timeindex->failed)
		return err_set(e, ERR_NOMEM, "cannot make the indexes anew: no memory");
	segment_name(name, base, ".index");
	if ((rc = file_replace(dirfd, name, index->p, index->n, e)) != 0)
		return rc;
	segment_name(name, base, ".timeindex");
	return file_replace(dirfd, name, timeindex->p, timeindex->n, e);
}

int
index_rebuild(int dirfd, int64_t base, int64_t log_end, int64_t interval, bool final,
    struct index_state *st, struct err *e)
{
	struct scan s = SCAN_INIT;
	struct buf index = BUF_INIT, timeindex = BUF_INIT;
	uint8_t last[TIMEINDEX_ENTRY];
	char name[SEGMENT_NAME_MAX];
	int fd, rc;

	*st = (struct index_state)INDEX_STATE_INIT;
	segment_name(name, base, ".log");
	if ((fd = open_at(dirfd, name, O_RDONLY, 0)) == -1)
		return err_sys(e, "cannot open '%s'", name);
	if ((rc = scan_open(&s, fd, log_end, e)) == 0) {
		if ((errno = gather(&s, base, interval, st, &index, &timeindex)) != 0)
			rc = err_sys(e, "cannot read '%s'", name);
		else if (final && index_final(st, base, last))
			buf_put(&timeindex, last, sizeof(last));
	}
	if (rc == 0)
		rc = replace_both(dirfd, base, &index, &timeindex, e);
	buf_release(&index);
	buf_release(&timeindex);
	scan_close(&s);
	close(fd);
	return rc;
}
