/*
 * plog-check stat: what is in each partition, and what it costs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/batches.h"
#include "check/check.h"
#include "codec/compress.h"
#include "tool/msg.h"

#define PLAIN_MAX	((size_t)1 << 30)
#define BUCKETS		60		/* of the chart */

static const struct column columns[] = {
	{ "PARTITION", "partition", COL_TEXT }, { "SEGMENTS", "segments", COL_NUMBER }, { "BATCHES", "batches", COL_NUMBER },
	{ "RECORDS", "records", COL_NUMBER }, { "BYTES", "bytes", COL_SIZE }, { "RATIO", "ratio", COL_JSON },
	{ "OVERHEAD", "overhead", COL_JSON }, { "CODECS", "codecs", COL_TEXT }, { "FIRST", "first", COL_TIME },
	{ "LAST", "last", COL_TIME }, { "KEYS", "keys", COL_NUMBER }, { "TOMBSTONES", "tombstones", COL_NUMBER },
	{ "PER SECOND", "perSecond", COL_JSON }, { NULL, NULL, COL_TEXT } };

struct stats {
	int64_t segments, batches, records, bytes, plain, payload, keys, tombstones;
	int64_t first, last;		/* times; -1: none */
	unsigned codecs;		/* bits */
};

struct run {
	const struct check_opts *o;
	struct table table;
	struct buf chart;
	struct batch_iter it;
	bool unread;
};

static void
failed(void *arg, const struct err *e)
{
	struct run *r = arg;

	msg_err(e);
	r->unread = true;
}

static int
take(struct run *r, struct stats *s, const struct batches *b, struct err *e)
{
	struct record rec;
	int rc;

	s->batches++;
	s->codecs |= 1u << batch_codec(&b->head);
	if ((rc = batch_open(&r->it, b->bytes, PLAIN_MAX, e)) != 0)
		return rc;
	s->plain += BATCH_HEAD + (int64_t)(batch_codec(&b->head) == CODEC_NONE ? b->bytes.n - BATCH_HEAD : r->it.plain.n);
	if (batch_is_control(&b->head))
		return 0;
	while ((rc = batch_next(&r->it, &rec, e)) == 1) {
		s->records++;
		s->keys += rec.key.p != NULL;
		s->tombstones += rec.value.p == NULL;
		s->payload += (int64_t)(rec.key.n + rec.value.n + rec.headers.n);
		if (rec.timestamp >= 0 && (s->first == -1 || rec.timestamp < s->first))
			s->first = rec.timestamp;
		if (rec.timestamp > s->last)
			s->last = rec.timestamp;
	}
	return rc;
}

/* Calls for each good batch of the segments; what is not good is said. */
static void
each_batch(struct run *r, int dirfd, const char *label, const struct segment_list *l, struct stats *s, int64_t *buckets)
{
	struct err e = ERR_INIT;
	struct batches b;
	size_t i;
	int rc;

	for (i = 0; i < l->n; i++) {
		if ((rc = batches_open(&b, dirfd, label, l->base[i], &e)) == 0)
			while ((rc = batches_next(&b, &e)) == 1) {
				if (buckets != NULL) {
					int64_t t = b.head.max_timestamp;

					if (b.valid && t >= s->first && t <= s->last)
						buckets[(int64_t)((double)(t - s->first) / ((double)(s->last - s->first) + 1) * BUCKETS)] += b.head.count;
					continue;
				}
				if (!b.valid || (rc = take(r, s, &b, &e)) < 0) {
					if (b.valid)
						failed(r, &e);
					else
						msg("'%s' at %lld is damaged", b.path, (long long)b.at), r->unread = true;
				}
			}
		s->segments++;
		if (buckets == NULL)
			s->bytes += b.size;
		batches_close(&b);
		if (rc < 0 && rc != -ERR_NOENT)
			failed(r, &e);
	}
}

static void
chart(struct run *r, const char *label, const int64_t *n)
{
	int64_t most = 1;
	int i, level;

	for (i = 0; i < BUCKETS; i++)
		most = n[i] > most ? n[i] : most;
	buf_printf(&r->chart, "%s over time: ", label);
	for (i = 0; i < BUCKETS; i++) {
		/* U+2581 to U+2588, an eighth of a block more each */
		level = n[i] == 0 ? 0 : 1 + (int)((double)n[i] * 7 / (double)most);
		if (level == 0)
			buf_putc(&r->chart, ' ');
		else
			buf_printf(&r->chart, "\xe2\x96%c", 0x80 + level);
	}
	buf_putc(&r->chart, '\n');
}

static void
ratio(struct table *t, int64_t a, int64_t b, const char *fmt)
{
	char text[32];

	if (b == 0) {
		table_none(t);
		return;
	}
	(void)snprintf(text, sizeof(text), strcmp(fmt, "1") == 0 ? "%.1f" : "%.2f", (double)a / (double)b);
	table_text(t, text);
}

static void
row(struct run *r, const char *label, const struct stats *s)
{
	struct table *t = &r->table;
	char codecs[64] = "";
	int i;

	for (i = 0; i < CODEC_COUNT; i++)
		if (s->codecs & 1u << i) {
			(void)strlcat(codecs, *codecs == '\0' ? "" : ",", sizeof(codecs));
			(void)strlcat(codecs, codec_name(i), sizeof(codecs));
		}
	table_text(t, label);
	table_number(t, s->segments);
	table_number(t, s->batches);
	table_number(t, s->records);
	table_number(t, s->bytes);
	ratio(t, s->plain, s->bytes, "2");
	ratio(t, s->plain - s->payload, s->records, "1");
	table_text(t, *codecs == '\0' ? NULL : codecs);
	for (i = 0; i < 2; i++)
		if (s->first == -1)
			table_none(t);
		else
			table_number(t, i == 0 ? s->first : s->last);
	table_number(t, s->keys);
	table_number(t, s->tombstones);
	ratio(t, s->records * 1000, s->first == -1 ? 0 : s->last - s->first, "1");
	table_row(t);
}

static void
partition(void *arg, const struct partdir *p, int64_t only, const char *file)
{
	struct segment_list l = SEGMENT_LIST_INIT, one = { .base = &only, .n = 1 };
	struct stats s = { .first = -1, .last = -1 }, second;
	int64_t buckets[BUCKETS] = { 0 };
	struct run *r = arg;
	struct err e = ERR_INIT;
	int fd;

	(void)file;
	if ((fd = partdir_open(p)) == -1) {
		(void)err_sys(&e, "cannot open '%s'", p->label);
		failed(r, &e);
		return;
	}
	if (only == -1 && segment_list_read(fd, &l, &e) != 0)
		failed(r, &e);
	else {
		each_batch(r, fd, p->label, only == -1 ? &l : &one, &s, NULL);
		row(r, p->label, &s);
		if (r->o->form == TABLE_PEOPLE && s.first < s.last && isatty(STDOUT_FILENO)) {
			second = s;
			each_batch(r, fd, p->label, only == -1 ? &l : &one, &second, buckets);
			chart(r, p->label, buckets);
		}
	}
	segment_list_release(&l);
	close(fd);
}

int
check_cmd_stat(struct check_opts *o, int n, char *const *operands)
{
	struct run r = { .o = o, .chart = BUF_INIT, .it = BATCH_ITER_INIT };
	struct check_visitor v = { .partition = partition, .failed = failed, .arg = &r };
	struct buf out = BUF_INIT;
	bool gone = false;
	int bad;

	table_init(&r.table, columns, o->form);
	check_visit(o, n, operands, &v);
	table_finish(&r.table, &out);
	buf_put(&out, r.chart.p, r.chart.n);
	if (out.failed || r.chart.failed)
		die("%s", strerror(ENOMEM));
	bad = out_flush(&out, &gone);
	buf_release(&out);
	buf_release(&r.chart);
	batch_iter_release(&r.it);
	if (!gone && (bad != 0 || out_close() != EXIT_DONE))
		return EXIT_FAILED;
	return r.unread ? EXIT_UNREAD : EXIT_DONE;
}
