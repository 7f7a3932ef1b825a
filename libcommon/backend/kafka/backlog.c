/*
 * Ranges of partitions, and what was fetched of them (fetcher.h).
 */
#include "backend/kafka/fetcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define PARKED_NS	10000000000LL
#define BACKLOG_MAX	4096		/* messages of a range that nobody wants */
#define BACKLOG_BYTES	((size_t)2 << 20)
#define WAKE_MOST	64		/* partitions that are asked for */
#define WAKE_MS		1000

struct range *
range_find(struct fetcher *f, const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < f->nranges; i++)
		if (f->ranges[i]->partition == partition && strcmp(f->ranges[i]->topic, topic) == 0)
			return f->ranges[i];
	return NULL;
}

static void
forget_backlog(struct range *r)
{
	while (r->at < r->n)
		rd_kafka_message_destroy(r->v[r->at++]);
	r->at = r->n = 0;
	r->bytes = 0;
}

int
range_start(struct fetcher *f, struct range *r, struct err *e)
{
	if (r->running)
		return 0;
	if (rd_kafka_consume_start_queue(r->rkt, r->partition, r->popped, f->q) != 0)
		return talk_failed(f->k, rd_kafka_last_error(), NULL, e, "cannot read '%s/%d'", r->topic, (int)r->partition);
	r->running = true;
	f->progress_ns = clock_steady_ns();
	return 0;
}

void
range_stop(struct range *r)
{
	if (r->running)
		(void)rd_kafka_consume_stop(r->rkt, r->partition);
	r->running = false;
}

void
range_free(struct fetcher *f, struct range *r)
{
	size_t i;

	for (i = 0; i < f->nranges; i++)
		if (f->ranges[i] == r) {
			f->ranges[i] = f->ranges[--f->nranges];
			break;
		}
	range_stop(r);
	forget_backlog(r);
	if (r->rkt != NULL)
		rd_kafka_topic_destroy(r->rkt);
	free(r->v);
	free(r->topic);
	free(r);
}

static struct range *
range_new(struct fetcher *f, const char *topic, int32_t partition)
{
	struct range **more = reallocarray(f->ranges, f->nranges + 1, sizeof(struct range *));
	struct range *r;

	if (more == NULL)
		return NULL;
	f->ranges = more;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	f->ranges[f->nranges++] = r;
	r->partition = partition;
	if ((r->topic = strdup(topic)) == NULL || (r->rkt = rd_kafka_topic_new(f->rk, topic, NULL)) == NULL) {
		range_free(f, r);
		return NULL;
	}
	return r;
}

int
range_add(struct fetcher *f, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *e)
{
	struct range *r = range_find(f, topic, partition);

	if (r != NULL && (r->from != from || r->gone)) {
		range_free(f, r);
		r = NULL;
	}
	if (r == NULL) {
		if ((r = range_new(f, topic, partition)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory to read '%s/%d'", topic, (int)partition);
		r->from = r->popped = from;
		r->eof = -1;
	}
	r->to = to;
	r->active = true;
	return range_finished(f, r) ? 0 : range_start(f, r, e);
}

bool
range_finished(const struct fetcher *f, const struct range *r)
{
	if (r->gone)
		return true;
	if (r->at < r->n)
		return r->to >= 0 && r->v[r->at]->offset >= r->to;
	if (r->to >= 0 && (r->from >= r->to || r->eof >= r->to))
		return true;
	/* What lies between the last record and the end that was asked for is no record. */
	return r->eof >= 0 && !f->opts.follow;
}

static int
keep(struct range *r, rd_kafka_message_t *m)
{
	rd_kafka_message_t **more;

	if (r->at == r->n)
		r->at = r->n = 0;
	if (r->n == r->cap) {
		if ((more = reallocarray(r->v, r->cap == 0 ? POPPED : r->cap * 2, sizeof(*more))) == NULL)
			return -1;
		r->v = more;
		r->cap = r->cap == 0 ? POPPED : r->cap * 2;
	}
	r->v[r->n++] = m;
	r->bytes += m->len + m->key_len;
	r->popped = m->offset + 1;
	r->eof = -1;
	return 0;
}

/* Retention was faster than the reader: it goes on where the log begins now. */
static int
behind_start(struct fetcher *f, struct range *r, struct err *e)
{
	const struct place earliest = { .kind = PLACE_EARLIEST };
	char said[512];
	int64_t start;
	int rc;

	if ((rc = kafka_resolve(&f->k->be, r->topic, r->partition, &earliest, &start, e)) < 0)
		return rc;
	if (start <= r->popped)
		return err_set(e, ERR_RANGE, "offset %lld of '%s/%d' is not there", (long long)r->popped, r->topic, (int)r->partition);
	if (f->opts.notice != NULL) {
		snprintf(said, sizeof(said), "offsets %lld to %lld of '%s/%d' were deleted before they were read", (long long)r->popped,
		    (long long)start - 1, r->topic, (int)r->partition);
		f->opts.notice(f->opts.arg, said);
	}
	range_stop(r);
	r->popped = start;
	if (r->at == r->n)
		r->from = start;
	return range_start(f, r, e);
}

/* A message that is no record. */
static int
take_word(struct fetcher *f, struct range *r, const rd_kafka_message_t *m, struct err *e)
{
	switch ((int)m->err) {
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		r->eof = m->offset;
		return 0;
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
		return behind_start(f, r, e);
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
		r->gone = true;
		f->news_ns = 0;
		return f->opts.follow ? 0 : err_set(e, ERR_GONE, "topic '%s' was deleted while it was read", r->topic);
	case RD_KAFKA_RESP_ERR__BAD_MSG:
	case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
		return err_set(e, ERR_DAMAGE, "'%s/%d' is damaged behind offset %lld: %s", r->topic, (int)r->partition,
		    (long long)r->popped - 1, rd_kafka_message_errstr(m));
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
		return 0;
	default:
		return talk_failed(f->k, m->err, rd_kafka_message_errstr(m), e, "cannot read '%s/%d'", r->topic, (int)r->partition);
	}
}

/*
 * A thread of librdkafka's that found the queue full looks again after a
 * second (fetch.queue.backoff.ms of later versions), but at once when it has
 * something to send: so its broker is asked something small.
 */
static void
wake_fetching(struct fetcher *f)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(WAKE_MOST);
	size_t i;

	for (i = 0; i < f->nranges && list->cnt < WAKE_MOST; i++)
		if (f->ranges[i]->running)
			rd_kafka_topic_partition_list_add(list, f->ranges[i]->topic, f->ranges[i]->partition)->offset = RD_KAFKA_OFFSET_END;
	if (list->cnt > 0)
		(void)rd_kafka_offsets_for_times(f->rk, list, WAKE_MS);
	rd_kafka_topic_partition_list_destroy(list);
}

/* Before messages are taken off the queue, and behind it. */
static void
watch_queue(struct fetcher *f)
{
	size_t n = rd_kafka_queue_length(f->q);

	if (n >= FETCH_QUEUE)
		f->was_full = true;
	else if (f->was_full && n < FETCH_QUEUE / 2) {
		f->was_full = false;
		wake_fetching(f);
	}
}

int
backlog_fill(struct fetcher *f, struct err *e)
{
	rd_kafka_message_t *v[POPPED];
	struct range *r = NULL;
	ssize_t n, i;
	int rc = 0;

	watch_queue(f);
	n = rd_kafka_consume_batch_queue(f->q, 0, v, POPPED);
	for (i = 0; i < n; i++) {
		if (r == NULL || r->partition != v[i]->partition || strcmp(r->topic, rd_kafka_topic_name(v[i]->rkt)) != 0)
			r = v[i]->rkt != NULL ? range_find(f, rd_kafka_topic_name(v[i]->rkt), v[i]->partition) : NULL;
		if (rc == 0 && r != NULL && v[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR && v[i]->offset >= r->popped) {
			if (keep(r, v[i]) == 0)
				continue;
			rc = err_set(e, ERR_NOMEM, "no memory to read '%s/%d'", r->topic, (int)r->partition);
		} else if (rc == 0 && r != NULL && v[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR)
			rc = take_word(f, r, v[i], e);
		rd_kafka_message_destroy(v[i]);
	}
	if (n > 0)
		f->progress_ns = clock_steady_ns();
	return rc != 0 ? rc : n > 0 ? (int)n : 0;
}

struct range *
backlog_next(struct fetcher *f)
{
	struct range *r;
	size_t i;

	for (i = 0; i < f->nranges; i++) {
		r = f->ranges[(f->turn + i) % f->nranges];
		if (r->active && r->at < r->n && !range_finished(f, r)) {
			f->turn = (f->turn + i + 1) % f->nranges;
			return r;
		}
	}
	return NULL;
}

void
backlog_tidy(struct fetcher *f)
{
	const int64_t now = clock_steady_ns();
	struct range *r;
	size_t i;

	for (i = 0; i < f->nranges; i++) {
		r = f->ranges[i];
		if (!r->active && now - r->parked_ns > PARKED_NS) {
			range_free(f, r);
			i--;
		} else if (r->running && ((!r->active && (r->n - r->at > BACKLOG_MAX || r->bytes > BACKLOG_BYTES)) || range_finished(f, r)))
			range_stop(r);
		else if (r->active && !r->running && r->at == r->n && !range_finished(f, r))
			(void)range_start(f, r, NULL);
	}
}
