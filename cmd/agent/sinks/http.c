/*
 * http.c - the sink HttpSink: a POST for each event, and what its status says.
 *
 * backoff.CODE, rollback.CODE and incrementMetrics.CODE say for a status, or a
 * class of them (5XX), whether the sink pauses, gives the event back, and
 * counts it; the status before its class, that before defaultBackoff and so on.
 * No answer at all is given back, and pauses.
 */
#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "agent/http.h"
#include "agent/sink.h"
#include "base/clock.h"

#define ANSWER_MAX	((size_t)1 << 20)
#define PAUSE_NS	1000000000LL	/* of a back-off, and as much more for each in a row, up to five times */
#define PAUSES_MOST	5
#define CODES		600

enum rule { RULE_BACKOFF, RULE_ROLLBACK, RULE_COUNT, RULES };

struct http_sink {
	const char *endpoint;
	const char *headers[3];
	char *lines[2];
	const struct http_ops *net;
	struct http_how how;
	struct http *http;
	bool otherwise[RULES];
	int8_t by_code[RULES][CODES];	/* -1: not said; [1] to [9]: of a class */
	struct take take;
	unsigned pauses;		/* back-offs in a row */
	int64_t until_ns;		/* of the one that is on */
};

/* "503" or "5XX" as an index; -1: neither. */
static int
code_of(const char *s)
{
	if (strlen(s) != 3 || s[0] < '1' || s[0] > '5')
		return -1;
	if ((s[1] == 'X' || s[1] == 'x') && (s[2] == 'X' || s[2] == 'x'))
		return s[0] - '0';
	if (!isdigit((unsigned char)s[1]) || !isdigit((unsigned char)s[2]))
		return -1;
	return (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
}

static void
configure_rule(struct http_sink *h, struct context *c, enum rule r, const char *prefix, const char *common, bool preset)
{
	const char *rest, *value;
	size_t at = 0;
	int code;

	h->otherwise[r] = ctx_bool(c, common, preset);
	memset(h->by_code[r], -1, sizeof(h->by_code[r]));
	while (ctx_each(c, prefix, &at, &rest, &value)) {
		if ((code = code_of(rest)) < 0)
			ctx_error(c, common, "'%s%s': a status is written 503, a class of them 5XX", prefix, rest);
		else
			h->by_code[r][code] = (int8_t)(strcasecmp(value, "true") == 0);
	}
}

static char *
header_line(struct context *c, const char *key, const char *name)
{
	const char *v = ctx_str(c, key, "text/plain"), *p;
	char *line = NULL;

	for (p = v; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f) {
			ctx_error(c, key, "a control character cannot stand in a header");
			return NULL;
		}
	if (asprintf(&line, "%s: %s", name, v) < 0) {
		ctx_error(c, key, "no memory");
		return NULL;
	}
	return line;
}

static void
configure(void *self, struct context *c)
{
	struct http_sink *h = self;
	struct err e = ERR_INIT;

	h->endpoint = ctx_need(c, "endpoint");
	if (h->endpoint[0] != '\0' && strncasecmp(h->endpoint, "http://", 7) != 0 && strncasecmp(h->endpoint, "https://", 8) != 0)
		ctx_error(c, "endpoint", "'%s' does not begin with http:// or https://", h->endpoint);
	h->how.connect_ms = ctx_int(c, "connectTimeout", 5000, 1, INT32_MAX);
	h->how.stall_ms = h->how.answer_ms = ctx_int(c, "requestTimeout", 5000, 1, INT32_MAX);
	h->lines[0] = header_line(c, "contentTypeHeader", "Content-Type");
	h->lines[1] = header_line(c, "acceptHeader", "Accept");
	h->headers[0] = h->lines[0];
	h->headers[1] = h->lines[1];
	configure_rule(h, c, RULE_BACKOFF, "backoff.", "defaultBackoff", true);
	configure_rule(h, c, RULE_ROLLBACK, "rollback.", "defaultRollback", true);
	configure_rule(h, c, RULE_COUNT, "incrementMetrics.", "defaultIncrementMetrics", false);
	if (h->by_code[RULE_ROLLBACK][200] != 0 && h->by_code[RULE_ROLLBACK][2] != 0 && h->otherwise[RULE_ROLLBACK])
		ctx_warn(c, "defaultRollback", "an event is given back even when the answer is 200, and sent for ever: "
		    "rollback.200 = false (and backoff.200 = false) is what is usually meant");
	if ((h->net = http_load(&e)) == NULL)
		ctx_err(c, "endpoint", &e);
}

static int
start(void *self, struct sink *sk, struct err *e)
{
	struct http_sink *h = self;

	h->how.stop = &sink_self(sk)->stopping;
	h->pauses = 0;
	h->until_ns = 0;
	if ((h->http = h->net->open(&h->how, e)) == NULL)
		return -(int)e->code;
	sink_count(sk, CONNECTION_CREATED, 1);
	return 0;
}

static bool
rule_of(const struct http_sink *h, enum rule r, int status)
{
	if (status >= 100 && status < CODES && h->by_code[r][status] >= 0)
		return h->by_code[r][status];
	if (status >= 100 && status < CODES && h->by_code[r][status / 100] >= 0)
		return h->by_code[r][status / 100];
	return h->otherwise[r];
}

static enum sink_rc
settle(struct http_sink *h, struct sink *sk, bool back, bool wait, bool count, struct err *e)
{
	h->pauses = !wait ? 0 : h->pauses < PAUSES_MOST ? h->pauses + 1 : PAUSES_MOST;
	h->until_ns = clock_steady_ns() + h->pauses * PAUSE_NS;
	/* a commit counts as a success, unless the rules say otherwise */
	if (back == count)
		sink_count(sk, DRAIN_SUCCESS, count ? 1 : -1);
	if (!back)
		return sink_commit(sk, &h->take, e);
	sink_rollback(sk, &h->take);
	return SINK_READY;
}

static enum sink_rc
deliver(struct http_sink *h, struct sink *sk, struct err *e)
{
	struct slice body = event_body(&h->take.v[0]);
	struct http_request req = { .method = "POST", .url = h->endpoint, .body = &body, .nbody = 1, .headers = h->headers,
	    .answer_max = ANSWER_MAX };
	struct http_answer a = HTTP_ANSWER_INIT;
	int rc, status;

	bool back, wait;

	if (body.n == 0) {
		say(sink_self(sk), LOG_WARN, "Processed empty event");
		return settle(h, sk, false, true, true, e);
	}
	rc = h->net->ask(h->http, &req, &a, e);
	status = a.status;
	http_answer_clear(&a);
	if (rc != 0) {
		say(sink_self(sk), LOG_ERROR, "Error sending HTTP request, retrying: %s", e->text);
		sink_count(sk, CONNECTION_FAILED, 1);
		return settle(h, sk, true, true, false, e);
	}
	back = rule_of(h, RULE_ROLLBACK, status);
	wait = rule_of(h, RULE_BACKOFF, status);
	if (back || wait)
		say(sink_self(sk), LOG_INFO, "Got status code %d from HTTP server.%s%s", status,
		    back ? " Rolled back event" : " Backed off.", !back ? "" : wait ? " and backed off." : ".");
	return settle(h, sk, back, wait, rule_of(h, RULE_COUNT, status), e);
}

/* A back-off: until its end, or until the agent ends. */
static void
sit_out(const struct http_sink *h, struct sink *sk)
{
	struct pollfd p = { .fd = sink_self(sk)->stop_fd, .events = POLLIN };
	int64_t left = h->until_ns - clock_steady_ns();

	if (left > 0)
		(void)poll(&p, 1, (int)(left / 1000000) + 1);
}

static enum sink_rc
process(void *self, struct sink *sk, struct err *e)
{
	struct http_sink *h = self;
	ssize_t n;

	sit_out(h, sk);
	if ((n = sink_take(sk, &h->take, 1, e)) <= 0)
		return n < 0 ? SINK_FAILED : SINK_IDLE;
	return deliver(h, sk, e);
}

static void
stop(void *self, struct sink *sk)
{
	struct http_sink *h = self;

	h->net->close(h->http);
	h->http = NULL;
	sink_count(sk, CONNECTION_CLOSED, 1);
}

static void
release(void *self)
{
	struct http_sink *h = self;

	take_release(&h->take);
	free(h->lines[0]);
	free(h->lines[1]);
}

const struct sink_type sink_http = {
	.names = { "http", CLASSES("org.apache.flume.sink.http.HttpSink") },
	.size = sizeof(struct http_sink), .configure = configure, .start = start, .process = process, .stop = stop, .release = release,
};
