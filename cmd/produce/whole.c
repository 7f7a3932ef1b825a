/*
 * A file is a record.
 */
#include "produce/input.h"

#include <string.h>
#include <unistd.h>

#include "tool/msg.h"

#define READ_BYTES	((size_t)64 << 10)

/* All of it, or one byte more than may be; 1, 0 it cannot be read, -1 the run ends. */
static int
read_all(struct run *r, struct input *in, size_t most, struct buf *b)
{
	size_t n;
	ssize_t got;
	int rc;

	for (;;) {
		/* A file keeps nobody waiting: it is read to its end, signal or not. */
		rc = in->regular ? 1 : input_wait(r, in, b->n);
		if (rc <= 0)
			return rc == 0 ? 1 : -1;
		if (b->n > most)
			return 1;
		n = most + 1 - b->n < READ_BYTES ? most + 1 - b->n : READ_BYTES;
		if (buf_room(b, n) == NULL)
			die("no memory to read a file");
		got = read(in->fd, b->p + b->n, n);
		if ((rc = input_after_read(r, in, got)) < 0)
			continue;
		if (rc == 0)
			return got == 0;
		b->n += (size_t)got;
	}
}

/* Its key, if it has one in front. */
static enum sink_rc
take(struct run *r, struct slice bytes)
{
	const struct options *o = r->o;
	struct record rec = { .offset = -1, .timestamp = r->now, .value = bytes };
	const uint8_t *d;

	if (o->key_delim.n > 0) {
		d = memmem(bytes.p, bytes.n, o->key_delim.p, o->key_delim.n);
		if (d != NULL) {
			rec.key = SLICE_OF(bytes.p, d - bytes.p);
			rec.value = SLICE_OF(d + o->key_delim.n, bytes.n - rec.key.n - o->key_delim.n);
		} else if (!o->missing_key_null) {
			err_set(&r->sink.e, ERR_INVALID, "no key: the delimiter of -K is not there");
			return SINK_REFUSED;
		}
	}
	return put_record(r, &rec, -1);
}

enum input_rc
whole(struct run *r, struct input *in)
{
	size_t most = sink_max_record(&r->sink);
	struct buf b = BUF_INIT;
	enum input_rc rc = INPUT_DONE;
	enum sink_rc src = SINK_TAKEN;
	int got = read_all(r, in, most, &b);

	r->bytes += b.n;
	(void)input_after_read(r, in, 1);	/* the time, also of an empty file */
	if (got == 1 && (b.n > 0 || in->regular)) {
		if (b.n > most) {
			err_set(&r->sink.e, ERR_TOOBIG, "the record is too long: more than %zu bytes", most);
			src = SINK_REFUSED;
		} else
			src = take(r, buf_slice(&b));
	}
	if (src == SINK_REFUSED)
		rc = refuse(r, in, "record", r->sink.taken + r->refused + 1);
	else if (src == SINK_FAILED)
		r->sink.lost++;
	if (got < 0 || src == SINK_FAILED)
		rc = INPUT_END_RUN;
	buf_release(&b);
	return rc;
}
