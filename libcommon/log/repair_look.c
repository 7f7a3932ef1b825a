/*
 * repair_look.c - what is to be done to a partition: what verify finds, and
 * what follows from it.  See repair.h.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/repair_in.h"
#include "log/swap.h"

const char *
repair_word(enum repair_kind k)
{
	static const char *const words[] = {
		[REPAIR_CUT] = "cut", [REPAIR_ASIDE] = "set aside", [REPAIR_MEND] = "mend", [REPAIR_GAP] = "note gap",
		[REPAIR_END] = "keep end", [REPAIR_RENEW] = "renew", [REPAIR_REMOVE] = "remove", [REPAIR_LEAVE] = "leave",
	};

	return words[k];
}

void
repair_add(struct repair_report *r, enum repair_kind kind, const struct repair_spot *s, const char *fmt, ...)
{
	struct repair_action *a;
	va_list ap;

	if (r == NULL)
		return;
	if (r->n == r->cap) {
		if ((a = reallocarray(r->v, 2 * r->cap + 8, sizeof(*a))) == NULL) {
			r->nomem = true;
			return;
		}
		r->v = a;
		r->cap = 2 * r->cap + 8;
	}
	a = &r->v[r->n++];
	*a = (struct repair_action){ .kind = kind, .position = s->position, .bytes = s->bytes, .from = s->from, .next = s->next };
	(void)snprintf(a->path, sizeof(a->path), "%s%s%s", s->label, s->file == NULL ? "" : "/", s->file == NULL ? "" : s->file);
	va_start(ap, fmt);
	(void)vsnprintf(a->why, sizeof(a->why), fmt, ap);
	va_end(ap);
	r->left += kind == REPAIR_LEAVE;
}

void
repair_report_release(struct repair_report *r)
{
	free(r->v);
	*r = (struct repair_report)REPAIR_REPORT_INIT;
}

static bool
ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n > k && strcmp(s + n - k, suffix) == 0;
}

/* What no repair can see to is reported; damage and torn tails are known as ranges. */
static void
left(const struct findings *f, bool leftovers, struct repair_report *r)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct finding *x = &f->v[i];
		bool broker_work = x->kind == FINDING_LEFTOVER && leftovers && !ends_with(x->path, "/swap") &&
		    strchr(x->path, '~') == NULL && (ends_with(x->path, ".deleted") || ends_with(x->path, ".cleaned") ||
		    ends_with(x->path, ".swap"));

		if (x->kind == FINDING_MODE || x->kind == FINDING_UNREAD || broker_work)
			repair_add(r, REPAIR_LEAVE, REPAIR_SPOT(x->path, NULL), "%.230s", x->what);
	}
}

static void
take_stale(struct repair_look *l, struct repair_segment *s, const struct finding *x, struct repair_report *r)
{
	static const char *const suffixes[] = REPAIR_CACHES;
	size_t i;

	for (i = 0; i < NREPAIR_CACHES; i++)
		if (ends_with(x->path, suffixes[i])) {
			s->stale |= 1u << i;
			return;
		}
	l->indexes = true;
	repair_add(r, REPAIR_RENEW, REPAIR_SPOT(x->path, NULL), "%.230s", x->what);
}

static int
look_segment(struct repair_look *l, size_t i, struct batch_iter *it, struct repair_report *r, struct err *e)
{
	struct repair_segment *s = &l->v[i];
	struct findings f = FINDINGS_INIT;
	size_t k;
	int rc;

	s->base = l->part.segments.base[i];
	s->next_base = i + 1 < l->n ? l->part.segments.base[i + 1] : -1;
	s->limit = INT64_MAX;
	s->seen.ranges = &s->ranges;
	rc = verify_segment(&l->part, i, it, &f, &s->seen, e);
	if (rc == 0 && (s->ranges.nomem || f.nomem))
		rc = err_set(e, ERR_NOMEM, "cannot look at '%s': no memory", l->part.dir.label);
	for (k = 0; rc == 0 && k < f.n; k++) {
		if (f.v[k].kind == FINDING_TORN)
			l->torn = true;
		else if (f.v[k].kind == FINDING_STALE)
			take_stale(l, s, &f.v[k], r);
		else if (f.v[k].kind == FINDING_DAMAGE && f.v[k].position >= SEGMENT_BYTES_MAX)
			repair_add(r, REPAIR_LEAVE, REPAIR_SPOT(f.v[k].path, NULL), "%.230s", f.v[k].what);
		else if (f.v[k].kind == FINDING_DAMAGE)
			s->damaged = true;
	}
	/* The last of REPAIR_CACHES. */
	if (s->seen.digest_wrong)
		s->stale |= 1u << (NREPAIR_CACHES - 1);
	l->epochs |= s->seen.epochs_wrong;
	left(&f, false, r);
	findings_release(&f);
	return rc;
}

static void
raise_floor(struct repair_look *l, int64_t offset)
{
	if (offset > l->floor)
		l->floor = offset;
}

/* Segments whose offsets overlap: one that lies wholly within the one before goes, else that one gives way. */
static void
look_overlaps(struct repair_look *l)
{
	/* What a compaction that was interrupted left is put in place first. */
	bool swap = l->part.swap && swap_check(l->part.dirfd) == 0;
	size_t i, p = 0;

	for (i = 1; i < l->n; i++) {
		int64_t next = l->v[p].seen.next_offset;

		if (!swap && !l->v[i].seen.gone && next > l->v[i].base) {
			if (i + 1 == l->n) {
				l->close_active = true;
				raise_floor(l, next);
			} else if (l->v[i].seen.next_offset <= next) {
				l->v[i].covered = true;
				continue;
			} else
				l->v[p].limit = l->v[i].base;
		}
		l->v[p].next_base = l->v[i].base;
		p = i;
	}
}

/* Up to where offsets were given, as far as anything says. */
static void
look_end(struct repair_look *l)
{
	const struct verify_part *p = &l->part;
	const struct repair_segment *last = l->n > 0 ? &l->v[l->n - 1] : NULL;
	int64_t end = last == NULL ? 0 : last->seen.next_offset;
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	bool same = false;

	if (last != NULL) {
		if (last->ranges.n > (l->torn ? 1u : 0u))
			l->close_active = true;
		segment_name(name, last->base, ".log");
		same = fstatat(p->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == p->end.dev && st.st_ino == p->end.ino;
	}
	/* Of another boot it counts where the end is not as it was left. */
	if (p->end_known || (same && last->seen.tail_told))
		raise_floor(l, p->end.next_offset);
	raise_floor(l, p->recovery_point);
	raise_floor(l, p->log_start);
	if (l->floor <= end)
		l->floor = 0;
	/* One that an epoch begins behind all that is a number gone wrong, or an end lost: anew, and no offset twice. */
	l->epochs |= verify_epochs_odd(p, l->floor > end ? l->floor : end);
}

static bool
start_is_missing(const struct repair_look *l)
{
	const struct verify_part *p = &l->part;

	return l->n > 0 && p->log_start >= 0 && p->log_start < l->v[0].base && !l->v[0].seen.gone &&
	    (p->log_start > 0 || faccessat(p->dirfd, "log-start-offset", F_OK, AT_SYMLINK_NOFOLLOW) == 0) &&
	    !gaps_cover(&p->gaps, p->log_start, l->v[0].base);
}

static int
report(const struct repair_look *l, struct repair_report *r, struct err *e)
{
	struct repair_spot spot = *REPAIR_SPOT(l->part.dir.label, NULL);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->n; i++)
		if (repair_segment_due(l, i))
			rc = repair_segment_report(l, i, r, e);
	if (l->start_gap) {
		spot.from = l->part.log_start;
		spot.next = l->v[0].base;
		repair_add(r, REPAIR_GAP, &spot, "offsets are missing at the log's start");
	}
	if (l->epochs)
		repair_add(r, REPAIR_RENEW, REPAIR_SPOT(l->part.dir.label, "leader-epoch-checkpoint"),
		    "it says other epochs than the batches have: made anew from them, one epoch higher");
	if (l->part.swap && swap_check(l->part.dirfd) == 0)
		repair_add(r, REPAIR_RENEW, REPAIR_SPOT(l->part.dir.label, "swap"), "a compaction that was interrupted is put in place");
	if (l->n == 0)
		repair_add(r, REPAIR_RENEW, &spot, "there is no segment");
	if (l->floor > 0) {
		spot.from = l->n > 0 ? l->v[l->n - 1].seen.next_offset : 0;
		spot.next = l->floor;
		repair_add(r, REPAIR_END, &spot, "the log goes on at offset %" PRId64 ", which was reached", l->floor);
	}
	return rc;
}

int
repair_look(struct repair_look *l, const struct partdir *dir, struct repair_report *r, struct err *e)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct findings f = FINDINGS_INIT;
	size_t i;
	int rc;

	*l = (struct repair_look){ .n = 0 };
	if ((rc = verify_part_open(&l->part, dir, &f, e)) != 0) {
		l->part.dirfd = -1;
		findings_release(&f);
		return rc;
	}
	left(&f, true, r);
	findings_release(&f);
	l->n = l->part.segments.n;
	if ((l->v = calloc(l->n + 1, sizeof(*l->v))) == NULL)
		rc = err_set(e, ERR_NOMEM, "cannot look at '%s': no memory", dir->label);
	for (i = 0; rc == 0 && i < l->n; i++)
		rc = look_segment(l, i, &it, r, e);
	batch_iter_release(&it);
	if (rc == 0) {
		look_overlaps(l);
		look_end(l);
		l->start_gap = start_is_missing(l);
		if (r != NULL)
			rc = report(l, r, e);
	}
	return rc;
}

void
repair_look_release(struct repair_look *l)
{
	size_t i;

	for (i = 0; l->v != NULL && i < l->n; i++)
		verify_ranges_release(&l->v[i].ranges);
	free(l->v);
	l->v = NULL;
	if (l->part.dirfd != -1)
		verify_part_close(&l->part);
}
