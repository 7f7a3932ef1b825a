/*
 * syslog_stream.c - syslog over a connection (syslog_stream.h).
 */
#include "agent/sources/syslog_stream.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/charset.h"

#define EVENT_LEAST	10		/* as Flume has it */
#define EVENT_MOST	(64 << 20)
#define AT_ONCE		1000		/* events put in one go, where each is a transaction */

struct conn {
	struct syslog_rules *r;
	struct source *src;
	struct syslog syslog;
	struct frames frames;
	struct sender sender;
	struct charset *cs;
	char port[8];
	struct batch b;
};

void
syslog_rules_configure(struct syslog_rules *r, struct context *c)
{
	static const char *const full[] = { "drop", "wait", NULL };
	int64_t size = ctx_int(c, "eventSize", 2500, 1, EVENT_MOST);

	r->event_size = (size_t)(size < EVENT_LEAST ? EVENT_LEAST : size);
	r->keep = syslog_keep(c, "keepFields");
	r->octets = ctx_bool(c, "octetCounting", true);
	r->lossy.waits = ctx_choice(c, "whenFull", 0, full) == 1;
	sender_configure(&r->who, c);
}

/* A header is text; of a host in another character set it is made here. */
static int
host_as_text(struct conn *k, struct event *ev)
{
	struct slice host = event_get(ev, slice_str("host"));
	struct buf text = BUF_INIT;
	int rc;

	if (k->cs == NULL || host.p == NULL || all_ascii(host.p, host.n))
		return 0;
	charset_put(k->cs, &text, host);
	rc = text.failed ? -1 : event_set(&k->b, ev, slice_str("host"), buf_slice(&text));
	buf_release(&text);
	return rc;
}

static int
add(struct conn *k, struct slice frame, bool cut)
{
	struct arena *a = batch_arena(&k->b);
	struct event *ev;

	if (a == NULL || (frame.p = arena_copy(a, frame.n == 0 ? (const uint8_t *)"" : frame.p, frame.n)) == NULL)
		return -1;
	if (k->r->multiport)
		ev = syslog_multiport_event(&k->syslog, &k->b, frame, cut, charset_fits(k->cs, frame));
	else
		ev = syslog_event(&k->syslog, &k->b, frame, cut);
	if (ev == NULL)
		return -1;
	if (host_as_text(k, ev) != 0 || (k->r->port_header != NULL && event_set(&k->b, ev, slice_str(k->r->port_header), slice_str(k->port)) != 0))
		return -1;
	return sender_headers(&k->sender, &k->r->who, &k->b, ev);
}

/* The whole frames of in; end: what is left is one too. */
static int
take(struct conn *k, struct buf *in, bool end)
{
	size_t most = k->r->batch > 0 ? k->r->batch : AT_ONCE, at = 0, used;
	struct slice frame;
	bool cut;

	k->b.hint = in->n + in->n / 2;
	while (frames_next(&k->frames, SLICE_OF(in->p + at, in->n - at), end, &frame, &cut, &used) == 1) {
		if (add(k, frame, cut) != 0) {
			lossy_count(&k->r->lossy, k->src, (int64_t)k->b.n, "no memory");
			batch_clear(&k->b);
			return -1;
		}
		at += used;
		if (k->b.n == most)
			lossy_put(&k->r->lossy, k->src, &k->b, k->r->batch > 0);
	}
	lossy_put(&k->r->lossy, k->src, &k->b, k->r->batch > 0);
	buf_consume(in, at + used);
	return 0;
}

void
syslog_stream(struct syslog_rules *r, struct listener *l, struct stream *s, const char *charset, int port)
{
	struct conn k = { .r = r, .src = l->source, .syslog = { .keep = r->keep, .form = r->form }, .frames = { .max = r->event_size, .octets = r->octets },
	    .b = BATCH_INIT };
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct buf in = BUF_INIT;
	struct err e = ERR_INIT;
	ssize_t n = -1;

	snprintf(k.port, sizeof(k.port), "%d", port);
	if (charset_open(&k.cs, charset, &e) == 0 && getpeername(s->fd, (struct sockaddr *)&sa, &len) == 0) {
		sender_is(&k.sender, &r->who, (struct sockaddr *)&sa, len);
		/* A sender that never rests does not let the read hear of the stop. */
		do
			n = source_stopping(k.src) ? -ERR_INTR : stream_read(s, &in, listener_deadline(l, in.n > 0), &e);
		while (n > 0 && take(&k, &in, false) == 0);
	}
	if (n <= 0 && n != -ERR_INTR && in.n > 0)
		(void)take(&k, &in, true);
	if (n < 0 && n != -ERR_INTR)
		say(source_self(k.src), LOG_WARN, "connection from %s closed: %s", s->peer, e.text);
	charset_close(k.cs);
	buf_release(&in);
}
