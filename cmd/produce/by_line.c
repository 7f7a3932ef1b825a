/*
 * A record a line, or up to another delimiter; and JSON lines.
 */
#include "produce/input.h"

#include <string.h>

#include "base/lines.h"
#include "text/json.h"
#include "tool/msg.h"

#define PIPE_BYTES	(1 << 20)
#define MANY		256

struct reading {
	struct run *r;
	struct input *in;
	struct lines l;
	struct json_reader *json;
	struct fmt_input said;
	bool plain;			/* a line is a value, nothing to look at in it */
};

typedef enum sink_rc take_fn(struct reading *, struct slice);

/* The bytes of a line, or of a line with its key in front. */
static inline enum sink_rc
take_line(struct reading *x, struct slice line)
{
	struct run *r = x->r;
	const struct options *o = r->o;
	struct record rec = { .offset = -1, .timestamp = r->now, .value = line };
	const uint8_t *d;

	if (o->crlf && line.n > 0 && line.p[line.n - 1] == '\r')
		rec.value.n--;
	if (o->key_delim.n > 0) {
		d = memmem(rec.value.p, rec.value.n, o->key_delim.p, o->key_delim.n);
		if (d != NULL) {
			rec.key = SLICE_OF(rec.value.p, d - rec.value.p);
			rec.value.n -= rec.key.n + o->key_delim.n;
			rec.value.p = d + o->key_delim.n;
		} else if (!o->missing_key_null) {
			err_set(&r->sink.e, ERR_INVALID, "no key: the delimiter of -K is not there");
			return SINK_REFUSED;
		}
	}
	return put_record(r, &rec, -1);
}

static enum sink_rc
take_json(struct reading *x, struct slice line)
{
	struct run *r = x->r;
	int rc = json_read(x->json, line, &x->said, &r->sink.e);

	if (rc == -ERR_INVALID)
		return SINK_REFUSED;
	if (rc != 0)
		die_err(&r->sink.e);
	if (!x->said.has_timestamp || r->o->timestamp != TIMESTAMP_NONE)
		x->said.rec.timestamp = r->now;
	return put_record(r, &x->said.rec, x->said.partition);
}

/*
 * Lines that are values as they stand, many at once.  True: go on; else the
 * line before l.number + 1 was not taken, *rc says how.
 */
static bool
take_plain(struct reading *x, enum sink_rc *rc)
{
	const struct options *o = x->r->o;
	struct record like = { .offset = -1, .timestamp = x->r->now, .key = o->has_key ? o->key : SLICE_NULL,
	    .header_count = o->nheaders, .headers = buf_slice(&o->headers) };
	struct slice v[MANY];
	size_t n, done;

	while ((n = lines_take(&x->l, v, MANY)) > 0) {
		*rc = sink_put_values(&x->r->sink, &like, v, n, &done);
		if (*rc == SINK_TAKEN)
			continue;
		/* What follows the one refused is given back. */
		lines_back(&x->l, v + done + 1, n - done - 1);
		return false;
	}
	return true;
}

/* More bytes; 1, 0: there are none and the last half line counts, -1: the run ends, -2: the input does. */
static int
fill(struct reading *x)
{
	ssize_t n;
	int rc;

	do {
		if ((rc = input_wait(x->r, x->in, x->l.bytes)) < 0)
			return -1;
		if (rc == 0) {
			lines_finish(&x->l);
			return 0;
		}
		n = lines_fill(&x->l);
		rc = input_after_read(x->r, x->in, n);
	} while (rc < 0);
	if (rc == 0 && n < 0)
		return -2;
	return rc;
}

/* The run failed at one record: how many more had been read. */
static void
count_lost(struct reading *x, uint64_t from)
{
	struct slice line;
	enum lines_rc rc;

	while ((rc = lines_next(&x->l, &line)) == LINES_RECORD || rc == LINES_LONG)
		;
	x->r->sink.lost += x->l.number - from;
}

static inline enum input_rc
each(struct reading *x, take_fn *take)
{
	struct run *r = x->r;
	struct slice line;
	enum lines_rc lrc;
	enum sink_rc rc;

	for (;;) {
		if (x->plain && !take_plain(x, &rc))
			lrc = LINES_RECORD;
		else if ((lrc = lines_next(&x->l, &line)) == LINES_RECORD)
			rc = take(x, line);
		if (lrc == LINES_RECORD)
			;
		else if (lrc == LINES_LONG) {
			err_set(&r->sink.e, ERR_TOOBIG, "the record is too long: more than %zu bytes", x->l.max);
			rc = SINK_REFUSED;
		} else if (lrc == LINES_END)
			return INPUT_DONE;
		else {
			switch (fill(x)) {
			case -1:
				count_lost(x, x->l.number);
				return INPUT_END_RUN;
			case -2:
				return INPUT_DONE;
			default:
				continue;
			}
		}
		if (__builtin_expect(rc == SINK_TAKEN, 1))
			continue;
		if (rc == SINK_REFUSED && refuse(r, x->in, "line", x->l.number) == INPUT_DONE)
			continue;
		if (rc == SINK_FAILED)
			count_lost(x, x->l.number - 1);
		return INPUT_END_RUN;
	}
}

static void
start(struct reading *x, struct run *r, struct input *in, struct slice delim)
{
	*x = (struct reading){ .r = r, .in = in, .l = LINES_INIT, .said = FMT_INPUT_INIT };
	if (lines_open(&x->l, in->fd, delim, sink_max_record(&r->sink)) != 0)
		die("no memory to read lines");
	if (!in->regular)
		pipe_enlarge(in->fd, PIPE_BYTES);
}

enum input_rc
by_line(struct run *r, struct input *in)
{
	struct reading x;
	enum input_rc rc;

	start(&x, r, in, buf_slice(&r->o->delim));
	x.plain = !r->o->crlf && r->o->key_delim.n == 0 && !r->o->has_null_marker;
	rc = each(&x, take_line);
	r->bytes += x.l.bytes;
	lines_close(&x.l);
	return rc;
}

enum input_rc
by_json(struct run *r, struct input *in)
{
	struct reading x;
	enum input_rc rc;

	start(&x, r, in, slice_str("\n"));
	/* Base64 and escapes make a line longer than its record. */
	x.l.max = x.l.max * 6 + 4096;
	if ((x.json = json_reader_new()) == NULL)
		die("no memory to read JSON");
	rc = each(&x, take_json);
	r->bytes += x.l.bytes;
	json_reader_free(x.json);
	fmt_input_release(&x.said);
	lines_close(&x.l);
	return rc;
}
