/*
 * seq.c - counts: bodies "0", "1", "2" ...
 *
 * Where batchSize is small, several batches go into the channel at once, as far
 * as there is room for them: nobody can tell them apart there.
 */
#include <string.h>

#include "agent/source.h"

#define TOGETHER	64	/* events in one put, when batches are smaller */
#define DIGITS		20

struct seq {
	int64_t batch, total, next;
	char digits[DIGITS];		/* of next, at the end */
	size_t n;
};

static void
configure(void *self, struct context *c)
{
	struct seq *q = self;

	q->batch = ctx_int(c, "batchSize", 1, 1, INT32_MAX);
	q->total = ctx_int(c, "totalEvents", INT64_MAX, 0, INT64_MAX);
	ctx_batch(c, q->batch);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct seq *q = self;

	(void)src;
	(void)e;
	q->next = 0;
	q->digits[DIGITS - 1] = '0';
	q->n = 1;
	return 0;
}

/* The next number in decimal. */
static void
count_up(struct seq *q)
{
	size_t i = DIGITS;

	q->next++;
	while (i > DIGITS - q->n && q->digits[i - 1] == '9')
		q->digits[--i] = '0';
	if (i > DIGITS - q->n)
		q->digits[i - 1]++;
	else {
		q->digits[i - 1] = '1';
		q->n++;
	}
}

static int
fill(struct seq *q, struct batch *b, size_t want, struct err *e)
{
	while (b->n < want && q->next < q->total) {
		if (batch_add(b, q->digits + DIGITS - q->n, q->n) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for a batch");
		count_up(q);
	}
	return 0;
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct seq *q = self;
	bool small = q->batch < TOGETHER;
	size_t want = small ? TOGETHER : (size_t)q->batch, done;
	struct batch b = BATCH_INIT;
	enum put_rc rc = PUT_OK;
	struct err why = ERR_INIT;

	if (want > source_transaction(src) && small)
		want = source_transaction(src);
	b.hint = want * (sizeof(struct event) + 12);
	while (!source_stopping(src) && rc != PUT_STOPPED && (b.n > 0 || q->next < q->total)) {
		if (fill(q, &b, want, e) != 0) {
			batch_clear(&b);
			return -e->code;
		}
		rc = small ? source_put_some(src, &b, &done, &why) : source_put(src, &b, &why);
		if (rc == PUT_FULL || rc == PUT_FAILED) {
			say(source_self(src), LOG_ERROR, "%s: cannot put events, and tries again: %s", source_self(src)->name, why.text);
			(void)source_wait(src, NULL, 0, rc == PUT_FAILED ? 1000 : 100);
		}
	}
	batch_clear(&b);
	return 0;
}

const struct source_type source_seq = {
	.names = { "seq", CLASSES("org.apache.flume.source.SequenceGeneratorSource") },
	.size = sizeof(struct seq), .configure = configure, .start = start, .run = run,
};
