/*
 * reader.c - see reader.h; reader_in.h names the rooms.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/reader_in.h"
#include "log/txn.h"

#define BUFFER_MIN	4096
#define LIST_KEPT	64		/* a longer list of segments is given back when parked */

int
reader_open(struct reader **out, const struct partdir *dir, const struct reader_opts *opts, struct err *e)
{
	struct reader *rd;
	int rc = 0;

	if ((rd = calloc(1, sizeof(*rd))) == NULL)
		return err_set(e, ERR_NOMEM, "cannot read '%s': no memory", dir->label);
	rd->dir = *dir;
	rd->opts = *opts;
	if (rd->opts.max_batch == 0 || rd->opts.max_batch > INT32_MAX)
		rd->opts.max_batch = INT32_MAX;
	if (rd->opts.buffer == 0)
		rd->opts.buffer = READ_DEFAULT;
	if (rd->opts.buffer < BUFFER_MIN)
		rd->opts.buffer = BUFFER_MIN;
	rd->fd = -1;
	rd->base = rd->position = rd->expect = -1;
	rd->epoch = -1;
	rd->epoch_from = INT64_MAX;
	if ((rd->dirfd = partdir_open(dir)) == -1)
		rc = errno == ENOENT ? err_set(e, ERR_NOENT, "partition '%s' does not exist", dir->label) :
		    err_sys(e, "cannot open '%s'", dir->label);
	else if (opts->read_committed)
		rc = txn_new(&rd->txn, e);
	if (rc != 0) {
		reader_close(rd);
		rd = NULL;
	}
	*out = rd;
	return rc;
}

void
reader_park(struct reader *rd)
{
	reader_close_segment(rd);
	if (rd->dirfd != -1)
		close(rd->dirfd);
	rd->dirfd = -1;
	free(rd->buf);
	rd->buf = NULL;
	rd->cap = 0;
	if (rd->list.n > LIST_KEPT) {
		segment_list_release(&rd->list);
		rd->list_settled = false;
	}
}

void
reader_close(struct reader *rd)
{
	if (rd == NULL)
		return;
	reader_park(rd);
	segment_list_release(&rd->list);
	gaps_release(&rd->gaps);
	txn_free(rd->txn);
	free(rd);
}

int64_t
reader_position(const struct reader *rd)
{
	return rd->position;
}

void
reader_damage(const struct reader *rd, struct log_damage *d)
{
	*d = rd->damage;
}

/* What is damaged ends before what is wanted: nobody needs to hear of it. */
static bool
unwanted(const struct reader *rd, int rc)
{
	return (rc == -ERR_DAMAGE || rc == -ERR_TOOBIG) && rd->failed == -rc &&
	    rd->damage.first_offset < rd->position && rd->damage.next_offset <= rd->position;
}

int
reader_find(struct reader *rd, struct batch_head *h, struct slice *b, struct err *e)
{
	enum batch_verdict v;
	enum place place;
	int rc, error;

	for (;;) {
		if ((rc = reader_enter(rd, e)) != 1)
			return rc;
		v = reader_look(rd, h, b, &error);
		if (error != 0)
			return reader_fault(rd, error, "read", e);
		place = PLACE_RIGHT;
		if (v == BATCH_GOOD && (rc = reader_check(rd, h, &place, e)) != 0)
			return rc;
		if (v != BATCH_GOOD || place != PLACE_RIGHT || b->n == 0) {
			rc = reader_edge(rd, v, place, h, e);
			if (unwanted(rd, rc) && (rc = reader_skip_damage(rd, e)) == 0)
				rc = 1;
			if (rc != 1)
				return rc;
			continue;
		}
		rd->unsure = false;
		if (batch_last_offset(h) >= rd->position)
			return 1;
		rd->expect = rd->epoch_read = batch_last_offset(h) + 1;
		rd->epoch = h->leader_epoch;
		rd->pos += h->size;
	}
}

int
reader_next(struct reader *rd, struct log_batch *b, struct err *e)
{
	int rc;

	if (rd->position < 0)
		return err_set(e, ERR_INVALID, "'%s' is read before a place was chosen", rd->dir.label);
	if ((rc = reader_find(rd, &b->head, &b->bytes, e)) != 1)
		return rc;
	b->deliver = !batch_is_control(&b->head) && b->head.count > 0;
	if (rd->txn != NULL) {
		rc = txn_judge(rd->txn, rd, &b->head, e);
		if (rc <= 0)
			return rc;
		b->deliver = b->deliver && rc == TXN_COMMITTED;
	}
	b->segment = rd->base;
	b->position = rd->pos;
	rd->pos += b->head.size;
	rd->position = rd->expect = rd->epoch_read = batch_last_offset(&b->head) + 1;
	rd->epoch = b->head.leader_epoch;
	return 1;
}

int
reader_skip_damage(struct reader *rd, struct err *e)
{
	struct log_damage *d = &rd->damage;
	bool same_file = rd->failed == ERR_DAMAGE || rd->failed == ERR_TOOBIG;

	if (rd->failed == 0)
		return err_set(e, ERR_INVALID, "there is nothing to skip in '%s'", rd->dir.label);
	if (rd->failed == ERR_FORMAT && d->next_offset <= rd->position)
		return err_set(e, ERR_FORMAT, "nothing can be read behind it in '%s'", rd->dir.label);
	if (rd->failed == ERR_RANGE) {
		rd->position = d->next_offset;
		rd->epoch = -1;
	} else if (rd->position < d->next_offset)
		rd->position = d->next_offset;
	rd->failed = 0;
	if (same_file && rd->fd != -1 && rd->base == d->segment && rd->pos == d->from) {
		rd->pos = d->to;
		rd->expect = d->next_offset;
		return 0;
	}
	reader_close_segment(rd);
	rd->base = -1;
	return 0;
}
