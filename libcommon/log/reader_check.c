/*
 * reader_check.c - does a batch whose checksum is right belong where it lies?
 *
 * The checksum leaves out the first 17 bytes: base offset, length, leader
 * epoch, magic.  A wrong length or magic makes the checksum wrong.  A wrong
 * base offset is one that is not the offset expected (the file's name for the
 * first batch, the end of the one before for the others), unless compaction
 * or repair left word that offsets are missing there.  A wrong epoch is one
 * that falls, or that is not the one leader-epoch-checkpoint has for that
 * offset.  A broker's directory says less: there offsets may be missing
 * anywhere, and only epochs beyond the largest one are wrong.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "log/reader_in.h"

__attribute__((format(printf, 2, 3))) static enum place
wrong(struct reader *rd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(rd->damage.what, sizeof(rd->damage.what), fmt, ap);
	va_end(ap);
	return PLACE_WRONG;
}

int
reader_gap_known(struct reader *rd, int64_t from, int64_t next, bool *known, struct err *e)
{
	struct err own = ERR_INIT;
	int rc;

	*known = rd->dir.broker || next <= rd->position || gaps_cover(&rd->gaps, from, next);
	if (*known)
		return 0;
	/* The word of it is there before the gap is; what was read of it may be older. */
	rc = gaps_read(rd->dirfd, &rd->gaps, &own);
	if (rc != 0 && rc != -ERR_DAMAGE)
		return err_set(e, own.code, "'%s': %s", rd->dir.label, own.text);
	*known = gaps_cover(&rd->gaps, from, next);
	return 0;
}

/* The list of epochs as it is now; one that cannot be read vouches for nothing. */
static int
read_epochs(struct reader *rd, struct epoch_list *l, struct err *e)
{
	struct err own = ERR_INIT;
	int rc = epochs_read(rd->dirfd, l, &own);

	if (rc == -ERR_DAMAGE) {
		*l = (struct epoch_list){ .v = NULL, .n = 0 };
		return 0;
	}
	if (rc != 0)
		return err_set(e, own.code, "'%s': %s", rd->dir.label, own.text);
	return 0;
}

int
reader_lost_at(struct reader *rd, int64_t *offset, struct err *e)
{
	struct epoch_list l;
	size_t i;
	int rc;

	if (rd->dir.broker || rd->epoch < 0)
		return 0;
	if ((rc = read_epochs(rd, &l, e)) != 0)
		return rc;
	for (i = 0; i < l.n; i++)
		if (l.v[i].epoch > rd->epoch && l.v[i].start_offset < rd->epoch_read) {
			*offset = l.v[i].start_offset;
			rc = 1;
			break;
		}
	epochs_release(&l);
	return rc;
}

/* The batch has another epoch than the one known to be right here. */
static int
check_epoch(struct reader *rd, const struct batch_head *h, enum place *p, struct err *e)
{
	struct epoch_list l;
	int64_t lost;
	size_t i;
	int rc;

	if (h->leader_epoch < rd->epoch) {
		*p = wrong(rd, "its leader epoch %" PRId32 " is below %" PRId32 " of the batch before it",
		    h->leader_epoch, rd->epoch);
		return 0;
	}
	if ((rc = reader_lost_at(rd, &lost, e)) < 0)
		return rc;
	if (rc == 1) {
		rd->damage.next_offset = lost;
		*p = PLACE_LOST;
		return 0;
	}
	if ((rc = read_epochs(rd, &l, e)) != 0)
		return rc;
	for (i = 0; i < l.n && l.v[i].start_offset <= h->base_offset; i++)
		;
	if (l.n == 0 || (rd->dir.broker && h->leader_epoch <= l.v[l.n - 1].epoch)) {
		rd->epoch_from = INT64_MIN;
		rd->epoch_to = INT64_MAX;
	} else if (!rd->dir.broker && h->leader_epoch == l.v[i == 0 ? 0 : i - 1].epoch) {
		rd->epoch_from = i == 0 ? INT64_MIN : l.v[i - 1].start_offset;
		rd->epoch_to = i == l.n ? INT64_MAX : l.v[i].start_offset;
	} else
		*p = wrong(rd, "its leader epoch %" PRId32 " is not the one of offset %" PRId64,
		    h->leader_epoch, h->base_offset);
	epochs_release(&l);
	return 0;
}

int
reader_check(struct reader *rd, const struct batch_head *h, enum place *p, struct err *e)
{
	int64_t last = batch_last_offset(h);
	bool known;
	int rc;

	*p = PLACE_RIGHT;
	if (h->base_offset != rd->expect && rd->unsure) {
		*p = PLACE_MOVED;
		return 0;
	}
	if (h->base_offset < rd->expect) {
		*p = wrong(rd, "its base offset is %" PRId64 ", not %" PRId64, h->base_offset, rd->expect);
		return 0;
	}
	if (last - rd->base > INT32_MAX) {
		*p = wrong(rd, "its offset %" PRId64 " is too far from the segment's", last);
		return 0;
	}
	if (h->leader_epoch != rd->epoch || h->base_offset < rd->epoch_from || h->base_offset >= rd->epoch_to) {
		if ((rc = check_epoch(rd, h, p, e)) != 0 || *p != PLACE_RIGHT)
			return rc;
	}
	if (h->base_offset > rd->expect) {
		if ((rc = reader_gap_known(rd, rd->expect, h->base_offset, &known, e)) != 0)
			return rc;
		if (!known)
			*p = PLACE_GAP;
	}
	return 0;
}
