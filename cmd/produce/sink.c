/*
 * Records into the topic.
 */
#include "produce/sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "tool/msg.h"
#include "tool/signals.h"

#define MAX_MESSAGE_BYTES	1048588		/* Kafka's default of max.message.bytes */
#define REPORT_BYTES		(64 * 1024)

static void
write_reports(struct sink *s)
{
	if (s->out.n > 0 && !s->out_ended && out_flush(&s->out, &s->out_gone) != 0)
		s->out_ended = true;
	buf_clear(&s->out);
}

static void
acked(void *arg, int32_t partition, int64_t base_offset, int32_t n, const struct record *recs)
{
	struct sink *s = arg;
	struct where w = { .topic = s->o->topic, .partition = partition };
	struct err e = ERR_INIT;
	int32_t i;

	(void)base_offset;
	for (i = 0; i < n; i++) {
		if (fmt_write(s->o->report, &w, &recs[i], &s->out, &e) != 0)
			msg_err(&e);
		if (s->out.n >= REPORT_BYTES)
			write_reports(s);
	}
}

/* Which of the records that were put, by their numbers; nothing else tells one from another. */
static void
failed(void *arg, uint64_t first, uint64_t last, const char *why)
{
	struct sink *s = arg;

	if (first == last)
		msg("record %" PRIu64 " was not stored: %s", first, why);
	else
		msg("records %" PRIu64 " to %" PRIu64 " were not stored: %s", first, last, why);
	s->some_failed = true;
}

static void
notice(void *arg, const char *text)
{
	struct sink *s = arg;

	/* -q is about the topic; a wait for room is always said. */
	if (s->ready || !s->o->quiet)
		msg("%s", text);
}

/* The store as it is, or (create) as the first record makes it. */
static int
connect(struct sink *s, bool create)
{
	struct target *t = (struct target *)(uintptr_t)&s->o->target;
	struct producer_opts po = s->o->producer;
	int rc;

	if ((rc = target_connect(t, true, create, s->stop, &s->be, &s->e)) != 0)
		return rc;
	if (s->o->partition < 0)
		po.keyless_bytes = STICKY_BYTES;
	po.arg = s;
	po.notice = notice;
	po.failed = failed;
	po.skip_failed = s->o->skip_errors;
	if (s->o->report != NULL) {
		po.acked = acked;
		po.want_records = true;
	}
	return s->be->ops->producer_open(s->be, &po, &s->p, &s->e);
}

void
sink_open(struct sink *s, const struct options *o, const volatile sig_atomic_t *stop)
{
	int rc;

	*s = (struct sink){ .o = o, .stop = stop };
	rc = connect(s, false);
	if (rc != 0 && (rc != -ERR_NOENT || !o->producer.create || s->be != NULL)) {
		msg_err(&s->e);
		signals_exit(EXIT_FAILED);
	}
}

/* Where there is no store yet, only the command line can say another limit. */
size_t
sink_max_record(struct sink *s)
{
	static const char name[] = "max.message.bytes=";
	int64_t v = MAX_MESSAGE_BYTES;
	size_t i;

	if (s->p != NULL)
		return s->be->ops->max_record(s->p);
	for (i = 0; i < s->o->nconfigs; i++)
		if (strncmp(s->o->configs[i], name, sizeof(name) - 1) == 0)
			(void)parse_size(s->o->configs[i] + sizeof(name) - 1, 0, INT32_MAX, &v, NULL);
	return (size_t)v;
}

static enum sink_rc
fail(struct sink *s)
{
	if (!s->failed)
		msg_err(&s->e);
	s->failed = true;
	return SINK_FAILED;
}

/* The first record makes the topic, unless it cannot be taken. */
static enum sink_rc
make_ready(struct sink *s, const struct record *first)
{
	const struct options *o = s->o;

	if (s->failed || (s->p == NULL && connect(s, true) != 0))
		return fail(s);
	if (first != NULL && first->key.p == NULL && s->be->ops->compacted(s->p)) {
		err_set(&s->e, ERR_INVALID, "a record without a key: topic '%s' is compacted", o->topic);
		return SINK_REFUSED;
	}
	s->npartitions = s->be->ops->producer_partitions(s->p, &s->e);
	if (s->npartitions < 0)
		return fail(s);
	if (o->partition >= s->npartitions) {
		err_set(&s->e, ERR_RANGE, "-p: topic '%s' has no partition %d: it has %d", o->topic, (int)o->partition,
		    (int)s->npartitions);
		return fail(s);
	}
	s->single = o->partition >= 0 || s->npartitions == 1;
	s->fixed = o->partition >= 0 ? o->partition : 0;
	partitioner_init(&s->pt, o->partitioner, s->npartitions);
	s->ready = true;
	return SINK_TAKEN;
}

/* Of several; -1: the record names one that is not there. */
static int32_t
choose(struct sink *s, const struct record *rec, int32_t said)
{
	if (said >= 0 && !s->o->has_partitioner) {
		if (said < s->npartitions)
			return said;
		err_set(&s->e, ERR_RANGE, "partition %d: topic '%s' has %d; give --partitioner, or more partitions",
		    (int)said, s->o->topic, (int)s->npartitions);
		return -1;
	}
	if (s->keyless && s->be->ops->gathered(s->p, s->pt.current) == 0)
		partitioner_batch_ended(&s->pt);
	s->keyless = rec->key.p == NULL || s->pt.kind == PARTITIONER_STICKY;
	return partitioner_pick(&s->pt, rec);
}

static enum sink_rc
refused_or_failed(struct sink *s, int rc)
{
	return rc == -ERR_INVALID || rc == -ERR_TOOBIG || rc == -ERR_RANGE ? SINK_REFUSED : fail(s);
}

enum sink_rc
sink_put(struct sink *s, const struct record *rec, int32_t said)
{
	enum sink_rc src;
	int32_t partition;
	int rc;

	if (!s->ready && (src = make_ready(s, rec)) != SINK_TAKEN)
		return src;
	if (s->single && (said < s->npartitions || s->o->partition >= 0 || s->o->has_partitioner))
		partition = s->fixed;
	else if ((partition = choose(s, rec, said)) < 0)
		return SINK_REFUSED;
	if ((rc = s->be->ops->put(s->p, partition, rec, &s->e)) != 0)
		return refused_or_failed(s, rc);
	s->taken++;
	return SINK_TAKEN;
}

enum sink_rc
sink_put_values(struct sink *s, const struct record *like, const struct slice *values, size_t n, size_t *done)
{
	struct record rec = *like;
	enum sink_rc src;
	int rc;

	*done = 0;
	if (!s->ready && (src = make_ready(s, like)) != SINK_TAKEN)
		return src;
	if (s->single && s->be->ops->put_values != NULL) {
		rc = s->be->ops->put_values(s->p, s->fixed, like, values, n, done, &s->e);
		s->taken += *done;
		return rc == 0 ? SINK_TAKEN : refused_or_failed(s, rc);
	}
	for (; *done < n; ++*done) {
		rec.value = values[*done];
		if ((src = sink_put(s, &rec, -1)) != SINK_TAKEN)
			return src;
	}
	return SINK_TAKEN;
}

enum sink_rc
sink_put_batch(struct sink *s, struct slice batch)
{
	enum sink_rc src;
	int rc;

	if (!s->ready && (src = make_ready(s, NULL)) != SINK_TAKEN)
		return src;
	if (!s->single)
		die_usage("--raw goes to one partition: topic '%s' has %d, give -p", s->o->topic, (int)s->npartitions);
	if ((rc = s->be->ops->put_batch(s->p, s->fixed, batch, &s->e)) != 0)
		return refused_or_failed(s, rc);
	return SINK_TAKEN;
}

enum sink_rc
sink_tick(struct sink *s, int64_t *wait_ms)
{
	*wait_ms = -1;
	if (s->failed)
		return SINK_FAILED;
	if (s->ready && s->be->ops->tick(s->p, wait_ms, &s->e) != 0)
		return fail(s);
	return SINK_TAKEN;
}

enum sink_rc
sink_dry(struct sink *s)
{
	if (s->failed)
		return SINK_FAILED;
	if (s->ready && s->o->producer.linger_ms < 0 && s->be->ops->flush(s->p, &s->e) != 0)
		return fail(s);
	write_reports(s);
	return SINK_TAKEN;
}

static void
summary(struct sink *s, const char *line, int64_t sync_ns)
{
	if (s->o->verbose)
		msg("%s (and %.3f s to sync)", line, (double)sync_ns / 1e9);
}

int
sink_close(struct sink *s, uint64_t bytes)
{
	struct producer_stats st = { .unacked = 0 };
	char line[200];
	int64_t t;

	if (s->ready && !s->failed && s->be->ops->flush(s->p, &s->e) != 0)
		fail(s);
	progress_end(&s->progress);
	if (s->p != NULL)
		s->be->ops->stats(s->p, &st);
	progress_summary(&s->progress, st.records, bytes, line, sizeof(line));
	write_reports(s);
	t = clock_steady_ns();
	if (s->ready && s->o->producer.transactional != NULL && (*s->stop || s->input_failed)) {
		/* Closed without an end, it is aborted. */
		if (!s->failed)
			msg("transaction '%s' was aborted", s->o->producer.transactional);
		s->failed = true;
	} else if (s->ready && s->be->ops->finish(s->p, &s->e) != 0) {
		if (s->failed)
			msg_err(&s->e);
		fail(s);
	}
	write_reports(s);
	if (s->p != NULL)
		s->be->ops->stats(s->p, &st);
	summary(s, line, clock_steady_ns() - t);
	st.unacked += s->lost;
	if (s->failed && st.unacked > 0)
		msg("%" PRIu64 " record%s not stored", st.unacked, st.unacked == 1 ? " was" : "s were");
	if (s->p != NULL)
		s->be->ops->producer_close(s->p);
	backend_close(s->be);
	buf_release(&s->out);
	return s->failed || s->some_failed ? EXIT_FAILED : EXIT_DONE;
}
