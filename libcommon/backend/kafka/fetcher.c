/*
 * Records of partitions of a cluster (fetcher.h).
 */
#include "backend/kafka/fetcher.h"

#include <sys/eventfd.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define MS		1000000LL
#define NEWS_MS		5000		/* how often topics and partitions are looked at */
#define NEWS_NONE_MS	500		/* ... while there is nothing to read */
#define ANSWER_MS	1000
#define WAIT_MS		500		/* a signal is seen within that */

/* read_committed is a property of a handle. */
static int
own_handle(struct fetcher *f, struct err *e)
{
	rd_kafka_conf_t *conf;
	int rc;

	if ((rc = conf_make(f->k, USE_SHARED, &conf, e)) != 0)
		return rc;
	if ((rc = conf_force(conf, "isolation.level", "read_committed", e)) != 0) {
		rd_kafka_conf_destroy(conf);
		return rc;
	}
	if ((f->rk = talk_new(f->k, RD_KAFKA_CONSUMER, conf, e)) == NULL)
		return -ERR_INVALID;
	f->own = true;
	return 0;
}

/* A range's own handle is needed too where the shared one is a producer's. */
static int
take_handle(struct fetcher *f, struct err *e)
{
	if (f->opts.read_committed)
		return own_handle(f, e);
	f->rk = talk_handle(f->k, e);
	return f->rk != NULL ? 0 : -ERR_INVALID;
}

int
kafka_fetcher_open(struct backend *be, const struct fetcher_opts *o, struct fetcher **out, struct err *e)
{
	static const uint64_t one = 1;
	struct fetcher *f = calloc(1, sizeof(*f));
	int rc;

	if (f == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a reader");
	f->k = kafka_of(be);
	f->opts = *o;
	f->progress_ns = f->news_ns = clock_steady_ns();
	if ((f->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		rc = err_sys(e, "cannot watch a cluster");
	else
		rc = take_handle(f, e);
	if (rc != 0) {
		kafka_fetcher_close(f);
		return rc;
	}
	if (o->raw)
		batch_builder_init(&f->raw, BATCH_BYTES + BATCH_HEAD, BATCH_RECORDS_MAX);
	f->q = rd_kafka_queue_new(f->rk);
	rd_kafka_queue_io_event_enable(f->q, f->event, &one, sizeof(one));
	*out = f;
	return 0;
}

int
kafka_fetcher_add(struct fetcher *f, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *e)
{
	return range_add(f, topic, partition, from, to, e);
}

/* What was fetched of it stays a while: it may be added again. */
int
kafka_fetcher_drop(struct fetcher *f, const char *topic, int32_t partition)
{
	struct range *r = range_find(f, topic, partition);

	if (r == NULL || !r->active)
		return 0;
	r->active = false;
	r->parked_ns = clock_steady_ns();
	return 1;
}

bool
kafka_fetcher_has(struct fetcher *f, const char *topic, int32_t partition)
{
	const struct range *r = range_find(f, topic, partition);

	return r != NULL && r->active && !r->gone;
}

bool
kafka_fetcher_done(struct fetcher *f)
{
	size_t i;

	for (i = 0; i < f->nranges; i++)
		if (f->ranges[i]->active && !range_finished(f, f->ranges[i]))
			return false;
	return true;
}

static void
event_taken(struct fetcher *f)
{
	uint64_t count;

	(void)read_some(f->event, &count, sizeof(count));
}

/* Without -f something must come: a record, or the end of a partition. */
static int
fill_or_wait(struct fetcher *f, struct err *e)
{
	struct pollfd event = { .fd = f->event, .events = POLLIN };
	int rc;

	for (;;) {
		if ((rc = backlog_fill(f, e)) != 0 || f->opts.follow)
			return rc;
		if (talk_stopped(f->k) || kafka_fetcher_done(f))
			return 0;
		backlog_tidy(f);
		if (clock_steady_ns() - f->progress_ns > f->k->timeout_ms * MS)
			return talk_failed(f->k, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, e, "cannot read from '%s'", f->k->servers);
		if (poll(&event, 1, LOOK_MS) == 1)
			event_taken(f);
	}
}

int
kafka_fetcher_next(struct fetcher *f, struct chunk *c, struct err *e)
{
	struct range *r;
	int rc;

	chunk_release(f);
	while ((r = backlog_next(f)) == NULL) {
		backlog_tidy(f);
		if (kafka_fetcher_done(f))
			return 0;
		if ((rc = fill_or_wait(f, e)) <= 0)
			return rc;
	}
	chunk_make(f, r, c);
	return 1;
}

/* While no broker answers there is no news, and who asks for it would take that for a failure. */
static bool
answers(struct fetcher *f)
{
	const struct rd_kafka_metadata *md;

	if (rd_kafka_metadata(f->k->rk != NULL ? f->k->rk : f->rk, 0, NULL, &md, ANSWER_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	rd_kafka_metadata_destroy(md);
	return true;
}

bool
kafka_fetcher_news(struct fetcher *f)
{
	const int64_t now = clock_steady_ns();

	if (!f->opts.follow || (f->news_ns != 0 && now - f->news_ns < (f->nranges > 0 ? NEWS_MS : NEWS_NONE_MS) * MS))
		return false;
	f->news_ns = now;
	return answers(f);
}

/* What is damaged ends the reading. */
uint64_t
kafka_fetcher_damaged(struct fetcher *f)
{
	(void)f;
	return 0;
}

int
kafka_fetcher_wait(struct fetcher *f, int64_t timeout_ms, struct pollfd *fds, unsigned n)
{
	struct pollfd *more;
	int rc;

	if (n + 1 > f->nfds) {
		if ((more = reallocarray(f->fds, n + 1, sizeof(*more))) == NULL)
			return poll(fds, n, timeout_ms < 0 || timeout_ms > WAIT_MS ? WAIT_MS : (int)timeout_ms);
		f->fds = more;
		f->nfds = n + 1;
	}
	if (n > 0)
		memcpy(f->fds, fds, n * sizeof(*fds));
	f->fds[n] = (struct pollfd){ .fd = f->opts.follow ? f->event : -1, .events = POLLIN };
	if (talk_stopped(f->k))
		return -1;
	rc = poll(f->fds, n + 1, timeout_ms < 0 || timeout_ms > WAIT_MS ? WAIT_MS : (int)timeout_ms);
	if (rc < 0)
		return errno == EINTR ? -1 : 0;
	if (n > 0)
		memcpy(fds, f->fds, n * sizeof(*fds));
	if (f->fds[n].revents != 0)
		event_taken(f);
	rd_kafka_poll(f->rk, 0);
	return rc > 0;
}

void
kafka_fetcher_close(struct fetcher *f)
{
	if (f == NULL)
		return;
	chunk_release(f);
	while (f->nranges > 0)
		range_free(f, f->ranges[f->nranges - 1]);
	if (f->q != NULL) {
		rd_kafka_queue_io_event_enable(f->q, -1, NULL, 0);
		rd_kafka_queue_destroy(f->q);
	}
	if (f->own)
		rd_kafka_destroy(f->rk);
	if (f->event > 0)
		close(f->event);
	batch_builder_release(&f->raw);
	buf_release(&f->headers);
	free(f->ranges);
	free(f->fds);
	free(f);
}
