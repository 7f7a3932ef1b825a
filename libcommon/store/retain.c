/*
 * retain.c - see retain.h: what goes and what stays.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/endstate.h"
#include "log/largest.h"
#include "log/segment.h"
#include "store/retain.h"

static int
open_part(struct retain_log *l, struct err *e)
{
	int saved;

	if (l->dirfd != -1 || (l->dirfd = partdir_open(&l->dir)) != -1)
		return 0;
	saved = errno;
	(void)err_sys(e, "cannot open '%s'", l->dir.label);
	return saved == ENOENT ? err_set(e, ERR_NOENT, "no partition '%s'", l->dir.label) : -ERR_SYS;
}

static int
take_segments(struct retain_log *l, const struct segment_list *segs, struct err *e)
{
	size_t i;

	l->n = 0;
	if (segs->n > l->cap) {
		struct retain_segment *v = reallocarray(l->v, segs->n, sizeof(*v));

		if (v == NULL)
			return err_set(e, ERR_NOMEM, "cannot look at '%s': no memory", l->dir.label);
		l->v = v;
		l->cap = segs->n;
	}
	for (i = 0; i < segs->n; i++)
		l->v[l->n++] = (struct retain_segment){ .base = segs->base[i], .size = -1, .largest = -1,
		    .next = i + 1 < segs->n ? segs->base[i + 1] : -1 };
	return 0;
}

static int
take_size(struct retain_log *l, size_t i, struct err *e)
{
	struct retain_segment *s = &l->v[i];
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	if (s->size >= 0)
		return 0;
	segment_name(name, s->base, ".log");
	if (fstatat(l->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return err_sys(e, "cannot look at '%s/%s'", l->dir.label, name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FORMAT, "'%s/%s' is not a file", l->dir.label, name);
	s->size = st.st_size;
	return 0;
}

int
retain_sizes(struct retain_log *l, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n; i++)
		rc = take_size(l, i, e);
	return rc;
}

int
retain_look(struct retain_log *l, const struct partdir *dir, struct err *e)
{
	struct segment_list segs = SEGMENT_LIST_INIT;
	int64_t active;
	int rc;

	l->dir = *dir;
	l->go = 0;
	l->roll_due = false;
	if ((rc = open_part(l, e)) != 0)
		return rc;
	if ((rc = log_start_read(l->dirfd, &l->start, e)) != 0 || (rc = segment_list_read(l->dirfd, &segs, e)) != 0)
		rc = err_prefix(e, "'%s'", dir->label);
	else if ((rc = take_segments(l, &segs, e)) == 0 && (rc = log_end_peek(dir, &l->end, &active, e)) == 0 && l->n > 0) {
		/* A roll since the listing: what is beyond the last one is the next look's. */
		if (active > l->v[l->n - 1].base)
			l->end = active;
		l->v[l->n - 1].next = l->end;
		l->v[l->n - 1].active = true;
		if (l->v[0].base > l->start)
			l->start = l->v[0].base;
		rc = take_size(l, l->n - 1, e);
	}
	segment_list_release(&segs);
	return rc;
}

int
retain_largest(struct retain_log *l, size_t i, struct err *e)
{
	struct retain_segment *s = &l->v[i];
	int rc;

	if (s->told)
		return 0;
	if ((rc = take_size(l, i, e)) != 0)
		return rc;
	if ((rc = segment_largest(l->dirfd, s->base, s->size, s->active, &s->largest, e)) != 0)
		return err_prefix(e, "'%s'", l->dir.label);
	s->told = true;
	return 0;
}

/* The next one in the walk, or NULL: there is none that could go. */
static struct retain_segment *
candidate(struct retain_log *l)
{
	struct retain_segment *s = l->go < l->n ? &l->v[l->go] : NULL;

	return s == NULL || (s->active && s->size == 0) ? NULL : s;
}

static bool
may_go(struct retain_segment *s, const struct retain_rules *r, enum retain_why *stop)
{
	if (s->next <= r->keep_from)
		return true;
	*stop = RETAIN_UNREAD;
	return false;
}

static void
goes(struct retain_log *l, enum retain_why why)
{
	l->v[l->go].goes = true;
	l->v[l->go++].why = why;
}

static void
by_size(struct retain_log *l, const struct retain_rules *r, enum retain_why *stop)
{
	struct retain_segment *s;
	int64_t excess = 0;
	size_t i;

	for (i = l->go; i < l->n && r->retention_bytes >= 0; i++)
		excess += l->v[i].size;
	excess = r->retention_bytes < 0 ? -1 : excess - r->retention_bytes;
	while (r->retention_bytes >= 0 && (s = candidate(l)) != NULL && excess - s->size >= 0 && may_go(s, r, stop)) {
		excess -= s->size;
		goes(l, RETAIN_BY_SIZE);
	}
	while ((s = candidate(l)) != NULL && !s->active && s->next <= r->below && may_go(s, r, stop))
		goes(l, RETAIN_BY_SIZE);
}

static int
by_time(struct retain_log *l, const struct retain_rules *r, enum retain_why *stop, struct err *e)
{
	struct retain_segment *s;
	int64_t age;
	int rc;

	while (*stop != RETAIN_UNREAD && (s = candidate(l)) != NULL) {
		if ((rc = retain_largest(l, l->go, e)) != 0) {
			*stop = RETAIN_UNTOLD;
			return rc;
		}
		/* Compaction left nothing in it. */
		if (s->size == 0) {
			goes(l, RETAIN_BY_TIME);
			continue;
		}
		if (s->largest < 0) {
			*stop = RETAIN_NO_TIME;
			return 0;
		}
		if (__builtin_sub_overflow(r->now_ms, s->largest, &age) || age <= r->retention_ms)
			return 0;
		if (!r->clock_ok) {
			*stop = RETAIN_CLOCK;
			return 0;
		}
		if (!may_go(s, r, stop))
			return 0;
		goes(l, RETAIN_BY_TIME);
	}
	return 0;
}

/* segment.ms of a log that nobody appends to: by the segment's own age, and its first record's. */
static bool
roll_is_due(const struct retain_log *l, const struct retain_rules *r)
{
	int64_t limit = r->conf.segment_ms, since;
	struct endstate s;
	int fd, valid;

	if (r->conf.compacted && r->conf.max_compaction_lag_ms > 0 && r->conf.max_compaction_lag_ms < limit)
		limit = r->conf.max_compaction_lag_ms;
	if (!r->clock_ok || limit <= 0 || l->n == 0 || l->v[l->n - 1].size == 0 ||
	    (fd = open_at(l->dirfd, "lock", O_RDONLY, 0)) == -1)
		return false;
	valid = endstate_read(fd, &s);
	close(fd);
	if (valid != 1 || s.base != l->v[l->n - 1].base)
		return false;
	since = s.first_timestamp > s.created_ms ? s.first_timestamp : s.created_ms;
	return r->now_ms > since && r->now_ms - since > limit - (s.roll_jitter_ms < limit ? s.roll_jitter_ms : limit);
}

int
retain_decide(struct retain_log *l, const struct retain_rules *r, struct err *e)
{
	enum retain_why stop = r->deletes ? RETAIN_WITHIN : RETAIN_POLICY;
	size_t i;
	int rc = 0;

	/* Of ten thousand segments the oldest alone may be asked about. */
	if ((r->explain || (r->deletes && r->retention_bytes >= 0)) && (rc = retain_sizes(l, e)) != 0)
		return rc;

	l->go = 0;
	for (i = 0; i < l->n; i++)
		l->v[i].goes = false;
	while (l->go + 1 < l->n && l->v[l->go + 1].base <= l->start)
		goes(l, RETAIN_BY_START);
	if (r->deletes) {
		by_size(l, r, &stop);
		if (r->retention_ms >= 0)
			rc = by_time(l, r, &stop, e);
	}
	for (i = l->go; i < l->n; i++)
		l->v[i].why = l->v[i].active && l->v[i].size == 0 ? RETAIN_EMPTY : i == l->go || !r->deletes ? stop : RETAIN_BEHIND;
	l->roll_due = roll_is_due(l, r);
	for (i = 0; r->explain && i < l->n; i++)
		(void)retain_largest(l, i, NULL);
	return rc;
}

void
retain_shut(struct retain_log *l)
{
	if (l->dirfd != -1)
		close(l->dirfd);
	l->dirfd = -1;
}

void
retain_release(struct retain_log *l)
{
	free(l->v);
	retain_shut(l);
	*l = (struct retain_log)RETAIN_LOG_INIT;
}
