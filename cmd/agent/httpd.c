/*
 * httpd.c - an HTTP server with libmicrohttpd (httpd.h).
 */
#include <microhttpd.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/httpd.h"

#define PRIORITIES	"NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"
#define HEADERS_MAX	(32 << 10)	/* of a request, and what the library keeps of a connection */

extern const struct httpd_ops plog_module_httpd;

struct httpd {
	struct MHD_Daemon *daemon;
	struct httpd_conf conf;
};

struct incoming {			/* a request that is being read */
	struct buf body;
	bool too_big;
};

static const char *
header(const struct httpd_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->inside, MHD_HEADER_KIND, name);
}

struct each {
	void (*call)(void *, const char *, const char *);
	void *arg;
};

static enum MHD_Result
one_parameter(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	const struct each *e = arg;

	(void)kind;
	e->call(e->arg, name, value == NULL ? "" : value);
	return MHD_YES;
}

static void
query(const struct httpd_request *r, void (*call)(void *, const char *, const char *), void *arg)
{
	struct each e = { .call = call, .arg = arg };

	(void)MHD_get_connection_values(r->inside, MHD_GET_ARGUMENT_KIND, one_parameter, &e);
}

static enum MHD_Result
reply(struct MHD_Connection *c, struct httpd_answer *a)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(a->body.n, a->body.p, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result rc = MHD_NO;

	if (r != NULL) {
		if (a->type != NULL)
			(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
		rc = MHD_queue_response(c, a->status, r);
		MHD_destroy_response(r);
	}
	buf_release(&a->body);
	return rc;
}

/* The library calls this once for the head, for each piece of the body, and once at the end. */
static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data, size_t *n, void **state)
{
	const struct httpd *h = arg;
	struct httpd_answer a = { .status = 200, .body = BUF_INIT };
	struct incoming *in = *state;
	struct httpd_request r;

	(void)version;
	if (in == NULL) {
		*state = calloc(1, sizeof(*in));
		return *state == NULL ? MHD_NO : MHD_YES;
	}
	if (*n > 0) {
		if (in->body.n + *n > h->conf.body_max)
			in->too_big = true;
		else if (!in->too_big)
			buf_put(&in->body, data, *n);
		*n = 0;
		return in->body.failed ? MHD_NO : MHD_YES;
	}
	r = (struct httpd_request){ .method = method, .path = url, .inside = c,
	    .body = in->body.p == NULL ? SLICE_OF("", 0) : buf_slice(&in->body) };
	if (in->too_big)
		a.status = 413;
	else
		h->conf.answer(h->conf.self, &r, &a);
	if (a.body.failed) {
		buf_clear(&a.body);
		a.status = 500;
	}
	return reply(c, &a);
}

static void
on_end(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct incoming *in = *state;

	(void)arg;
	(void)c;
	(void)why;
	if (in == NULL)
		return;
	buf_release(&in->body);
	free(in);
	*state = NULL;
}

/* Its talk about bad clients is of no use. */
static void
no_log(void *arg, const char *fmt, va_list ap)
{
	(void)arg;
	(void)fmt;
	(void)ap;
}

static int
start(struct httpd **out, const struct httpd_conf *conf, struct err *e)
{
	struct httpd *h = calloc(1, sizeof(*h));
	unsigned flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC | (conf->cert != NULL ? MHD_USE_TLS : 0);
	struct MHD_OptionItem options[16];
	size_t n = 0;

	*out = NULL;
	if (h == NULL) {
		close(conf->fd);
		return err_set(e, ERR_NOMEM, "no memory for an HTTP server");
	}
	h->conf = *conf;
	options[n++] = (struct MHD_OptionItem){ MHD_OPTION_LISTEN_SOCKET, conf->fd, NULL };
	options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_TIMEOUT, conf->idle_s, NULL };
	options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADERS_MAX, NULL };
	options[n++] = (struct MHD_OptionItem){ MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_end, NULL };
	if (conf->connections > 0)
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_LIMIT, conf->connections, NULL };
	if (conf->per_address > 0)
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_PER_IP_CONNECTION_LIMIT, conf->per_address, NULL };
	if (conf->threads > 1)
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, conf->threads, NULL };
	if (conf->cert != NULL) {
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)conf->cert };
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)PRIORITIES };
		options[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)conf->key };
	}
	options[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER, no_log, NULL,
	    MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	if (h->daemon == NULL) {
		free(h);
		close(conf->fd);
		return err_set(e, ERR_INVALID, "cannot start an HTTP server%s", conf->cert != NULL ? " (is its certificate PEM, with its key?)" : "");
	}
	*out = h;
	return 0;
}

static void
stop(struct httpd *h)
{
	if (h == NULL)
		return;
	MHD_stop_daemon(h->daemon);
	free(h);
}

const struct httpd_ops plog_module_httpd = {
	.version = MODULE_VERSION, .start = start, .stop = stop, .header = header, .query = query,
};
