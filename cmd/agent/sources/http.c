/*
 * http.c - events by HTTP: a request is a transaction, its status says what
 * came of it.
 *
 *	200	the channels have the events
 *	400	not the JSON of JSONHandler
 *	413	larger than maxRequestSize
 *	500	the handler or an interceptor cannot take it
 *	503	the channels have no room: send it again
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/charset.h"
#include "agent/httpd.h"
#include "agent/netaddr.h"
#include "agent/rpc_conf.h"
#include "agent/source.h"
#include "agent/sources/http_json.h"
#include "base/clock.h"

#define SAY_NS	60000000000LL	/* bad requests are said once in that time */

struct http {
	const char *bind;
	int port;
	bool blob, ssl;
	struct words mandatory;
	struct tls_conf tls;
	unsigned threads, most, per_address, idle_s;
	size_t body_max;

	const struct httpd_ops *ops;
	struct httpd *httpd;
	struct buf cert, key;
	struct source *src;
	_Atomic int64_t said_ns;
};

static const char *const json_names[] = { "org.apache.flume.source.http.JSONHandler", "json", NULL };
static const char *const blob_names[] = { "org.apache.flume.source.http.BLOBHandler", "org.apache.flume.sink.solr.morphline.BlobHandler", "blob",
	NULL };

static bool
among(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcasecmp(*names, name) == 0)
			return true;
	return false;
}

static void
configure_handler(struct http *h, struct context *c)
{
	const char *name = ctx_str(c, "handler", json_names[0]);

	h->blob = among(blob_names, name);
	if (!h->blob && !among(json_names, name))
		ctx_error(c, "handler", "there is no handler '%s': JSONHandler and BLOBHandler are", name);
	if (h->blob) {
		h->mandatory = ctx_words(c, "handler.mandatoryParameters", ", ");
		h->body_max = (size_t)ctx_int(c, "handler.maxBlobLength", (int64_t)h->body_max, 1, EVENT_BODY_MAX);
	}
}

/* Names of before Flume 1.9. */
static void
configure_tls(struct http *h, struct context *c)
{
	static const char *const fixed[] = { "include-protocols", "exclude-protocols", "include-cipher-suites", "exclude-cipher-suites",
		"excludeProtocols" };
	const char *password = ctx_str(c, "keystorePassword", NULL);
	bool said;
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		ctx_ignored(c, fixed[i], "TLS 1.2 and 1.3 are spoken, with the ciphers of GnuTLS");
	said = rpc_server_tls(c, &h->tls);
	h->ssl = ctx_bool(c, "enableSSL", said);
	if (h->tls.keystore_password == NULL)
		h->tls.keystore_password = password;
	if (h->ssl && !said && h->tls.keystore == NULL)
		ctx_error(c, "enableSSL", "needs keystore: a PEM file with certificate and key, PKCS12 or JKS");
	if (h->tls.ask_client)
		ctx_refused(c, "need-client-auth", "a proxy in front of it");
}

static void
configure(void *self, struct context *c)
{
	static const char *const jetty[] = { "QueuedThreadPool.", "HttpConfiguration.", "SslContextFactory.", "ServerConnector." };
	struct http *h = self;
	const char *rest, *value;
	size_t i, at;

	h->bind = ctx_str(c, "bind", "0.0.0.0");
	h->port = (int)ctx_need_int(c, "port", 0, 65535);
	h->threads = (unsigned)ctx_int(c, "threads", 8, 1, 256);
	h->most = (unsigned)ctx_int(c, "maxConnections", 256, 1, 100000);
	h->per_address = (unsigned)ctx_int(c, "maxConnectionsPerAddress", 32, 1, 100000);
	h->idle_s = (unsigned)ctx_int(c, "idleTimeout", 60, 1, 86400);
	h->body_max = (size_t)ctx_int(c, "maxRequestSize", 16 << 20, 1, EVENT_BODY_MAX);
	if (h->most < h->threads)
		h->threads = h->most;
	configure_handler(h, c);
	configure_tls(h, c);
	for (i = 0; i < sizeof(jetty) / sizeof(jetty[0]); i++)
		for (at = 0; ctx_each(c, jetty[i], &at, &rest, &value);)
			ctx_warn(c, NULL, "%s%s is Jetty's, and means nothing here: threads, maxConnections and idleTimeout are", jetty[i], rest);
	if (!h->ssl)
		ctx_listens(c, "bind", h->bind);
}

static void
say_bad(struct http *h, const char *text)
{
	int64_t now = clock_steady_ns(), said = atomic_load(&h->said_ns);

	source_count(h->src, EVENT_READ_FAIL, 1);
	if ((said == 0 || now - said >= SAY_NS) && atomic_compare_exchange_strong(&h->said_ns, &said, now))
		say(source_self(h->src), LOG_WARN, "Received bad request from client: %s", text);
}

/* "application/json; charset=utf-16": the name, in out; "": none said. */
static void
charset_said(const char *type, char out[32])
{
	const char *at = type == NULL ? NULL : strcasestr(type, "charset=");
	size_t n;

	out[0] = '\0';
	if (at == NULL)
		return;
	at += 8;
	at += *at == '"';
	n = strcspn(at, "\"; \t");
	if (n < 32) {
		memcpy(out, at, n);
		out[n] = '\0';
	} else
		memcpy(out, "?", 2);
}

static int
json(struct http *h, const struct httpd_request *r, struct batch *b, struct err *e)
{
	struct charset *cs = NULL;
	struct buf text = BUF_INIT;
	struct slice body = r->body;
	char name[32];
	size_t mark, used;
	int rc;

	charset_said(h->ops->header(r, "Content-Type"), name);
	if (name[0] == '\0' || strcasecmp(name, "utf8") == 0)
		memcpy(name, "utf-8", 6);
	if (strcasecmp(name, "utf-8") != 0 && strcasecmp(name, "utf-16") != 0 && strcasecmp(name, "utf-32") != 0)
		return err_set(e, ERR_FORMAT, "JSON handler supports UTF-8, UTF-16 and UTF-32 only");
	if (body.n == 0)
		return err_set(e, ERR_FORMAT, "the request is empty");
	if ((rc = charset_open(&cs, name, e)) != 0)
		return rc;
	mark = charset_mark(cs, body);
	(void)charset_decode(cs, SLICE_OF(body.p + mark, body.n - mark), CHARSET_REPLACE, SIZE_MAX, &text, &used, NULL);
	if (cs != NULL) {		/* bodies go back in the order of bytes that Java writes */
		charset_close(cs);
		rc = charset_open(&cs, name, e);
	}
	if (rc == 0)
		rc = text.failed ? err_set(e, ERR_NOMEM, "no memory for a request")
		    : http_json_events(b, buf_slice(&text), cs, cs != NULL && charset_unit(cs) == 2, e);
	charset_close(cs);
	buf_release(&text);
	return rc;
}

struct parameters {
	struct batch *b;
	struct event *ev;
	int rc;
};

static void
parameter(void *arg, const char *name, const char *value)
{
	struct parameters *p = arg;
	struct buf n = BUF_INIT, v = BUF_INIT;

	utf8_repair(slice_str(name), &n);
	utf8_repair(slice_str(value), &v);
	if (n.n > 0 && event_get(p->ev, buf_slice(&n)).p == NULL &&
	    event_set(p->b, p->ev, buf_slice(&n), v.n == 0 ? SLICE_OF("", 0) : buf_slice(&v)) != 0)
		p->rc = -ERR_NOMEM;
	buf_release(&n);
	buf_release(&v);
}

static int
blob(struct http *h, const struct httpd_request *r, struct batch *b, struct err *e)
{
	struct parameters p = { .b = b };
	size_t i;

	b->hint = r->body.n + 512;
	if ((p.ev = batch_add(b, r->body.p, r->body.n)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a request");
	h->ops->query(r, parameter, &p);
	if (p.rc != 0)
		return err_set(e, ERR_NOMEM, "no memory for a request");
	for (i = 0; i < h->mandatory.n; i++)
		if (event_get(p.ev, slice_str(h->mandatory.v[i])).p == NULL)
			return err_set(e, ERR_FORMAT, "Please specify %s parameter in the request.", h->mandatory.v[i]);
	event_from_map(p.ev);
	return 0;
}

static unsigned
put(struct http *h, struct batch *b, struct err *e)
{
	struct counters *c = source_self(h->src)->counters;

	counter_add(c, APPEND_BATCH_RECEIVED, 1);
	switch (source_put(h->src, b, e)) {
	case PUT_OK:
		counter_add(c, APPEND_BATCH_ACCEPTED, 1);
		return 200;
	case PUT_FAILED:
		return b->intercepted == b->n ? 503 : 500;
	case PUT_STOPPED:
		(void)err_set(e, ERR_INTR, "the source is being stopped");
		return 503;
	case PUT_FULL:
		break;
	}
	return 503;
}

/* Any path; POST and GET alike, as in Flume. */
static unsigned
refused(const char *method)
{
	if (strcmp(method, "OPTIONS") == 0 || strcmp(method, "TRACE") == 0)
		return 403;
	return strcmp(method, "POST") == 0 || strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ? 0 : 405;
}

static void
answer(void *self, const struct httpd_request *r, struct httpd_answer *a)
{
	struct http *h = self;
	struct batch b = BATCH_INIT;
	struct err e = ERR_INIT;
	int rc;

	if ((a->status = refused(r->method)) != 0)
		return;
	if ((rc = h->blob ? blob(h, r, &b, &e) : json(h, r, &b, &e)) != 0) {
		a->status = rc == -ERR_INVALID ? 400 : 500;
		say_bad(h, e.text);
	} else
		a->status = put(h, &b, &e);
	if (a->status != 200) {
		a->type = "text/plain;charset=utf-8";
		buf_printf(&a->body, "%s\n", e.text);
	}
	batch_clear(&b);
}

static int
read_keys(struct http *h, struct err *e)
{
	const struct tls_ops *tls = module_load("tls", e);

	return tls == NULL ? -ERR_ABSENT : tls->pem(h->tls.keystore, h->tls.keystore_password, &h->cert, &h->key, e);
}

static void
stop(void *self, struct source *src)
{
	struct http *h = self;

	(void)src;
	if (h->httpd != NULL)
		h->ops->stop(h->httpd);
	h->httpd = NULL;
	if (h->key.p != NULL)
		explicit_bzero(h->key.p, h->key.cap);
	buf_release(&h->cert);
	buf_release(&h->key);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct http *h = self;
	struct httpd_conf conf = { .threads = h->threads, .connections = h->most, .per_address = h->per_address, .idle_s = h->idle_s,
	    .body_max = h->body_max, .answer = answer, .self = h };
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	char at[NETADDR_MAX] = "";
	int rc;

	h->src = src;
	if ((h->ops = httpd_load(e)) == NULL)
		return -ERR_ABSENT;
	if (h->ssl && (rc = read_keys(h, e)) != 0)
		return rc;
	if ((conf.fd = source_listen(src, h->bind, h->port, e)) == -1)
		return -e->code;
	if (getsockname(conf.fd, (struct sockaddr *)&sa, &len) == 0)
		netaddr_print((struct sockaddr *)&sa, at);
	if (h->ssl) {
		conf.cert = buf_str(&h->cert);
		conf.key = buf_str(&h->key);
	}
	if ((rc = h->ops->start(&h->httpd, &conf, e)) != 0) {
		stop(h, src);
		return rc;
	}
	say(source_self(src), LOG_INFO, "Http source %s listening on %s", source_self(src)->name, at);
	return 0;
}

static int
run(void *self, struct source *src, struct err *e)
{
	(void)self;
	(void)e;
	while (!source_stopping(src))
		(void)source_wait(src, NULL, 0, -1);
	return 0;
}

const struct source_type source_http = {
	.names = { "http", CLASSES("org.apache.flume.source.http.HTTPSource") },
	.size = sizeof(struct http), .restart = true, .configure = configure, .start = start, .run = run, .stop = stop,
};
