/*
 * Record batches as they stand in a segment, one behind the other.
 */
#include "produce/input.h"

#include <unistd.h>

#include "codec/batch.h"
#include "tool/msg.h"

#define READ_BYTES	((size_t)256 << 10)

struct reading {
	struct run *r;
	struct input *in;
	struct buf b;
	size_t at;
	uint64_t behind;
	bool eof;
};

/* Until n bytes are there or the input ends; 1, 0 it ended for an error, -1 the run ends. */
static int
want(struct reading *x, size_t n)
{
	ssize_t got;
	int rc;

	while (x->b.n - x->at < n && !x->eof) {
		buf_consume(&x->b, x->at);
		x->behind += x->at;
		x->at = 0;
		rc = input_wait(x->r, x->in, x->behind + x->b.n);
		if (rc < 0)
			return -1;
		if (rc == 0) {
			x->eof = true;
			break;
		}
		if (buf_room(&x->b, READ_BYTES) == NULL)
			die("no memory to read batches");
		got = read(x->in->fd, x->b.p + x->b.n, READ_BYTES);
		rc = input_after_read(x->r, x->in, got);
		if (rc == 0 && got < 0)
			return 0;
		if (got > 0)
			x->b.n += (size_t)got;
		x->eof = got == 0;
	}
	return 1;
}

static enum input_rc
bad(struct reading *x, const char *why)
{
	err_set(&x->r->sink.e, ERR_INVALID, "%s", why);
	return refuse(x->r, x->in, "batch at byte", x->behind + x->at + 1);
}

/* A batch that is all there: stored, or refused. */
static enum input_rc
take(struct reading *x, const struct batch_head *h)
{
	struct slice bytes = SLICE_OF(x->b.p + x->at, (size_t)h->size);
	struct batch_head again;
	enum input_rc rc = INPUT_DONE;

	if (batch_verify(bytes, &again) != BATCH_GOOD)
		rc = bad(x, "the checksum does not match");
	else if (!batch_is_control(h) && h->count > 0) {
		switch (sink_put_batch(&x->r->sink, bytes)) {
		case SINK_TAKEN:
			x->r->sink.taken += (uint64_t)h->count;
			break;
		case SINK_REFUSED:
			rc = refuse(x->r, x->in, "batch at byte", x->behind + x->at + 1);
			break;
		case SINK_FAILED:
			x->r->sink.lost += (uint64_t)h->count;
			rc = INPUT_END_RUN;
			break;
		}
	}
	x->at += bytes.n;
	return rc;
}

static enum input_rc
each(struct reading *x)
{
	size_t most = sink_max_record(&x->r->sink) + BATCH_HEAD;
	struct batch_head h;
	enum batch_verdict v;
	int rc;

	for (;;) {
		if ((rc = want(x, BATCH_HEAD)) <= 0)
			return rc == 0 ? INPUT_DONE : INPUT_END_RUN;
		if (x->at == x->b.n)
			return INPUT_DONE;
		v = batch_head_read(SLICE_OF(x->b.p + x->at, x->b.n - x->at), &h);
		if (v == BATCH_GOOD && (uint64_t)h.size > most)
			return bad(x, "the batch is longer than max.message.bytes"), INPUT_END_RUN;
		if (v == BATCH_GOOD && (rc = want(x, (size_t)h.size)) <= 0)
			return rc == 0 ? INPUT_DONE : INPUT_END_RUN;
		if (v == BATCH_GOOD && x->b.n - x->at < (size_t)h.size)
			v = BATCH_SHORT;
		/* Where the next one begins is known only behind a good head. */
		if (v != BATCH_GOOD) {
			(void)bad(x, v == BATCH_SHORT ? "the input ends within the batch" : v == BATCH_OLD ?
			    "message format 0 or 1, of Kafka before 0.11" : "not a record batch");
			return INPUT_END_RUN;
		}
		if (take(x, &h) != INPUT_DONE)
			return INPUT_END_RUN;
	}
}

enum input_rc
by_batch(struct run *r, struct input *in)
{
	struct reading x = { .r = r, .in = in, .b = BUF_INIT };
	enum input_rc rc = each(&x);

	r->bytes += x.behind + x.b.n;
	buf_release(&x.b);
	return rc;
}
