/*
 * Records as a format string describes them.
 */
#include "produce/input.h"

#include <string.h>
#include <unistd.h>

#include "tool/msg.h"

#define READ_BYTES	((size_t)256 << 10)
#define TEXT_FACTOR	4	/* hex, base64 and JSON are longer than their bytes */

struct reading {
	struct run *r;
	struct input *in;
	struct buf b;
	size_t at;			/* of b, taken */
	uint64_t behind;		/* bytes of the input before b */
	bool eof;
	struct fmt_input said;
};

/* 1 more bytes or the end, 0 the input ends here for an error, -1 the run does. */
static int
fill(struct reading *x)
{
	ssize_t n;
	int rc;

	buf_consume(&x->b, x->at);
	x->behind += x->at;
	x->at = 0;
	do {
		rc = input_wait(x->r, x->in, x->behind + x->b.n);
		if (rc <= 0) {
			x->eof = true;
			return rc == 0 ? 1 : -1;
		}
		if (buf_room(&x->b, READ_BYTES) == NULL)
			die("no memory to read records");
		n = read(x->in->fd, x->b.p + x->b.n, READ_BYTES);
		rc = input_after_read(x->r, x->in, n);
	} while (rc < 0);
	if (n < 0)
		return 0;
	x->b.n += (size_t)n;
	x->eof = n == 0;
	return 1;
}

/* Behind a record that does not match: the next line, where records are lines. */
static bool
next_line(struct reading *x)
{
	const char *text = x->r->o->format_text;
	size_t n = strlen(text);
	const uint8_t *nl;

	if (!(n >= 1 && text[n - 1] == '\n') && !(n >= 2 && strcmp(text + n - 2, "\\n") == 0))
		return false;
	while ((nl = memchr(x->b.p + x->at, '\n', x->b.n - x->at)) == NULL) {
		x->at = x->b.n;
		if (x->eof || fill(x) != 1)
			return x->eof;
	}
	x->at = (size_t)(nl - x->b.p) + 1;
	return true;
}

static enum input_rc
bad(struct reading *x)
{
	if (refuse(x->r, x->in, "record at byte", x->behind + x->at + 1) != INPUT_DONE)
		return INPUT_END_RUN;
	if (next_line(x))
		return INPUT_DONE;
	msg("where the next record begins cannot be told by this format, so none is skipped");
	return INPUT_END_RUN;
}

static enum input_rc
take(struct reading *x, size_t used)
{
	struct run *r = x->r;

	if (!x->said.has_timestamp || r->o->timestamp != TIMESTAMP_NONE)
		x->said.rec.timestamp = r->now;
	switch (put_record(r, &x->said.rec, x->said.partition)) {
	case SINK_TAKEN:
		break;
	case SINK_REFUSED:
		if (refuse(r, x->in, "record at byte", x->behind + x->at + 1) != INPUT_DONE)
			return INPUT_END_RUN;
		break;
	case SINK_FAILED:
		r->sink.lost++;
		return INPUT_END_RUN;
	}
	x->at += used;
	return INPUT_DONE;
}

static enum input_rc
each(struct reading *x, size_t most)
{
	struct run *r = x->r;
	size_t used = 0;
	int rc;

	for (;;) {
		if (x->at == x->b.n && x->eof)
			return INPUT_DONE;
		rc = x->at == x->b.n ? 0 : fmt_read(r->o->format, SLICE_OF(x->b.p + x->at, x->b.n - x->at), x->eof, &used,
		    &x->said, &r->sink.e);
		if (rc == 0 && x->b.n - x->at > most)
			rc = err_set(&r->sink.e, ERR_INVALID, "the record is too long: more than %zu bytes", most);
		if (rc == 0) {
			if ((rc = fill(x)) <= 0)
				return rc == 0 ? INPUT_DONE : INPUT_END_RUN;
			continue;
		}
		if (rc == -ERR_NOMEM)
			die_err(&r->sink.e);
		if ((rc == 1 ? take(x, used) : bad(x)) != INPUT_DONE)
			return INPUT_END_RUN;
	}
}

enum input_rc
by_format(struct run *r, struct input *in)
{
	struct reading x = { .r = r, .in = in, .b = BUF_INIT, .said = FMT_INPUT_INIT };
	enum input_rc rc = each(&x, sink_max_record(&r->sink) * TEXT_FACTOR + READ_BYTES);

	r->bytes += x.behind + x.b.n;
	fmt_input_release(&x.said);
	buf_release(&x.b);
	return rc;
}
