/*
 * Inputs.
 */
#include "produce/input.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"
#include "tool/msg.h"

static void
failed(struct run *r, const struct input *in, const char *what)
{
	if (in->name == NULL)
		msg("cannot %s standard input: %s", what, strerror(errno));
	else
		msg("cannot %s '%s': %s", what, in->name, strerror(errno));
	r->status = EXIT_FAILED;
}

int
input_open(struct run *r, struct input *in, const char *name)
{
	struct stat st;

	*in = (struct input){ .name = name, .fd = STDIN_FILENO };
	if (name == NULL || strcmp(name, "-") == 0)
		in->name = NULL;
	else
		in->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (in->fd == -1 || fstat(in->fd, &st) != 0) {
		if (errno == EINTR && *r->stop)
			return -1;
		failed(r, in, "open");
		input_close(in);
		return -1;
	}
	in->regular = S_ISREG(st.st_mode);
	in->size = in->regular ? (uint64_t)st.st_size : 0;
	if (S_ISCHR(st.st_mode) && in->name == NULL && isatty(in->fd) && !r->o->quiet)
		msg("reading records from the terminal, end with Ctrl-D");
	return 0;
}

void
input_close(struct input *in)
{
	if (in->fd > STDERR_FILENO)
		close(in->fd);
	in->fd = -1;
}

static int
ended(struct input *in)
{
	in->ended = true;
	return 0;
}

int
input_wait(struct run *r, struct input *in, uint64_t bytes)
{
	struct pollfd fd = { .fd = in->fd, .events = POLLIN };
	struct stop stop = { .flag = r->stop };
	int64_t wait;

	progress_update(&r->sink.progress, r->sink.taken, r->bytes + bytes, r->bytes + bytes);
	for (;;) {
		if (*r->stop || r->sink.out_ended)
			return ended(in);
		if (sink_tick(&r->sink, &wait) != SINK_TAKEN)
			return -1;
		if (in->regular || poll(&fd, 1, 0) == 1)
			break;
		if (sink_dry(&r->sink) != SINK_TAKEN || sink_tick(&r->sink, &wait) != SINK_TAKEN)
			return -1;
		if (r->sink.out_ended)
			return ended(in);
		(void)stop_poll(&stop, &fd, 1, wait);
	}
	return 1;
}

int
input_after_read(struct run *r, struct input *in, ssize_t n)
{
	if (n > 0) {
		r->now = r->o->timestamp != TIMESTAMP_NONE ? r->o->timestamp : clock_wall_ms();
		return 1;
	}
	if (n == 0)
		return 0;
	if (errno == EINTR || errno == EAGAIN)
		return -1;
	failed(r, in, "read");
	return 0;
}

enum sink_rc
put_record(struct run *r, struct record *rec, int32_t said)
{
	const struct options *o = r->o;

	if (o->has_key)
		rec->key = o->key;
	if (o->nheaders > 0) {
		if (rec->header_count == 0)
			rec->headers = buf_slice(&o->headers);
		else {
			buf_clear(&r->headers);
			buf_put(&r->headers, rec->headers.p, rec->headers.n);
			buf_put(&r->headers, o->headers.p, o->headers.n);
			if (r->headers.failed)
				die("no memory for the headers of a record");
			rec->headers = buf_slice(&r->headers);
		}
		rec->header_count += o->nheaders;
	}
	if (o->has_null_marker) {
		if (rec->key.p != NULL && slice_eq(rec->key, o->null_marker))
			rec->key = SLICE_NULL;
		if (rec->value.p != NULL && slice_eq(rec->value, o->null_marker))
			rec->value = SLICE_NULL;
	}
	return sink_put(&r->sink, rec, said);
}

enum input_rc
refuse(struct run *r, const struct input *in, const char *unit, uint64_t number)
{
	if (in->name == NULL)
		msg("%s %" PRIu64 ": %s", unit, number, r->sink.e.text);
	else
		msg("%s: %s %" PRIu64 ": %s", in->name, unit, number, r->sink.e.text);
	r->status = EXIT_FAILED;
	r->refused++;
	return r->o->skip_errors ? INPUT_DONE : INPUT_END_RUN;
}
