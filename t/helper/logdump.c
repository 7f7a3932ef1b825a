/*
 * logdump [-t] PARTITION - every record as OFFSET EPOCH VALUE, read without
 * log/reader, so that the one does not check itself by the other.
 *
 * Status 1, and a line on stderr each, when a byte is not part of a good batch
 * (-t: but for a torn tail), an offset is missing or there twice, an epoch
 * is not what leader-epoch-checkpoint says, or an index entry leads nowhere.
 */
#include <sys/stat.h>
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"
#include "codec/batch.h"
#include "log/offindex.h"
#include "log/partdir.h"
#include "log/scan.h"
#include "log/segment.h"

static void
print_batch(int fd, int64_t at, const struct batch_head *h, const char *name)
{
	struct batch_iter it = BATCH_ITER_INIT;
	uint8_t *p = malloc((size_t)h->size);
	struct record r;
	struct err e = ERR_INIT;
	int rc = -1;

	if (p == NULL || pread_full(fd, p, (size_t)h->size, at) != (ssize_t)h->size ||
	    batch_open(&it, SLICE_OF(p, (size_t)h->size), SIZE_MAX / 2, &e) != 0)
		errx(1, "%s: batch at %" PRId64 ": %s", name, at, e.text);
	while ((rc = batch_next(&it, &r, &e)) == 1)
		printf("%" PRId64 " %d %.*s\n", r.offset, h->leader_epoch, (int)r.value.n, (const char *)r.value.p);
	if (rc != 0)
		errx(1, "%s: batch at %" PRId64 ": %s", name, at, e.text);
	batch_iter_release(&it);
	free(p);
}

/* Each entry of .index leads to the batch whose last offset it names. */
static int
check_index(int dirfd, int64_t base, int fd, int64_t size)
{
	char name[SEGMENT_NAME_MAX];
	struct scan s = SCAN_INIT;
	struct batch_head h;
	uint8_t e[INDEX_ENTRY];
	int64_t i, bad = 0;
	int ifd;

	segment_name(name, base, ".index");
	if ((ifd = open_at(dirfd, name, O_RDONLY, 0)) == -1 || scan_open(&s, fd, size, NULL) != 0) {
		warn("%s", name);
		return 1;
	}
	for (i = 0; pread_full(ifd, e, sizeof(e), i * INDEX_ENTRY) == sizeof(e); i++)
		if (scan_verify(&s, get_be32(e + 4), &h) != BATCH_GOOD ||
		    batch_last_offset(&h) - base != (int64_t)get_be32(e)) {
			warnx("%s: entry %" PRId64 " leads nowhere", name, i);
			bad = 1;
		}
	scan_close(&s);
	close(ifd);
	return bad != 0;
}

static int32_t
epoch_at(const struct epoch_list *l, int64_t offset)
{
	size_t i = l->n;

	while (i > 0 && l->v[i - 1].start_offset > offset)
		i--;
	return i > 0 ? l->v[i - 1].epoch : -1;
}

static int
dump_segment(int dirfd, int64_t base, int64_t *next, const struct epoch_list *epochs, bool torn_ok)
{
	char name[SEGMENT_NAME_MAX];
	struct scan s = SCAN_INIT;
	struct batch_head h;
	struct stat st;
	int64_t at = 0;
	int fd, bad;

	segment_name(name, base, ".log");
	if ((fd = open_at(dirfd, name, O_RDONLY, 0)) == -1 || fstat(fd, &st) == -1 ||
	    scan_open(&s, fd, st.st_size, NULL) != 0)
		err(1, "%s", name);
	bad = *next != -1 && base != *next;
	if (bad)
		warnx("%s: behind offset %" PRId64, name, *next - 1);
	for (*next = base; scan_verify(&s, at, &h) == BATCH_GOOD; at += h.size) {
		if (h.base_offset != *next) {
			warnx("%s: offset %" PRId64 " where %" PRId64 " belongs", name, h.base_offset, *next);
			bad = 1;
		}
		if (h.leader_epoch != epoch_at(epochs, h.base_offset)) {
			warnx("%s: offset %" PRId64 " has epoch %d, not %d", name, h.base_offset, h.leader_epoch,
			    epoch_at(epochs, h.base_offset));
			bad = 1;
		}
		print_batch(fd, at, &h, name);
		*next = batch_last_offset(&h) + 1;
	}
	if (at != st.st_size) {
		warnx("%s: %" PRId64 " bytes behind byte %" PRId64 " are no batch", name, (int64_t)st.st_size - at, at);
		bad |= !torn_ok;
	}
	bad |= check_index(dirfd, base, fd, st.st_size);
	scan_close(&s);
	close(fd);
	return bad;
}

int
main(int argc, char **argv)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct epoch_list epochs;
	int64_t next = -1;
	size_t i;
	int dirfd, bad = 0, c;
	bool torn_ok = false;

	while ((c = getopt(argc, argv, "t")) != -1) {
		if (c != 't')
			return 2;
		torn_ok = true;
	}
	if (optind != argc - 1)
		errx(2, "usage: logdump [-t] PARTITION");
	dirfd = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1 || segment_list_read(dirfd, &l, NULL) != 0 || epochs_read(dirfd, &epochs, NULL) != 0)
		err(1, "%s", argv[optind]);
	for (i = 0; i < l.n; i++)
		bad |= dump_segment(dirfd, l.base[i], &next, &epochs, torn_ok && i == l.n - 1);
	if (fflush(stdout) != 0)
		err(1, "stdout");
	segment_list_release(&l);
	epochs_release(&epochs);
	close(dirfd);
	return bad;
}
