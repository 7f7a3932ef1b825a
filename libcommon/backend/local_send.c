/*
 * One gathered batch into its partition.
 */
#include "backend/local_producer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

#define LOCK_SLICE_MS	1000		/* how long a wait for a lock goes without a look at the signals */
#define AGAIN_MS	1000

static bool
stopping(const struct producer *p)
{
	return p->local->stop != NULL && *p->local->stop;
}

/* Room on the disk may come back, and who holds a lock may give it up. */
static bool
may_get_better(int rc, const struct err *e)
{
	if (rc == -ERR_BUSY)
		return true;
	return rc == -ERR_SYS && (e->sys == ENOSPC || e->sys == EDQUOT);
}

int
wait_for_room(struct producer *p, int rc, bool *told, struct err *e)
{
	struct timespec t = { .tv_sec = AGAIN_MS / 1000 };
	char said[ERR_TEXT_MAX + 64];

	if (!p->o.wait_when_full || !may_get_better(rc, e) || stopping(p))
		return rc;
	if (!*told && p->o.notice != NULL) {
		snprintf(said, sizeof(said), "%s; waiting, and trying again each second", e->text);
		p->o.notice(p->o.arg, said);
	}
	*told = true;
	(void)nanosleep(&t, NULL);
	*e = (struct err)ERR_INIT;
	return 0;
}

void
room_again(struct producer *p, bool told)
{
	if (told && p->o.notice != NULL)
		p->o.notice(p->o.arg, "goes on: what was waiting is appended");
}

/* Opens the partition; the one used longest ago is synced and closed when too many are. */
int
part_open(struct producer *p, struct part *part, struct err *e)
{
	struct appender_opts ao = { .conf = p->conf, .lock_timeout_ms = LOCK_SLICE_MS };
	struct partdir dir;
	struct part *old;
	int rc;

	if (part->ap != NULL) {
		if (TAILQ_LAST(&p->opened, part_list) != part) {
			TAILQ_REMOVE(&p->opened, part, open_link);
			TAILQ_INSERT_TAIL(&p->opened, part, open_link);
		}
		return 0;
	}
	while (p->nopen >= p->most_open && (old = TAILQ_FIRST(&p->opened)) != NULL) {
		if (old->packed > 0) {
			if ((rc = packers_drain(p, e)) != 0)
				return rc;
			continue;
		}
		syncer_forget(p, old);
		if (appender_dirty(old->ap) && (rc = appender_sync(old->ap, e)) != 0)
			return rc;
		TAILQ_REMOVE(&p->opened, old, open_link);
		appender_close(old->ap);
		old->ap = NULL;
		p->nopen--;
	}
	if (p->o.lock_timeout_ms >= 0 && p->o.lock_timeout_ms < LOCK_SLICE_MS)
		ao.lock_timeout_ms = p->o.lock_timeout_ms;
	if ((rc = topic_partition(&p->topic, part->number, &dir, e)) != 0 ||
	    (rc = appender_open(&part->ap, &dir, &ao, e)) != 0)
		return rc;
	TAILQ_INSERT_TAIL(&p->opened, part, open_link);
	p->nopen++;
	return 0;
}

/* Once, or for as long as a lock or a full disk is to be waited for. */
static int
append_or_wait(struct producer *p, struct part *part, struct slice batch, struct appended *res, struct err *e)
{
	int64_t started = 0, limit = p->o.lock_timeout_ms;
	bool told = false;
	int rc;

	for (;;) {
		if ((rc = part_open(p, part, e)) == 0)
			rc = appender_append(part->ap, (void *)(uintptr_t)batch.p, batch.n, res, e);
		if (rc == 0)
			break;
		if (rc == -ERR_BUSY && !stopping(p) && !told) {
			if (started == 0)
				started = clock_steady_ns() - LOCK_SLICE_MS * 1000000;
			if (limit < 0 || clock_steady_ns() - started < limit * 1000000)
				continue;
		}
		if ((rc = wait_for_room(p, rc, &told, e)) != 0)
			return rc;
	}
	room_again(p, told);
	return 0;
}

/* The records again, from the bytes that were appended. */
static int
acknowledge(struct producer *p, struct part *part, struct slice batch, int32_t count, const struct appended *res, struct err *e)
{
	struct record *r;
	int32_t n = 0;
	int rc;

	if (p->o.acked == NULL)
		return 0;
	if (!p->o.want_records) {
		p->o.acked(p->o.arg, part->number, res->base_offset, count, NULL);
		return 0;
	}
	if ((size_t)count > p->nrecs) {
		if ((r = reallocarray(p->recs, (size_t)count, sizeof(*r))) == NULL)
			return err_set(e, ERR_NOMEM, "no memory to report %d records", (int)count);
		p->recs = r;
		p->nrecs = (size_t)count;
	}
	if ((rc = batch_open(&p->it, batch, SIZE_MAX / 4, e)) != 0)
		return rc;
	while (n < count && (rc = batch_next(&p->it, &p->recs[n], e)) == 1)
		n++;
	if (rc < 0)
		return rc;
	p->o.acked(p->o.arg, part->number, res->base_offset, n, p->recs);
	return 0;
}

int
part_append(struct producer *p, struct part *part, struct slice batch, int32_t count, struct err *e)
{
	struct appended res;
	int rc;

	if ((rc = syncer_check(p, e)) != 0)
		return producer_fail(p, e);
	if ((rc = append_or_wait(p, part, batch, &res, e)) != 0) {
		if (rc == -ERR_INVALID || rc == -ERR_TOOBIG) {
			/* This batch cannot be taken; the next may. */
			p->st.unacked -= (uint64_t)count;
			return rc;
		}
		if (rc == -ERR_GONE)
			err_set(e, ERR_GONE, "topic '%s' was deleted", p->o.topic);
		return producer_fail(p, e);
	}
	return part_appended(p, part, batch, count, &res, e);
}

int
part_appended(struct producer *p, struct part *part, struct slice batch, int32_t count, const struct appended *res,
    struct err *e)
{
	int rc;

	part->since_sync += count;
	if (p->sync_each || part->since_sync >= p->flush_messages) {
		if ((rc = appender_sync(part->ap, e)) != 0)
			return producer_fail(p, e);
		part->since_sync = 0;
	} else
		syncer_note(p, part);
	p->st.unacked -= (uint64_t)count;
	p->st.records += (uint64_t)count;
	p->st.bytes += batch.n;
	p->st.batches++;
	return acknowledge(p, part, batch, count, res, e) == 0 ? 0 : producer_fail(p, e);
}

void
part_count(struct producer *p, struct part *part)
{
	p->held += part->b.b.cap - part->cap;
	part->cap = part->b.b.cap;
}

int
part_send(struct producer *p, struct part *part, struct err *e)
{
	struct slice batch;
	int rc;

	if (part->b.count == 0)
		return 0;
	if (part->gathering) {
		part->gathering = false;
		TAILQ_REMOVE(&p->gathering, part, gather_link);
	}
	if (p->packers == NULL && packers_worth(p, part) && (rc = packers_start(p, e)) != 0)
		return producer_fail(p, e);
	if (p->packers != NULL && packers_take(p, part))
		rc = packers_submit(p, part, e);
	else {
		struct batch_how how = BATCH_HOW_PLAIN;

		how.comp = p->comp;
		if ((rc = batch_seal(&part->b, &how, &batch, e)) != 0)
			return producer_fail(p, e);
		rc = part_append(p, part, batch, part->b.count, e);
		batch_builder_clear(&part->b);
	}
	/* With many partitions a buffer lives as long as its batch. */
	if (part->b.b.cap > KEEP_BYTES || p->held > HELD_BYTES / 2)
		batch_builder_release(&part->b);
	part_count(p, part);
	return rc;
}
