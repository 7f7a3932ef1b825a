/*
 * rpc_source.c - calls that come on a connection (rpc_source.h).
 */
#include "agent/rpc_source.h"

#define HEADERS_MAX	256
#define GUESS		((size_t)256 << 10)	/* the first arena of a batch */

void
rpc_source_configure(struct rpc_source *r, struct context *c, int flags, int64_t max_frame)
{
	listener_configure(&r->listener, c, flags);
	r->max_frame = ctx_int(c, "maxFrame", max_frame, 1024, INT32_MAX);
	r->max_headers = ctx_int(c, "maxHeaders", HEADERS_MAX, 0, EVENT_HEADERS_MAX);
	ctx_ignored(c, "threads", "each connection has a thread of its own");
}

int
rpc_add(struct rpc_conn *c, struct slice body, size_t n, struct event **ev, struct err *e)
{
	if (n > (size_t)c->self->max_headers)
		return err_set(e, ERR_INVALID, "an event of %zu headers, maxHeaders is %lld", n, (long long)c->self->max_headers);
	*ev = batch_add(&c->batch, body.p, body.n);
	return *ev != NULL ? 0 : err_set(e, ERR_NOMEM, "no memory for events");
}

bool
rpc_put(struct rpc_conn *c, bool batch)
{
	struct err e = ERR_INIT;
	int64_t n = (int64_t)c->batch.n;
	enum put_rc rc;

	source_count(c->src, batch ? APPEND_BATCH_RECEIVED : APPEND_RECEIVED, 1);
	rc = n == 0 ? PUT_OK : source_put(c->src, &c->batch, &e);
	if (rc == PUT_OK) {
		source_count(c->src, batch ? APPEND_BATCH_ACCEPTED : APPEND_ACCEPTED, 1);
		return true;
	}
	if (rc != PUT_STOPPED)
		say(source_self(c->src), LOG_WARN, "FAILED to %s: %lld events not taken: %s", c->stream->peer, (long long)n, e.text);
	return false;
}

void
rpc_refused(struct rpc_conn *c, const struct err *e)
{
	source_count(c->src, EVENT_READ_FAIL, 1);
	say(source_self(c->src), LOG_WARN, "a call from %s refused: %s", c->stream->peer, e->text);
}

/* The calls that are there; how many, or the end of the connection. */
static int
calls(struct rpc_conn *c, struct err *e)
{
	struct slice out;
	int n = 0, rc;

	while ((rc = c->call(c, e)) == 1) {
		n++;
		batch_clear(&c->batch);
		out = buf_slice(&c->out);
		if (c->out.failed)
			return err_set(e, ERR_NOMEM, "no memory for an answer");
		if (out.n > 0 && (rc = stream_write(c->stream, &out, 1, listener_deadline(&c->self->listener, true), e)) != 0)
			return rc;
		buf_clear(&c->out);
	}
	return rc < 0 ? rc : n;
}

void
rpc_converse(struct rpc_conn *c, struct rpc_source *self, struct stream *s)
{
	struct listener *l = &self->listener;
	struct err e = ERR_INIT;
	int64_t deadline = listener_deadline(l, false);
	bool begun = false;
	ssize_t n = 1;
	int done = 0;

	c->self = self;
	c->src = l->source;
	c->stream = s;
	c->batch.hint = GUESS;
	/* Who always has more to say (and zlib makes much of little) does not hear of the stop while it is read. */
	while (done >= 0 && !source_stopping(c->src) && (n = stream_read(s, &c->in, deadline, &e)) > 0) {
		done = calls(c, &e);
		/* Once for all of them: a mebibyte may hold a hundred thousand. */
		buf_consume(&c->in, c->at);
		c->at = 0;
		/* A call that has begun must end in its time, however its bytes come. */
		if (c->in.n == 0 || !begun || done > 0)
			deadline = listener_deadline(l, c->in.n > 0);
		begun = c->in.n > 0;
	}
	if (done >= 0 && n == 0 && c->in.n > 0)
		say(source_self(c->src), LOG_WARN, "%s went in the middle of a call", s->peer);
	else if ((done < 0 || n < 0) && e.code != ERR_INTR)
		say(source_self(c->src), LOG_WARN, "connection from %s closed: %s", s->peer, e.text);
	batch_clear(&c->batch);
	buf_release(&c->in);
	buf_release(&c->out);
}
