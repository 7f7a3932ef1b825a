/*
 * logger.c - a line of the log for each event, as Flume's:
 *
 *	Event: { headers:{k=v} body: 48 65 6C 6C 6F                                  Hello }
 *
 * A row is 16 cells of two digits and a blank, then the bytes as characters, a
 * dot for those that are none.  More than 16 bytes (maxBytesToLog) are rows of
 * their own, each with its offset before it, but for the first.
 */
#include "agent/sink.h"

#define ROW	16
#define GO	100		/* events in one write */

struct logger {
	size_t most;
	struct take take;
	struct buf out;
};

static void
configure(void *self, struct context *c)
{
	struct logger *l = self;

	l->most = (size_t)ctx_int(c, "maxBytesToLog", 16, 0, 1 << 20);
}

static void
put_row(struct buf *out, const uint8_t *p, size_t n)
{
	static const char hex[] = "0123456789ABCDEF";
	uint8_t *to = buf_room(out, ROW * 3 + ROW);
	size_t i;

	if (to == NULL)
		return;
	for (i = 0; i < ROW; i++) {
		*to++ = i < n ? (uint8_t)hex[p[i] >> 4] : ' ';
		*to++ = i < n ? (uint8_t)hex[p[i] & 15] : ' ';
		*to++ = ' ';
	}
	for (i = 0; i < n; i++)
		*to++ = p[i] >= 0x20 && p[i] < 0x7f ? p[i] : '.';
	out->n += ROW * 3 + n;
}

static void
put_event(const struct logger *l, struct buf *out, const struct event *ev)
{
	size_t n = ev->len < l->most ? ev->len : l->most, at;

	buf_puts(out, "Event: { headers:");
	event_print_headers(out, ev);
	buf_puts(out, " body:");
	if (n > 0)
		buf_putc(out, ' ');
	for (at = 0; at < n; at += ROW) {
		if (at > 0)
			buf_printf(out, "\n%08zX ", at);
		put_row(out, ev->body + at, n - at < ROW ? n - at : ROW);
	}
	buf_puts(out, " }\n");
}

static enum sink_rc
process(void *self, struct sink *sk, struct err *e)
{
	struct logger *l = self;
	struct component *c = sink_self(sk);
	ssize_t got = sink_take(sk, &l->take, GO, e);
	size_t i;

	if (got <= 0)
		return got < 0 ? SINK_FAILED : SINK_IDLE;
	for (i = 0; log_wants(c->log, LOG_INFO) && i < l->take.n; i++) {
		log_begin(c->log, LOG_INFO, c->name, c->type, &l->out);
		put_event(l, &l->out, &l->take.v[i]);
	}
	if (l->out.failed || log_write(c->log, &l->out) != 0) {
		(void)err_sys(e, "cannot write to standard error");
		buf_clear(&l->out);
		sink_rollback(sk, &l->take);
		return SINK_FAILED;
	}
	return sink_commit(sk, &l->take, e);
}

static void
release(void *self)
{
	struct logger *l = self;

	take_release(&l->take);
	buf_release(&l->out);
}

const struct sink_type sink_logger = {
	.names = { "logger", CLASSES("org.apache.flume.sink.LoggerSink") },
	.size = sizeof(struct logger), .configure = configure, .process = process, .release = release,
};
