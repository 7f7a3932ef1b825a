/*
 * partition.h - a partition of a unit program's own, batches for it, and what
 * is in it, read without the library's reader.
 */
#ifndef UNIT_PARTITION_H
#define UNIT_PARTITION_H
#include <dirent.h>
#include <inttypes.h>

#include "codec/batch.h"
#include "log/appender.h"
#include "log/scan.h"
#include "log/segment.h"
#include "unit/check.h"
#include "unit/tmpdir.h"

#define LOG0	"00000000000000000000.log"
#define INDEX0	"00000000000000000000.index"
#define TIME0	"00000000000000000000.timeindex"
static struct partdir part = { .name = "0", .label = "t/0" };
static struct appender_opts part_opts = { .lock_timeout_ms = 5000, .conf = { .segment_bytes = 1 << 30,
    .segment_ms = 604800000, .segment_index_bytes = 10 << 20, .index_interval_bytes = 4096, .max_message_bytes = 1 << 20 } };

struct made {				/* one batch of n records, all the same value */
	uint8_t b[8192];
	size_t n;
};

__attribute__((unused)) static void
make_batch(struct made *m, int records, const char *value, int64_t timestamp)
{
	struct batch_how how = BATCH_HOW_PLAIN;
	struct batch_builder b;
	struct record r = RECORD_INIT;
	struct slice bytes;

	batch_builder_init(&b, sizeof(m->b), records);
	r.value = slice_str(value);
	r.timestamp = timestamp;
	while (b.count < records)
		CHECK_INT(batch_builder_add(&b, &r), 0);
	CHECK_INT(batch_seal(&b, &how, &bytes, NULL), 0);
	m->n = bytes.n;
	memcpy(m->b, bytes.p, bytes.n);
	batch_builder_release(&b);
}

/* A new, empty partition in place of the last one; its descriptor. */
__attribute__((unused)) static int
fresh(int holder)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof(path), "%s/0", tmpdir_path);
	nftw(path, tmpdir_unlink, 16, FTW_DEPTH | FTW_PHYS);
	part.holder = holder;
	CHECK_INT(partdir_create(&part, 0755, NULL), 0);
	return partdir_open(&part);
}

__attribute__((unused)) static struct appender *
open_part(void)
{
	struct appender *ap = NULL;
	struct err e = ERR_INIT;

	CHECK(appender_open(&ap, &part, &part_opts, &e) == 0, "open: %s", e.text);
	return ap;
}

/* Appends and gives the base offset, or a negative error; e may be NULL. */
__attribute__((unused)) static int64_t
append_one(struct appender *ap, int records, const char *value, struct appended *res, struct err *e)
{
	struct appended mine;
	struct made m;
	int rc;

	make_batch(&m, records, value, 1000);
	if (res == NULL)
		res = &mine;
	rc = appender_append(ap, m.b, m.n, res, e);
	return rc == 0 ? res->base_offset : rc;
}

/* One appender for one batch. */
__attribute__((unused)) static int64_t
append_alone(int records, const char *value, struct appended *res)
{
	struct appender *ap = open_part();
	struct err e = ERR_INIT;
	int64_t rc;

	if (ap == NULL)
		return -1;
	rc = append_one(ap, records, value, res, &e);
	CHECK(rc >= 0, "append: %s", e.text);
	appender_close(ap);
	return rc;
}

struct told {				/* what the segments hold */
	int64_t next_offset;		/* behind the last */
	int records, segments, torn, gaps;	/* bytes that are no batch; offsets missing or twice */
	int32_t epoch;			/* of the last batch */
	int wrong_epochs;		/* batches of another one than leader-epoch-checkpoint says */
};

__attribute__((unused)) static int32_t
epoch_at(const struct epoch_list *l, int64_t offset)
{
	size_t i;

	for (i = l->n; i > 0 && l->v[i - 1].start_offset > offset; i--)
		;
	return i > 0 ? l->v[i - 1].epoch : -1;
}

/* Each record by its offset: see(ctx, offset, epoch, value). */
__attribute__((unused)) static struct told
tell(int dir, void (*see)(void *, int64_t, int32_t, struct slice), void *ctx)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct batch_iter it = BATCH_ITER_INIT;
	struct told t = { .next_offset = -1, .epoch = -1 };
	static uint8_t b[1 << 20];
	char name[SEGMENT_NAME_MAX];
	struct epoch_list epochs;
	struct batch_head h;
	struct record r;
	size_t i, at, n;

	CHECK_TRUE(segment_list_read(dir, &l, NULL) == 0 && epochs_read(dir, &epochs, NULL) == 0);
	t.segments = (int)l.n;
	for (i = 0; i < l.n; i++) {
		segment_name(name, l.base[i], ".log");
		n = (size_t)get_file(dir, name, b, sizeof(b));
		if (t.next_offset != -1 && l.base[i] != t.next_offset)
			t.gaps++;
		t.next_offset = l.base[i];
		for (at = 0; batch_verify(SLICE_OF(b + at, n - at), &h) == BATCH_GOOD; at += (size_t)h.size) {
			if (h.base_offset != t.next_offset)
				t.gaps++;
			if (h.leader_epoch != epoch_at(&epochs, h.base_offset))
				t.wrong_epochs++;
			CHECK_INT(batch_open(&it, SLICE_OF(b + at, (size_t)h.size), 1 << 20, NULL), 0);
			while (batch_next(&it, &r, NULL) == 1) {
				t.records++;
				if (see != NULL)
					see(ctx, r.offset, h.leader_epoch, r.value);
			}
			t.next_offset = batch_last_offset(&h) + 1;
			t.epoch = h.leader_epoch;
		}
		t.torn += (int)(n - at);
	}
	batch_iter_release(&it);
	segment_list_release(&l);
	epochs_release(&epochs);
	return t;
}

/* Files of quarantine/ with this in the name; the size of the last of them. */
__attribute__((unused)) static int
quarantined(int dir, const char *what, int64_t *size)
{
	int fd = openat(dir, "quarantine", O_RDONLY | O_DIRECTORY), n = 0;
	struct dirent *d;
	DIR *q;

	if (fd == -1 || (q = fdopendir(fd)) == NULL)
		return 0;
	while ((d = readdir(q)) != NULL)
		if (strstr(d->d_name, what) != NULL && (strstr(d->d_name, ".note") != NULL) == (strstr(what, ".note") != NULL)) {
			n++;
			if (size != NULL)
				*size = file_size(fd, d->d_name);
		}
	closedir(q);
	return n;
}

/* Another boot from now on. */
__attribute__((unused)) static void
reboot(void)
{
	static unsigned boot;
	char path[PATH_MAX + 8], id[40];
	int fd;

	snprintf(path, sizeof(path), "%s/boot_id", tmpdir_path);
	setenv("PLOG_TEST_BOOT_ID", path, 1);
	snprintf(id, sizeof(id), "%08x-0000-4000-8000-000000000000", ++boot);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600)) == -1 || pwrite(fd, id, 36, 0) != 36)
		perror(path);
	close(fd);
}

#endif
