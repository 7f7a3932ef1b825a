/*
 * Fetching from a store: ranges of partitions, taken in turn.
 *
 * Each turn delivers one batch of one range, so no partition waits for
 * another; where there are more ranges than open readers a turn is TURN_BYTES
 * long, as the next turn of the range begins with opening and reading again.  A range that came to its end is not ready until something changed
 * in its directory; when no range is ready, local_fetcher_next says so.
 */
#include <stdlib.h>

#include "backend/local_range.h"

int
local_fetcher_open(struct backend *be, const struct fetcher_opts *opts, struct fetcher **out, struct err *e)
{
	struct fetcher *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return err_set(e, ERR_NOMEM, "cannot read: out of memory");
	f->local = local_of(be);
	f->opts = *opts;
	f->stop = (struct stop){ .flag = f->local->stop };
	f->it = (struct batch_iter)BATCH_ITER_INIT;
	if (opts->follow) {
		int fd = store_topics_fd(f->local->store);

		if ((f->follow = follow_new(e)) == NULL) {
			free(f);
			return -ERR_NOMEM;
		}
		follow_stop(f->follow, f->local->stop);
		follow_add(f->follow, fd != -1 ? fd : store_fd(f->local->store));
	}
	*out = f;
	return 0;
}

int
local_fetcher_add(struct fetcher *f, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *e)
{
	return range_add(f, topic, partition, from, to, e);
}

bool
local_fetcher_has(struct fetcher *f, const char *topic, int32_t partition)
{
	return range_find(f, topic, partition) < f->nranges;
}

/* No more records of the chunk in hand. */
static void
chunk_forget(struct fetcher *f)
{
	f->pending = false;
	f->it.left = 0;
	f->it.rd.p = f->it.rd.end;
}

int
local_fetcher_drop(struct fetcher *f, const char *topic, int32_t partition)
{
	size_t i = range_find(f, topic, partition);

	if (i == f->nranges)
		return 0;
	chunk_forget(f);
	range_drop(f, i);
	return 1;
}

static void
chunk_fill(struct fetcher *f, struct range *r, const struct log_batch *b, struct chunk *c)
{
	*c = (struct chunk){
		.topic = r->source->topic.name,
		.partition = r->partition,
		.first_offset = b->head.base_offset,
		.next_offset = batch_last_offset(&b->head) + 1,
		.leader_epoch = b->head.leader_epoch,
		.raw = b->bytes,
		.count = b->head.count,
	};
	c->whole = c->first_offset >= r->from && (r->to < 0 || c->next_offset <= r->to);
	f->range = r;
	f->bytes = b->bytes;
	f->pending = true;
	f->from = r->from;
	f->to = r->to;
	r->from = c->next_offset;
}

/* Does the range go on with its turn? */
static void
turn_count(struct fetcher *f, size_t i, size_t bytes)
{
	f->turn_bytes += bytes;
	if (f->nranges > OPEN_MAX_READERS && f->turn_bytes < TURN_BYTES)
		f->at = i;
	else
		f->turn_bytes = 0;
}

int
local_fetcher_next(struct fetcher *f, struct chunk *c, struct err *e)
{
	size_t looked = 0;

	f->pending = false;
	while (looked < f->nranges) {
		size_t i = f->at < f->nranges ? f->at : 0;
		struct range *r = f->ranges[i];
		struct log_batch b;
		int rc;

		f->at = i + 1;
		if (r->finished || !r->ready) {
			looked++;
			continue;
		}
		rc = range_next(f, r, &b, e);
		if (rc == 1) {
			chunk_fill(f, r, &b, c);
			turn_count(f, i, b.bytes.n);
			return 1;
		}
		f->turn_bytes = 0;
		if (rc < 0) {
			f->at = i;
			if ((rc = range_failed(f, i, rc, e)) != 0)
				return rc;
			looked = 0;
			continue;
		}
		if (r->finished || f->nranges > OPEN_MAX_READERS)
			range_park(f, r);
		looked++;
	}
	return 0;
}

/* A batch whose records cannot be had: it is passed over where that was asked for (0), else the error. */
static int
chunk_failed(struct fetcher *f, int rc, struct err *e)
{
	err_prefix(e, "'%s/%d'", f->range->source->topic.name, f->range->partition);
	if (!f->opts.skip_damage || (rc != -ERR_DAMAGE && rc != -ERR_TOOBIG))
		return rc;
	f->damaged++;
	f->opts.notice(f->opts.arg, e->text);
	chunk_forget(f);
	return 0;
}

static int
chunk_open(struct fetcher *f, struct err *e)
{
	int64_t most;
	int rc;

	if (!f->pending)
		return 0;
	f->pending = false;
	most = config_number(f->range->source->topic.config, "max.message.bytes");
	rc = batch_open(&f->it, f->bytes, most > DECOMPRESSED_MAX ? (size_t)most : DECOMPRESSED_MAX, e);
	return rc < 0 ? chunk_failed(f, rc, e) : 0;
}

int
local_fetcher_values(struct fetcher *f, uint8_t delim, size_t most, struct buf *out, uint64_t *bytes,
    struct err *e)
{
	int32_t n;
	int rc;

	if ((rc = chunk_open(f, e)) != 0)
		return rc;
	if ((n = batch_next_values(&f->it, delim, most, out, bytes)) < 0)
		return err_set(e, ERR_NOMEM, "cannot read: out of memory");
	return n;
}

int
local_fetcher_records(struct fetcher *f, struct record *recs, int max, struct err *e)
{
	int n = 0, rc;

	if ((rc = chunk_open(f, e)) != 0)
		return rc;
	while (n < max && (rc = batch_next(&f->it, &recs[n], e)) == 1) {
		if (recs[n].offset < f->from)
			continue;
		if (f->to >= 0 && recs[n].offset >= f->to)
			break;
		n++;
	}
	/* Those before one that is wrong are given first; the next call meets it again. */
	return rc < 0 && n == 0 ? chunk_failed(f, rc, e) : n;
}

bool
local_fetcher_done(struct fetcher *f)
{
	for (size_t i = 0; i < f->nranges; i++)
		if (!f->ranges[i]->finished)
			return false;
	return true;
}

bool
local_fetcher_news(struct fetcher *f)
{
	bool news = f->news;

	f->news = false;
	return news;
}

uint64_t
local_fetcher_damaged(struct fetcher *f)
{
	return f->damaged;
}

/* Those whose directory changed are looked at again; any other change is news. */
static void
mark_changed(struct fetcher *f)
{
	int tag;

	while ((tag = follow_changed(f->follow)) != -1) {
		bool found = false;

		for (size_t i = 0; i < f->nranges; i++)
			if (tag == FOLLOW_ALL || f->ranges[i]->tag == tag) {
				f->ranges[i]->ready = true;
				found = true;
			}
		if (tag == FOLLOW_ALL || !found)
			f->news = true;
	}
	for (size_t i = 0; i < f->nranges; i++)
		if (f->ranges[i]->tag < 0)
			f->ranges[i]->ready = true;
}

int
local_fetcher_wait(struct fetcher *f, int64_t timeout_ms, struct pollfd *fds, unsigned n)
{
	const char *why;
	int rc;

	if (f->follow == NULL)
		return stop_poll(&f->stop, fds, n, timeout_ms);
	rc = follow_wait(f->follow, timeout_ms, fds, n);
	mark_changed(f);
	if ((why = follow_degraded(f->follow)) != NULL)
		f->opts.notice(f->opts.arg, why);
	return rc;
}

void
local_fetcher_close(struct fetcher *f)
{
	if (f == NULL)
		return;
	while (f->nranges > 0)
		range_drop(f, f->nranges - 1);
	follow_free(f->follow);
	batch_iter_release(&f->it);
	free(f->ranges);
	free(f->sources);
	free(f);
}
