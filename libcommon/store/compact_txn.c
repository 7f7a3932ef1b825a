/*
 * compact_txn.c - see compact_txn.h.
 */
#include <sys/stat.h>
#include <sys/tree.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/scan.h"
#include "log/segment.h"
#include "log/txn.h"
#include "log/txn_set.h"
#include "store/compact_txn.h"

#define PRODUCER_EXPIRES_MS	86400000

struct producer {
	RB_ENTRY(producer) by_id;
	int64_t id;
	int64_t last_data;		/* last offset of its last data batch in its epoch; -1: none */
	int64_t last_ms;
	int16_t epoch;
	bool open;			/* a transaction */
	bool observed;			/* by the pass, a batch of the transaction at hand */
};
RB_HEAD(producer_tree, producer);

struct compact_txns {
	struct txn_set set;
	struct producer_tree producers;
	struct batch_iter it;
};

static int
by_id(const struct producer *a, const struct producer *b)
{
	return (a->id > b->id) - (a->id < b->id);
}

RB_GENERATE_INTERNAL(producer_tree, producer, by_id, by_id, __attribute__((unused)) static)

static struct producer *
find(const struct compact_txns *t, int64_t id)
{
	struct producer key = { .id = id };

	return RB_FIND(producer_tree, (struct producer_tree *)(uintptr_t)&t->producers, &key);
}

static struct producer *
find_or_add(struct compact_txns *t, int64_t id)
{
	struct producer *p = find(t, id);

	if (p == NULL && (p = calloc(1, sizeof(*p))) != NULL) {
		*p = (struct producer){ .id = id, .last_data = -1, .epoch = -1 };
		RB_INSERT(producer_tree, &t->producers, p);
	}
	return p;
}

/* A batch of the scan; fd and pos: where it is. */
static int
take(struct compact_txns *t, int fd, int64_t pos, const struct batch_head *h, struct err *e)
{
	struct producer *p;
	int m = -1, rc;

	if (h->producer_id < 0)
		return 0;
	/* An empty marker is one whose transaction is gone; others than these two end none. */
	if (batch_is_control(h) && (m = txn_marker(fd, pos, h, &t->it)) != BATCH_MARKER_ABORT && m != BATCH_MARKER_COMMIT)
		return 0;
	if ((p = find_or_add(t, h->producer_id)) == NULL)
		return err_set(e, ERR_NOMEM, "cannot follow transactions: no memory");
	if (p->epoch != h->producer_epoch)
		p->last_data = -1;
	p->epoch = h->producer_epoch;
	p->last_ms = h->max_timestamp;
	if (batch_is_control(h)) {
		p->open = false;
		return txn_end(&t->set, h->producer_id, batch_last_offset(h), m == BATCH_MARKER_ABORT, e);
	}
	p->last_data = batch_last_offset(h);
	if (!batch_is_transactional(h))
		return 0;
	if ((rc = txn_begin(&t->set, h->producer_id, h->base_offset, e)) == 0)
		p->open = true;
	return rc;
}

static int
scan_segment(struct compact_txns *t, int dirfd, int64_t base, int64_t end, bool closed, const char *label, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct scan s = SCAN_INIT;
	struct batch_head h;
	struct stat st;
	int64_t at = 0;
	int fd, rc = 0;

	segment_name(name, base, ".log");
	if ((fd = open_at(dirfd, name, O_RDONLY, 0)) == -1)
		return err_sys(e, "cannot open '%s/%s'", label, name);
	if (fstat(fd, &st) == -1)
		rc = err_sys(e, "cannot look at '%s/%s'", label, name);
	else
		rc = scan_open(&s, fd, st.st_size, e);
	while (rc == 0 && scan_head(&s, at, &h) == BATCH_GOOD && h.base_offset < end) {
		rc = take(t, fd, at, &h, e);
		at += h.size;
	}
	if (rc == 0 && (errno = s.error) != 0)
		rc = err_sys(e, "cannot read '%s/%s'", label, name);
	else if (rc == 0 && closed && at < st.st_size)
		rc = err_set(e, ERR_DAMAGE, "'%s/%s' is damaged at byte %" PRId64 ": it is not compacted", label, name, at);
	scan_close(&s);
	close(fd);
	return rc;
}

int
compact_txns_scan(struct compact_txns **out, int dirfd, const char *label, int64_t end, struct err *e)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct compact_txns *t;
	size_t i;
	int rc;

	if ((*out = t = calloc(1, sizeof(*t))) == NULL)
		return err_set(e, ERR_NOMEM, "cannot follow transactions: no memory");
	txn_set_init(&t->set);
	RB_INIT(&t->producers);
	t->it = (struct batch_iter)BATCH_ITER_INIT;
	if ((rc = segment_list_read(dirfd, &l, e)) != 0)
		rc = err_prefix(e, "'%s'", label);
	for (i = 0; rc == 0 && i < l.n; i++)
		rc = scan_segment(t, dirfd, l.base[i], end, i + 1 < l.n, label, e);
	segment_list_release(&l);
	if (rc != 0) {
		compact_txns_free(t);
		*out = NULL;
	}
	return rc;
}

void
compact_txns_free(struct compact_txns *t)
{
	struct producer *p;

	if (t == NULL)
		return;
	while ((p = RB_ROOT(&t->producers)) != NULL) {
		RB_REMOVE(producer_tree, &t->producers, p);
		free(p);
	}
	txn_set_clear(&t->set);
	batch_iter_release(&t->it);
	free(t);
}

int64_t
compact_txns_stable(const struct compact_txns *t)
{
	return txn_oldest(&t->set);
}

bool
compact_txns_aborted(struct compact_txns *t, const struct batch_head *h)
{
	return batch_is_transactional(h) && txn_is_aborted(&t->set, h->producer_id, h->base_offset);
}

void
compact_txns_pass(struct compact_txns *t)
{
	struct producer *p;

	RB_FOREACH(p, producer_tree, &t->producers)
		p->observed = false;
}

bool
compact_txns_data(struct compact_txns *t, const struct batch_head *h)
{
	struct producer *p;

	if (!batch_is_transactional(h))
		return false;
	if ((p = find(t, h->producer_id)) != NULL)
		p->observed = true;
	return compact_txns_aborted(t, h);
}

bool
compact_txns_marker(struct compact_txns *t, const struct batch_head *h, struct slice bytes)
{
	struct producer *p;
	bool idle;
	int m;

	if (h->count == 0)
		return true;
	m = batch_marker(&t->it, bytes);
	if (m != BATCH_MARKER_ABORT && m != BATCH_MARKER_COMMIT)
		return false;
	if ((p = find(t, h->producer_id)) == NULL)
		return true;
	idle = !p->observed;
	p->observed = false;
	return idle;
}

bool
compact_txns_last(const struct compact_txns *t, const struct batch_head *h, int64_t now_ms)
{
	const struct producer *p = find(t, h->producer_id);
	int64_t age;

	if (p == NULL || h->producer_id < 0)
		return false;
	if (!p->open && !__builtin_sub_overflow(now_ms, p->last_ms, &age) && age >= PRODUCER_EXPIRES_MS)
		return false;
	if (p->last_data >= 0)
		return batch_last_offset(h) == p->last_data;
	return batch_is_control(h) && h->producer_epoch == p->epoch;
}
