/*
 * One partition from an offset on, and the topic it belongs to.
 */
#include <stdlib.h>
#include <unistd.h>

#include "backend/local_range.h"

static void
source_release(struct fetcher *f, struct source *s)
{
	if (--s->ranges > 0)
		return;
	for (size_t i = 0; i < f->nsources; i++)
		if (f->sources[i] == s) {
			f->sources[i] = f->sources[--f->nsources];
			break;
		}
	if (f->follow != NULL && s->tag >= 0)
		follow_drop(f->follow, s->tag);
	topic_close(&s->topic);
	free(s);
}

static struct source *
source_find(struct fetcher *f, const char *topic)
{
	for (size_t i = 0; i < f->nsources; i++)
		if (strcmp(f->sources[i]->topic.name, topic) == 0)
			return f->sources[i];
	return NULL;
}

/* The source of a topic, opened when it is the first range of it; one more range of it is counted. */
static int
source_take(struct fetcher *f, const char *name, struct source **out, struct err *e)
{
	struct source *s = source_find(f, name), **grown;
	int rc;

	if (s != NULL) {
		s->ranges++;
		*out = s;
		return 0;
	}
	grown = reallocarray(f->sources, f->nsources + 1, sizeof(*grown));
	if (grown != NULL)
		f->sources = grown;
	if (grown == NULL || (s = calloc(1, sizeof(*s))) == NULL)
		return err_set(e, ERR_NOMEM, "cannot read '%s': out of memory", name);
	if ((rc = topic_open(&s->topic, f->local->store, name, e)) != 0) {
		free(s);
		return rc;
	}
	s->ranges = 1;
	s->tag = f->follow != NULL && s->topic.fd != -1 ? follow_add(f->follow, s->topic.fd) : -1;
	f->sources[f->nsources++] = s;
	*out = s;
	return 0;
}

static void
range_free(struct fetcher *f, struct range *r)
{
	if (r->open)
		f->open--;
	if (f->follow != NULL && r->tag >= 0)
		follow_drop(f->follow, r->tag);
	reader_close(r->reader);
	if (r->source != NULL)
		source_release(f, r->source);
	free(r);
}

/* Where the partition is; a topic that has grown since it was opened is opened again. */
static int
range_place(struct fetcher *f, struct range *r, struct partdir *dir, struct err *e)
{
	struct topic *t = &r->source->topic, grown;
	int rc = topic_partition(t, r->partition, dir, e);

	if (rc != -ERR_NOENT || topic_open(&grown, f->local->store, t->name, NULL) != 0)
		return rc;
	if (memcmp(&grown.id, &t->id, sizeof(grown.id)) == 0) {
		struct topic old = *t;

		*t = grown;
		grown = old;
		rc = topic_partition(t, r->partition, dir, e);
	}
	topic_close(&grown);
	return rc;
}

/* The reader is made when the range is first looked at, so ranges alone cost no descriptor. */
static int
range_open(struct fetcher *f, struct range *r, struct err *e)
{
	struct reader_opts ro = { .read_committed = f->opts.read_committed, .log_start = -1 };
	struct partdir dir;
	int rc;

	if (r->reader != NULL)
		return 0;
	if ((rc = range_place(f, r, &dir, e)) != 0)
		return rc;
	if (dir.broker)
		ro.log_start = topic_broker_log_start(&r->source->topic, r->partition);
	ro.buffer = BUFFER_BUDGET / (f->nranges < OPEN_MAX_READERS ? f->nranges : OPEN_MAX_READERS);
	if (ro.buffer > BATCH_BYTES)
		ro.buffer = BATCH_BYTES;
	return reader_open(&r->reader, &dir, &ro, e);
}

/* Sees that the partition is there, and watches it. */
static int
range_watch(struct fetcher *f, struct range *r, struct err *e)
{
	struct partdir dir;
	int fd, rc = range_place(f, r, &dir, e);

	if (rc != 0 || f->follow == NULL)
		return rc;
	if ((fd = partdir_open(&dir)) != -1) {
		r->tag = follow_add(f->follow, fd);
		close(fd);
	}
	return 0;
}

int
range_add(struct fetcher *f, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *e)
{
	struct range *r = calloc(1, sizeof(*r)), **grown;
	int rc;

	grown = reallocarray(f->ranges, f->nranges + 1, sizeof(*grown));
	if (grown != NULL)
		f->ranges = grown;
	if (r == NULL || grown == NULL) {
		free(r);
		return err_set(e, ERR_NOMEM, "cannot read '%s': out of memory", topic);
	}
	*r = (struct range){ .partition = partition, .from = from, .to = to, .tag = -1, .ready = true };
	if ((rc = source_take(f, topic, &r->source, e)) != 0 || (rc = range_watch(f, r, e)) != 0) {
		range_free(f, r);
		return rc;
	}
	r->finished = to >= 0 && from >= to;
	f->ranges[f->nranges++] = r;
	return 0;
}

void
range_drop(struct fetcher *f, size_t i)
{
	struct range *r = f->ranges[i];

	memmove(&f->ranges[i], &f->ranges[i + 1], (f->nranges - i - 1) * sizeof(f->ranges[0]));
	f->nranges--;
	if (f->at > i)
		f->at--;
	range_free(f, r);
}

size_t
range_find(const struct fetcher *f, const char *topic, int32_t partition)
{
	size_t i = 0;

	while (i < f->nranges && !(f->ranges[i]->partition == partition && strcmp(f->ranges[i]->source->topic.name, topic) == 0))
		i++;
	return i;
}

/* Counts the range among the open ones, and parks another when they are too many. */
static void
range_use(struct fetcher *f, struct range *r)
{
	struct range *oldest = NULL;

	r->used = ++f->turn;
	if (r->open)
		return;
	r->open = true;
	if (++f->open <= OPEN_MAX_READERS)
		return;
	for (size_t i = 0; i < f->nranges; i++) {
		struct range *o = f->ranges[i];

		if (o->open && o != r && (oldest == NULL || o->used < oldest->used))
			oldest = o;
	}
	reader_park(oldest->reader);
	oldest->open = false;
	f->open--;
}

void
range_park(struct fetcher *f, struct range *r)
{
	if (!r->open)
		return;
	reader_park(r->reader);
	r->open = false;
	f->open--;
}

/* Is the topic that the range reads no longer the one of that name? */
static bool
topic_is_gone(struct fetcher *f, const struct topic *t)
{
	struct topic now;
	bool gone;

	if (store_is_broker(f->local->store))
		return false;
	if (topic_open(&now, f->local->store, t->name, NULL) != 0)
		return true;
	gone = memcmp(&now.id, &t->id, sizeof(now.id)) != 0;
	topic_close(&now);
	return gone;
}

int
range_next(struct fetcher *f, struct range *r, struct log_batch *b, struct err *e)
{
	int rc;

	range_use(f, r);
	if ((rc = range_open(f, r, e)) != 0)
		return rc;
	if (!r->positioned) {
		if ((rc = reader_seek(r->reader, r->from, e)) != 0)
			return rc;
		r->positioned = true;
	}
	while ((rc = reader_next(r->reader, b, e)) == 1) {
		if (r->to >= 0 && reader_position(r->reader) >= r->to)
			r->finished = true;
		if (r->to >= 0 && b->head.base_offset >= r->to)
			return 0;
		if (b->deliver)
			return 1;
		if (r->finished)
			return 0;
	}
	if (rc == 0) {
		r->ready = false;
		r->finished = !f->opts.follow;
	}
	return rc;
}

/*
 * Damage is passed over when that was asked for.  A log that lost its tail
 * (power loss, a failed sync) goes on below where the follower was: it is told
 * and reads on from there.
 */
static bool
can_go_on(struct fetcher *f, struct range *r, int rc)
{
	struct log_damage d;

	if (!r->positioned)
		return false;
	if (f->opts.skip_damage)
		return rc == -ERR_DAMAGE || rc == -ERR_TOOBIG || rc == -ERR_FORMAT || rc == -ERR_RANGE;
	if (rc != -ERR_RANGE || !f->opts.follow)
		return false;
	reader_damage(r->reader, &d);
	return d.next_offset < d.first_offset;
}

int
range_failed(struct fetcher *f, size_t i, int rc, struct err *e)
{
	struct range *r = f->ranges[i];

	if (can_go_on(f, r, rc)) {
		f->damaged++;
		f->opts.notice(f->opts.arg, e->text);
		return reader_skip_damage(r->reader, e);
	}
	if ((rc == -ERR_GONE || rc == -ERR_NOENT) && topic_is_gone(f, &r->source->topic)) {
		rc = err_set(e, ERR_GONE, "topic '%s' was deleted", r->source->topic.name);
		if (!f->opts.follow)
			return rc;
		f->news = true;
		if (r->source->ranges == 1)
			f->opts.notice(f->opts.arg, e->text);
		range_drop(f, i);
		return 0;
	}
	return rc;
}

