/*
 * When output counts as delivered.
 */
#include "consume/delivered.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/msg.h"

#define LOOK_MS		20		/* how often a reader is asked what it has read */
#define STOP_ROUNDS	25		/* so many of them for the rest of a record, once a signal came */

void
delivery_open(struct delivery *d, struct holding *g)
{
	struct stat st;

	*d = (struct delivery){ .g = g };
	d->pipe = fstat(STDOUT_FILENO, &st) == 0 && S_ISFIFO(st.st_mode);
}

void
delivery_mark(struct delivery *d, struct owned *p, int64_t next, int32_t epoch)
{
	struct mark *more;

	d->put = d->written + d->g->run->out.out.n;
	if (d->first > 0 && d->first >= d->n / 2) {
		memmove(d->v, d->v + d->first, (d->n - d->first) * sizeof(*d->v));
		d->n -= d->first;
		d->first = 0;
	}
	if (d->n == d->cap) {
		d->cap = d->cap == 0 ? 1024 : d->cap * 2;
		if ((more = reallocarray(d->v, d->cap, sizeof(*more))) == NULL)
			die("out of memory");
		d->v = more;
	}
	d->v[d->n++] = (struct mark){ .at = d->put, .part = p, .next = next, .epoch = epoch };
	p->marks++;
}

void
delivery_forget(struct delivery *d, struct owned *p)
{
	for (size_t i = d->first; i < d->n && p->marks > 0; i++)
		if (d->v[i].part == p) {
			d->v[i].part = NULL;
			p->marks--;
		}
}

/* Marks up to where the reader is; of one part only the last is committed. */
static int
commit_read(struct delivery *d)
{
	for (; d->first < d->n && d->v[d->first].at <= d->read; d->first++) {
		const struct mark *m = &d->v[d->first], *next = m + 1;

		if (m->part == NULL)
			continue;
		m->part->marks--;
		if (d->first + 1 < d->n && next->part == m->part && next->at <= d->read)
			continue;
		if (hold_commit(d->g, m->part, m->next, m->epoch) != 0) {
			d->first++;
			return -1;
		}
	}
	return 0;
}

int
delivery_look(struct delivery *d)
{
	int in_pipe = 0;

	if (d->pipe && (ioctl(STDOUT_FILENO, FIONREAD, &in_pipe) != 0 || in_pipe < 0))
		in_pipe = 0;
	if (d->written - d->read > (uint64_t)in_pipe)
		d->read = d->written - (uint64_t)in_pipe;
	return commit_read(d);
}

/* How many bytes are missing to the end of the record that was begun. */
static size_t
rest_of_record(const struct delivery *d)
{
	size_t i = d->first;

	while (i < d->n && d->v[i].at < d->written)
		i++;
	return i < d->n ? (size_t)(d->v[i].at - d->written) : 0;
}

/*
 * Waits for room.  0: there is some, -1: the reader is gone, or a signal came
 * and what is written ends with a record, or its reader did not take the rest
 * of it in time.
 */
static int
wait_for_room(struct delivery *d)
{
	struct run *run = d->g->run;
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int rc, rounds = 0;

	for (;;) {
		if ((rc = poll(&out, 1, 0)) == 0) {
			if (delivery_look(d) != 0)
				return -1;
			rc = poll(&out, 1, LOOK_MS);
		}
		if (*run->stop && (rest_of_record(d) == 0 || ++rounds > STOP_ROUNDS))
			return -1;
		if (rc <= 0)
			continue;
		if (out.revents & (POLLERR | POLLNVAL)) {
			run->out.gone = true;
			return -1;
		}
		if (out.revents & POLLOUT)
			return 0;
	}
}

static int
write_pipe(struct delivery *d)
{
	struct run *run = d->g->run;
	struct buf *b = &run->out.out;
	size_t at = 0;
	int rc = 0;

	while (at < b->n && (rc = wait_for_room(d)) == 0) {
		size_t rest = *run->stop ? rest_of_record(d) : 0;
		size_t left = rest > 0 && rest < b->n - at ? rest : b->n - at;
		ssize_t n = write(STDOUT_FILENO, b->p + at, left < PIPE_BUF ? left : PIPE_BUF);

		if (n > 0) {
			at += (size_t)n;
			d->written += (uint64_t)n;
		} else if (errno == EPIPE) {
			run->out.gone = true;
			rc = -1;
			break;
		} else if (errno != EINTR && errno != EAGAIN) {
			msg("cannot write to standard output: %s", strerror(errno));
			run->out.failed = true;
			rc = -1;
			break;
		}
	}
	if (delivery_look(d) != 0)
		rc = -1;
	buf_consume(b, at);
	return rc;
}

static int
write_out(struct delivery *d, bool all)
{
	struct printer *out = &d->g->run->out;
	uint64_t n = out->out.n;

	if (printer_flush(out, all) != 0)
		return -1;
	d->written += n - out->out.n;
	return 0;
}

int
delivery_spill(struct delivery *d)
{
	return d->pipe ? 0 : write_out(d, false);
}

int
delivery_write(struct delivery *d)
{
	struct printer *out = &d->g->run->out;

	if (out->out.failed || !d->pipe)
		return write_out(d, true) != 0 ? -1 : delivery_look(d);
	if (out->gone || out->failed)
		return -1;
	return write_pipe(d);
}

void
delivery_close(struct delivery *d)
{
	free(d->v);
}
