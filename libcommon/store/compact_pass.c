/*
 * compact_pass.c - segments written anew, by what the map says (compact_in.h).
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/offindex.h"
#include "log/swap.h"
#include "store/compact_in.h"

#define OUT_PIECE	(1 << 20)

static bool
passed(const struct compact *c, const struct batch_head *h)
{
	return (h->attributes & BATCH_DELETE_HORIZON) != 0 && c->r->clock_ok && c->r->now_ms >= h->base_timestamp;
}

/* A key that is not in the map has its last record before what is dirty. */
static bool
stays(struct compact *c, const struct batch_head *h, const struct record *rec, const struct key_hash *hash)
{
	if (rec->offset >= c->map_end)
		return true;
	if (rec->key.p == NULL) {
		c->res->keyless++;
		return false;
	}
	if (key_map_get(&c->map, hash) > rec->offset)
		return false;
	return rec->value.p != NULL || !passed(c, h);
}

static void
by_key(void *arg, const struct batch_head *h, const struct record *recs, size_t n, bool *stay)
{
	struct key_hash hash[BATCH_CLEAN_AT_ONCE];
	struct compact *c = arg;
	size_t i;

	for (i = 0; i < n; i++)
		if (recs[i].offset < c->map_end && recs[i].key.p != NULL)
			key_map_hash(&c->map, recs[i].key, &hash[i]);
	for (i = 0; i < n; i++)
		c->res->stay += stay[i] = stays(c, h, &recs[i], &hash[i]);
	c->res->records += n;
}

static void
all(void *arg, const struct batch_head *h, const struct record *recs, size_t n, bool *stay)
{
	(void)arg, (void)h, (void)recs;
	memset(stay, true, n);
}

static void
none(void *arg, const struct batch_head *h, const struct record *recs, size_t n, bool *stay)
{
	struct compact *c = arg;

	(void)recs;
	memset(stay, false, n);
	if (!batch_is_control(h))
		c->res->aborted += n;
}

struct out {
	int fd;
	struct buf b;
	int64_t size;
	bool changed;
};

static int
out_put(struct compact *c, struct out *o, struct slice b, bool last, struct err *e)
{
	buf_put(&o->b, b.p, b.n);
	if (o->b.failed)
		return err_set(e, ERR_NOMEM, "cannot compact '%s': no memory", c->dir->label);
	if (o->b.n < OUT_PIECE && !last)
		return 0;
	if (o->size + (int64_t)o->b.n > SEGMENT_BYTES_MAX)
		return err_set(e, ERR_TOOBIG, "cannot compact '%s': a segment would be too large", c->dir->label);
	if (pwrite_full(o->fd, o->b.p, o->b.n, o->size, NULL) == -1)
		return err_sys(e, "cannot compact '%s' (it needs room for one segment)", c->dir->label);
	pace_take(c->r->pace, o->b.n, c->r->stop);
	o->size += (int64_t)o->b.n;
	buf_clear(&o->b);
	return 0;
}

/* Whether a batch of which no record is left stays without any: so that its producer, or the end of the round, is known. */
static int
stays_empty(struct compact *c, const struct batch_head *h, struct err *e)
{
	int rc;

	if (batch_last_offset(h) + 1 == c->until)
		return 1;
	if (h->producer_id < 0)
		return 0;
	if ((rc = compact_need_txns(c, e)) != 0)
		return rc;
	return compact_txns_last(c->txns, h, c->r->clock_ok ? c->r->now_ms : INT64_MIN);
}

static int
clean_batch(struct compact *c, struct out *o, const struct batch_head *h, struct slice b, struct err *e)
{
	struct batch_clean_how how = { .limit = COMPACT_PLAIN_MAX, .keep = by_key, .arg = c,
	    .horizon = c->r->clock_ok ? c->r->now_ms + c->r->delete_retention_ms : -1 };
	enum batch_left left;
	struct slice kept;
	int rc;

	if ((batch_is_control(h) || batch_is_transactional(h)) && (rc = compact_need_txns(c, e)) != 0)
		return rc;
	atomic_fetch_add(c->r->seen, (uint64_t)h->count);
	if (batch_is_control(h)) {
		how.always = compact_txns_marker(c->txns, h, b);
		how.keep = how.always && passed(c, h) ? none : all;
	} else if (c->txns != NULL && compact_txns_data(c->txns, h))
		how.keep = none;
	if ((rc = batch_clean(&c->cleaner, b, &how, &left, &kept, e)) != 0)
		return rc;
	if (left == BATCH_LEFT_NONE && (rc = stays_empty(c, h, e)) <= 0) {
		o->changed = true;
		return rc;
	}
	o->changed |= !slice_eq(kept, b);
	return out_put(c, o, kept, false, e);
}

static int
clean_segment(struct compact *c, struct out *o, const struct seg *seg, struct err *e)
{
	struct seg_read s;
	struct batch_head h;
	struct slice b;
	int rc;

	if ((rc = seg_open(c, &s, seg, e)) != 0)
		return rc;
	while (!compact_stopped(c) && (rc = seg_next(c, &s, &h, &b, e)) == 1)
		if ((rc = clean_batch(c, o, &h, b, e)) != 0)
			break;
	seg_close(&s);
	return rc;
}

static void
times_as(struct compact *c, int fd, int64_t base)
{
	char name[SEGMENT_NAME_MAX];
	struct timespec t[2];
	struct stat st;

	segment_name(name, base, ".log");
	if (fstatat(c->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	t[0] = st.st_atim;
	t[1] = st.st_mtim;
	(void)futimens(fd, t);
}

/* n segments into one, put in place. */
static int
clean_group(struct compact *c, const struct seg *v, size_t n, struct err *e)
{
	struct out o = { .b = BUF_INIT, .changed = n > 1 };
	int64_t *olds = calloc(n, sizeof(*olds));
	bool committed = false;
	size_t i;
	int rc = 0;

	if (olds == NULL)
		return err_set(e, ERR_NOMEM, "cannot compact '%s': no memory", c->dir->label);
	if ((o.fd = swap_output(c->dirfd, v[0].base)) == -1)
		rc = err_sys(e, "cannot compact '%s'", c->dir->label);
	for (i = 0; rc == 0 && i < n; i++) {
		olds[i] = v[i].base;
		rc = clean_segment(c, &o, &v[i], e);
	}
	if (rc == 0 && !compact_stopped(c) && o.changed) {
		rc = out_put(c, &o, SLICE_OF("", 0), true, e);
		times_as(c, o.fd, v[n - 1].base);
		if (rc == 0 && fsync(o.fd) == -1)
			rc = err_sys(e, "cannot compact '%s' (it needs room for one segment)", c->dir->label);
		if (rc == 0 && (rc = swap_commit(c->dirfd, olds, n, e)) == 0) {
			committed = true;
			rc = swap_finish(c->dirfd, c->dir->label, c->r->conf.index_interval_bytes, e);
		}
	}
	if (o.fd != -1) {
		close(o.fd);
		if (!committed)
			swap_discard(c->dirfd, v[0].base);
	}
	buf_release(&o.b);
	free(olds);
	return rc;
}

int
compact_rewrite(struct compact *c, struct err *e)
{
	const struct log_config *conf = &c->r->conf;
	int64_t size, index, timeindex;
	size_t i, n;
	int rc = 0;

	if (c->txns != NULL)
		compact_txns_pass(c->txns);
	for (i = 0; rc == 0 && i < c->n && c->v[i].base < c->map_end && !compact_stopped(c); i += n) {
		size = index = timeindex = 0;
		for (n = 0; i + n < c->n && c->v[i + n].base < c->map_end; n++) {
			const struct seg *s = &c->v[i + n];

			size += s->size;
			index += s->index;
			timeindex += s->timeindex;
			if (n > 0 && (size > conf->segment_bytes || index > conf->segment_index_bytes ||
			    timeindex > conf->segment_index_bytes || s->next - 1 - c->v[i].base > INT32_MAX))
				break;
		}
		rc = clean_group(c, &c->v[i], n, e);
	}
	return rc;
}
