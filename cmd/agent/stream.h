/*
 * stream.h - one TCP connection: plain, in TLS, deflated, or both; every wait
 * has a deadline and an end.
 *
 *	struct stream s = STREAM_INIT;
 *
 *	rc = stream_connect(&s, &kind, "host", 4141, deadline, stop_fd, &e);	// or stream_serve of an accepted socket
 *	while ((n = stream_read(&s, &in, deadline, &e)) > 0)
 *		...
 *	rc = stream_write(&s, parts, 2, deadline, &e);
 *	stream_close(&s);
 *
 * A deadline is a time of clock_steady_ns, 0 is none.  What failed is -ERR_SYS
 * (also that the time is over), -ERR_INTR when stop_fd became readable (reading and connecting only: what is being written
 * then has a second more, stream_hurry), -ERR_DAMAGE for bytes that are no TLS or no deflate.  One thread at a
 * time uses a stream.
 *
 * Deflate is one zlib stream in each direction, flushed after each write.
 * Together with TLS it is inside of TLS, as in Flume up to 1.9; Flume 1.10 and
 * 1.11 have the records of TLS inside of zlib's stream (outside).
 */
#ifndef AGENT_STREAM_H
#define AGENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/netaddr.h"
#include "agent/tls.h"
#include "base/buf.h"
#include "base/err.h"
#include "codec/zstream.h"

/* What the connections of one component have in common; made once, read by all. */
struct stream_kind {
	const struct tls_ops *tls;	/* NULL: no TLS */
	void *context;			/* tls's */
	const struct gzip_ops *zlib;	/* NULL: no deflate */
	int level;			/* of deflate */
	bool zlib_outside;
	bool server;
};

struct stream {
	const struct stream_kind *kind;
	int fd, stop_fd;
	int64_t stop_by;		/* asked to end, all is to be over by then, and stop_fd counts no more; 0: not asked */
	bool ended, more;		/* the peer said so; the inflater has more to give */
	void *session, *inflater, *deflater;
	struct buf raw, mid, out, early;	/* early: came with the end of the handshake */
	char peer[NETADDR_MAX];			/* "127.0.0.1:4141", "[::1]:4141" */
};
#define STREAM_INIT	{ .fd = -1, .stop_fd = -1, .raw = BUF_INIT, .mid = BUF_INIT, .out = BUF_INIT, \
	.early = BUF_INIT }

/* stop_fd -1: none. */
int stream_connect(struct stream *, const struct stream_kind *, const char *host, int port, int64_t deadline, int stop_fd,
    struct err *);
/* Takes over an accepted socket, also when it fails. */
int stream_serve(struct stream *, const struct stream_kind *, int fd, int stop_fd, struct err *);
/* TLS's handshake, where there is TLS; a client's is done by stream_connect. */
int stream_shake(struct stream *, int64_t deadline, struct err *);
/* Some more bytes behind those of in; how many, 0: the peer has ended. */
ssize_t stream_read(struct stream *, struct buf *in, int64_t deadline, struct err *);
int stream_write(struct stream *, const struct slice *parts, size_t n, int64_t deadline, struct err *);
/* What is under way may go on for a second, whatever stop_fd says: for who was asked to end, and wants the answer first. */
void stream_hurry(struct stream *);
/* Has the peer not gone, as far as one can see without waiting?  (Meant for a moment when nothing is awaited from it.) */
bool stream_alive(const struct stream *);
void stream_close(struct stream *);	/* twice is fine */

/* Waits until fd is readable (or writable): 0, or as above. */
int stream_poll(int fd, short events, int stop_fd, int64_t deadline, struct err *);
/* For stream_open.c: what TLS makes of in, its answer sent; and one receive, of which nothing may come out (1; 0: the end). */
int stream_records(struct stream *, struct slice in, struct buf *to, int64_t deadline, struct err *);
int stream_step(struct stream *, struct buf *in, int64_t deadline, struct err *);

#endif
