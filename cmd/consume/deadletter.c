/*
 * Dead letters: records that the command would not take, as they are, with
 * headers that say where they come from and what became of them.  The names
 * are Kafka's (KIP-298, KIP-1036); those with "plog." are ours.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consume/job.h"
#include "tool/msg.h"

/* A topic is opened for each letter; what is said of it is said when it is new. */
static void
notice(void *arg, const char *text)
{
	struct work *w = arg;

	if (w->g.run->o->quiet || strncmp(w->told, text, sizeof(w->told) - 1) == 0)
		return;
	snprintf(w->told, sizeof(w->told), "%s", text);
	msg("%s", text);
}

static void
add(struct buf *b, int32_t *count, const char *name, const char *value, size_t n)
{
	headers_add(b, &(struct header){ .name = { .p = (const uint8_t *)name, .n = strlen(name) },
	    .value = { .p = (const uint8_t *)value, .n = n } });
	++*count;
}

static void
add_number(struct buf *b, int32_t *count, const char *name, int64_t v)
{
	char s[32];
	int n = snprintf(s, sizeof(s), "%" PRId64, v);

	add(b, count, name, s, (size_t)n);
}

static void
headers(const struct work *w, const struct job *j, const struct record *rec, struct buf *b, int32_t *count)
{
	const struct command *c = &j->command;
	const char *group = w->g.run->o->group;

	buf_clear(b);
	*count = rec->header_count;
	buf_put(b, rec->headers.p, rec->headers.n);
	add(b, count, "__dlq.errors.topic", j->part->topic, strlen(j->part->topic));
	add_number(b, count, "__dlq.errors.partition", j->part->number);
	add_number(b, count, "__dlq.errors.offset", rec->offset);
	if (group != NULL)
		add(b, count, "__dlq.errors.group", group, strlen(group));
	add_number(b, count, "__dlq.errors.delivery.count", j->attempt);
	add(b, count, "__dlq.errors.message", c->err.last, c->err.nlast);
	if (c->outcome == OUTCOME_EXIT)
		add_number(b, count, "plog.exit.status", c->status);
	else if (c->outcome == OUTCOME_SIGNAL)
		add_number(b, count, "plog.signal", c->status);
	else
		add(b, count, "plog.failure", c->outcome == OUTCOME_TIMEOUT ? "timeout" : "not started",
		    c->outcome == OUTCOME_TIMEOUT ? 7 : 11);
}

/* The topic is made with as many partitions as the source has, so a record keeps its own. */
static int
open_producer(struct work *w, const char *source, struct producer **out, int32_t *partitions, struct err *e)
{
	struct backend *be = w->g.run->be;
	struct producer_opts po = { .topic = w->g.run->o->dead_letter, .create = true, .acks = ACKS_DEFAULT, .linger_ms = -1,
	    .batch_bytes = -1, .keyless_bytes = -1, .wait_when_full = false, .lock_timeout_ms = 30000, .arg = w, .notice = notice };
	int32_t *list;
	size_t n;
	int rc;

	if ((rc = be->ops->partitions(be, source, &list, &n, &po.partitions, e)) != 0)
		return rc;
	free(list);
	if ((rc = be->ops->producer_open(be, &po, out, e)) != 0)
		return rc;
	*partitions = be->ops->producer_partitions(*out, e);
	return *partitions < 0 ? *partitions : 0;
}

int
dead_letter(struct work *w, const struct job *j, size_t from, size_t to)
{
	const struct backend_ops *ops = w->g.run->be->ops;
	struct producer *p = NULL;
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	int32_t partitions;
	int rc = open_producer(w, j->part->topic, &p, &partitions, &e);

	for (size_t i = from; rc == 0 && i < to; i++) {
		struct record rec = j->v[i]->rec;

		headers(w, j, &j->v[i]->rec, &b, &rec.header_count);
		if (b.failed)
			die("out of memory");
		rec.headers = buf_slice(&b);
		rec.offset = -1;
		rec.timestamp_type = TIMESTAMP_CREATE;
		rc = ops->put(p, j->part->number % partitions, &rec, &e);
	}
	if (rc == 0)
		rc = ops->finish(p, &e);
	if (p != NULL)
		ops->producer_close(p);
	buf_release(&b);
	if (rc == 0)
		return 0;
	err_prefix(&e, "the dead letter of offset %" PRId64 " of '%s/%d' cannot be stored", j->v[from]->rec.offset, j->part->topic,
	    j->part->number);
	msg_err(&e);
	return -1;
}
