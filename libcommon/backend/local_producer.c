/*
 * local_producer.c - records of one run, gathered into batches, each into its
 * partition.
 */
#include "backend/local_producer.h"

#include <sys/resource.h>
#include <stdlib.h>

#include "base/clock.h"

#define LINGER_MS	5
#define SHARE		4		/* sending takes a fourth of the time at most */
#define FDS_A_PART	6
#define FDS_SPARE	32

/* How many partitions can be open at once; many of them ask for more descriptors. */
static unsigned
open_limit(int32_t partitions)
{
	struct rlimit r;
	rlim_t want = (rlim_t)partitions * FDS_A_PART + FDS_SPARE;

	if (partitions < 64 || getrlimit(RLIMIT_NOFILE, &r) != 0)
		return 64;
	if (r.rlim_cur < want && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = want < r.rlim_max ? want : r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
		(void)getrlimit(RLIMIT_NOFILE, &r);
	}
	if (r.rlim_cur >= want)
		return (unsigned)partitions;
	return r.rlim_cur < FDS_SPARE * 2 ? 4 : (unsigned)((r.rlim_cur - FDS_SPARE) / FDS_A_PART);
}

int
local_producer_open(struct backend *be, const struct producer_opts *o, struct producer **out, struct err *e)
{
	struct producer *p;
	int rc;

	if (o->transactional != NULL)
		return err_set(e, ERR_ABSENT, "--transactional: a store has no transactions, a cluster has (-b)");
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a producer");
	p->local = local_of(be);
	p->o = *o;
	p->topic.fd = -1;
	p->linger_ns = (o->linger_ms >= 0 ? o->linger_ms : LINGER_MS) * 1000000;
	p->now_ns = clock_steady_ns();
	p->it = (struct batch_iter)BATCH_ITER_INIT;
	TAILQ_INIT(&p->gathering);
	TAILQ_INIT(&p->opened);
	syncer_init(p);
	if ((rc = producer_topic_find(p, e)) != 0) {
		local_producer_close(p);
		return rc;
	}
	*out = p;
	return 0;
}

int32_t
local_producer_partitions(struct producer *p, struct err *e)
{
	int rc;

	if (p->failed)
		return producer_fail(p, e);
	if (!p->open && (rc = producer_topic_make(p, e)) != 0)
		return p->failed ? rc : producer_fail(p, e);
	return p->topic.partitions;
}

bool
local_producer_compacted(struct producer *p)
{
	return p->conf.compacted;
}

size_t
local_producer_max_record(struct producer *p)
{
	return p->hard > BATCH_HEAD ? p->hard - BATCH_HEAD : 0;
}

int
producer_fail(struct producer *p, struct err *e)
{
	if (!p->failed) {
		p->failed = true;
		p->why = *e;
	} else
		*e = p->why;
	return -(int)e->code;
}

/* The more partitions share the memory, the smaller their buffers begin. */
static size_t
first_bytes(int32_t partitions)
{
	size_t n = HELD_BYTES / 2 / (size_t)partitions;

	if (partitions <= FEW_PARTS)
		return 0;
	return n < FIRST_LEAST ? FIRST_LEAST : n < FIRST_MOST ? n : FIRST_MOST;
}

static struct part *
part_find(struct producer *p, int32_t n, struct err *e)
{
	struct part *part;

	if (p->failed) {
		producer_fail(p, e);
		return NULL;
	}
	if (!p->open && local_producer_partitions(p, e) < 0)
		return NULL;
	if (n < 0 || n >= p->topic.partitions) {
		err_set(e, ERR_RANGE, "topic '%s' has no partition %d: it has %d", p->o.topic, (int)n, (int)p->topic.partitions);
		return NULL;
	}
	if ((part = p->parts[n]) != NULL)
		return part;
	if ((part = calloc(1, sizeof(*part))) == NULL) {
		err_set(e, ERR_NOMEM, "no memory for partition %d of '%s'", (int)n, p->o.topic);
		return NULL;
	}
	if (p->most_open == 0)
		p->most_open = open_limit(p->topic.partitions);
	part->number = n;
	batch_builder_init(&part->b, p->hard, BATCH_RECORDS_MAX);
	part->b.target = p->soft;
	part->b.first = first_bytes(p->topic.partitions);
	return p->parts[n] = part;
}

static int
cannot_take(struct producer *p, int rc, struct err *e)
{
	if (rc == -ERR_TOOBIG)
		return err_set(e, ERR_TOOBIG, "the record is too long: a batch of it alone is beyond max.message.bytes=%zu", p->hard);
	if (rc == -ERR_INVALID)
		return err_set(e, ERR_INVALID, "the record's timestamp is before 1970");
	return err_set(e, ERR_NOMEM, "no memory for a record of '%s'", p->o.topic);
}

/* The buffer grew: it counts, and what gathers longest makes room. */
static int
hold(struct producer *p, struct part *part, struct err *e)
{
	int rc = 0;

	part_count(p, part);
	while (rc == 0 && p->held > HELD_BYTES && !TAILQ_EMPTY(&p->gathering))
		rc = part_send(p, TAILQ_FIRST(&p->gathering), e);
	return rc;
}

/*
 * Where so many partitions gather that sending them takes longer than linger,
 * all would be due at every look and no batch would grow: then they gather for
 * a multiple of that time.
 */
static inline int64_t
linger(const struct producer *p)
{
	int64_t ns = p->o.linger_ms < 0 ? SHARE * p->round_ns : 0;

	return ns > p->linger_ns ? ns : p->linger_ns;
}

int
local_put(struct producer *p, int32_t n, const struct record *rec, struct err *e)
{
	struct part *part;
	int rc;

	if (!p->open || p->failed || (uint32_t)n >= (uint32_t)p->topic.partitions || (part = p->parts[n]) == NULL)
		if ((part = part_find(p, n, e)) == NULL)
			return -(int)e->code;
	if (rec->key.p == NULL && p->conf.compacted)
		return err_set(e, ERR_INVALID, "a record without a key: topic '%s' is compacted", p->o.topic);
	while ((rc = batch_builder_add(&part->b, rec)) != 0) {
		if (rc != BATCH_FULL)
			return cannot_take(p, rc, e);
		if ((rc = part_send(p, part, e)) != 0)
			return rc;
	}
	p->st.unacked++;
	if (!part->gathering) {
		part->gathering = true;
		part->due_ns = p->now_ns + linger(p);
		TAILQ_INSERT_TAIL(&p->gathering, part, gather_link);
	}
	if (part->b.b.cap != part->cap && (rc = hold(p, part, e)) != 0)
		return rc;
	/* The next one as long as this would pass the mark. */
	if (rec->key.p == NULL && p->o.keyless_bytes > 0 && p->topic.partitions > 1 &&
	    part->b.b.n + rec->value.n >= (size_t)p->o.keyless_bytes)
		return part_send(p, part, e);
	return 0;
}

int
local_put_values(struct producer *p, int32_t n, const struct record *like, const struct slice *values, size_t nvalues,
    size_t *done, struct err *e)
{
	struct record rec = *like;
	struct part *part;
	size_t k;
	int rc;

	for (*done = 0; *done < nvalues; ++*done) {
		/* The first of a batch, and one that is in the way, go the long one. */
		rec.value = values[*done];
		if ((rc = local_put(p, n, &rec, e)) != 0)
			return rc;
		part = p->parts[n];
		if (!part->gathering || (p->o.keyless_bytes > 0 && p->topic.partitions > 1))
			continue;
		k = batch_builder_add_values(&part->b, like, values + *done + 1, nvalues - *done - 1);
		p->st.unacked += k;
		*done += k;
	}
	return 0;
}

int
local_put_batch(struct producer *p, int32_t n, struct slice batch, struct err *e)
{
	struct part *part = part_find(p, n, e);
	struct batch_head h;
	uint8_t *to;
	int rc;

	if (part == NULL)
		return -(int)e->code;
	if (batch_verify(batch, &h) != BATCH_GOOD || (size_t)h.size != batch.n)
		return err_set(e, ERR_INVALID, "the batch's checksum does not match its bytes");
	if (batch.n > p->hard)
		return err_set(e, ERR_TOOBIG, "the batch is too long: %zu bytes, max.message.bytes=%zu", batch.n, p->hard);
	if (part->gathering && (rc = part_send(p, part, e)) != 0)
		return rc;
	if (p->packers != NULL && (rc = packers_drain(p, e)) != 0)
		return rc;
	buf_clear(&p->scratch);
	if ((to = buf_room(&p->scratch, batch.n)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a batch of %zu bytes", batch.n);
	memcpy(to, batch.p, batch.n);
	if (h.producer_id != -1 || batch_is_transactional(&h)) {
		/* Another producer's sequence and transaction end where its log ends. */
		h.producer_id = -1;
		h.producer_epoch = -1;
		h.base_sequence = -1;
		h.attributes = (int16_t)(h.attributes & ~BATCH_TRANSACTIONAL);
		batch_head_write(to, batch.n, &h);
	}
	p->st.unacked += (uint64_t)h.count;
	return part_append(p, part, SLICE_OF(to, batch.n), h.count, e);
}

size_t
local_gathered(struct producer *p, int32_t n)
{
	if (!p->open || n < 0 || n >= p->topic.partitions || p->parts[n] == NULL || !p->parts[n]->gathering)
		return 0;
	return p->parts[n]->b.b.n;
}

int
local_flush(struct producer *p, struct err *e)
{
	int rc = 0;

	if (p->failed)
		return producer_fail(p, e);
	while (rc == 0 && !TAILQ_EMPTY(&p->gathering))
		rc = part_send(p, TAILQ_FIRST(&p->gathering), e);
	if (rc == 0 && p->packers != NULL)
		rc = packers_drain(p, e);
	return rc;
}

int
local_tick(struct producer *p, int64_t *wait_ms, struct err *e)
{
	struct part *part;
	int64_t ms;
	bool more;
	int rc;

	*wait_ms = -1;
	if (p->failed || syncer_check(p, e) != 0)
		return producer_fail(p, e);
	p->now_ns = clock_steady_ns();
	if ((part = TAILQ_FIRST(&p->gathering)) != NULL && part->due_ns <= p->now_ns) {
		ms = p->now_ns;
		for (; part != NULL && part->due_ns <= ms; part = TAILQ_FIRST(&p->gathering))
			if ((rc = part_send(p, part, e)) != 0)
				return rc;
		p->now_ns = clock_steady_ns();
		p->round_ns = p->now_ns - ms;
	}
	if (part != NULL)
		*wait_ms = (part->due_ns - p->now_ns) / 1000000 + 1;
	if (p->packers != NULL) {
		if ((rc = packers_look(p, &more, e)) != 0)
			return rc;
		if (more)
			*wait_ms = 1;
	}
	ms = syncer_tick(p);
	if (ms >= 0 && (*wait_ms < 0 || ms < *wait_ms))
		*wait_ms = ms;
	return 0;
}

int
local_finish(struct producer *p, struct err *e)
{
	struct err later = ERR_INIT;
	struct part *part;
	int rc = 0, one;

	if (!p->failed)
		rc = local_flush(p, e);
	packers_stop(p);
	syncer_stop(p);
	if (rc == 0 && !p->failed && (one = syncer_check(p, e)) != 0)
		rc = one;
	TAILQ_FOREACH(part, &p->opened, open_link) {
		if (!appender_dirty(part->ap))
			continue;
		if ((one = appender_sync(part->ap, rc == 0 ? e : &later)) != 0 && rc == 0)
			rc = one;
	}
	return rc;
}

void
local_producer_stats(struct producer *p, struct producer_stats *st)
{
	*st = p->st;
}

void
local_producer_close(struct producer *p)
{
	int32_t i;

	if (p == NULL)
		return;
	packers_stop(p);
	syncer_stop(p);
	for (i = 0; p->parts != NULL && i < p->topic.partitions; i++) {
		if (p->parts[i] == NULL)
			continue;
		appender_close(p->parts[i]->ap);
		batch_builder_release(&p->parts[i]->b);
		free(p->parts[i]);
	}
	free(p->parts);
	if (p->open)
		topic_close(&p->topic);
	compressor_free(p->comp);
	batch_iter_release(&p->it);
	buf_release(&p->scratch);
	free(p->recs);
	free(p);
}
