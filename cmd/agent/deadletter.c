/*
 * deadletter.c - gathers events that cannot be delivered (deadletter.h).
 */
#include "agent/deadletter.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/parse.h"

struct deadletter {
	const char *sink, *store, *topic, *dir;
	struct buf records;
	size_t n;
};

struct deadletter *
deadletter_configure(struct context *c)
{
	const char *to = ctx_str(c, "deadLetter", NULL);
	struct deadletter *d;
	struct err e = ERR_INIT;

	if (to == NULL)
		return NULL;
	if ((d = calloc(1, sizeof(*d))) == NULL) {
		ctx_error(c, "deadLetter", "no memory");
		return NULL;
	}
	d->sink = ctx_name(c);
	if (strncmp(to, "plog:", 5) != 0) {
		d->dir = to;
		return d;
	}
	d->topic = to + 5;
	d->store = ctx_store(c);
	if (name_check("topic", d->topic, &e) != 0)
		ctx_err(c, "deadLetter", &e);
	return d;
}

static void
put_bytes(struct buf *b, const void *p, size_t n)
{
	uint8_t be[4];

	put_be32(be, (uint32_t)n);
	buf_put(b, be, 4);
	buf_put(b, p, n);
}

int
deadletter_add(struct deadletter *d, const struct event *ev, const char *why, struct err *e)
{
	uint8_t be[4];
	size_t i;

	put_bytes(&d->records, ev->body, ev->len);
	put_be32(be, ev->nheaders + 2u);
	buf_put(&d->records, be, 4);
	for (i = 0; i < ev->nheaders; i++) {
		put_bytes(&d->records, ev->headers[i].name.p, ev->headers[i].name.n);
		put_bytes(&d->records, ev->headers[i].value.p, ev->headers[i].value.n);
	}
	put_bytes(&d->records, "plog.error", 10);
	put_bytes(&d->records, why, strlen(why));
	put_bytes(&d->records, "plog.sink", 9);
	put_bytes(&d->records, d->sink, strlen(d->sink));
	d->n++;
	return d->records.failed ? err_set(e, ERR_NOMEM, "no memory for a dead letter") : 0;
}

size_t
deadletter_count(const struct deadletter *d)
{
	return d == NULL ? 0 : d->n;
}

int
deadletter_flush(struct deadletter *d, struct err *e)
{
	int64_t now = clock_wall_ms();
	int rc;

	if (d->n == 0)
		return 0;
	rc = d->topic != NULL ? deadletter_to_topic(d->store, d->topic, buf_slice(&d->records), d->n, now, e) :
	    deadletter_to_file(d->dir, d->sink, buf_slice(&d->records), d->n, now, e);
	if (rc != 0)
		return err_prefix(e, "deadLetter");
	deadletter_drop(d);
	return 0;
}

void
deadletter_drop(struct deadletter *d)
{
	d->n = 0;
	buf_clear(&d->records);
}

void
deadletter_free(struct deadletter *d)
{
	if (d == NULL)
		return;
	buf_release(&d->records);
	free(d);
}
