/*
 * stream.h - output of a command on its way to ours.
 *
 *	stream_open(&s, &outlet, fd)		// our end of the command's pipe
 *	n = stream_fds(&s, fds)			// to wait for
 *	stream_look(&s, fd)			// one of them is ready: moves bytes, never blocks
 *	stream_end(&s)				// the command's process ended
 *	if (stream_done(&s)) ...
 *	stream_release(&s)
 *
 * What nobody takes is held, and then no more is read, so a reader that
 * stands still stops the commands and keeps us from nothing.
 */
#ifndef CONSUME_STREAM_H
#define CONSUME_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/buf.h"

#define LAST_LINE_MAX	1024

struct stream;

/* Standard output, or standard error, that several commands share. */
struct outlet {
	int fd;
	bool lines;			/* only whole ones go, of one command at a time */
	const struct stream *floor;	/* whose line is begun and not ended; NULL: nobody's */
	bool gone;			/* nobody reads it */
	bool failed;			/* said */
};

#define OUTLET_OUT	{ .fd = STDOUT_FILENO, .lines = true }
#define OUTLET_ERR	{ .fd = STDERR_FILENO }

struct stream {
	int in;				/* -1: none, or all of it was read */
	struct outlet *to;
	struct buf held;
	size_t ready;			/* bytes of it that may go */
	bool unheard;			/* some could not be passed on */
	char last[LAST_LINE_MAX + 1];	/* the last line, as far as it came */
	size_t nlast;
	bool last_ended;
};

void stream_open(struct stream *, struct outlet *, int in);
unsigned stream_fds(const struct stream *, struct pollfd *);	/* one at most */
void stream_look(struct stream *, int fd);
/* What the pipe holds is taken; what others write into it later is not. */
void stream_end(struct stream *);
static inline bool stream_done(const struct stream *s) { return s->in == -1 && s->held.n == 0; }
/* What is held is given up. */
void stream_drop(struct stream *);
void stream_release(struct stream *);

#endif
