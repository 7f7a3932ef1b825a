/*
 * verify_batch.c - a batch with a right checksum: does it lie where it
 * belongs, and are its records right?  See verify.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/verify_in.h"

#define PLAIN_MAX	((size_t)1 << 30)	/* of a decompressed batch */

struct judged {				/* one batch */
	int64_t base;			/* the offset that it counts from */
	int32_t epoch;
	bool wrong;
	bool stray;			/* it has no place in the log: what follows goes on without it */
	bool told;			/* by the digest: where it belongs need not be looked at */
	enum range_kind kind;
};

static void
is_wrong(struct judged *j, enum range_kind kind)
{
	if (!j->wrong)
		j->kind = kind;
	j->wrong = true;
}

const char *
range_word(enum range_kind k)
{
	static const char *const words[] = {
		[RANGE_BYTES] = "no batch", [RANGE_RECORDS] = "its checksum is right, but its records are not",
		[RANGE_PLACE] = "its base offset or leader epoch is wrong", [RANGE_DIGEST] = "it is not what the digest says",
		[RANGE_MEND] = "one bit of its base offset or leader epoch is wrong, the digest says which",
	};

	return words[k];
}

void
verify_range_add(struct verify_walk *w, const struct verify_range *r)
{
	struct verify_ranges *l = w->seen->ranges;
	struct verify_range *v;
	size_t cap;

	if (l == NULL)
		return;
	if (l->n > 0 && l->v[l->n - 1].to == r->from && l->v[l->n - 1].kind == r->kind && r->kind != RANGE_MEND) {
		l->v[l->n - 1].to = r->to;
		return;
	}
	if (l->n == l->cap) {
		cap = l->cap == 0 ? 8 : 2 * l->cap;
		if ((v = reallocarray(l->v, cap, sizeof(*v))) == NULL) {
			l->nomem = true;
			return;
		}
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = *r;
}

void
verify_ranges_release(struct verify_ranges *l)
{
	free(l->v);
	*l = (struct verify_ranges)VERIFY_RANGES_INIT;
}

/* The base offset of what follows; -1: not known. */
static int
what_follows(struct verify_walk *w, const struct batch_head *h, int64_t *base, struct err *e)
{
	struct batch_head next;
	struct slice s;
	int rc;

	*base = w->next_base;
	if (w->at + h->size >= w->size) {
		if (w->next_base == -1)
			*base = w->log_end != -1 ? w->log_end : w->part->recovery_point > w->expect ? w->part->recovery_point : -1;
		return 0;
	}
	if ((rc = verify_window(w, w->at + h->size, BATCH_HEAD, &s, e)) == 0)
		*base = batch_head_read(s, &next) == BATCH_GOOD ? next.base_offset : -1;
	return rc;
}

/*
 * Where a batch counts from that is not where it was expected: its own offset,
 * unless it cannot be, or what follows goes on as if nothing were odd (then
 * the number is wrong), or as if this batch were not there.
 */
static int
place(struct verify_walk *w, const struct batch_head *h, struct judged *j, struct err *e)
{
	int64_t after = w->expect + h->last_offset_delta + 1, follows;
	int rc;

	j->base = w->expect;
	if (h->base_offset == w->expect)
		return 0;
	if ((rc = what_follows(w, h, &follows, e)) != 0)
		return rc;
	if (follows == after || (h->base_offset < w->expect && follows == -1)) {
		verify_found(w, FINDING_DAMAGE, w->at, w->expect, after, "its base offset is %" PRId64 ", not %" PRId64,
		    h->base_offset, w->expect);
		is_wrong(j, RANGE_PLACE);
		return 0;
	}
	if (h->base_offset > w->expect && (w->part->dir.broker || part_gap_known(w->part, w->expect, h->base_offset))) {
		j->base = h->base_offset;
		return 0;
	}
	if (h->base_offset < w->expect || (follows >= w->expect && follows <= batch_last_offset(h))) {
		verify_found(w, FINDING_DAMAGE, w->at, -1, -1, "its base offset is %" PRId64 ", between %" PRId64 " and %" PRId64,
		    h->base_offset, w->expect, follows);
		is_wrong(j, RANGE_PLACE);
		j->stray = true;
		return 0;
	}
	verify_found(w, FINDING_DAMAGE, w->at, w->expect, h->base_offset, "offsets are missing before it, and nothing says why");
	j->base = h->base_offset;
	return 0;
}

/* The leader epoch of the batch that follows, in this segment or the next; -1: there is none. */
static int
epoch_that_follows(struct verify_walk *w, const struct batch_head *h, int32_t *epoch, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	uint8_t b[BATCH_HEAD];
	struct batch_head next;
	struct slice s = SLICE_OF(b, 0);
	int fd, rc;

	*epoch = -1;
	if (w->at + h->size < w->size) {
		if ((rc = verify_window(w, w->at + h->size, BATCH_HEAD, &s, e)) != 0)
			return rc;
	} else if (w->next_base != -1) {
		segment_name(name, w->next_base, ".log");
		if ((fd = open_at(w->part->dirfd, name, O_RDONLY, 0)) == -1)
			return 0;
		s.n = pread_full(fd, b, sizeof(b), 0) == (ssize_t)sizeof(b) ? sizeof(b) : 0;
		close(fd);
	}
	if (batch_head_read(s, &next) == BATCH_GOOD)
		*epoch = next.leader_epoch;
	else if (w->next_base == -1 && w->part->end.sequence != 0)
		*epoch = w->part->end.epoch;
	return 0;
}

/*
 * The checkpoint has no checksum: where the batch that follows has the epoch
 * of this one too, it is the checkpoint that is wrong.
 */
static int
check_epoch(struct verify_walk *w, const struct batch_head *h, struct judged *j, struct err *e)
{
	int64_t next = j->base + h->last_offset_delta + 1;
	int32_t follows;
	int rc;

	if (j->epoch < w->epoch) {
		verify_found(w, FINDING_DAMAGE, w->at, j->base, next,
		    "its leader epoch %" PRId32 " is below %" PRId32 " of the batch before it", j->epoch, w->epoch);
		is_wrong(j, RANGE_PLACE);
		return 0;
	}
	if (j->epoch != w->epoch && !part_epoch_right(w->part, j->epoch, j->base)) {
		if ((rc = epoch_that_follows(w, h, &follows, e)) != 0)
			return rc;
		if (follows != j->epoch || j->told) {
			verify_found(w, FINDING_DAMAGE, w->at, j->base, next,
			    "its leader epoch %" PRId32 " is not the one of its offset", j->epoch);
			is_wrong(j, RANGE_PLACE);
			return 0;
		}
		w->seen->epochs_wrong = true;
		findings_add(w->out, FINDING_DAMAGE, &(struct spot){ .dir = w->part->dir.label, .file = "leader-epoch-checkpoint",
		    .broker = w->part->dir.broker, .position = -1, .from = j->base, .next = -1 },
		    "the batches there have epoch %" PRId32 ", it says otherwise", j->epoch);
	}
	w->epoch = j->epoch;
	return 0;
}

static void
ask_digest(struct verify_walk *w, struct slice bytes, const struct batch_head *h, struct judged *j)
{
	int64_t base;
	int32_t epoch;

	switch (digest_ask(&w->digest, w->at, bytes.p)) {
	case DIGEST_SAME:
		return;
	case DIGEST_UNKNOWN:
		/* Behind its end a segment may have grown, if it is the last one (of a copy). */
		if (w->next_base == -1 && w->at >= w->digest.log_size)
			return;
		verify_found(w, FINDING_DAMAGE, w->at, h->base_offset, batch_last_offset(h) + 1, "the digest has no batch here");
		break;
	case DIGEST_OTHER:
		if (digest_mend(&w->digest, bytes.p, &base, &epoch) && base >= w->expect) {
			verify_found(w, FINDING_DAMAGE, w->at, base, base + h->last_offset_delta + 1, "its base offset is %" PRId64
			    " and its leader epoch %" PRId32 ", the digest says %" PRId64 " and %" PRId32, h->base_offset,
			    h->leader_epoch, base, epoch);
			is_wrong(j, RANGE_MEND);
			j->told = true;
			j->base = base;
			j->epoch = epoch;
			return;
		}
		verify_found(w, FINDING_DAMAGE, w->at, h->base_offset, batch_last_offset(h) + 1,
		    "the digest says that another batch was here");
		break;
	}
	is_wrong(j, RANGE_DIGEST);
}

/* Takes the records apart. */
static int
check_records(struct verify_walk *w, struct slice bytes, const struct batch_head *h, struct judged *j, struct err *e)
{
	int64_t base = w->expect, next = base + h->last_offset_delta + 1, largest = INT64_MIN;
	struct err own = ERR_INIT;
	struct record r;
	int rc;

	if ((rc = batch_open(w->it, bytes, PLAIN_MAX, &own)) == 0)
		while ((rc = batch_next(w->it, &r, &own)) == 1)
			if (r.timestamp > largest)
				largest = r.timestamp;
	if (rc == -ERR_NOMEM)
		return err_set(e, own.code, "%s", own.text);
	if (rc == -ERR_ABSENT || rc == -ERR_TOOBIG)
		verify_found(w, FINDING_UNREAD, w->at, base, next, "%.200s", own.text);
	else if (rc != 0) {
		verify_found(w, FINDING_DAMAGE, w->at, base, next, "its checksum is right, but %.200s", own.text);
		is_wrong(j, RANGE_RECORDS);
	} else if (h->count > 0 && largest > h->max_timestamp) {
		verify_found(w, FINDING_DAMAGE, w->at, base, next, "a record has time %" PRId64 ", its header says at most %" PRId64,
		    largest, h->max_timestamp);
		is_wrong(j, RANGE_RECORDS);
	}
	w->seen->records += (uint64_t)h->count;
	return 0;
}

int
verify_take(struct verify_walk *w, struct slice bytes, const struct batch_head *h, struct err *e)
{
	struct judged j = { .base = w->expect, .epoch = h->leader_epoch };
	int64_t at = w->at;
	int rc;

	if ((rc = check_records(w, bytes, h, &j, e)) != 0)
		return rc;
	if (w->digest.there)
		ask_digest(w, bytes, h, &j);
	if (!j.told && (rc = place(w, h, &j, e)) != 0)
		return rc;
	if (j.base + h->last_offset_delta - w->base > INT32_MAX) {
		verify_found(w, FINDING_DAMAGE, at, j.base, j.base + h->last_offset_delta + 1,
		    "its offset is too far from the segment's");
		is_wrong(&j, RANGE_PLACE);
	}
	if (!j.stray && (j.epoch != w->epoch || w->part->epochs.n > 1))
		rc = check_epoch(w, h, &j, e);
	if (rc != 0)
		return rc;
	if (j.wrong)
		verify_range_add(w, &(struct verify_range){ .from = at, .to = at + h->size, .base_offset = j.base,
		    .leader_epoch = j.epoch, .kind = j.kind });
	w->at += h->size;
	w->seen->batches++;
	if (j.stray)
		beside_skip(&w->beside, w->at, w->expect);
	else {
		beside_batch(&w->beside, h, j.base, at);
		w->expect = j.base + h->last_offset_delta + 1;
	}
	return 0;
}
