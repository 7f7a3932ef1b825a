/*
 * reader_edge.c - there is no good batch at the position: is it the end as it
 * is now, or is something wrong?
 *
 * A torn tail, zeros or garbage with nothing behind them are "not yet": their
 * writer died or is still writing, and the next one cuts them.  Damage is what
 * has a valid batch or a later segment behind it, and gives the same bytes
 * when it is read again.  It is never decided while a writer may be at it.
 */
#include <sys/stat.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "codec/hash.h"
#include "log/reader_in.h"
#include "log/scan.h"

/* What stands where a batch should begin, and what lies behind it. */
struct edge {
	const struct batch_head *head;
	const char *what;
	int64_t size;			/* of the segment */
	int64_t later;			/* base of a later segment, -1: none */
	int64_t next;			/* position of the next valid batch, -1: none */
	struct batch_head next_head;
};

static int
damaged(struct reader *rd, enum err_code code, int64_t to, int64_t next_offset, const char *what, struct err *e)
{
	struct log_damage *d = &rd->damage;
	char text[sizeof(d->what)], name[SEGMENT_NAME_MAX];

	(void)snprintf(text, sizeof(text), "%s", what);
	*d = (struct log_damage){ .segment = rd->base, .from = rd->pos, .to = to,
	    .first_offset = rd->expect, .next_offset = next_offset };
	(void)snprintf(d->what, sizeof(d->what), "%s", text);
	rd->failed = code;
	segment_name(name, rd->base, ".log");
	return err_set(e, code, "'%s/%s' is damaged at byte %" PRId64 " (offsets %" PRId64 " to %" PRId64 "): %s",
	    rd->dir.label, name, d->from, d->first_offset, d->next_offset - 1, d->what);
}

int
reader_gap(struct reader *rd, int64_t from, int64_t next, struct err *e)
{
	rd->expect = from;
	return damaged(rd, ERR_DAMAGE, rd->pos, next, "offsets are missing", e);
}

/*
 * Does a valid batch lie right behind the one at at, and go on below it?  Then
 * its offset, which no checksum covers, is not its own: bytes were put in or
 * taken out before it.
 */
static bool
overtaken(const struct reader *rd, struct scan *s, int64_t at, const struct batch_head *h)
{
	struct batch_head behind;

	return scan_verify(s, at + h->size, &behind) == BATCH_GOOD && behind.base_offset >= rd->expect &&
	    behind.base_offset <= batch_last_offset(h);
}

/* The next valid batch behind pos, that could follow what was read. */
static int
search(struct reader *rd, struct edge *g, struct err *e)
{
	struct scan s = SCAN_INIT;
	int64_t at = rd->pos;
	int rc, error;

	g->next = -1;
	if (rd->quiet_pos == rd->pos && rd->quiet_size == g->size)
		return 0;
	if ((rc = scan_open(&s, rd->fd, g->size, e)) != 0)
		return rc;
	while ((at = scan_search(&s, at + 1, INT64_MIN / 2, rd->expect, &g->next_head)) != -1)
		if (g->next_head.leader_epoch >= rd->epoch &&
		    batch_last_offset(&g->next_head) - rd->base <= INT32_MAX && !overtaken(rd, &s, at, &g->next_head))
			break;
	error = s.error;
	scan_close(&s);
	if (error != 0)
		return reader_fault(rd, error, "read", e);
	g->next = at;
	if (at == -1) {
		rd->quiet_pos = rd->pos;
		rd->quiet_size = g->size;
	}
	return 0;
}

/* The same bytes when read again?  -1 with errno. */
static int
settled(struct reader *rd, const struct edge *g)
{
	size_t had = rd->buf_at == rd->pos ? rd->buf_n : 0, n;
	uint32_t before = crc32c(rd->buf, had);
	struct stat st;
	ssize_t r;

	/* What the buffer held may be older than the size: one that held nothing of it settles nothing. */
	if (had == 0 || fstat(rd->fd, &st) == -1)
		return had == 0 ? 0 : -1;
	n = (int64_t)had < g->size - rd->pos ? had : (size_t)(g->size - rd->pos);
	if (st.st_size != g->size || n < had)
		return 0;
	if ((r = pread_full(rd->fd, rd->buf, had, rd->pos)) == -1)
		return -1;
	rd->buf_n = (size_t)r;
	return (size_t)r == had && crc32c(rd->buf, had) == before;
}

/*
 * The base offset is above the one expected: are offsets missing, is it the
 * wrong number, or is the batch from another place, and what follows goes on
 * below it?
 */
static int
judge_gap(struct reader *rd, struct edge *g, struct err *e)
{
	int64_t span = (int64_t)g->head->last_offset_delta + 1, end = rd->pos + g->head->size;
	int64_t follows = g->next != -1 ? g->next_head.base_offset : g->later;

	if (follows == rd->expect + span && (g->next == -1 || g->next == end)) {
		char what[96];

		(void)snprintf(what, sizeof(what), "its base offset is %" PRId64 ", not %" PRId64,
		    g->head->base_offset, rd->expect);
		return damaged(rd, ERR_DAMAGE, g->next != -1 ? g->next : end, follows, what, e);
	}
	if (follows >= rd->expect && follows <= batch_last_offset(g->head) && (g->next == -1 || g->next == end)) {
		char what[96];

		(void)snprintf(what, sizeof(what), "its base offset is %" PRId64 ", between %" PRId64 " and %" PRId64,
		    g->head->base_offset, rd->expect, follows);
		return damaged(rd, ERR_DAMAGE, g->next != -1 ? g->next : end, follows, what, e);
	}
	return reader_gap(rd, rd->expect, g->head->base_offset, e);
}

/* It stays as it is and something lies behind it. */
static int
judge(struct reader *rd, struct edge *g, enum place place, struct err *e)
{
	int64_t lost;
	int rc;

	if ((rc = reader_lost_at(rd, &lost, e)) < 0)
		return rc;
	if (rc == 1)
		return reader_out_of_range(rd, lost, "lost its tail and begins anew", e);
	if (place == PLACE_GAP)
		return judge_gap(rd, g, e);
	if (g->next != -1)
		return damaged(rd, ERR_DAMAGE, g->next, g->next_head.base_offset, g->what, e);
	return damaged(rd, ERR_DAMAGE, g->size, g->later > rd->expect ? g->later : rd->expect, g->what, e);
}

/* A batch that is good but larger than the caller takes. */
static int
too_big(struct reader *rd, const struct batch_head *h, struct err *e)
{
	char what[96];

	(void)snprintf(what, sizeof(what), "a batch of %" PRId64 " bytes, more than the %zu allowed",
	    h->size, rd->opts.max_batch);
	return damaged(rd, ERR_TOOBIG, rd->pos + h->size, batch_last_offset(h) + 1, what, e);
}

static const char *
what_is_it(const struct reader *rd, enum batch_verdict v, enum place place)
{
	if (place == PLACE_WRONG)
		return rd->damage.what;
	switch (v) {
	case BATCH_SHORT:
		return "a batch is cut off, or its length is wrong";
	case BATCH_OLD:
		return "its magic byte is wrong";
	case BATCH_WRONG:
	case BATCH_GOOD:
		break;
	}
	return "its checksum or its header does not match";
}

/* The file ends before what was read of it. */
static int
shrunk(struct reader *rd, struct err *e)
{
	int64_t end, lost;
	int rc;

	if ((rc = reader_lost_at(rd, &lost, e)) < 0)
		return rc;
	if (rc == 0 && (rc = reader_end(rd, &end, e)) != 0)
		return rc;
	else if (rc == 0 && end >= rd->position)
		return reader_place(rd, rd->position, e);
	else if (rc == 0)
		lost = end;
	return reader_out_of_range(rd, lost, "lost its tail and ends", e);
}

static int
decide(struct reader *rd, struct edge *g, enum batch_verdict v, enum place place, struct err *e)
{
	int rc;

	if (v == BATCH_OLD && reader_legacy(rd, rd->fd, rd->base, rd->pos, g->size, e)) {
		rd->failed = ERR_FORMAT;
		rd->damage = (struct log_damage){ .segment = rd->base, .from = rd->pos, .to = g->size,
		    .first_offset = rd->expect, .next_offset = g->later > rd->expect ? g->later : rd->expect };
		(void)snprintf(rd->damage.what, sizeof(rd->damage.what), "message format %d", g->head->magic);
		return -(int)ERR_FORMAT;
	}
	/* Another file has the name: what stands in this one says nothing. */
	if (reader_replaced(rd))
		return g->later == -1 ? reader_move(rd, e) : reader_place(rd, rd->position, e);
	if (g->next == -1 && g->later == -1)
		return 0;
	if ((rc = settled(rd, g)) == -1)
		return reader_fault(rd, errno, "read", e);
	if (rc == 0) {
		reader_forget(rd);
		return 1;
	}
	return judge(rd, g, place, e);
}

int
reader_edge(struct reader *rd, enum batch_verdict v, enum place place, const struct batch_head *h, struct err *e)
{
	struct edge g = { .head = h, .what = what_is_it(rd, v, place), .later = -1 };
	struct stat st;
	int rc;

	if (rd->unsure || place == PLACE_MOVED)
		return reader_place(rd, rd->position, e);
	if (place == PLACE_LOST)
		return reader_out_of_range(rd, rd->damage.next_offset, "lost its tail and begins anew", e);
	if (v == BATCH_GOOD && place == PLACE_RIGHT)
		return too_big(rd, h, e);
	if (fstat(rd->fd, &st) == -1)
		return reader_fault(rd, errno, "look at", e);
	g.size = st.st_size;
	if (g.size < rd->pos)
		return reader_replaced(rd) ? reader_move(rd, e) : shrunk(rd, e);
	if (v == BATCH_SHORT && g.size == rd->pos)
		return reader_move(rd, e);
	if ((rc = reader_list(rd, false, e)) != 0)
		return rc;
	if (!reader_has_later(rd, &g.later))
		g.later = -1;
	if ((rc = search(rd, &g, e)) != 0)
		return rc;
	return decide(rd, &g, v, place, e);
}
