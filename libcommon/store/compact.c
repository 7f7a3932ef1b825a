/*
 * compact.c - see compact.h: what is to be compacted, pass by pass.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/lock.h"
#include "log/gaps.h"
#include "log/largest.h"
#include "log/swap.h"
#include "store/compact_in.h"

static int64_t
size_of(int dirfd, int64_t base, const char *suffix)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	segment_name(name, base, suffix);
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : 0;
}

static int
look(struct compact *c, struct err *e)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct gap_list g = GAP_LIST_INIT;
	int64_t active;
	size_t i;
	int rc;

	free(c->v);
	c->v = NULL;
	c->n = 0;
	if ((rc = segment_list_read(c->dirfd, &l, e)) != 0 || (rc = log_start_read(c->dirfd, &c->start, e)) != 0 ||
	    (rc = gaps_read(c->dirfd, &g, e)) != 0)
		rc = err_prefix(e, "'%s'", c->dir->label);
	else if ((rc = log_end_peek(c->dir, &c->end, &active, e)) == 0 && l.n > 0) {
		if ((c->v = calloc(l.n, sizeof(*c->v))) == NULL)
			rc = err_set(e, ERR_NOMEM, "cannot compact '%s': no memory", c->dir->label);
		for (i = 0; rc == 0 && i + 1 < l.n + (c->r->dry_rolled ? 1 : 0) &&
		    l.base[i] < active + (c->r->dry_rolled ? 1 : 0); i++) {
			if (l.base[i] < c->r->dry_from)
				continue;
			c->v[c->n++] = (struct seg){ .base = l.base[i], .next = i + 1 < l.n ? l.base[i + 1] : c->end,
			    .size = size_of(c->dirfd, l.base[i], ".log"),
			    .index = size_of(c->dirfd, l.base[i], ".index"),
			    .timeindex = size_of(c->dirfd, l.base[i], ".timeindex") };
		}
		if (l.base[0] > c->start)
			c->start = l.base[0];
		if (c->r->dry_from > c->start)
			c->start = c->r->dry_from;
		/* A checkpoint behind the end is of a log that lost its tail. */
		c->dirty = g.dirty > c->start && g.dirty <= c->end ? g.dirty : c->start;
	}
	segment_list_release(&l);
	gaps_release(&g);
	return rc;
}

/* The first offset that may not be compacted yet. */
static int
set_until(struct compact *c, struct err *e)
{
	int64_t largest;
	size_t i;
	int rc;

	c->until = c->n > 0 ? c->v[c->n - 1].next : c->dirty;
	for (i = 0; c->r->min_lag_ms > 0 && i < c->n; i++) {
		if (c->v[i].next <= c->dirty)
			continue;
		if ((rc = segment_largest(c->dirfd, c->v[i].base, c->v[i].size, false, &largest, e)) != 0)
			return err_prefix(e, "'%s'", c->dir->label);
		if (!c->r->clock_ok || largest > c->r->now_ms - c->r->min_lag_ms) {
			c->until = c->v[i].base;
			c->res->held = c->r->clock_ok ? "younger than min.compaction.lag.ms" :
			    "the clock is not believed, and there is a min.compaction.lag.ms";
			break;
		}
	}
	return 0;
}

/* A dirty segment whose first batch is older than max.compaction.lag.ms. */
static bool
lags(struct compact *c)
{
	struct seg_read s;
	struct batch_head h;
	struct slice b;
	size_t i;
	bool old = false;

	for (i = 0; !old && c->r->clock_ok && i < c->n; i++) {
		if (c->v[i].base < c->dirty || c->v[i].base >= c->until || seg_open(c, &s, &c->v[i], NULL) != 0)
			continue;
		old = seg_next(c, &s, &h, &b, NULL) == 1 && h.max_timestamp >= 0 && h.max_timestamp < c->r->now_ms - c->r->max_lag_ms;
		seg_close(&s);
	}
	return old;
}

static bool
due(struct compact *c)
{
	int64_t clean = 0, dirty = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->v[i].next <= c->dirty)
			clean += c->v[i].size;
		else if (c->v[i].base < c->until)
			dirty += c->v[i].size;
	c->res->from = c->dirty;
	c->res->to = c->until > c->dirty ? c->until : c->dirty;
	c->res->ratio = dirty > 0 ? (double)dirty / (double)(clean + dirty) : 0;
	if (dirty == 0 || c->until <= c->dirty)
		c->res->why = c->res->held != NULL ? c->res->held : "nothing to compact but the segment that is written to";
	else if (c->r->now)
		c->res->why = "--now";
	else if (c->res->ratio > c->r->ratio)
		c->res->why = "above min.cleanable.dirty.ratio";
	else if (lags(c))
		c->res->why = "older than max.compaction.lag.ms";
	else {
		c->res->why = "at or below min.cleanable.dirty.ratio";
		return false;
	}
	return dirty > 0 && c->until > c->dirty;
}

int
compact_need_txns(struct compact *c, struct err *e)
{
	int64_t stable;
	size_t i;
	int rc;

	if (c->txns != NULL)
		return 0;
	if ((rc = compact_txns_scan(&c->txns, c->dirfd, c->dir->label, c->end, e)) != 0)
		return rc;
	stable = compact_txns_stable(c->txns);
	for (i = 0; i < c->n; i++)
		if (stable < c->v[i].next) {
			if (c->v[i].base < c->until) {
				c->until = c->v[i].base > c->dirty ? c->v[i].base : c->dirty;
				c->res->why = "up to the first open transaction";
				c->res->held = "behind the start of an open transaction";
				c->res->to = c->until;
			}
			break;
		}
	return 0;
}

/* One pass after another, until all is in that may be. */
static int
passes(struct compact *c, struct err *e)
{
	int64_t until = c->until;
	int rc;

	if (!key_map_init(&c->map, c->r->memory < KEY_MAP_MIN ? KEY_MAP_MIN : c->r->memory, (uint64_t)(until - c->dirty)))
		return err_set(e, ERR_NOMEM, "cannot compact '%s': no memory", c->dir->label);
	while (c->dirty < c->until && !compact_stopped(c)) {
		if ((rc = compact_map_fill(c, e)) != 0)
			return rc;
		if (compact_stopped(c) || c->until <= c->dirty)
			break;
		if (c->map_end <= c->dirty)
			return err_set(e, ERR_NOMEM, "cannot compact '%s': the memory for keys does not hold those of one batch",
			    c->dir->label);
		/* Word of the gaps before the first one appears; what is dirty stays so until all is done. */
		if ((rc = cleaner_checkpoint_set(c->dirfd, c->map_end, c->dirty, e)) != 0 ||
		    (rc = compact_rewrite(c, e)) != 0)
			return rc;
		if (compact_stopped(c))
			break;
		if ((rc = cleaner_checkpoint_write(c->dirfd, c->map_end, e)) != 0)
			return rc;
		c->res->passes++;

		until = c->until;
		if ((rc = look(c, e)) != 0)
			return rc;
		c->until = until;
		if (c->dirty < c->until)
			key_map_clear(&c->map);
	}
	return 0;
}

static void
measure(const struct compact *c, uint64_t *segments, uint64_t *bytes)
{
	size_t i;

	*segments = c->n;
	*bytes = 0;
	for (i = 0; i < c->n; i++)
		*bytes += (uint64_t)c->v[i].size;
}

static int
run_locked(struct compact *c, struct err *e)
{
	int rc;

	if (!c->r->dry) {
		if ((rc = swap_finish(c->dirfd, c->dir->label, c->r->conf.index_interval_bytes, e)) != 0)
			return rc;
		swap_sweep(c->dirfd);
	}
	if ((rc = look(c, e)) != 0 || (rc = set_until(c, e)) != 0)
		return rc;
	measure(c, &c->res->segments_before, &c->res->bytes_before);
	measure(c, &c->res->segments_after, &c->res->bytes_after);
	c->res->due = due(c);
	if (!c->res->due)
		return 0;
	if (c->r->dry) {
		const char *why = c->res->why;

		if ((rc = compact_need_txns(c, e)) == 0 && c->res->why != why) {
			why = c->res->why;
			c->res->due = due(c);
			if (c->res->due)
				c->res->why = why;
		}
		return rc;
	}
	rc = passes(c, e);
	if (rc == 0 && c->res->passes == 0 && !compact_stopped(c)) {
		c->res->due = false;
		c->res->why = "all that is dirty lies behind the start of an open transaction";
	}
	if (look(c, NULL) == 0)
		measure(c, &c->res->segments_after, &c->res->bytes_after);
	return rc;
}

int
compact_run(const struct partdir *dir, const struct compact_rules *r, struct compact_result *res, struct err *e)
{
	struct compact c = { .dir = dir, .r = r, .res = res, .cleaner = BATCH_CLEANER_INIT, .it = BATCH_ITER_INIT };
	char path[sizeof(dir->label) + 8];
	struct lock held = LOCK_INIT;
	int lockfd = -1, rc;

	*res = (struct compact_result){ .why = "" };
	if ((c.dirfd = partdir_open(dir)) == -1)
		return errno == ENOENT ? err_set(e, ERR_NOENT, "no partition '%s'", dir->label) :
		    err_sys(e, "cannot open '%s'", dir->label);
	(void)snprintf(path, sizeof(path), "%s/lock", dir->label);
	if (r->dry)
		rc = run_locked(&c, e);
	else if ((lockfd = open_at(c.dirfd, "lock", O_RDWR, 0)) == -1)
		rc = err_sys(e, "cannot open '%s'", path);
	else if ((rc = lock_take(&held, lockfd, LOCK_BYTE_MAINTENANCE, r->lock_timeout_ms, r->stop, path, e)) == 0) {
		rc = run_locked(&c, e);
		lock_drop(&held);
	}
	key_map_release(&c.map);
	compact_txns_free(c.txns);
	batch_cleaner_release(&c.cleaner);
	batch_iter_release(&c.it);
	free(c.in);
	free(c.v);
	if (lockfd != -1)
		close(lockfd);
	close(c.dirfd);
	return rc;
}
