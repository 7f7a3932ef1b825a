/*
 * txn_files.c - see txn_files.h.
 */
#include "base/bytes.h"
#include "base/io.h"
#include "codec/hash.h"
#include "log/segment.h"
#include "log/txn_files.h"

#define INDEX_FILE_MAX	(64 << 20)
#define ABORTED_ENTRY	34
#define SNAPSHOT_HEAD	10
#define SNAPSHOT_CRC_FROM 6
#define SNAPSHOT_ENTRY	46

void
txn_index_load(struct txn_index *x, int dirfd, int64_t base)
{
	char name[SEGMENT_NAME_MAX];

	buf_clear(&x->b);
	x->at = 0;
	segment_name(name, base, ".txnindex");
	if (file_read(dirfd, name, INDEX_FILE_MAX, &x->b, NULL) != 0)
		buf_clear(&x->b);
}

bool
txn_index_peek(const struct txn_index *x, struct txn_index_entry *en)
{
	struct rd r;

	if (x->b.n - x->at < ABORTED_ENTRY)
		return false;
	r = RD_OF(x->b.p + x->at, ABORTED_ENTRY);
	if (rd_be16(&r) != 0)
		return false;
	en->pid = (int64_t)rd_be64(&r);
	en->first = (int64_t)rd_be64(&r);
	en->last = (int64_t)rd_be64(&r);
	return en->first >= 0 && en->first <= en->last;
}

void
txn_index_drop(struct txn_index *x)
{
	x->at += ABORTED_ENTRY;
}

void
txn_index_release(struct txn_index *x)
{
	buf_release(&x->b);
	x->at = 0;
}

int
txn_snapshot_read(int dirfd, int64_t base, int (*open)(void *, int64_t pid, int64_t first, struct err *),
    void *arg, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct buf b = BUF_INIT;
	int64_t pid, first;
	uint32_t i, n;
	struct rd r;
	int rc = 0;

	segment_name(name, base, ".snapshot");
	if (file_read(dirfd, name, INDEX_FILE_MAX, &b, NULL) != 0 || b.n < SNAPSHOT_HEAD)
		goto done;
	r = RD_OF(b.p, b.n);
	if (rd_be16(&r) != 1 || rd_be32(&r) != crc32c(b.p + SNAPSHOT_CRC_FROM, b.n - SNAPSHOT_CRC_FROM))
		goto done;
	n = rd_be32(&r);
	if (rd_left(&r) / SNAPSHOT_ENTRY != n || rd_left(&r) % SNAPSHOT_ENTRY != 0)
		goto done;
	rc = 1;
	for (i = 0; i < n && rc == 1; i++) {
		pid = (int64_t)rd_be64(&r);
		(void)rd_bytes(&r, SNAPSHOT_ENTRY - 16);
		first = (int64_t)rd_be64(&r);
		if (first >= 0 && open(arg, pid, first, e) != 0)
			rc = -(int)(e != NULL ? e->code : ERR_NOMEM);
	}
done:
	buf_release(&b);
	return rc;
}
