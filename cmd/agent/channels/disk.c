/*
 * disk.c - opening, closing and putting (disk.h).
 *
 * A put appends under `putting`, then waits for a sync that began behind its
 * append: the first of those who wait makes it for all of them.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/channels/disk_in.h"
#include "agent/channels/flume_log.h"
#include "base/clock.h"

#define BATCH_LIMIT	(64 << 20)

static int
make_directory(const char *dir, struct err *e)
{
	char path[PATH_MAX];
	size_t i, n = strlen(dir);

	if (n == 0 || n >= sizeof(path))
		return err_set(e, ERR_INVALID, "'%s' cannot be the name of a directory", dir);
	memcpy(path, dir, n + 1);
	for (i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST)
			return err_sys(e, "cannot make '%s'", path);
		path[i] = i == n ? '\0' : '/';
	}
	return 0;
}

/* Whatever the store's defaults say: the channel alone decides what goes. */
static int
make_topic(struct disk *d, struct err *e)
{
	char segment[64];
	const char *pairs[] = { "cleanup.policy=delete", "retention.ms=-1", "retention.bytes=-1", "max.message.bytes=67108864",
		"compression.type=uncompressed", "message.timestamp.type=CreateTime", segment };
	struct topic_new how = { .partitions = 1 };
	struct config *c = config_new();
	size_t i;
	int rc = 0;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the channel");
	snprintf(segment, sizeof(segment), "segment.bytes=%lld", (long long)d->o.segment_bytes);
	for (i = 0; rc == 0 && i < sizeof(pairs) / sizeof(pairs[0]); i++)
		rc = config_set_pair(c, pairs[i], e);
	how.config = c;
	if (rc == 0 && (rc = topic_create(d->store, DISK_NAME, &how, e)) == -ERR_EXIST)
		rc = 0;
	config_free(c);
	return rc;
}

static int
open_topic(struct disk *d, struct err *e)
{
	int rc;

	if ((rc = topic_open(&d->topic, d->store, DISK_NAME, NULL)) == -ERR_NOENT) {
		if ((rc = make_topic(d, e)) != 0)
			return rc;
		rc = -ERR_NOENT;
	}
	if (rc != 0 && (rc = topic_open(&d->topic, d->store, DISK_NAME, e)) != 0)
		return rc;
	config_log(d->topic.config, &d->conf);
	d->conf.segment_bytes = d->o.segment_bytes;	/* maxFileSize may have changed since the topic was made */
	return topic_partition(&d->topic, 0, &d->dir, e);
}

/* Where taking begins, and how much there is. */
static int
find_place(struct disk *d, struct err *e)
{
	struct log_bounds b;
	int64_t at = d->claim.slot.offset;
	int rc;

	if ((rc = reader_bounds(d->reader, &b, e)) != 0)
		return rc;
	if (at > b.end) {
		say(d->o.self, LOG_WARN, "%s ends at %lld, before the position %lld: what was lost there had been delivered, or the "
		    "directories do not belong together", d->o.data, (long long)b.end, (long long)at);
		/* Else what is put next would lie before it when the agent dies. */
		if ((rc = claim_commit(&d->claim, b.end, e)) != 0 || (rc = claim_sync(&d->claim, e)) != 0)
			return rc;
	}
	d->position = at < b.start ? b.start : at > b.end ? b.end : at;
	d->trimmed = b.start;
	d->visible = b.end;
	d->events = b.end - d->position;
	if ((rc = reader_seek(d->reader, d->position, e)) != 0)
		return rc;
	disk_settle(d);
	return 0;
}

static int
open_all(struct disk *d, struct err *e)
{
	struct appender_opts ao = { .lock_timeout_ms = -1 };
	struct reader_opts ro = { .max_batch = 0, .log_start = -1 };
	const char *dirs[] = { d->o.data };
	int rc;

	if ((rc = flume_log_check(d->o.dirs, d->o.channel, e)) != 0 || (rc = make_directory(d->o.data, e)) != 0 ||
	    (rc = make_directory(d->o.checkpoint, e)) != 0 || (rc = store_open(&d->store, dirs, 1, STORE_CREATE, e)) != 0 ||
	    (rc = open_topic(d, e)) != 0 || (rc = claim_open(&d->claim, d, e)) != 0)
		return rc;
	ao.conf = d->conf;
	if ((rc = appender_open(&d->ap, &d->dir, &ao, e)) != 0 || (rc = reader_open(&d->reader, &d->dir, &ro, e)) != 0)
		return rc;
	batch_builder_init(&d->batch, d->conf.segment_bytes < BATCH_LIMIT ? (size_t)d->conf.segment_bytes : BATCH_LIMIT, INT32_MAX);
	d->batch.first = BATCH_BYTES;
	if ((rc = find_place(d, e)) != 0)
		return rc;
	return keeper_start(d, e);
}

int
disk_open(struct disk **out, const struct disk_opts *o, struct err *e)
{
	struct disk *d = calloc(1, sizeof(*d));
	pthread_condattr_t attr;
	int rc;

	*out = NULL;
	if (d == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the channel");
	d->o = *o;
	d->topic.fd = -1;
	d->claim = (struct claim)CLAIM_INIT;
	d->it = (struct batch_iter)BATCH_ITER_INIT;
	d->headers = (struct buf)BUF_INIT;
	STAILQ_INIT(&d->waitings);
	TAILQ_INIT(&d->runs);
	TAILQ_INIT(&d->open);
	pthread_mutex_init(&d->putting, NULL);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->synced, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->work, &attr);
	pthread_condattr_destroy(&attr);
	if ((rc = open_all(d, e)) != 0) {
		disk_close(d);
		return rc;
	}
	*out = d;
	return 0;
}

void
disk_close(struct disk *d)
{
	struct run *r;

	if (d == NULL)
		return;
	keeper_stop(d);
	while ((r = TAILQ_FIRST(&d->runs)) != NULL) {
		TAILQ_REMOVE(&d->runs, r, link);
		run_free(r);
	}
	reader_close(d->reader);
	appender_close(d->ap);
	claim_close(&d->claim);
	batch_iter_release(&d->it);
	batch_builder_release(&d->batch);
	buf_release(&d->headers);
	if (d->topic.config != NULL)
		topic_close(&d->topic);
	store_close(d->store);
	pthread_mutex_destroy(&d->putting);
	pthread_mutex_destroy(&d->lock);
	pthread_cond_destroy(&d->synced);
	pthread_cond_destroy(&d->work);
	free(d);
}

static int
enough_space(const struct disk *d, struct err *e)
{
	struct statvfs v;
	unsigned long long left;

	if (fstatvfs(store_fd(d->store), &v) == -1)
		return err_sys(e, "cannot see how much space is left in '%s'", d->o.data);
	left = (unsigned long long)v.f_bavail * v.f_frsize;
	if (left >= (unsigned long long)d->o.min_space)
		return 0;
	return err_set(e, ERR_SYS, "Usable space exhausted, only %llu bytes remaining, required %lld bytes [channel=%s]", left,
	    (long long)d->o.min_space, d->o.channel);
}

static int
add_event(struct disk *d, const struct event *ev, int64_t now)
{
	struct record r = RECORD_INIT;
	uint16_t i;

	buf_clear(&d->headers);
	for (i = 0; i < ev->nheaders; i++)
		headers_add(&d->headers, &ev->headers[i]);
	if (d->headers.failed)
		return -ERR_NOMEM;
	r.timestamp = now;
	r.value = event_body(ev);
	r.header_count = ev->nheaders;
	r.headers = buf_slice(&d->headers);
	return batch_builder_add(&d->batch, &r);
}

/* The events gathered so far, as one batch; *end is the log's end behind it. */
static int
append(struct disk *d, int64_t *end, struct err *e)
{
	struct batch_how how = BATCH_HOW_PLAIN;
	struct appended res;
	struct slice bytes;
	int rc;

	if ((rc = batch_seal(&d->batch, &how, &bytes, e)) == 0 &&
	    (rc = appender_append(d->ap, (void *)(uintptr_t)bytes.p, bytes.n, &res, e)) == 0)
		*end = res.last_offset + 1;
	batch_builder_clear(&d->batch);
	return rc;
}

static int
append_span(struct disk *d, const struct span *s, int64_t *end, struct err *e)
{
	int64_t now = clock_wall_ms();
	size_t i;
	int rc;

	for (i = 0; i < s->n; i++) {
		if ((rc = add_event(d, &s->v[i], now)) == BATCH_FULL && (rc = append(d, end, e)) == 0)
			rc = add_event(d, &s->v[i], now);
		if (rc == 0)
			continue;
		batch_builder_clear(&d->batch);
		if (rc == -ERR_TOOBIG)
			return err_set(e, ERR_TOOBIG, "an event of %u bytes is larger than what a segment holds, %lld bytes", s->v[i].len,
			    (long long)d->batch.limit);
		return rc == -ERR_NOMEM ? err_set(e, ERR_NOMEM, "no memory to put %zu events", s->n) : rc;
	}
	return append(d, end, e);
}

/* What was appended up to end may be taken; under the lock. */
static void
show(struct disk *d, int64_t end)
{
	if (end <= d->visible)
		return;
	d->events += end - d->visible;
	d->visible = end;
	disk_settle(d);
}

/* Makes one sync for all who wait now; under the lock, which is free meanwhile. */
static void
sync_for_all(struct disk *d)
{
	struct waitings those = STAILQ_HEAD_INITIALIZER(those);
	struct err e = ERR_INIT;
	struct waiting *w;
	int64_t end = 0;
	int rc;

	STAILQ_CONCAT(&those, &d->waitings);
	d->syncing = true;
	pthread_mutex_unlock(&d->lock);
	rc = appender_sync(d->ap, &e);
	pthread_mutex_lock(&d->lock);
	d->syncing = false;
	STAILQ_FOREACH(w, &those, link) {
		w->done = true;
		w->rc = rc;
		w->err = e;
		if (w->end > end)
			end = w->end;
	}
	if (rc == 0)
		show(d, end);
	pthread_cond_broadcast(&d->synced);
}

/* `mine` is in the list; under the lock. */
static int
wait_for_sync(struct disk *d, struct waiting *mine, struct err *e)
{
	while (!mine->done) {
		if (d->syncing)
			pthread_cond_wait(&d->synced, &d->lock);
		else
			sync_for_all(d);
	}
	if (mine->rc != 0 && e != NULL)
		*e = mine->err;
	return mine->rc;
}

ssize_t
disk_put(struct disk *d, const struct span *s, struct err *e)
{
	struct waiting mine = { .done = false };
	int rc;

	if ((rc = enough_space(d, e)) != 0)
		return rc;
	pthread_mutex_lock(&d->putting);
	rc = append_span(d, s, &mine.end, e);
	pthread_mutex_lock(&d->lock);
	if (rc == 0 && d->o.sync_each)
		STAILQ_INSERT_TAIL(&d->waitings, &mine, link);
	else if (rc == 0) {
		show(d, mine.end);
		if (d->unsynced_ns == 0) {
			d->unsynced_ns = clock_steady_ns();
			keeper_call(d);
		}
	}
	/* In the order of the log into the list, or shown: only now may the next one append. */
	pthread_mutex_unlock(&d->putting);
	if (rc == 0 && d->o.sync_each)
		rc = wait_for_sync(d, &mine, e);
	pthread_mutex_unlock(&d->lock);
	return rc == 0 ? (ssize_t)s->n : rc;
}
