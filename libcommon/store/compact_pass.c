/*
 * compact_pass.c - one pass: the keys into the map, then segments written anew
 * (compact_in.h).
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

/* 1: all of it is in the map; 0: the map is full, what is in does no harm; or an error. */
static int
map_batch(struct compact *c, struct slice bytes, struct err *e)
{
	struct record rec;
	int rc;

	if ((rc = batch_open(&c->it, bytes, COMPACT_PLAIN_MAX, e)) != 0)
		return rc;
	while ((rc = batch_next(&c->it, &rec, e)) == 1)
		if (rec.offset >= c->dirty && rec.key.p != NULL && !key_map_put(&c->map, rec.key, rec.offset))
			return 0;
	return rc == 0 ? 1 : rc;
}

static int
map_segment(struct compact *c, const struct seg *seg, struct err *e)
{
	struct seg_read s;
	struct batch_head h;
	struct slice b;
	int rc, in = 1;

	if ((rc = seg_open(c, &s, seg, e)) != 0)
		return rc;
	while (in == 1 && !compact_stopped(c) && (rc = seg_next(c, &s, &h, &b, e)) == 1) {
		if (batch_last_offset(&h) < c->dirty)
			continue;
		if (batch_is_control(&h) || batch_is_transactional(&h)) {
			c->until = c->map_end = seg->base > c->dirty ? seg->base : c->dirty;
			c->res->why = "up to the first transaction";
			in = 0;
			break;
		}
		if ((in = map_batch(c, b, e)) == 1)
			c->map_end = batch_last_offset(&h) + 1;
	}
	seg_close(&s);
	if (rc < 0 || in < 0)
		return rc < 0 ? rc : in;
	if (in == 1)
		c->map_end = seg->next;
	return in;
}

int
compact_map_fill(struct compact *c, struct err *e)
{
	size_t i;
	int rc = 1;

	c->map_end = c->dirty;
	for (i = 0; rc == 1 && i < c->n && c->v[i].base < c->until && !compact_stopped(c); i++)
		if (c->v[i].next > c->dirty)
			rc = map_segment(c, &c->v[i], e);
	return rc < 0 ? rc : 0;
}

/* A key that is not in the map has its last record before what is dirty. */
static bool
stays(void *arg, const struct batch_head *h, const struct record *rec)
{
	struct compact *c = arg;
	int64_t last;

	c->res->records++;
	if (rec->offset >= c->map_end) {
		c->res->stay++;
		return true;
	}
	if (rec->key.p == NULL) {
		c->res->keyless++;
		return false;
	}
	last = key_map_get(&c->map, rec->key);
	if (last > rec->offset)
		return false;
	if (rec->value.p == NULL && (h->attributes & BATCH_DELETE_HORIZON) != 0 && c->r->clock_ok &&
	    c->r->now_ms >= h->base_timestamp)
		return false;
	c->res->stay++;
	return true;
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
	compact_pace(c, o->b.n);
	o->size += (int64_t)o->b.n;
	buf_clear(&o->b);
	return 0;
}

static int
clean_batch(struct compact *c, struct out *o, const struct batch_head *h, struct slice b, struct err *e)
{
	const int64_t horizon = c->r->clock_ok ? c->r->now_ms + c->r->delete_retention_ms : -1;
	enum batch_left left;
	struct slice kept;
	int rc;

	if (batch_is_control(h) || batch_is_transactional(h) || h->base_offset >= c->map_end)
		return out_put(c, o, b, false, e);
	if ((rc = batch_clean(&c->cleaner, b, COMPACT_PLAIN_MAX, stays, c, horizon, &left, &kept, e)) != 0)
		return rc;
	if (left == BATCH_LEFT_WHOLE)
		return out_put(c, o, kept, false, e);
	o->changed = true;
	/* So that the log's end does not move back. */
	if (left == BATCH_LEFT_NONE && batch_last_offset(h) + 1 != c->end)
		return 0;
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
