/*
 * Output of a command on its way to ours.
 *
 * Our standard output is shared with whoever started us, so it is not made
 * non-blocking: poll(2) says when there is room, and a pipe with room takes
 * PIPE_BUF bytes without blocking.
 */
#include "consume/stream.h"

#include <sys/ioctl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "tool/msg.h"

#define LINE_MAX_HELD	(1 << 20)	/* a line longer than this is passed on as it comes */
#define READ_BYTES	65536

void
stream_open(struct stream *s, struct outlet *to, int in)
{
	*s = (struct stream){ .in = in, .to = to, .held = BUF_INIT };
	if (in != -1)
		fcntl(in, F_SETFL, O_NONBLOCK);
}

static void
shut(struct stream *s)
{
	if (s->in != -1)
		close(s->in);
	s->in = -1;
}

void
stream_drop(struct stream *s)
{
	/* The command shall learn it as we did. */
	s->unheard = s->unheard || s->in != -1 || s->held.n > 0;
	shut(s);
	buf_clear(&s->held);
	s->ready = 0;
	if (s->to->floor == s)
		s->to->floor = NULL;
}

static void
keep_last(struct stream *s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			s->last_ended = s->nlast > 0;
			continue;
		}
		if (s->last_ended) {
			s->nlast = 0;
			s->last_ended = false;
		}
		if (s->nlast < LAST_LINE_MAX)
			s->last[s->nlast++] = (char)p[i];
	}
}

/* Whole lines may go; all of it at the end, or when a line is too long to hold: then the others wait for its end. */
static void
measure(struct stream *s)
{
	const uint8_t *nl;

	if (!s->to->lines || s->in == -1 || s->held.n > LINE_MAX_HELD || s->to->floor == s) {
		s->ready = s->held.n;
		return;
	}
	nl = s->held.n > 0 ? memrchr(s->held.p, '\n', s->held.n) : NULL;
	s->ready = nl != NULL ? (size_t)(nl - s->held.p) + 1 : 0;
}

static bool
has_room(const struct outlet *to)
{
	struct pollfd p = { .fd = to->fd, .events = POLLOUT };

	return poll(&p, 1, 0) > 0;
}

static void
failed(struct outlet *to)
{
	to->gone = to->gone || errno == EPIPE || to->fd != STDOUT_FILENO;
	if (to->gone)
		return;
	msg("cannot write to standard output: %s", strerror(errno));
	to->failed = true;
}

/* As much as there is room for. */
static void
push(struct stream *s)
{
	struct outlet *to = s->to;
	size_t at = 0;
	ssize_t n = 0;

	measure(s);
	while (at < s->ready && (to->floor == NULL || to->floor == s) && !to->gone && !to->failed && has_room(to)) {
		n = write(to->fd, s->held.p + at, s->ready - at < PIPE_BUF ? s->ready - at : PIPE_BUF);
		if (n > 0) {
			at += (size_t)n;
			if (to->lines)
				to->floor = s->held.p[at - 1] == '\n' ? NULL : s;
		} else if (errno == EINTR || errno == EAGAIN)
			break;
		else
			failed(to);
	}
	buf_consume(&s->held, at);
	s->ready -= at;
	if (to->gone || to->failed)
		stream_drop(s);
	if (to->floor == s && stream_done(s))
		to->floor = NULL;
}

unsigned
stream_fds(const struct stream *s, struct pollfd *fds)
{
	bool ours = s->to->floor == NULL || s->to->floor == s;

	if (s->ready > 0) {
		fds[0] = (struct pollfd){ .fd = s->to->fd, .events = POLLOUT };
		return ours;
	}
	fds[0] = (struct pollfd){ .fd = s->in, .events = POLLIN };
	return s->in != -1;
}

void
stream_look(struct stream *s, int fd)
{
	ssize_t n = -1;

	if (fd == s->in && s->ready == 0 && buf_room(&s->held, READ_BYTES) != NULL) {
		if ((n = read(s->in, s->held.p + s->held.n, READ_BYTES)) > 0) {
			keep_last(s, s->held.p + s->held.n, (size_t)n);
			s->held.n += (size_t)n;
		}
		if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
			shut(s);
	}
	if (s->held.failed)
		die("out of memory");
	push(s);
}

void
stream_end(struct stream *s)
{
	int left = 0;
	ssize_t n;

	if (s->in != -1 && ioctl(s->in, FIONREAD, &left) == 0 && left > 0 && buf_room(&s->held, (size_t)left) != NULL &&
	    (n = read(s->in, s->held.p + s->held.n, (size_t)left)) > 0) {
		keep_last(s, s->held.p + s->held.n, (size_t)n);
		s->held.n += (size_t)n;
	}
	if (s->held.failed)
		die("out of memory");
	shut(s);
	push(s);
}

void
stream_release(struct stream *s)
{
	shut(s);
	buf_release(&s->held);
}
