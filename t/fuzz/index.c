/*
 * Any bytes as the indexes, the transaction index and the snapshot of a
 * segment: every record is found all the same, by offset and by time, and
 * verify and what reads transactions bear them.  The first byte says where one
 * file ends and the next begins.
 */
#include <string.h>

#include "codec/batch.h"
#include "log/offindex.h"
#include "log/reader.h"
#include "log/txn_files.h"
#include "log/verify.h"
#include "files.h"

#define BATCHES	20
#define EACH	3
#define STEP	10			/* of the time, an offset */

static struct partdir part = { .name = "0", .label = "t/0" };

/* BATCHES of EACH records; the time of a record is STEP times its offset. */
static void
make_log(int dir)
{
	struct batch_how how = BATCH_HOW_PLAIN;
	struct buf log = BUF_INIT;
	struct record r = RECORD_INIT;
	struct batch_builder b;
	struct slice bytes;
	int i, k;

	batch_builder_init(&b, 1 << 16, EACH);
	for (i = 0; i < BATCHES; i++) {
		for (k = 0; k < EACH; k++) {
			r.value = slice_str("a value");
			r.timestamp = (i * EACH + k) * STEP;
			if (batch_builder_add(&b, &r) != 0)
				abort();
		}
		if (batch_seal(&b, &how, &bytes, NULL) != 0)
			abort();
		buf_put(&log, bytes.p, bytes.n);
		batch_patch_offset(log.p + log.n - bytes.n, i * EACH, 0);
		batch_builder_clear(&b);
	}
	batch_builder_release(&b);
	files_put(dir, "00000000000000000000.log", log.p, log.n);
	files_put(dir, "leader-epoch-checkpoint", "0\n1\n0 0\n", 8);
	buf_release(&log);
}

static int
partition_dir(void)
{
	static int fd = -1;

	if (fd == -1) {
		part.holder = files_dir();
		if (mkdirat(part.holder, "0", 0700) == -1 || (fd = openat(part.holder, "0", O_RDONLY | O_DIRECTORY)) == -1)
			abort();
		make_log(fd);
	}
	return fd;
}

static void
look_up(int dir, int64_t target)
{
	int64_t offset, position, ms;

	index_lookup(dir, 0, target, &offset, &position);
	if (offset > target || position < 0)
		abort();
	index_last(dir, 0, 4096, &offset, &position);
	if (position < 0 || position >= 4096)
		abort();
	timeindex_lookup(dir, 0, target * STEP, &offset);
	timeindex_last(dir, 0, &ms, &offset);
	(void)timeindex_before(dir, 0, target * STEP, &ms, &offset);
}

static void
read_at(int64_t target)
{
	struct reader_opts o = { .log_start = -1, .buffer = 512, .read_committed = target % 2 == 0 };
	struct reader *rd;
	struct log_batch b;
	int64_t at;

	if (reader_open(&rd, &part, &o, NULL) != 0 || reader_seek(rd, target, NULL) != 0 || reader_next(rd, &b, NULL) != 1 ||
	    b.head.base_offset > target || batch_last_offset(&b.head) < target)
		abort();
	if (reader_find_time(rd, target * STEP, &at, NULL) != 1 || at != target)
		abort();
	reader_close(rd);
}

static int
opened(void *arg, int64_t pid, int64_t first, struct err *e)
{
	(void)arg;
	(void)pid;
	(void)e;
	if (first < 0)
		abort();
	return 0;
}

static void
verify(void)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct findings f = FINDINGS_INIT;
	struct verify_seen seen = { .ranges = NULL };
	struct verify_part p;

	if (verify_part_open(&p, &part, &f, NULL) != 0 || verify_segment(&p, 0, &it, &f, &seen, NULL) != 0 ||
	    seen.records != BATCHES * EACH)
		abort();
	verify_part_end(&p, &seen, &f);
	verify_part_close(&p);
	findings_release(&f);
	batch_iter_release(&it);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const names[] = { "00000000000000000000.index", "00000000000000000000.timeindex",
		"00000000000000000000.txnindex", "00000000000000000000.snapshot" };
	int dir = partition_dir();
	struct txn_index ix = { .b = BUF_INIT };
	struct txn_index_entry en;
	size_t k, cut;

	if (n < 2)
		return 0;
	cut = p[0] * (n - 1) / 256;
	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		files_away(dir, names[k]);
	k = p[0] % 2 * 2;
	files_put(dir, names[k], p + 1, cut);
	files_put(dir, names[k + 1], p + 1 + cut, n - 1 - cut);
	look_up(dir, p[1] % (BATCHES * EACH));
	read_at(p[1] % (BATCHES * EACH));
	verify();
	txn_index_load(&ix, dir, 0);
	for (; txn_index_peek(&ix, &en); txn_index_drop(&ix))
		if (en.first < 0 || en.last < en.first)
			abort();
	txn_index_release(&ix);
	(void)txn_snapshot_read(dir, 0, opened, NULL, NULL);
	return 0;
}
