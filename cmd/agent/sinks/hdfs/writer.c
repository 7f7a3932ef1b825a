/*
 * writer.c - buckets and their files, up to the bytes that are to be written
 * (state.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/sinks/hdfs/state.h"
#include "base/clock.h"

bool
riders_add(struct riders *r, struct flight *f)
{
	size_t cap = r->cap == 0 ? 8 : r->cap * 2;
	struct flight **v;

	/* a flight rides once, and is always the last */
	if (r->n > 0 && r->v[r->n - 1] == f)
		return true;
	if (r->n == r->cap) {
		if ((v = reallocarray(r->v, cap, sizeof(*v))) == NULL)
			return false;
		r->v = v;
		r->cap = cap;
	}
	r->v[r->n++] = f;
	f->waiting++;
	return true;
}

struct bucket *
bucket_find(struct hdfs *h, const char *name, struct err *e)
{
	struct bucket *b = map_find(h->names, slice_str(name));
	int64_t now = clock_wall_ms();

	if (b != NULL) {
		TAILQ_REMOVE(&h->buckets, b, link);
		TAILQ_INSERT_TAIL(&h->buckets, b, link);
		return b;
	}
	if ((b = calloc(1, sizeof(*b))) == NULL || (b->name = strdup(name)) == NULL ||
	    map_put(h->names, slice_str(name), b, NULL) != 0) {
		if (b != NULL)
			free(b->name);
		free(b);
		err_set(e, ERR_NOMEM, "no memory for '%s'", name);
		return NULL;
	}
	b->number = now;
	h->open++;
	TAILQ_INSERT_TAIL(&h->buckets, b, link);
	return b;
}

void
bucket_drop(struct hdfs *h, struct bucket *b)
{
	(void)map_take(h->names, slice_str(b->name));
	TAILQ_REMOVE(&h->buckets, b, link);
	h->open--;
	free(b->name);
	free(b);
}

static char *
file_name(const struct hdfs *h, const char *name, int64_t number, bool in_use)
{
	const char *slash = strrchr(name, '/'), *base = slash == NULL ? name : slash + 1;
	char *s;

	if (asprintf(&s, "%.*s%s%s.%lld%s%s", (int)(base - name), name, in_use ? h->in_use_prefix : "", base,
	    (long long)number, h->suffix, in_use ? h->in_use_suffix : "") < 0)
		return NULL;
	return s;
}

static int
set_names(struct writer *w, int64_t number)
{
	char *temp = file_name(w->h, w->name, number, true), *final = file_name(w->h, w->name, number, false);

	if (temp == NULL || final == NULL) {
		free(temp);
		free(final);
		return -1;
	}
	free(w->temp);
	free(w->final);
	w->temp = temp;
	w->final = final;
	w->number = number;
	return 0;
}

int
writer_rename(struct writer *w)
{
	if (w->bucket != NULL)
		return set_names(w, ++w->bucket->number);
	return set_names(w, clock_wall_ms() > w->number ? clock_wall_ms() : w->number + 1);
}

void
writer_free(struct hdfs *h, struct writer *w)
{
	if (w->bucket != NULL) {
		w->bucket->now = NULL;
		bucket_drop(h, w->bucket);
	}
	TAILQ_REMOVE(&h->writers, w, link);
	format_free(w->format);
	buf_release(&w->head);
	buf_release(&w->pending);
	buf_release(&w->out);
	free(w->gathering.v);
	free(w->riding.v);
	free(w->temp);
	free(w->final);
	free(w->name);
	free(w);
}

/* A file for the bucket; nothing of it exists until the first bytes go out. */
static struct writer *
writer_open(struct hdfs *h, struct bucket *b, struct err *e)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		err_set(e, ERR_NOMEM, "no memory for '%s'", b->name);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&h->writers, w, link);
	w->h = h;
	w->slot = JOURNAL_NONE;
	w->name = strdup(b->name);
	w->format = format_new(&h->how);
	if (w->name == NULL || w->format == NULL || set_names(w, ++b->number) != 0) {
		writer_free(h, w);
		err_set(e, ERR_NOMEM, "no memory for '%s'", b->name);
		return NULL;
	}
	if (format_begin(w->format, &w->head, e) != 0) {
		writer_free(h, w);
		return NULL;
	}
	w->bucket = b;
	b->now = w;
	buf_put(&w->pending, w->head.p, w->head.n);
	h->in_flight += (int64_t)w->pending.n;
	w->opened_ns = w->flushed_ns = clock_steady_ns();
	if (h->how.type != FILE_SEQUENCE && !h->begun)
		say(h->c, LOG_INFO, "Serializer = %s, UseRawLocalFileSystem = false", h->how.serializer_name);
	h->begun = true;
	say(h->c, LOG_INFO, "Creating %s", w->temp);
	sink_count(h->sk, CONNECTION_CREATED, 1);
	if (h->roll_ns > 0)
		at_least(h, w->opened_ns + h->roll_ns);
	return w;
}

void
writer_seal(struct hdfs *h, struct writer *w, bool timed)
{
	struct bucket *b = w->bucket;
	size_t before = w->pending.n;
	struct err e = ERR_INIT;

	if (w->closing)
		return;
	say(h->c, LOG_INFO, "Closing %s", w->temp);
	if (b != NULL) {
		b->now = NULL;
		w->bucket = NULL;
		if (timed)
			bucket_drop(h, b);
	}
	w->closing = true;
	if (format_end(w->format, &w->pending, &e) != 0)
		say(h->c, LOG_WARN, "%s may lack its end: %s", w->temp, e.text);
	h->in_flight += (int64_t)(w->pending.n - before);
	writer_flush(h, w);
}

/* How many of the events go into the file before it is full; and what they add to its size. */
static size_t
fitting(const struct hdfs *h, const struct writer *w, const struct event *v, size_t n, int64_t *size)
{
	size_t i;

	*size = 0;
	if (h->roll_count > 0 && (int64_t)n > h->roll_count - w->events)
		n = (size_t)(h->roll_count > w->events ? h->roll_count - w->events : 0);
	for (i = 0; i < n && (h->roll_size == 0 || w->size + *size < h->roll_size); i++)
		*size += v[i].len;
	return i;
}

int
writer_put(struct hdfs *h, struct bucket *b, const struct event *v, size_t n, struct flight *f, int64_t now_ms, struct err *e)
{
	struct writer *w;
	size_t k, before;
	int64_t size;
	int rc;

	for (; n > 0; v += k, n -= k) {
		if (b->now == NULL && writer_open(h, b, e) == NULL)
			return -ERR_NOMEM;
		w = b->now;
		if ((k = fitting(h, w, v, n, &size)) == 0) {
			writer_seal(h, w, false);
			continue;
		}
		if (!riders_add(&w->gathering, f))
			return err_set(e, ERR_NOMEM, "no memory for '%s'", w->temp);
		before = w->pending.n;
		if ((rc = format_put(w->format, v, k, now_ms, &w->pending, e)) != 0)
			return rc;
		h->in_flight += (int64_t)(w->pending.n - before);
		w->events += (int64_t)k;
		w->size += size;
	}
	return 0;
}
