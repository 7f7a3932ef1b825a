/*
 * stream.c - what is read and written on a connection, through its layers (stream.h).
 */
#include "agent/stream.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"

#define READ_ROOM	((size_t)128 << 10)
#define READ_LEAST	((size_t)16 << 10)	/* room that is enough: what is there in part is not moved for more */
#define INFLATE_STEP	((size_t)1 << 20)	/* what one read may become */
#define PARTS_MAX	8
#define STOP_NS		1000000000LL	/* for what is under way, once asked to end */

int
stream_poll(int fd, short events, int stop_fd, int64_t deadline, struct err *e)
{
	struct pollfd p[2] = { { .fd = fd, .events = events }, { .fd = stop_fd, .events = POLLIN } };
	int64_t left = -1;
	int rc;

	for (;;) {
		if (deadline != 0) {
			left = (deadline - clock_steady_ns() + 999999) / 1000000;
			if (left <= 0) {
				return err_set(e, ERR_SYS, events == POLLOUT ? "nothing is taken in time" : "nothing comes in time");
			}
		}
		rc = poll(p, 2, left > INT_MAX ? INT_MAX : (int)left);
		if (rc < 0 && errno != EINTR)
			return err_sys(e, "cannot wait");
		if (rc > 0 && p[1].revents != 0)
			return err_set(e, ERR_INTR, "asked to end");
		if (rc > 0)
			return 0;
	}
}

void
stream_hurry(struct stream *s)
{
	s->stop_by = clock_steady_ns() + STOP_NS;
	s->stop_fd = -1;
}

static int
wait_for(struct stream *s, short events, int64_t deadline, struct err *e)
{
	if (s->stop_by != 0 && (deadline == 0 || s->stop_by < deadline))
		deadline = s->stop_by;
	return stream_poll(s->fd, events, s->stop_fd, deadline, e);
}

/* Some bytes from the socket behind those of b; 0: none will come any more. */
static ssize_t
receive(struct stream *s, struct buf *b, int64_t deadline, struct err *e)
{
	ssize_t n;
	int rc;

	if ((b->p == NULL || b->cap - b->n < READ_LEAST) && buf_room(b, READ_ROOM) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for what is received");
	for (;;) {
		n = recv(s->fd, b->p + b->n, b->cap - b->n, MSG_DONTWAIT);
		if (n > 0)
			b->n += (size_t)n;
		if (n >= 0)
			return n;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return err_sys(e, "cannot read");
		if ((rc = wait_for(s, POLLIN, deadline, e)) != 0)
			return rc;
	}
}

static int
transmit(struct stream *s, struct iovec *v, size_t n, int64_t deadline, struct err *e)
{
	struct msghdr m = { .msg_iov = v, .msg_iovlen = n };
	ssize_t k;
	int rc;

	while (m.msg_iovlen > 0) {
		k = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && errno != EAGAIN)
			return err_sys(e, "cannot write");
		if (k < 0) {
			if ((rc = wait_for(s, POLLOUT, deadline, e)) == -ERR_INTR)
				stream_hurry(s);
			else if (rc != 0)
				return rc;
			continue;
		}
		for (; m.msg_iovlen > 0 && (size_t)k >= m.msg_iov->iov_len; m.msg_iovlen--)
			k -= (ssize_t)m.msg_iov++->iov_len;
		if (m.msg_iovlen > 0) {
			m.msg_iov->iov_base = (uint8_t *)m.msg_iov->iov_base + k;
			m.msg_iov->iov_len -= (size_t)k;
		}
	}
	return 0;
}

static int
send_out(struct stream *s, int64_t deadline, struct err *e)
{
	struct iovec v = { .iov_base = s->out.p, .iov_len = s->out.n };
	int rc = 0;

	if (s->out.n > 0)
		rc = transmit(s, &v, 1, deadline, e);
	buf_clear(&s->out);
	return rc;
}

static int
inflate_some(struct stream *s, struct buf *from, struct buf *to, struct err *e)
{
	struct slice in = buf_slice(from);
	size_t start = to->n;
	int rc = s->kind->zlib->stream.inflate(s->inflater, &in, INFLATE_STEP, to, e);

	if (rc < 0)
		return rc;
	s->more = to->n - start == INFLATE_STEP;
	if (rc == 1)
		s->ended = true;
	buf_consume(from, from->n - in.n);
	return 0;
}

int
stream_records(struct stream *s, struct slice in, struct buf *to, int64_t deadline, struct err *e)
{
	struct buf answer = BUF_INIT;
	struct err sent = ERR_INIT;
	int rc = s->kind->tls->feed(s->session, in, to, &answer, e), rc2 = 0;

	if (rc == 1)
		s->ended = true;
	if (answer.n > 0 && s->kind->zlib_outside)
		rc2 = s->kind->zlib->stream.deflate(s->deflater, buf_slice(&answer), ZSTREAM_FLUSH, &s->out, &sent);
	else
		buf_put(&s->out, answer.p, answer.n);
	buf_release(&answer);
	if (rc2 == 0)
		rc2 = send_out(s, deadline, &sent);
	if (rc < 0)
		return rc;
	if (rc2 != 0 && e != NULL)
		*e = sent;
	return rc2;
}

static int
open_records(struct stream *s, struct buf *from, struct buf *to, int64_t deadline, struct err *e)
{
	int rc = stream_records(s, buf_slice(from), to, deadline, e);

	buf_clear(from);
	return rc;
}

/* What has been received, through the layers. */
static int
unwrap(struct stream *s, struct buf *in, int64_t deadline, struct err *e)
{
	const struct stream_kind *k = s->kind;
	int rc;

	if (k->tls == NULL)
		return inflate_some(s, &s->raw, in, e);
	if (k->zlib == NULL)
		return open_records(s, &s->raw, in, deadline, e);
	if (k->zlib_outside) {
		rc = inflate_some(s, &s->raw, &s->mid, e);
		return rc != 0 ? rc : open_records(s, &s->mid, in, deadline, e);
	}
	rc = s->raw.n > 0 ? open_records(s, &s->raw, &s->mid, deadline, e) : 0;
	return rc != 0 ? rc : inflate_some(s, &s->mid, in, e);
}

int
stream_step(struct stream *s, struct buf *in, int64_t deadline, struct err *e)
{
	ssize_t n;
	int rc;

	if (!s->more && s->raw.n == 0) {
		if (s->ended)
			return 0;
		if ((n = receive(s, &s->raw, deadline, e)) <= 0)
			return (int)n;
	}
	rc = unwrap(s, in, deadline, e);
	if (rc == 0 && (in->failed || s->mid.failed))
		rc = err_set(e, ERR_NOMEM, "no memory for what is received");
	return rc == 0 ? 1 : rc;
}

ssize_t
stream_read(struct stream *s, struct buf *in, int64_t deadline, struct err *e)
{
	size_t start = in->n;
	int rc;

	if (s->kind->tls == NULL && s->kind->zlib == NULL)
		return receive(s, in, deadline, e);
	if (s->early.n > 0) {
		buf_put(in, s->early.p, s->early.n);
		buf_release(&s->early);
		return in->failed ? err_set(e, ERR_NOMEM, "no memory for what is received") : (ssize_t)(in->n - start);
	}
	do
		rc = stream_step(s, in, deadline, e);
	while (rc == 1 && in->n == start);
	return rc == 1 ? (ssize_t)(in->n - start) : rc;
}

/* The parts through the layers into out. */
static int
wrap(struct stream *s, const struct slice *parts, size_t n, struct err *e)
{
	const struct stream_kind *k = s->kind;
	struct buf a = BUF_INIT, b = BUF_INIT;
	bool inside = k->zlib != NULL && !(k->tls != NULL && k->zlib_outside);
	size_t i;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		if (inside)
			rc = k->zlib->stream.deflate(s->deflater, parts[i], i + 1 < n ? ZSTREAM_MORE : ZSTREAM_FLUSH, &a, e);
		else
			buf_put(&a, parts[i].p, parts[i].n);
	}
	if (rc == 0 && k->tls != NULL)
		rc = k->tls->seal(s->session, buf_slice(&a), &b, e);
	if (rc == 0 && k->tls != NULL && k->zlib != NULL && k->zlib_outside)
		rc = k->zlib->stream.deflate(s->deflater, buf_slice(&b), ZSTREAM_FLUSH, &s->out, e);
	else if (rc == 0)
		buf_put(&s->out, k->tls != NULL ? b.p : a.p, k->tls != NULL ? b.n : a.n);
	if (rc == 0 && (a.failed || b.failed || s->out.failed))
		rc = err_set(e, ERR_NOMEM, "no memory for what is sent");
	buf_release(&a);
	buf_release(&b);
	return rc;
}

int
stream_write(struct stream *s, const struct slice *parts, size_t n, int64_t deadline, struct err *e)
{
	struct iovec v[PARTS_MAX];
	size_t i;
	int rc;

	if (s->kind->tls != NULL || s->kind->zlib != NULL) {
		rc = wrap(s, parts, n, e);
		return rc != 0 ? rc : send_out(s, deadline, e);
	}
	if (n > PARTS_MAX)
		return err_set(e, ERR_INVALID, "%zu parts at once", n);
	for (i = 0; i < n; i++)
		v[i] = (struct iovec){ .iov_base = (void *)(uintptr_t)parts[i].p, .iov_len = parts[i].n };
	return transmit(s, v, n, deadline, e);
}

bool
stream_alive(const struct stream *s)
{
	char c;

	/* A byte that nobody asked for belongs to no reply: such a connection is of no use either. */
	return s->fd >= 0 && recv(s->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
}

void
stream_close(struct stream *s)
{
	struct buf bye = BUF_INIT;

	if (s->fd >= 0 && s->session != NULL && !s->kind->zlib_outside) {
		s->kind->tls->end(s->session, &bye);
		if (bye.n > 0)
			(void)!send(s->fd, bye.p, bye.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	buf_release(&bye);
	if (s->session != NULL)
		s->kind->tls->free_session(s->session);
	if (s->inflater != NULL)
		s->kind->zlib->stream.free_inflater(s->inflater);
	if (s->deflater != NULL)
		s->kind->zlib->stream.free_deflater(s->deflater);
	if (s->fd >= 0)
		close(s->fd);
	buf_release(&s->raw);
	buf_release(&s->mid);
	buf_release(&s->out);
	buf_release(&s->early);
	*s = (struct stream)STREAM_INIT;
}
